//! Taking a restaurant in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use feedme_kitchen::{Actor, OrderNumber, Time};

use super::FileError;
use super::line::Counts;
use super::sheet::Reader;
use crate::moment::{Piece, Standing};
use crate::restaurant::is_slug;
use crate::skip::passing_over;
use crate::{CommitError, Epoch, Loaded, RestaurantId, StoreError, Write};

/// Rows written at a time: enough that a round trip costs nothing, few enough to be held in memory.
const ROWS: usize = 1000;

/// Bytes of events written at a time, about: a row may hold thousands.
const BYTES: usize = 4 * 1024 * 1024;

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// The days, counted from 1970-01-01, on which the orders of the history were placed.
pub type Days = BTreeSet<i64>;

/// A database that takes a restaurant in: all of it, once [`Arrival::finish`] returns, or nothing.
#[async_trait]
pub trait Arrival: Send {
    /// Begins a restaurant that is not there yet.
    async fn begin(&mut self, standing: &Standing, days: &Days) -> Result<(), ArrivalError>;

    /// Writes rows, which come in the order of [`Part::ALL`](crate::moment::Part::ALL), those of one kind at a time.
    async fn write(&mut self, pieces: &[Piece]) -> Result<(), ArrivalError>;

    /// The live state that has arrived.
    async fn live(&mut self, restaurant: RestaurantId) -> Result<Option<Loaded>, ArrivalError>;

    /// Writes the first change in its new place, and makes all of it durable.
    async fn finish(&mut self, first: Write) -> Result<(), ArrivalError>;
}

/// Why a database does not take a restaurant in. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ArrivalError {
    /// Another restaurant has the slug.
    #[error("there is a restaurant {0} already: give this one another name in addresses with --slug")]
    SlugTaken(String),
    /// It is there.
    #[error("this restaurant is there already, as {0}")]
    IsThere(String),
    /// Another account has the name.
    #[error("there is another account {0} already: rename one of the two, and export again")]
    NameTaken(String),
    /// What the file says cannot be.
    #[error("the database refuses what the file says: {0}")]
    Refused(String),
    /// It cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be written.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Why a restaurant was not taken in. The database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not whole.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A newer program wrote it.
    #[error("{} was written by a newer program", path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
    },
    /// No restaurant can be called so in addresses.
    #[error("{0} cannot be a name in addresses: 1 to 40 lower-case letters, digits and hyphens can")]
    NoSlug(String),
    /// The database does not take it.
    #[error(transparent)]
    Arrival(#[from] ArrivalError),
}

/// How a restaurant is taken in.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Under which slug, unless its own.
    pub slug: Option<&'a str>,
    /// How many order, bot and claim numbers to pass over.
    pub skip: u64,
    /// The history that begins.
    pub epoch: Epoch,
    /// When.
    pub now: Time,
}

/// What was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Its slug.
    pub slug: String,
    /// How many rows of each kind there are.
    pub counts: Counts,
    /// The number that its next order gets.
    pub next_order: OrderNumber,
}

/// Takes a restaurant in from a file, of which all is read before anything is written. `progress` is told how much of
/// that is done, in bytes of the file, which is read twice.
pub async fn import(
    arrival: &mut dyn Arrival,
    file: &Path,
    terms: Terms<'_>,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<Imported, ImportError> {
    let size = file.metadata().map_err(|source| FileError { path: file.to_owned(), source })?.len();
    let mut first = Reader::open(file)?;
    let (mut days, mut rows) = (Days::new(), 0_usize);
    while let Some(piece) = first.next()? {
        if let Piece::History(order) = &piece {
            days.insert(order.ticket.created_at.0.div_euclid(DAY_MS));
        }
        rows += 1;
        if rows.is_multiple_of(ROWS) {
            progress(first.bytes(), 2 * size);
        }
    }
    let mut standing = first.standing().clone();
    standing.restaurant.epoch = terms.epoch;
    if let Some(slug) = terms.slug {
        slug.clone_into(&mut standing.restaurant.slug);
    }
    if !is_slug(&standing.restaurant.slug) {
        return Err(ImportError::NoSlug(standing.restaurant.slug));
    }
    arrival.begin(&standing, &days).await?;
    // It may have been changed since, so it is judged again before anything becomes durable.
    let mut second = Reader::open(file)?;
    let mut portion = Portion::default();
    loop {
        let piece = second.next()?;
        if !portion.has_room_for(piece.as_ref()) {
            arrival.write(&portion.take()).await?;
            progress(size + second.bytes(), 2 * size);
        }
        match piece {
            Some(piece) => portion.add(piece),
            None => break,
        }
    }
    if second.counts() != first.counts() {
        return Err(ImportError::Damaged { path: file.to_owned(), what: "it changed while it was read".into() });
    }
    let loaded = arrival.live(standing.restaurant.id).await?;
    let loaded = loaded.ok_or_else(|| StoreError::Corrupt("what has arrived cannot be loaded".into()));
    let (write, next_order) = loaded
        .and_then(|loaded| passing_over(loaded, terms.skip, Actor::Operator, terms.now))
        .map_err(ArrivalError::from)?;
    arrival.finish(write).await?;
    Ok(Imported { slug: standing.restaurant.slug, counts: second.counts(), next_order })
}

/// Rows of one kind that are written together.
#[derive(Default)]
struct Portion {
    pieces: Vec<Piece>,
    bytes: usize,
}

impl Portion {
    fn has_room_for(&self, piece: Option<&Piece>) -> bool {
        let Some(former) = self.pieces.last() else { return true };
        let fits = self.pieces.len() < ROWS && self.bytes < BYTES;
        fits && piece.is_some_and(|piece| piece.part() == former.part())
    }

    fn add(&mut self, piece: Piece) {
        if let Piece::Events(row) = &piece {
            self.bytes += row.payload.len();
        }
        self.pieces.push(piece);
    }

    fn take(&mut self) -> Vec<Piece> {
        self.bytes = 0;
        std::mem::take(&mut self.pieces)
    }
}
