//! The thread beside the writer that empties the write-ahead log.

use std::fs::File;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::connect::WAL_BYTES;

/// Bytes of one page in the log: the page and its header.
const FRAME_BYTES: u64 = 4096 + 24;

/// Pages copied in one go. The disk is busy with them for about a millisecond, which is what a commit may
/// have to wait; 3,000 at once kept commits waiting for 20 ms and longer.
const STEP_FRAMES: i32 = 128;

/// Pages in the log from which it is to start anew: three quarters of what is preallocated, so that the rest
/// takes what is written meanwhile.
#[expect(clippy::cast_possible_truncation, reason = "a few thousand")]
const RESTART_FRAMES: i32 = (WAL_BYTES / FRAME_BYTES * 3 / 4) as i32;

/// Empties the write-ahead log beside the writer, a step at a time.
///
/// SQLite writes the pages and leaves the fsync of the database file to whoever reaches the end of the log. Under
/// load nobody but the writer does, so the pages are brought to the disk here, and the writer adds only the last
/// few: the log starts anew at a moment when all of it is in the database file.
pub(super) struct Checkpointer {
    wake: Option<mpsc::SyncSender<()>>,
    done: mpsc::Receiver<()>,
    thread: Option<JoinHandle<()>>,
    /// Pages in the log when the thread was last asked to copy.
    asked_at: i32,
}

impl Checkpointer {
    /// Starts the thread, on a connection of its own. `database` must stay open as long as any connection:
    /// closing it would take the locks of all of them away.
    pub(super) fn start(connection: Connection, database: Arc<File>) -> io::Result<Self> {
        let (wake, woken) = mpsc::sync_channel(1);
        let (finished, done) = mpsc::channel();
        let thread = std::thread::Builder::new().name("feedme-checkpoint".into()).spawn(move || {
            while woken.recv().is_ok() {
                match copy(&connection).and_then(|()| database.sync_data()) {
                    Ok(()) if finished.send(()).is_err() => return,
                    Ok(()) => {}
                    Err(error) => {
                        tracing::warn!(%error, "the write-ahead log could not be emptied; it grows until it can");
                    }
                }
            }
        })?;
        Ok(Self { wake: Some(wake), done, thread: Some(thread), asked_at: 0 })
    }

    /// Called between commits, on the writer, with the pages that the log holds now.
    pub(super) fn after_commit(&mut self, connection: &Connection, frames: i32) {
        let copied = self.done.try_iter().count() > 0;
        if copied && frames >= RESTART_FRAMES {
            // Whatever stands in its way, a reader or a full disk, it is tried again after the next step.
            let _ = copy(connection);
        }
        if frames < self.asked_at {
            self.asked_at = 0;
        }
        if frames - self.asked_at >= STEP_FRAMES
            && let Some(wake) = &self.wake
        {
            self.asked_at = frames;
            // When one is under way already, the next takes these pages too.
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
fn copy(connection: &Connection) -> io::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).map_err(io::Error::other)
}
