//! The page as HTML: no script, and one style sheet beside it.

use std::fmt::Write as _;

use qrcode::{Color, QrCode};

use super::Trust;
use super::words::{Language, Words};

/// Modules of quiet around a code (ISO/IEC 18004, 9.1).
const QUIET: usize = 4;

pub(super) const STYLE: &str = "\
:root { color-scheme: light dark }
body { font: 1.125rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 0 auto; padding: 1rem; \
color: light-dark(#1c1917, #f5f5f4); background: light-dark(#fff, #1c1917) }
nav { display: flex; gap: 1rem }
a { color: light-dark(#1d4ed8, #93c5fd) }
nav a, .get { display: inline-block; min-height: 44px; line-height: 44px }
.get { padding: 0 1rem; border-radius: .5rem; font-weight: 700; text-decoration: none; \
color: light-dark(#fff, #1c1917); background: light-dark(#1d4ed8, #93c5fd) }
code { font-size: 1rem; overflow-wrap: anywhere }
svg { display: block; width: 14rem; max-width: 100% }
";

/// The page for who calls this machine `host`.
pub(super) fn render(trust: &Trust, host: &str, port: u16, language: Language) -> String {
    let words = language.words();
    let own = address("http", host, port, 80);
    let restaurant = address("https", host, trust.https.port(), 443);
    let (code, fingerprint) = (code(&own), trust.authority.fingerprint());
    let (tag, languages) = (language.tag(), languages(language));
    let Words { title, why, compare, get, then, android, ios, profile, windows, macos, last, scan, .. } = words;
    format!(
        r#"<!doctype html>
<html lang="{tag}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>FeedMe: {title}</title>
<link rel="stylesheet" href="/style.css">
<nav>{languages}</nav>
<h1>{title}</h1>
<p>{why}</p>
<p>{compare}<br><code>{fingerprint}</code></p>
<p><a class="get" href="/ca.crt">{get}</a></p>
<h2>{then}</h2>
<h3>Android</h3>
<p>{android}</p>
<h3>iPhone, iPad</h3>
<p><a class="get" href="/feedme.mobileconfig">{profile}</a></p>
<p>{ios}</p>
<h3>Windows</h3>
<p>{windows}</p>
<h3>macOS</h3>
<p>{macos}</p>
<h2>{last}</h2>
<p><a href="{restaurant}">{restaurant}</a></p>
<h2>{scan}</h2>
{code}
<p><code>{own}</code></p>
</html>
"#
    )
}

fn address(scheme: &str, host: &str, port: u16, usual: u16) -> String {
    if port == usual { format!("{scheme}://{host}/") } else { format!("{scheme}://{host}:{port}/") }
}

fn languages(shown: Language) -> String {
    let link = |language: Language| {
        let (tag, name) = (language.tag(), language.words().name);
        let current = if language == shown { r#" aria-current="page""# } else { "" };
        format!(r#"<a href="/{tag}" lang="{tag}"{current}>{name}</a>"#)
    };
    Language::ALL.map(link).concat()
}

/// A text as a code to scan: dark on light in either look, since not every scanner knows the reverse.
fn code(text: &str) -> String {
    let Ok(code) = QrCode::new(text) else { return String::new() };
    let (width, mut dark) = (code.width(), String::new());
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            write!(dark, "M{} {}h1v1h-1z", QUIET + at % width, QUIET + at / width).expect("text takes everything");
        }
    }
    let size = width + 2 * QUIET;
    format!(
        r##"<svg role="img" aria-label="{text}" viewBox="0 0 {size} {size}" shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/><path d="{dark}" fill="#000"/></svg>"##
    )
}
