//! The one thread that writes, and the thread beside it that empties the write-ahead log.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;

use feedme_kitchen::{OrderNumber, Time};
use rusqlite::Connection;
use rusqlite::hooks::Wal;
use tokio::sync::oneshot;

use super::connect::{self, OpenError, WAL_BYTES};
use super::{commit, tidy};
use crate::record::encode_events;
use crate::{Batch, CommitError, RestaurantId, StoreError, Tidied, Verdict};

/// Bytes of one page in the log: the page and its header.
const WAL_FRAME_BYTES: u64 = 4096 + 24;

/// Pages in the log from which it is emptied: three quarters of what is preallocated, so that the rest takes
/// what is written meanwhile.
#[expect(clippy::cast_possible_truncation, reason = "a few thousand")]
const CHECKPOINT_FRAMES: i32 = (WAL_BYTES / WAL_FRAME_BYTES * 3 / 4) as i32;

/// Something for the writer to do.
pub(super) enum Job {
    Commit {
        batch: Arc<Batch>,
        /// The events of each write as they are stored, made by the sender while the writer is busy.
        payloads: Vec<String>,
        reply: oneshot::Sender<Result<Vec<Verdict>, CommitError>>,
    },
    Tidy {
        movable: Vec<(RestaurantId, OrderNumber)>,
        keys_before: Time,
        reply: oneshot::Sender<Result<Tidied, StoreError>>,
    },
}

impl Job {
    pub(super) fn commit(batch: Arc<Batch>, reply: oneshot::Sender<Result<Vec<Verdict>, CommitError>>) -> Self {
        let payloads = batch.writes.iter().map(|write| encode_events(&write.events)).collect();
        Self::Commit { batch, payloads, reply }
    }
}

/// The handle of the writer thread. Dropping it ends the thread once everything is written.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, path: &Path) -> Result<Self, OpenError> {
        let (jobs, received) = mpsc::channel();
        let checkpoints = connect::connect(path)?;
        let path = path.to_owned();
        let thread = std::thread::Builder::new()
            .name("feedme-writer".into())
            .spawn(move || run(connection, checkpoints, &received))
            .map_err(|source| OpenError::File { path, source })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) fn send(&self, job: Job) -> Result<(), CommitError> {
        let gone = || CommitError::NotCommitted("the writer is gone".into());
        self.jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(mut connection: Connection, checkpoints: Connection, jobs: &mpsc::Receiver<Job>) {
    let frames = Arc::new(AtomicI32::new(0));
    let noted = Arc::clone(&frames);
    let hook = move |_: &mut Wal, pages| {
        noted.store(pages, Ordering::Relaxed);
        Ok(())
    };
    if let Err(error) = connection.wal_hook(Some(hook)) {
        tracing::error!(%error, "the size of the write-ahead log cannot be watched; it is emptied at the next start only");
    }
    let checkpointer = Checkpointer::start(checkpoints);
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Commit { batch, payloads, reply } => {
                let _ = reply.send(commit::commit(&mut connection, &batch, &payloads));
            }
            Job::Tidy { movable, keys_before, reply } => {
                let _ = reply.send(tidy::tidy(&mut connection, &movable, keys_before).map_err(Into::into));
            }
        }
        checkpointer.after_commit(&connection, frames.load(Ordering::Relaxed));
    }
    drop(checkpointer);
    // So that the next start has nothing to look through.
    while tidy::advance_live_from(&connection).unwrap_or(false) {}
    if let Err((connection, error)) = connection.close() {
        tracing::warn!(%error, "the database was not closed in good order");
        drop(connection);
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
    fn start(connection: Connection) -> Self {
        let (wake, woken) = mpsc::sync_channel(1);
        let (finished, done) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("feedme-checkpoint".into())
            .spawn(move || {
                while woken.recv().is_ok() {
                    if let Err(error) = checkpoint(&connection) {
                        tracing::warn!(%error, "the write-ahead log could not be emptied; it grows until it can");
                    } else if finished.send(()).is_err() {
                        return;
                    }
                }
            })
            .expect("a thread can be started while the process has just started another");
        Self { wake: Some(wake), done, thread: Some(thread) }
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
