//! The one connection that writes.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use feedme_kitchen::{OrderNumber, Time};
use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::checkpoint::Checkpointer;
use super::connect::{self, OpenError};
use super::{commit, tidy};
use crate::record::encode_events;
use crate::{Batch, CommitError, RestaurantId, Tidied, Verdict};

/// The one connection that writes. Whoever uses it waits for the disk, on its own thread: a commit that is
/// handed to another thread and back costs two wake-ups, which on a fast disk is a third of the commit.
#[derive(Debug)]
pub(super) struct Writer(Mutex<State>);

struct State {
    /// Taken only when the writer ends.
    connection: Option<Connection>,
    checkpointer: Option<Checkpointer>,
    /// Pages in the write-ahead log after the last commit.
    frames: Arc<AtomicI32>,
    /// Closed after every connection of the writer: closing any handle of a file takes the process's locks on it.
    _database: Arc<File>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("frames", &self.frames).finish_non_exhaustive()
    }
}

impl Writer {
    pub(super) fn start(mut connection: Connection, path: &Path) -> Result<Self, OpenError> {
        let frames = Arc::new(AtomicI32::new(0));
        let noted = Arc::clone(&frames);
        connection.wal_hook(Some(move |_: &mut Wal, pages| {
            noted.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        let cannot = |source| OpenError::File { path: path.to_owned(), source };
        let database = Arc::new(File::open(path).map_err(cannot)?);
        let checkpointer = Checkpointer::start(connect::connect(path)?, Arc::clone(&database)).map_err(cannot)?;
        let state =
            State { connection: Some(connection), checkpointer: Some(checkpointer), frames, _database: database };
        Ok(Self(Mutex::new(state)))
    }

    /// Writes a batch. Blocks until it is durable.
    pub(super) fn commit(&self, batch: &Batch) -> Result<Vec<Verdict>, CommitError> {
        let payloads: Vec<_> = batch.writes.iter().map(|write| encode_events(&write.events)).collect();
        self.0.lock().write(|connection| commit::commit(connection, batch, &payloads))
    }

    /// Writes something beside the restaurants. Blocks until it is durable.
    pub(super) fn transact<T>(&self, write: impl FnOnce(&mut Connection) -> T) -> T {
        self.0.lock().write(write)
    }

    /// Moves and forgets. Blocks until it is done.
    pub(super) fn tidy(
        &self,
        movable: &[(RestaurantId, OrderNumber)],
        keys_before: Time,
    ) -> Result<Tidied, rusqlite::Error> {
        self.0.lock().write(|connection| tidy::tidy(connection, movable, keys_before))
    }
}

impl State {
    fn write<T>(&mut self, write: impl FnOnce(&mut Connection) -> T) -> T {
        let connection = self.connection.as_mut().expect("the connection is there until the writer ends");
        let written = write(connection);
        if let Some(checkpointer) = &mut self.checkpointer {
            checkpointer.after_commit(connection, self.frames.load(Ordering::Relaxed));
        }
        written
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.checkpointer = None;
        let Some(connection) = self.connection.take() else { return };
        // So that the next start has nothing to look through.
        while tidy::advance_live_from(&connection).unwrap_or(false) {}
        if let Err((_, error)) = connection.close() {
            tracing::warn!(%error, "the database was not closed in good order");
        }
    }
}
