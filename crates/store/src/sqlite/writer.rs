//! The one connection that writes, and the thread beside it that empties the write-ahead log.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;

use feedme_kitchen::{OrderNumber, Time};
use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::connect::{self, OpenError, WAL_BYTES};
use super::{commit, tidy};
use crate::record::encode_events;
use crate::{Batch, CommitError, RestaurantId, Tidied, Verdict};

/// Bytes of one page in the log: the page and its header.
const WAL_FRAME_BYTES: u64 = 4096 + 24;

/// Pages in the log from which it is emptied: three quarters of what is preallocated, so that the rest takes
/// what is written meanwhile.
#[expect(clippy::cast_possible_truncation, reason = "a few thousand")]
const CHECKPOINT_FRAMES: i32 = (WAL_BYTES / WAL_FRAME_BYTES * 3 / 4) as i32;

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
        let checkpointer = Checkpointer::start(connect::connect(path)?)
            .map_err(|source| OpenError::File { path: path.to_owned(), source })?;
        let state = State { connection: Some(connection), checkpointer: Some(checkpointer), frames };
        Ok(Self(Mutex::new(state)))
    }

    /// Writes a batch. Blocks until it is durable.
    pub(super) fn commit(&self, batch: &Batch) -> Result<Vec<Verdict>, CommitError> {
        let payloads: Vec<_> = batch.writes.iter().map(|write| encode_events(&write.events)).collect();
        self.0.lock().write(|connection| commit::commit(connection, batch, &payloads))
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
        if let Some(checkpointer) = &self.checkpointer {
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

/// Empties the write-ahead log beside the writer.
///
/// The log starts anew only at a moment when all of it is in the database file. Under load the writer is
/// always a few pages ahead, so it adds those few itself once the bulk has been done here.
struct Checkpointer {
    wake: Option<mpsc::SyncSender<()>>,
    done: mpsc::Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    fn start(connection: Connection) -> std::io::Result<Self> {
        let (wake, woken) = mpsc::sync_channel(1);
        let (finished, done) = mpsc::channel();
        let thread = std::thread::Builder::new().name("feedme-checkpoint".into()).spawn(move || {
            while woken.recv().is_ok() {
                if let Err(error) = checkpoint(&connection) {
                    tracing::warn!(%error, "the write-ahead log could not be emptied; it grows until it can");
                } else if finished.send(()).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { wake: Some(wake), done, thread: Some(thread) })
    }

    /// Called between commits, on the writer.
    fn after_commit(&self, connection: &Connection, frames: i32) {
        if self.done.try_recv().is_ok() {
            let _ = checkpoint(connection);
        } else if frames >= CHECKPOINT_FRAMES
            && let Some(wake) = &self.wake
        {
            // When one is under way already, this one is not needed.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Copies what it can from the log into the database file without disturbing anybody.
fn checkpoint(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}
