//! Backups: a consistent copy of the database, taken while it is being written.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::connect::{self, DATABASE_FILE};

/// Pages copied between two reports of progress: 4 MiB.
const PAGES_A_STEP: i32 = 1024;

/// What the names of scheduled backups begin and end with; a moment in UTC stands between.
const SCHEDULED: (&str, &str) = ("feedme-", ".db");

/// Why a backup was not made.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to back up.
    #[error("there is no database in {}", .0.display())]
    NoDatabase(PathBuf),
    /// The target exists; a backup is never overwritten.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// A file cannot be written.
    #[error("failed to write {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite refuses it.
    #[error("failed to copy the database")]
    Sqlite(#[from] rusqlite::Error),
}

/// Copies the database in a folder to a file, as it stands at one moment. It may be in use. `progress` is told
/// how many pages are done, and of how many.
///
/// The copy appears under its name only when it is complete and on disk.
pub fn backup(folder: &Path, target: &Path, mut progress: impl FnMut(u64, u64)) -> Result<(), BackupError> {
    let source_path = folder.join(DATABASE_FILE);
    if !source_path.exists() {
        return Err(BackupError::NoDatabase(folder.to_owned()));
    }
    if target.exists() {
        return Err(BackupError::Exists(target.to_owned()));
    }
    let cannot = |path: &Path| {
        let path = path.to_owned();
        |source| BackupError::File { path, source }
    };
    let unfinished = unfinished(target);
    connect::make_private(&unfinished).map_err(cannot(&unfinished))?;
    let copied = copy(&connect::reader(&source_path)?, &unfinished, &mut progress);
    if let Err(error) = copied {
        let _ = fs::remove_file(&unfinished);
        return Err(error.into());
    }
    File::open(&unfinished).and_then(|file| file.sync_all()).map_err(cannot(&unfinished))?;
    fs::rename(&unfinished, target).map_err(cannot(target))?;
    let folder = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(cannot(folder))
}

pub(super) fn copy(
    source: &Connection,
    target: &Path,
    progress: &mut impl FnMut(u64, u64),
) -> Result<(), rusqlite::Error> {
    let mut target = Connection::open(target)?;
    // Held until the copy is complete: commits made meanwhile do not make it start anew.
    let moment = source.unchecked_transaction()?;
    moment.query_row("SELECT count(*) FROM restaurants", [], |_| Ok(()))?;
    {
        let backup = Backup::new(source, &mut target)?;
        while backup.step(PAGES_A_STEP)? != StepResult::Done {
            let pages = backup.progress();
            let total = u64::try_from(pages.pagecount).unwrap_or(0);
            progress(total.saturating_sub(u64::try_from(pages.remaining).unwrap_or(0)), total);
        }
    }
    // A backup is one file: nothing of it waits in a log beside it.
    target.pragma_update(None, "journal_mode", "delete")?;
    target.close().map_err(|(_, error)| error)
}

fn unfinished(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}

/// Makes a scheduled backup in a folder, named by the moment (`2026-01-31T12-00-00Z`), and removes all but
/// the newest `keep` of its kind. Returns the new file.
pub fn scheduled(data: &Path, folder: &Path, moment: &str, keep: usize) -> Result<PathBuf, BackupError> {
    let cannot = |source| BackupError::File { path: folder.to_owned(), source };
    connect::make_private_folder(folder).map_err(cannot)?;
    let (before, after) = SCHEDULED;
    let target = folder.join(format!("{before}{moment}{after}"));
    backup(data, &target, |_, _| {})?;
    let kept = kept(folder).map_err(cannot)?;
    for outdated in kept.iter().rev().skip(keep.max(1)) {
        fs::remove_file(outdated).map_err(|source| BackupError::File { path: outdated.clone(), source })?;
    }
    Ok(target)
}

/// When the newest scheduled backup in a folder was made, if there is any.
pub fn newest_scheduled(folder: &Path) -> io::Result<Option<SystemTime>> {
    match kept(folder) {
        Ok(kept) => kept.last().map(|newest| fs::metadata(newest)?.modified()).transpose(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The scheduled backups in a folder, oldest first.
fn kept(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (before, after) = SCHEDULED;
    let is_one = |name: &str| name.starts_with(before) && name.ends_with(after);
    let files = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    let names = files.into_iter().filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_one));
    let mut kept: Vec<_> = names.collect();
    // Names sort by time.
    kept.sort();
    Ok(kept)
}
