//! Putting a backup in the place of the database.
//!
//! Between the backup and the restore orders may have been taken whose numbers customers still hold. So the
//! restored database begins a new history: every restaurant draws a new epoch, and passes over the numbers
//! that may have been given out. Everybody is signed out: a session that was ended after the backup was made must not
//! come back.

use std::fs;
use std::path::{Path, PathBuf};

use feedme_kitchen::{Actor, OrderNumber, Time};
use rusqlite::{Connection, OpenFlags, params};

use super::connect::{self, DATABASE_FILE, FileLock, OpenError};
use super::rows::id;
use super::{backup, commit, read};
use crate::record::encode_events;
use crate::skip::passing_over;
use crate::{Batch, CommitError, Epoch, StoreError, Verdict};

/// Why a backup was not restored. The database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The backup cannot be read.
    #[error("failed to read the backup {}", path.display())]
    Backup {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The backup is not whole.
    #[error("the backup {} is damaged: {what}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A file cannot be moved.
    #[error("failed to move {}", path.display())]
    Move {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The copy cannot be read or written.
    #[error("failed to prepare the restored database")]
    Store(#[from] StoreError),
    /// The copy cannot be written.
    #[error("failed to prepare the restored database")]
    Commit(#[from] CommitError),
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the former database is now, if there was one.
    pub former: Option<PathBuf>,
    /// For each restaurant: its slug and the number that its next order gets.
    pub restaurants: Vec<(String, OrderNumber)>,
}

/// Restores a backup into a data folder that nobody uses. The former database is kept under another name.
pub fn restore(
    folder: &Path,
    file: &Path,
    skip: u64,
    now: Time,
    mut new_epoch: impl FnMut() -> Epoch,
) -> Result<Restored, RestoreError> {
    let _lock = FileLock::take(folder)?;
    let cannot_read = |source| RestoreError::Backup { path: file.to_owned(), source };
    let damaged = |what: String| RestoreError::Damaged { path: file.to_owned(), what };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let source = Connection::open_with_flags(file, flags).map_err(cannot_read)?;
    let found: String = source.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(cannot_read)?;
    if found != "ok" {
        return Err(damaged(found));
    }
    source.query_row("SELECT count(*) FROM restaurants", [], |_| Ok(())).map_err(cannot_read)?;

    let prepared = folder.join("feedme.restoring.db");
    remove_database(&prepared)?;
    backup::copy(&source, &prepared, &mut |_, _| {}).map_err(cannot_read)?;
    let restaurants = begin_new_history(&prepared, skip, now, &mut new_epoch)?;

    let current = folder.join(DATABASE_FILE);
    let former = current.exists().then(|| folder.join(format!("feedme.before-restore-{}.db", now.0)));
    if let Some(former) = &former {
        move_database(&current, former)?;
    }
    move_database(&prepared, &current)?;
    Ok(Restored { former, restaurants })
}

/// Draws a new epoch for each restaurant and passes over numbers, as an event of the new history.
fn begin_new_history(
    path: &Path,
    skip: u64,
    now: Time,
    new_epoch: &mut impl FnMut() -> Epoch,
) -> Result<Vec<(String, OrderNumber)>, RestoreError> {
    let mut connection = connect::writer(path)?;
    connect::apply_migrations(&mut connection)?;
    for table in ["sessions", "pins", "pairings"] {
        connection.execute(&format!("DELETE FROM {table}"), []).map_err(StoreError::from)?;
    }
    let mut skipped = Vec::new();
    for restaurant in read::restaurants(&connection)? {
        let epoch = new_epoch();
        connection
            .execute("UPDATE restaurants SET epoch = ?2 WHERE id = ?1", params![id(&restaurant.id.0), epoch.0])
            .map_err(StoreError::from)?;
        let loaded = read::load(&connection, restaurant.id)?;
        let loaded = loaded.ok_or_else(|| StoreError::Corrupt("a listed restaurant cannot be loaded".into()))?;
        let (write, next_order) = passing_over(loaded, skip, Actor::Operator, now)?;
        skipped.push((restaurant.slug, next_order));
        let payload = encode_events(&write.events);
        let verdicts = commit::commit(&mut connection, &Batch { writes: vec![write], generation: 0 }, &[payload])?;
        if verdicts != [Verdict::Won] {
            return Err(StoreError::Corrupt(format!("passing over numbers failed: {verdicts:?}")).into());
        }
    }
    connection.close().map_err(|(_, error)| StoreError::from(error))?;
    Ok(skipped)
}

/// Moves a database and what belongs to it.
fn move_database(from: &Path, to: &Path) -> Result<(), RestoreError> {
    for suffix in ["-wal", "-shm", ""] {
        let (from, to) = (with_suffix(from, suffix), with_suffix(to, suffix));
        if from.exists() {
            fs::rename(&from, &to).map_err(|source| RestoreError::Move { path: from, source })?;
        }
    }
    Ok(())
}

fn remove_database(path: &Path) -> Result<(), RestoreError> {
    for suffix in ["-wal", "-shm", ""] {
        let path = with_suffix(path, suffix);
        if path.exists() {
            fs::remove_file(&path).map_err(|source| RestoreError::Move { path, source })?;
        }
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
