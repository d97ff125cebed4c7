//! The chunked transfer coding, taken off while the bytes come in.

/// Where in the coding the next byte stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Chunked {
    /// In the line with a chunk's size; so much of it was read.
    #[default]
    Start,
    Size(u64),
    /// In an extension or before the line feed that ends the size.
    SizeEnd(u64),
    /// So many bytes of the chunk are to come.
    Bytes(u64),
    /// In the line end behind a chunk.
    BytesEnd,
    /// Behind the last chunk: a trailer line that is still empty.
    TrailerStart,
    /// In a trailer line.
    Trailer,
    /// The body is complete.
    Done,
}

/// These bytes are not chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not chunked as HTTP/1.1 demands")]
pub(crate) struct Malformed;

impl Chunked {
    /// Takes bytes as they came and hands on what they carry. Bytes behind the end are refused.
    pub(crate) fn decode(&mut self, mut bytes: &[u8], mut carry: impl FnMut(&[u8])) -> Result<(), Malformed> {
        while let Some((&byte, rest)) = bytes.split_first() {
            if let Self::Bytes(left) = *self {
                let here = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
                carry(&bytes[..here]);
                bytes = &bytes[here..];
                let left = left - here as u64;
                *self = if left == 0 { Self::BytesEnd } else { Self::Bytes(left) };
                continue;
            }
            bytes = rest;
            *self = self.after(byte)?;
        }
        Ok(())
    }

    /// Where the byte after this one stands.
    fn after(self, byte: u8) -> Result<Self, Malformed> {
        let digit = || char::from(byte).to_digit(16).map(u64::from).ok_or(Malformed);
        Ok(match (self, byte) {
            (Self::Start, _) => Self::Size(digit()?),
            (Self::Size(size), b'\r' | b';' | b' ' | b'\t') => Self::SizeEnd(size),
            (Self::Size(0) | Self::SizeEnd(0) | Self::Trailer, b'\n') | (Self::TrailerStart, b'\r') => {
                Self::TrailerStart
            }
            (Self::Size(size) | Self::SizeEnd(size), b'\n') => Self::Bytes(size),
            (Self::Size(size), _) => {
                Self::Size(size.checked_mul(16).and_then(|size| size.checked_add(digit().ok()?)).ok_or(Malformed)?)
            }
            (Self::SizeEnd(size), _) => Self::SizeEnd(size),
            (Self::BytesEnd, b'\r') => Self::BytesEnd,
            (Self::BytesEnd, b'\n') => Self::Start,
            (Self::TrailerStart, b'\n') => Self::Done,
            (Self::TrailerStart | Self::Trailer, _) => Self::Trailer,
            (Self::BytesEnd | Self::Done | Self::Bytes(_), _) => return Err(Malformed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"5\r\nhello\r\n0D;why=not\r\n, wide\r\nearth\r\n0\r\nTrailer: x\r\n\r\n";

    #[test]
    fn gives_what_was_sent_however_it_was_cut() {
        for cut in 1..BODY.len() {
            let (mut coding, mut carried) = (Chunked::default(), Vec::new());
            for piece in BODY.chunks(cut) {
                coding.decode(piece, |bytes| carried.extend_from_slice(bytes)).expect("the body is well formed");
            }
            assert_eq!(carried.escape_ascii().to_string(), r"hello, wide\r\nearth", "cut at {cut}");
            assert_eq!(coding, Chunked::Done);
        }
    }

    #[test]
    fn refuses_what_is_not_chunked() {
        for body in [&b"{\"a\":1}"[..], b"2\r\nabc", b"fffffffffffffffff\r\n", b"0\r\n\r\nmore"] {
            assert_eq!(Chunked::default().decode(body, |_| ()), Err(Malformed), "{}", body.escape_ascii());
        }
    }
}
