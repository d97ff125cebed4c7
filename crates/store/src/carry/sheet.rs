//! The file: gzip around lines of JSON, the last of which tells what came before it.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use super::FileError;
use super::export::ExportError;
use super::import::ImportError;
use super::line::{self, Counts, End, FORMAT, Line, read_standing};
use crate::StoreError;
use crate::fresh_file::FreshFile;
use crate::moment::{Part, Piece, Standing};

/// Bytes of a line at most: PostgreSQL keeps no larger value, so no commit has more, and a broken file cannot make us
/// remember more.
const LINE_MAX: u64 = 1024 * 1024 * 1024;

/// Bytes read and written at a time.
const BUFFER: usize = 256 * 1024;

/// Writes a file.
pub(super) struct Writer {
    file: FreshFile,
    out: GzEncoder<BufWriter<File>>,
    digest: blake3::Hasher,
    counts: Counts,
    line: Vec<u8>,
}

impl Writer {
    /// Begins a file with a restaurant.
    pub(super) fn create(target: &Path, standing: &Standing) -> Result<Self, FileError> {
        let (file, out) = FreshFile::create(target)?;
        let mut writer = Self {
            file,
            // The best that costs no more time than the database takes to answer.
            out: GzEncoder::new(BufWriter::with_capacity(BUFFER, out), Compression::new(2)),
            digest: blake3::Hasher::new(),
            counts: Counts::default(),
            line: Vec::new(),
        };
        writer.line(&Line::Restaurant(line::standing(standing)))?;
        Ok(writer)
    }

    /// Writes a row.
    pub(super) fn row(&mut self, piece: &Piece) -> Result<(), ExportError> {
        self.counts.count(piece.part());
        Ok(self.line(&Line::of(piece)?)?)
    }

    fn line(&mut self, line: &Line<'_>) -> Result<(), FileError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).expect("strings and numbers can always be written");
        self.line.push(b'\n');
        self.digest.update(&self.line);
        self.out.write_all(&self.line).map_err(|source| self.file.error(source))
    }

    /// Writes the end, and gives the file its name.
    pub(super) fn finish(mut self) -> Result<Counts, FileError> {
        let counts = self.counts;
        let digest = self.digest.finalize().to_hex().to_string();
        self.line(&Line::End(End { counts, digest }))?;
        let out = self.out.finish().and_then(|out| out.into_inner().map_err(io::IntoInnerError::into_error));
        let out = out.map_err(|source| self.file.error(source))?;
        self.file.keep(&out)?;
        Ok(counts)
    }
}

/// Reads a file, and finds out whether it is whole.
pub(super) struct Reader {
    path: PathBuf,
    lines: BufReader<GzDecoder<Counting>>,
    digest: blake3::Hasher,
    counts: Counts,
    /// What is being read.
    part: Part,
    /// The last event.
    version: u64,
    standing: Standing,
    line: Vec<u8>,
    /// Whether the end was read.
    ended: bool,
}

impl Reader {
    /// Opens a file and reads its first line.
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let failed = |source| FileError { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let file = Counting { file: BufReader::with_capacity(BUFFER, file), bytes: 0 };
        let mut lines = BufReader::with_capacity(BUFFER, GzDecoder::new(file));
        let (mut line, mut digest) = (Vec::new(), blake3::Hasher::new());
        read_line(&mut lines, &mut line, path)?;
        let damaged = |what: String| ImportError::Damaged { path: path.to_owned(), what };
        let standing = match serde_json::from_slice(&line) {
            Ok(Line::Restaurant(record)) if record.format > FORMAT => {
                return Err(ImportError::Newer { path: path.to_owned() });
            }
            Ok(Line::Restaurant(record)) => read_standing(record).map_err(|error| damaged(what(error)))?,
            _ => return Err(damaged("it does not begin with a restaurant".into())),
        };
        digest.update(&line);
        Ok(Self {
            path: path.to_owned(),
            lines,
            digest,
            counts: Counts::default(),
            part: Part::ALL[0],
            version: 0,
            standing,
            line,
            ended: false,
        })
    }

    /// The restaurant that is in it.
    pub(super) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// How many rows of each kind were read.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// How much of the file is read, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.lines.get_ref().get_ref().bytes
    }

    /// The next row. `None` at the end, where the file turned out to be whole.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, ImportError> {
        if self.ended {
            return Ok(None);
        }
        read_line(&mut self.lines, &mut self.line, &self.path)?;
        let line = serde_json::from_slice::<Line<'_>>(&self.line).map_err(crate::record::damaged);
        let piece = match line {
            Ok(Line::End(end)) => return self.end(&end),
            line => line.and_then(|line| line.piece(self.standing.restaurant.id)),
        };
        // The restaurant stands in the first line.
        let piece =
            piece.map_err(|error| damaged(&self.path, format_args!("line {}: {error}", self.counts.all() + 2)))?;
        if piece.part() < self.part {
            return Err(damaged(&self.path, format_args!("line {} is out of order", self.counts.all() + 2)));
        }
        self.part = piece.part();
        self.counts.count(self.part);
        self.digest.update(&self.line);
        if let Piece::Checkpoint(checkpoint) = &piece {
            self.version = checkpoint.version().0;
        }
        if let Piece::Events(row) = &piece {
            if row.first != self.version + 1 || row.last < row.first {
                return Err(damaged(&self.path, format_args!("events are missing after event {}", self.version)));
            }
            self.version = row.last;
        }
        Ok(Some(piece))
    }

    fn end(&mut self, end: &End) -> Result<Option<Piece>, ImportError> {
        if end.counts != self.counts || end.digest != self.digest.finalize().to_hex().as_str() {
            return Err(damaged(&self.path, "its contents are not those that were exported"));
        }
        if self.version != self.standing.version.0 {
            return Err(damaged(&self.path, format_args!("it ends with event {}", self.version)));
        }
        // The sum that gzip keeps is checked when its end is read.
        let mut more = [0];
        let after = self.lines.read(&mut more).map_err(|error| unreadable(&self.path, error))?;
        let beyond = self.lines.get_mut().get_mut().read(&mut more).map_err(|error| unreadable(&self.path, error))?;
        if after + beyond > 0 {
            return Err(damaged(&self.path, "something follows its end"));
        }
        self.ended = true;
        Ok(None)
    }
}

fn read_line(lines: &mut BufReader<GzDecoder<Counting>>, line: &mut Vec<u8>, path: &Path) -> Result<(), ImportError> {
    line.clear();
    lines.take(LINE_MAX).read_until(b'\n', line).map_err(|error| unreadable(path, error))?;
    if line.ends_with(b"\n") { Ok(()) } else { Err(damaged(path, "it was cut")) }
}

fn damaged(path: &Path, what: impl std::fmt::Display) -> ImportError {
    ImportError::Damaged { path: path.to_owned(), what: what.to_string() }
}

/// What is wrong with a line: it is read as rows of a database are, and is none.
fn what(error: StoreError) -> String {
    match error {
        StoreError::Corrupt(what) | StoreError::Unavailable(what) => what,
    }
}

/// What decompression does not understand is damage; all else is the disk's.
fn unreadable(path: &Path, error: io::Error) -> ImportError {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    match error.kind() {
        UnexpectedEof => damaged(path, "it was cut"),
        InvalidData | InvalidInput => damaged(path, error),
        _ => FileError { path: path.to_owned(), source: error }.into(),
    }
}

/// Counts what is read of a file.
struct Counting {
    file: BufReader<File>,
    bytes: u64,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

impl io::BufRead for Counting {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.file.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.bytes += amount as u64;
        self.file.consume(amount);
    }
}
