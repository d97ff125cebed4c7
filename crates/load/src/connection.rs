//! One keep-alive connection: a request goes out, its answer comes in.
//!
//! Written by hand because the generator shares the machine with what it measures: one buffer, one write and
//! (mostly) one read a request.

use std::io;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::chunked::Chunked;
use crate::target::Target;

/// How long an answer may take. Far longer than any answer that a person waits for, so that slow ones are
/// recorded as slow; short enough that a run against a dead server ends.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest head of an answer: as long as the head that the server accepts of a request.
const HEAD_MAX: usize = 16 * 1024;

/// Headers of an answer; the server sends about ten.
pub(crate) const HEADERS_MAX: usize = 64;

/// How long to wait before a server that refused a connection is tried again, so that waiting for its restart
/// does not take the time that the restart needs.
pub(crate) const RECONNECT_PAUSE: Duration = Duration::from_millis(100);

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(crate) enum Transport {
    #[error("the connection could not be made")]
    Connect,
    #[error("the connection was reset")]
    Reset,
    #[error("the connection was closed before the answer")]
    Closed,
    #[error("no answer within {} s", CALL_TIMEOUT.as_secs())]
    Timeout,
    #[error("the answer was not what HTTP or the API promise")]
    Malformed,
}

impl From<io::Error> for Transport {
    fn from(_: io::Error) -> Self {
        Self::Reset
    }
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) etag: Option<&'a [u8]>,
    pub(crate) body: &'a [u8],
}

/// A connection that is made when it is needed, and made anew after a failure.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) target: Rc<Target>,
    stream: Option<TcpStream>,
    inbox: Vec<u8>,
    /// The body of a chunked answer.
    decoded: Vec<u8>,
}

/// What the head of an answer says.
#[derive(Debug)]
struct Head {
    length: usize,
    status: u16,
    etag: Option<Range<usize>>,
    body: Body,
    keep_alive: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Length(usize),
    Chunked,
}

impl Connection {
    pub(crate) fn new(target: Rc<Target>) -> Self {
        Self { target, stream: None, inbox: Vec::with_capacity(4096), decoded: Vec::new() }
    }

    /// Connects ahead of the first call, so that making the connection is not measured as part of it.
    pub(crate) async fn warm_up(&mut self) {
        if self.stream.is_none() {
            // A failure shows again, and is counted, when the connection is used.
            self.stream = connect(&self.target).await.ok();
        }
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn call(&mut self, request: &[u8]) -> Result<Answer<'_>, Transport> {
        let outcome = timeout(CALL_TIMEOUT, self.exchange(request)).await.unwrap_or(Err(Transport::Timeout));
        if outcome.as_ref().map_or(true, |head| !head.keep_alive) {
            self.stream = None;
        }
        if matches!(outcome, Err(Transport::Connect)) {
            tokio::time::sleep(RECONNECT_PAUSE).await;
        }
        let head = outcome?;
        let body = match head.body {
            Body::Length(length) => &self.inbox[head.length..head.length + length],
            Body::Chunked => &self.decoded,
        };
        Ok(Answer { status: head.status, etag: head.etag.map(|etag| &self.inbox[etag]), body })
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<Head, Transport> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(connect(&self.target).await.map_err(|_| Transport::Connect)?),
        };
        stream.write_all(request).await?;
        self.inbox.clear();
        self.decoded.clear();
        let head = loop {
            read_more(stream, &mut self.inbox).await?;
            if let Some(head) = Head::parse(&self.inbox)? {
                break head;
            }
        };
        match head.body {
            Body::Length(length) => {
                while self.inbox.len() < head.length + length {
                    read_more(stream, &mut self.inbox).await?;
                }
                if self.inbox.len() > head.length + length {
                    return Err(Transport::Malformed);
                }
            }
            Body::Chunked => {
                let (mut coding, mut read) = (Chunked::default(), head.length);
                loop {
                    let decoded = &mut self.decoded;
                    let carry = |bytes: &[u8]| decoded.extend_from_slice(bytes);
                    coding.decode(&self.inbox[read..], carry).map_err(|_| Transport::Malformed)?;
                    read = self.inbox.len();
                    if coding == Chunked::Done {
                        break;
                    }
                    read_more(stream, &mut self.inbox).await?;
                }
            }
        }
        Ok(head)
    }
}

impl Head {
    /// Reads the head, once all of it is there.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, Transport> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut headers);
        let length = match response.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if bytes.len() < HEAD_MAX => return Ok(None),
            _ => return Err(Transport::Malformed),
        };
        let status = response.code.ok_or(Transport::Malformed)?;
        let (mut body, mut etag, mut keep_alive) = (None, None, true);
        for header in response.headers {
            if header.name.eq_ignore_ascii_case("content-length") {
                let text = std::str::from_utf8(header.value).ok();
                body = Some(Body::Length(text.and_then(|text| text.parse().ok()).ok_or(Transport::Malformed)?));
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                body = Some(Body::Chunked);
            } else if header.name.eq_ignore_ascii_case("connection") {
                keep_alive = !header.value.eq_ignore_ascii_case(b"close");
            } else if header.name.eq_ignore_ascii_case("etag") {
                let start = header.value.as_ptr().addr() - bytes.as_ptr().addr();
                etag = Some(start..start + header.value.len());
            }
        }
        // These never have a body, whatever length they name.
        if matches!(status, 204 | 304) {
            body = Some(Body::Length(0));
        }
        Ok(Some(Self { length, status, etag, body: body.ok_or(Transport::Malformed)?, keep_alive }))
    }
}

/// Connects without delaying small writes.
pub(crate) async fn connect(target: &Target) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(target.address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn read_more(stream: &mut TcpStream, inbox: &mut Vec<u8>) -> Result<(), Transport> {
    match stream.read_buf(inbox).await? {
        0 => Err(Transport::Closed),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_complete() {
        let whole = b"HTTP/1.1 200 OK\r\nETag: \"7-12\"\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
        assert!(Head::parse(&whole[..20]).expect("well formed").is_none());
        let head = Head::parse(whole).expect("well formed").expect("complete");
        assert_eq!((head.status, head.body, head.keep_alive), (200, Body::Length(2), false));
        assert_eq!(&whole[head.etag.expect("there is one")], b"\"7-12\"");
    }

    #[test]
    fn an_answer_without_a_length_cannot_be_read() {
        assert_eq!(Head::parse(b"HTTP/1.1 200 OK\r\n\r\n").expect_err("no length"), Transport::Malformed);
        assert_eq!(Head::parse(b"SSH-2.0-x\r\n\r\n").expect_err("not HTTP"), Transport::Malformed);
        let unchanged = Head::parse(b"HTTP/1.1 304 Not Modified\r\n\r\n").expect("well formed").expect("complete");
        assert_eq!(unchanged.body, Body::Length(0));
    }
}
