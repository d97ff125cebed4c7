//! Server-sent events, cut into frames without being understood.

use crate::chunked::{Chunked, Malformed};

/// A buffer larger than this is given back once its frame is read: a first snapshot may take megabytes, and
/// thousands of screens would keep them.
const PARTIAL_KEPT_MAX: usize = 16 * 1024;

/// Where an event stands: `epoch-version`, as in `id:` and in `ETag`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) epoch: u64,
    pub(crate) version: u64,
}

impl Position {
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let (epoch, version) = std::str::from_utf8(text).ok()?.split_once('-')?;
        Some(Self { epoch: epoch.parse().ok()?, version: version.parse().ok()? })
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.epoch, self.version)
    }
}

/// One frame. The server writes each payload on one `data:` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) position: Option<Position>,
    pub(crate) event: &'a [u8],
    pub(crate) data: &'a [u8],
    /// All of its bytes, but for the empty line that ends it.
    pub(crate) bytes: &'a [u8],
}

impl<'a> Frame<'a> {
    fn parse(bytes: &'a [u8]) -> Self {
        let mut frame = Frame { position: None, event: b"", data: b"", bytes };
        let mut start = 0;
        while start < bytes.len() {
            let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
            let line = &bytes[start..end];
            if let Some(id) = field(line, b"id:") {
                frame.position = Position::parse(id);
            } else if let Some(event) = field(line, b"event:") {
                frame.event = event;
            } else if let Some(data) = field(line, b"data:") {
                frame.data = data;
            }
            start = end + 1;
        }
        frame
    }
}

fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

/// Cuts the body of an event stream into frames.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    /// `None` for a body that ends with its connection.
    coding: Option<Chunked>,
    lines: Lines,
}

impl Frames {
    pub(crate) fn new(chunked: bool) -> Self {
        Self { coding: chunked.then(Chunked::default), lines: Lines::default() }
    }

    /// Takes bytes as they came from the network and hands on the frames that they complete.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut on_frame: impl FnMut(Frame<'_>)) -> Result<(), Malformed> {
        if let Some(coding) = &mut self.coding {
            return coding.decode(bytes, |carried| self.lines.feed(carried, &mut on_frame));
        }
        self.lines.feed(bytes, &mut on_frame);
        Ok(())
    }

    /// Whether the server ended the stream. It may leave the connection open for another request.
    pub(crate) fn ended(&self) -> bool {
        self.coding == Some(Chunked::Done)
    }
}

/// What has come in of a frame that is not complete.
#[derive(Debug, Default)]
struct Lines {
    partial: Vec<u8>,
}

impl Lines {
    fn feed(&mut self, mut bytes: &[u8], on_frame: &mut impl FnMut(Frame<'_>)) {
        // Most frames come in one piece and are read where they lie.
        while self.partial.is_empty() {
            let Some(end) = frame_end(bytes) else { break };
            if end > 2 {
                on_frame(Frame::parse(&bytes[..end - 1]));
            }
            bytes = &bytes[end..];
        }
        if bytes.is_empty() {
            return;
        }
        // The two line feeds may lie on either side of the seam.
        let seam = self.partial.len().saturating_sub(1);
        self.partial.extend_from_slice(bytes);
        let Some(end) = frame_end(&self.partial[seam..]).map(|end| seam + end) else { return };
        let partial = std::mem::take(&mut self.partial);
        on_frame(Frame::parse(&partial[..end - 1]));
        let rest = &partial[end..];
        if !rest.is_empty() {
            self.feed(rest, on_frame);
        }
        if self.partial.is_empty() && partial.capacity() <= PARTIAL_KEPT_MAX {
            self.partial = partial;
            self.partial.clear();
        }
    }
}

/// Where the first frame ends, behind its empty line.
fn frame_end(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', bytes).find(|&at| bytes.get(at + 1) == Some(&b'\n')).map(|at| at + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] = b"id: 9-4\nevent: snapshot\ndata: {}\n\n: still here\n\nid: 9-5\nevent: order.placed\ndata: \
        {\"order\":{\"number\":1}}\n\nevent:heartbeat\ndata:{}\n\n";

    fn seen(pieces: &mut dyn Iterator<Item = &[u8]>) -> Vec<String> {
        let (mut frames, mut seen) = (Frames::new(false), Vec::new());
        for piece in pieces {
            let note = |frame: Frame<'_>| {
                let position = frame.position.map_or("-".to_owned(), |position| position.to_string());
                seen.push(format!("{position} {} {}", frame.event.escape_ascii(), frame.data.escape_ascii()));
            };
            frames.feed(piece, note).expect("nothing to decode");
        }
        seen
    }

    #[test]
    fn finds_the_same_frames_however_the_stream_was_cut() {
        let whole = seen(&mut std::iter::once(STREAM));
        assert_eq!(whole.len(), 4);
        assert_eq!(whole[0], "9-4 snapshot {}");
        assert_eq!(whole[2], r#"9-5 order.placed {\"order\":{\"number\":1}}"#);
        assert_eq!(whole[3], "- heartbeat {}");
        for cut in 1..STREAM.len() {
            assert_eq!(seen(&mut STREAM.chunks(cut)), whole, "cut at {cut}");
        }
    }

    /// Every byte of a stream replaced and left out, in one piece and in many, with and without chunks.
    #[test]
    fn whatever_comes_is_cut_into_frames_or_refused() {
        let chunked = [format!("{:x};x=y\r\n", STREAM.len()).as_bytes(), STREAM, b"\r\n0\r\nx: y\r\n\r\n"].concat();
        for (stream, is_chunked) in [(STREAM, false), (&chunked, true)] {
            for at in 0..stream.len() {
                for byte in *b"\n\r:\x00\xff9-;" {
                    let mut wrong = stream.to_vec();
                    wrong[at] = byte;
                    let mut left_out = wrong.clone();
                    left_out.remove(at);
                    for bytes in [wrong, left_out] {
                        let cut_by = |cut: usize| {
                            let (mut frames, mut count) = (Frames::new(is_chunked), 0);
                            let mut whole = bytes.chunks(cut);
                            let fine = whole.all(|piece| frames.feed(piece, |_| count += 1).is_ok());
                            (fine, count)
                        };
                        let ((fine, whole), (also_fine, pieces)) = (cut_by(bytes.len()), cut_by(7));
                        assert_eq!(fine, also_fine, "{}", bytes.escape_ascii());
                        assert!(!fine || whole == pieces, "{}", bytes.escape_ascii());
                    }
                }
            }
        }
    }

    #[test]
    fn gives_the_room_of_a_large_snapshot_back() {
        let mut frames = Frames::new(false);
        let large = [b"data: ", vec![b'x'; 1 << 20].as_slice()].concat();
        frames.feed(&large, |_| ()).expect("nothing to decode");
        frames.feed(b"\n\n", |_| ()).expect("nothing to decode");
        assert!(frames.lines.partial.capacity() <= PARTIAL_KEPT_MAX);
    }
}
