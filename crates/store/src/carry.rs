//! Carrying a restaurant from one database to another, of whichever kind, as one file.
//!
//! The file is compressed text: a line of JSON for each row. It begins with the restaurant, and ends with how many lines
//! of each kind there are and a digest of them all, so that one that was cut or changed is refused before anything is
//! written. `docs/OPERATIONS.md` describes it.
//!
//! | to find | look in |
//! |---|---|
//! | writing one | [`export`] |
//! | taking one in | [`import`], [`Arrival`] |
//! | the lines | `line`, `people` |
//! | the file: compression, counts, digest | `sheet` |

mod export;
mod import;
mod line;
mod people;
mod sheet;

use std::path::PathBuf;

pub use export::{ExportError, Exported, export};
pub use import::{Arrival, ArrivalError, Days, ImportError, Imported, Terms, import};
pub use line::Counts;

/// A file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("failed to use {}", path.display())]
pub struct FileError {
    /// Which one.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}
