//! All that was done as a file, made while it is read.

use std::borrow::Cow;
use std::io;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use feedme_api::audit::{AuditEntry, AuditFormat, AuditSource};
use http::{HeaderValue, header};

use super::{PORTION, Trail};
use crate::access::caller::Caller;

/// Without this mark Excel takes UTF-8 for something else.
const MARK: &str = "\u{feff}";

const COLUMNS: &str = "at,source,kind,actor,subject,restaurant,address,device\r\n";

/// A file of all that a trail leads to. It breaks off when whoever asked may no longer, or the database is away: what
/// looks whole is whole.
pub(crate) fn file(trail: Trail, caller: Caller, format: AuditFormat) -> Response {
    let is_csv = format == AuditFormat::Csv;
    let (kind, ending) = if is_csv { ("text/csv; charset=utf-8", "csv") } else { ("application/jsonl", "jsonl") };
    let day = feedme_api::Timestamp(trail.app.engine().now()).with_str(|now| now.chars().take(10).collect::<String>());
    let begin = Bytes::from(if is_csv { format!("{MARK}{COLUMNS}") } else { String::new() });
    let rest = futures::stream::unfold(Some((trail, caller)), move |going_on| async move {
        let (mut trail, caller) = going_on?;
        match portion(&mut trail, &caller, is_csv).await {
            Ok((bytes, is_last)) => Some((Ok(bytes), (!is_last).then_some((trail, caller)))),
            Err(error) => Some((Err(error), None)),
        }
    });
    let begin = futures::stream::once(std::future::ready(Ok(begin)));
    let mut response = Response::new(Body::from_stream(futures::StreamExt::chain(begin, rest)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = format!("attachment; filename=\"audit-{day}.{ending}\"");
    headers.insert(header::CONTENT_DISPOSITION, disposition.try_into().expect("a day is ASCII"));
    response
}

/// The next lines, and whether they are the last.
async fn portion(trail: &mut Trail, caller: &Caller, is_csv: bool) -> io::Result<(Bytes, bool)> {
    let now = trail.app.engine().now();
    if caller.standing().is_some_and(|standing| standing.is_over(now)) {
        return Err(io::Error::other("whoever asked may no longer"));
    }
    let (entries, next) = trail.page(PORTION).await.map_err(|error| {
        tracing::warn!(%error, "a file breaks off");
        io::Error::other(error)
    })?;
    let mut lines = String::new();
    for entry in &entries {
        if is_csv { row(entry, &mut lines) } else { line(entry, &mut lines) }
    }
    Ok((lines.into(), next.is_none()))
}

fn line(entry: &AuditEntry, lines: &mut String) {
    lines.push_str(&serde_json::to_string(entry).expect("a wire type serialises into memory"));
    lines.push('\n');
}

fn row(entry: &AuditEntry, lines: &mut String) {
    let AuditEntry { at, source, kind, actor, subject, restaurant, address, device } = entry;
    at.with_str(|at| cell(at, lines));
    let source = match source {
        AuditSource::Event => "event",
        AuditSource::Account => "account",
    };
    let restaurant = restaurant.as_deref().unwrap_or_default();
    let (address, device) = (address.as_deref().unwrap_or_default(), device.as_deref().unwrap_or_default());
    for text in [source, kind, actor, subject, restaurant, address, device] {
        lines.push(',');
        cell(text, lines);
    }
    lines.push_str("\r\n");
}

/// A cell (RFC 4180). What a spreadsheet would take for a formula is made text.
fn cell(text: &str, lines: &mut String) {
    let mark = if is_formula(text) { "'" } else { "" };
    let text = &*without_formulas_behind_separators(text);
    if text.contains(['"', ',', '\n', '\r']) {
        lines.push('"');
        lines.push_str(mark);
        lines.push_str(&text.replace('"', "\"\""));
        lines.push('"');
    } else {
        lines.push_str(mark);
        lines.push_str(text);
    }
}

/// Where cells are parted by something else than commas, what stands behind that is a cell of its own.
fn without_formulas_behind_separators(text: &str) -> Cow<'_, str> {
    if !text.contains([';', '\t', '|']) {
        return text.into();
    }
    let parts = text.split_inclusive([';', '\t', '|']).enumerate();
    parts
        .fold(String::with_capacity(text.len()), |mut whole, (at, part)| {
            if at > 0 && is_formula(part) {
                whole.push('\'');
            }
            whole + part
        })
        .into()
}

/// Whether a spreadsheet could take it for a formula: also behind space or signs that nobody sees, and in the wide form
/// of Chinese and Japanese keyboards. Some drop a tab or a line's end and look at what follows.
fn is_formula(text: &str) -> bool {
    let is_shown = |c: &char| c.is_alphanumeric() || c.is_ascii_graphic() || "=+-@＝＋－＠".contains(*c);
    text.starts_with(['\t', '\r', '\n']) || text.chars().find(is_shown).is_some_and(|c| "=+-@＝＋－＠".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, cell_of) in [
            ("mei", "mei"),
            ("", ""),
            ("a=b", "a=b"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\u{200b}=1", "'\u{200b}=1"),
            ("\u{feff} \u{7f}@x", "'\u{feff} \u{7f}@x"),
            ("＝1", "'＝1"),
            ("\tx", "'\tx"),
            ("\nx", "\"'\nx\""),
            ("=HYPERLINK(\"http://evil.example\",\"x\")", "\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\""),
            ("x;=1+1;y", "x;'=1+1;y"),
            ("x\t =1|@2", "x\t' =1|'@2"),
            ("x;y", "x;y"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("\r\n=x", "\"'\r\n=x\""),
        ] {
            let mut line = String::new();
            cell(text, &mut line);
            assert_eq!(line, cell_of, "{text:?}");
        }
    }
}
