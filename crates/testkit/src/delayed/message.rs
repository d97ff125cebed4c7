//! A message as it was published.

use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// A message as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Where it goes.
    pub destination: String,
    /// After how long.
    pub delay: Duration,
    /// What keeps a second one like it from being carried.
    pub deduplication_id: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// The body's type.
    pub content_type: String,
}

impl Message {
    /// Reads a request to publish as the service does; what it refuses, with its status and why.
    pub(super) fn read(id: String, parts: &Parts, body: Vec<u8>, token: &str) -> Result<Self, (StatusCode, String)> {
        let headers = &parts.headers;
        if text(headers, "authorization") != Some(&format!("Bearer {token}")) {
            return Err((StatusCode::UNAUTHORIZED, "unable to authenticate: invalid token".into()));
        }
        let destination = parts.uri.path().strip_prefix("/v2/publish/");
        let destination = destination.filter(|text| text.starts_with("http://") || text.starts_with("https://"));
        let destination = destination.ok_or((StatusCode::BAD_REQUEST, "invalid destination url".into()))?;
        let delay = text(headers, "upstash-delay").unwrap_or("0s");
        let delay = parse_delay(delay).ok_or((StatusCode::BAD_REQUEST, format!("invalid delay {delay:?}")))?;
        Ok(Self {
            id,
            destination: destination.to_owned(),
            delay,
            deduplication_id: text(headers, "upstash-deduplication-id").map(str::to_owned),
            body,
            content_type: text(headers, "content-type").unwrap_or_default().to_owned(),
        })
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("what we publish is JSON")
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Whole numbers with a unit, such as `10s` or `1d10h30m`.
fn parse_delay(text: &str) -> Option<Duration> {
    let mut seconds = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let unit = match rest.as_bytes()[end] {
            b's' => 1,
            b'm' => 60,
            b'h' => 60 * 60,
            b'd' => 24 * 60 * 60,
            _ => return None,
        };
        seconds += rest[..end].parse::<u64>().ok()? * unit;
        rest = &rest[end + 1..];
    }
    Some(Duration::from_secs(seconds))
}
