//! Writing a restaurant to a file.

use std::path::{Path, PathBuf};

use super::FileError;
use super::line::Counts;
use super::sheet::Writer;
use crate::StoreError;
use crate::moment::{Moment, Part, Piece, Standing};

/// Why a restaurant was not exported. There is no file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no such restaurant.
    #[error("there is no restaurant {0}")]
    NoRestaurant(String),
    /// The file exists; none is ever overwritten.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Where the restaurant stood.
    pub standing: Standing,
    /// How many rows of each kind there are.
    pub counts: Counts,
}

/// Writes a restaurant to a file, as it stands at a moment. The file appears under its name when it is whole and on
/// disk. `progress` is told how many events and orders are written, and of about how many.
pub async fn export(
    moment: &mut dyn Moment,
    slug: &str,
    target: &Path,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<Exported, ExportError> {
    let found = moment.standings().await?.into_iter().find(|standing| standing.restaurant.slug == slug);
    let standing = found.ok_or_else(|| ExportError::NoRestaurant(slug.to_owned()))?;
    if target.exists() {
        return Err(ExportError::Exists(target.to_owned()));
    }
    let mut file = Writer::create(target, &standing)?;
    let total = standing.version.0 + standing.counters.next_order.0 - 1;
    let mut done = 0;
    for part in Part::ALL {
        moment.begin(standing.restaurant.id, part).await?;
        loop {
            let pieces = moment.next().await?;
            if pieces.is_empty() {
                break;
            }
            for piece in &pieces {
                file.row(piece)?;
                done += match piece {
                    Piece::Events(row) => (row.last + 1).saturating_sub(row.first),
                    Piece::Live(_) | Piece::History(_) => 1,
                    _ => 0,
                };
            }
            progress(done, total.max(done));
        }
    }
    let counts = file.finish()?;
    Ok(Exported { standing, counts })
}
