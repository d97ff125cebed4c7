//! `feedme doctor`: do the tables say what the events say?

use std::path::PathBuf;

use feedme_store::StoreError;
use feedme_store::sqlite::doctor::examine;

use crate::data_folder::DataFolder;
use crate::exit::Exit;
use crate::progress::Progress;
use crate::say;

/// What `feedme doctor` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    data: DataFolder,
}

const AFTER_HELP: &str = "\
Every event of every restaurant is replayed, and what comes out is compared with the tables: the board, the
bots, every order's row, the counters. Pages, indexes and references are checked too. It only reads, and may
run beside a server.

The exit code is 0 when all is well, 4 when something is wrong, and 1 when the database cannot be read.

Example:
  feedme doctor --data /var/lib/feedme || echo 'call somebody'";

/// Why there is no clean bill of health.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DoctorError {
    /// There is nothing to examine.
    #[error("there is no database in {}", .0.display())]
    NoDatabase(PathBuf),
    /// It cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It can be read, and something is wrong.
    #[error("{} found in {}", if *count == 1 { "1 problem".to_owned() } else { format!("{count} problems") }, folder.display())]
    Problems {
        /// How many.
        count: usize,
        /// Where.
        folder: PathBuf,
    },
}

impl DoctorError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Problems { .. } => Exit::Findings,
            Self::NoDatabase(_) | Self::Store(_) => Exit::Failed,
        }
    }
}

/// Examines the database and says what it found.
pub(crate) fn run(args: &DoctorArgs) -> Result<(), DoctorError> {
    let folder = &args.data.path;
    if !folder.join(feedme_store::sqlite::DATABASE_FILE).exists() {
        return Err(DoctorError::NoDatabase(folder.clone()));
    }
    let progress = Progress::new("replaying", "events");
    let findings = examine(folder, |done, total| progress.at(done, total))?;
    progress.finish();
    for examined in &findings.examined {
        say(format_args!(
            "Restaurant {}: {} events replayed, {} orders and {} bots compared.",
            examined.slug, examined.events, examined.orders, examined.bots
        ));
    }
    for problem in &findings.problems {
        say(format_args!("PROBLEM  {problem}"));
    }
    if findings.problems.is_empty() {
        say(format_args!("All is well."));
        return Ok(());
    }
    Err(DoctorError::Problems { count: findings.problems.len(), folder: folder.clone() })
}
