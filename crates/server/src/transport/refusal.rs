//! What is answered to requests that hyper cannot parse.
//!
//! hyper refuses them by itself, with a status and nothing else. A problem with the same status goes out
//! instead.

use std::sync::LazyLock;

use feedme_api::problem::PROBLEM_JSON;
use feedme_api::{Code, Problem};
use http::StatusCode;

static REFUSALS: LazyLock<[(&[u8], Vec<u8>); 3]> = LazyLock::new(|| {
    [
        (b"HTTP/1.1 400 ", answer(Code::MalformedRequest, "this is not a request that HTTP/1.1 knows")),
        (b"HTTP/1.1 414 ", answer(Code::UriTooLong, "the address is too long")),
        (b"HTTP/1.1 431 ", answer(Code::HeadersTooLarge, "the headers are larger than 16 KiB, or more than 100")),
    ]
});

/// What goes out instead of what hyper is about to write, if that is a refusal of its own: those alone have an
/// empty body.
pub(super) fn instead_of(written: &[u8]) -> Option<&'static [u8]> {
    if !written.starts_with(b"HTTP/1.1 4") {
        return None;
    }
    let (_, refusal) = REFUSALS.iter().find(|(status, _)| written.starts_with(status))?;
    let empty = b"content-length: 0\r\n";
    let is_own = written.windows(empty.len()).any(|window| window.eq_ignore_ascii_case(empty));
    is_own.then_some(refusal.as_slice())
}

fn answer(code: Code, detail: &'static str) -> Vec<u8> {
    let status = StatusCode::from_u16(code.status()).expect("every code has a valid status");
    let body = serde_json::to_string(&Problem::new(code, detail)).expect("a problem serialises into memory");
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {PROBLEM_JSON}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
