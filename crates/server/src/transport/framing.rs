//! Where requests begin and end in a connection's bytes, followed beside hyper.
//!
//! A request with both `Content-Length` and `Transfer-Encoding`, or with a transfer coding other than exactly one
//! `chunked`, is how requests are smuggled past a proxy. It must be refused, but hyper removes one of the two,
//! and takes any list of codings that ends in `chunked`, before anybody sees it; so it is looked for here.

/// Bytes looked at of a line: enough for the two headers that matter.
const LINE_KEPT_BYTES: usize = 64;

/// Follows the bytes that a client sends.
#[derive(Debug, Default)]
pub(super) struct Framing {
    place: Place,
    /// The beginning of a line whose end has not arrived.
    line: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Head { begun: bool, length: Option<u64>, coded: Option<Coded> },
    Body { left: u64 },
    ChunkSize,
    Chunk { left: u64 },
    ChunkEnd,
    Trailers,
}

/// What `Transfer-Encoding` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coded {
    /// Once, `chunked`.
    Chunked,
    /// Anything else.
    Strangely,
}

impl Default for Place {
    fn default() -> Self {
        Self::Head { begun: false, length: None, coded: None }
    }
}

impl Framing {
    /// Whether the headers of a request have begun and not ended.
    pub(super) fn within_headers(&self) -> bool {
        let Place::Head { begun, .. } = self.place else { return false };
        begun || !self.line.is_empty()
    }

    /// Follows the next bytes. True when the headers of a request ended that are ambiguous.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) -> bool {
        let mut ambiguous = false;
        while !bytes.is_empty() {
            match self.place {
                Place::Body { left } => {
                    self.place = skip(&mut bytes, left, Place::default(), |left| Place::Body { left });
                }
                Place::Chunk { left } => {
                    self.place = skip(&mut bytes, left, Place::ChunkEnd, |left| Place::Chunk { left });
                }
                _ => {
                    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
                        self.keep(bytes);
                        return ambiguous;
                    };
                    let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
                    bytes = rest;
                    ambiguous |= if self.line.is_empty() {
                        self.line(line)
                    } else {
                        self.keep(line);
                        let line = std::mem::take(&mut self.line);
                        self.line(&line)
                    };
                }
            }
        }
        ambiguous
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = LINE_KEPT_BYTES - self.line.len();
        self.line.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    fn line(&mut self, line: &[u8]) -> bool {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // The same of every line, in however many pieces it came.
        let line = &line[..line.len().min(LINE_KEPT_BYTES)];
        match &mut self.place {
            Place::Head { begun, length, coded } => {
                if line.is_empty() && *begun {
                    let ambiguous = coded.is_some_and(|coded| length.is_some() || coded == Coded::Strangely);
                    self.place = match (*coded, *length) {
                        (Some(_), _) => Place::ChunkSize,
                        (None, None | Some(0)) => Place::default(),
                        (None, Some(left)) => Place::Body { left },
                    };
                    return ambiguous;
                }
                if let Some(value) = header(line, b"content-length:") {
                    *length = Some(value.parse().unwrap_or(0));
                } else if let Some(value) = header(line, b"transfer-encoding:") {
                    // Of a longer line the end is not known.
                    let is_whole = line.len() < LINE_KEPT_BYTES;
                    let is_chunked = is_whole && coded.is_none() && value.eq_ignore_ascii_case("chunked");
                    *coded = Some(if is_chunked { Coded::Chunked } else { Coded::Strangely });
                }
                *begun |= !line.is_empty();
            }
            Place::ChunkSize => {
                let digits = line.split(|byte| !byte.is_ascii_hexdigit()).next().unwrap_or_default();
                let size = str::from_utf8(digits).ok().and_then(|digits| u64::from_str_radix(digits, 16).ok());
                self.place = match size {
                    // What is no size is hyper's to refuse.
                    Some(0) | None => Place::Trailers,
                    Some(left) => Place::Chunk { left },
                };
            }
            Place::ChunkEnd => self.place = Place::ChunkSize,
            Place::Trailers if line.is_empty() => self.place = Place::default(),
            Place::Trailers | Place::Body { .. } | Place::Chunk { .. } => {}
        }
        false
    }
}

