//! Programs of different versions on one database.
//!
//! Migrations only add, so a program goes on serving a database that a newer one has brought up to date. What the older one
//! would misread is written only once the level says that there is none: an operator raises it when every server runs the
//! newer program. From then on the older one neither starts nor serves.

use std::sync::atomic::{AtomicI64, Ordering};

use super::error::{Failed, OpenError};
use super::rows::column;
use super::session::Session;
use crate::{Leveled, StoreError};

/// The level from which on the past may be forgotten: before, events were taken to begin with the first.
const FORGETS: i64 = 4;

/// The level at which a database was found.
#[derive(Debug)]
pub(super) struct Level {
    /// The newest migration that this program knows.
    known: i64,
    found: AtomicI64,
}

impl Level {
    /// Refuses a database from which programs like this one have retired.
    pub(super) async fn open(session: &mut Session, known: i64) -> Result<Self, OpenError> {
        let level = Self { known, found: AtomicI64::new(read(session).await?) };
        level.must_be_known().map_err(OpenError::Unreachable)?;
        Ok(level)
    }

    /// Notes what the database says now.
    pub(super) fn note(&self, level: i64) {
        self.found.store(level, Ordering::Relaxed);
    }

    /// Says why this program must not serve the database, if so.
    pub(super) fn must_be_known(&self) -> Result<(), String> {
        let found = self.found.load(Ordering::Relaxed);
        if found <= self.known {
            return Ok(());
        }
        Err(format!(
            "this program is too old for it: it is used by programs of level {found}, and this one is of level {}",
            self.known
        ))
    }

    /// Says why the past may not be forgotten yet, if so.
    pub(super) fn must_forget(&self) -> Result<(), StoreError> {
        let found = self.found.load(Ordering::Relaxed);
        if found >= FORGETS {
            return Ok(());
        }
        Err(StoreError::Unavailable(format!(
            "it may still be served by programs that know nothing of forgetting (level {found}); once none is left, run \
             `feedme migrate --finish`"
        )))
    }
}

async fn read(session: &mut Session) -> Result<i64, Failed> {
    let found = session.query_opt("SELECT level FROM cluster", &[]).await?;
    let level = found.as_ref().map(|row| column(row, "level")).transpose();
    level.map_err(Failed::away).map(Option::unwrap_or_default)
}

/// Raises the level of a database to what this program knows.
pub(super) async fn finish(session: &mut Session, known: i64) -> Result<Leveled, OpenError> {
    let before = read(session).await?;
    let stands = session.query_opt("SELECT max(version)::bigint AS version FROM refinery_schema_history", &[]).await?;
    let stands = stands.and_then(|row| column::<Option<i64>>(&row, "version").ok().flatten()).unwrap_or(0);
    crate::migrated::must_be(stands, known).map_err(OpenError::Unreachable)?;
    session.execute("UPDATE cluster SET level = $1 WHERE level < $1", &[super::change::int8(&known)]).await?;
    Ok(Leveled { before: before.unsigned_abs(), now: known.unsigned_abs() })
}