fn skip(bytes: &mut &[u8], left: u64, done: Place, more: impl Fn(u64) -> Place) -> Place {
    let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
    *bytes = &bytes[skipped..];
    match left - skipped as u64 {
        0 => done,
        left => more(left),
    }
}

/// The value of the line, if it is this header; empty when it is no text.
fn header<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a str> {
    let is_name = line.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
    is_name.then(|| str::from_utf8(&line[name.len()..]).unwrap_or_default().trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: &str = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
    const CHUNKED: &str =
        "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n";
    const BARE: &str = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
    const BOTH: &str = "POST /a HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";

    /// Follows the text whole, byte by byte and in pieces of every size: the answer is the same.
    #[track_caller]
    fn check(text: &str, ambiguous: bool) {
        for size in 1..=text.len() {
            let mut framing = Framing::default();
            let found = text.as_bytes().chunks(size).fold(false, |found, piece| framing.follow(piece) | found);
            assert_eq!(found, ambiguous, "in pieces of {size}: {text:?}");
        }
    }

    #[test]
    fn requests_with_one_length_or_none_are_clear() {
        check(&[BARE, LENGTH, CHUNKED, BARE, CHUNKED, LENGTH, LENGTH, BARE].concat(), false);
    }

    #[test]
    fn a_request_with_two_is_found_wherever_it_stands() {
        check(BOTH, true);
        for before in [BARE, LENGTH, CHUNKED] {
            check(&[before, BOTH].concat(), true);
        }
    }

    #[test]
    fn headers_are_recognised_in_any_case_and_with_bare_line_feeds() {
        check("POST / HTTP/1.1\ncontent-length:5\nTRANSFER-ENCODING: chunked\n\n", true);
        check("\r\n\r\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nCONTENT-LENGTH: 5\r\n\r\n", true);
    }

    #[test]
    fn a_coding_other_than_one_chunked_is_found() {
        for codings in
            ["gzip, chunked", "chunked, chunked", "chunked,", "identity", "", "chunked\r\nTransfer-Encoding: chunked"]
        {
            check(&format!("POST / HTTP/1.1\r\nTransfer-Encoding: {codings}\r\n\r\n"), true);
        }
        let padded = " ".repeat(LINE_KEPT_BYTES);
        check(&format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked{padded}, gzip\r\n\r\n"), true);
        check(&format!("POST / HTTP/1.1\r\nTransfer-Encoding:{padded}chunked\r\n\r\n"), true);
        check("POST / HTTP/1.1\r\nTransfer-Encoding: \tChunked \r\n\r\n0\r\n\r\n", false);
    }

    #[test]
    fn what_stands_in_a_body_is_no_header() {
        let body = "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
        let length = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}{BARE}", body.len());
        check(&length, false);
        let size = body.len();
        check(
            &format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{size:x}\r\n{body}\r\n0\r\n\r\n{BARE}"),
            false,
        );
    }

    #[test]
    fn headers_begin_with_their_first_byte_and_end_with_an_empty_line() {
        let mut framing = Framing::default();
        assert!(!framing.within_headers());
        for piece in ["G", "ET / HTTP/1.1\r\n", "Content-Length: 1\r\n", "\r"] {
            framing.follow(piece.as_bytes());
            assert!(framing.within_headers(), "{piece:?}");
        }
        for piece in ["\n", "x"] {
            framing.follow(piece.as_bytes());
            assert!(!framing.within_headers(), "{piece:?}");
        }
    }

    #[test]
    fn a_long_line_costs_no_memory() {
        let mut framing = Framing::default();
        for _ in 0..1000 {
            assert!(!framing.follow(&[b'x'; 1000]));
        }
        assert!(framing.line.capacity() <= 2 * LINE_KEPT_BYTES);
    }
}
