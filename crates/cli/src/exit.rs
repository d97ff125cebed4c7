//! What the exit code of `feedme` means. Scripts and supervisors rely on it, so a number never changes.

use std::process::ExitCode;

/// How a run of `feedme` ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked.
    Ok,
    /// It could not do what was asked: a file cannot be read, a disk is full, a peer does not answer.
    Failed,
    /// What was asked makes no sense: unknown flags, or a file with settings or a scenario that is wrong.
    /// The number is clap's own for unknown flags.
    Usage,
    /// The database failed while serving, and whether the last orders were written is unknown. The next start
    /// finds out.
    DatabaseFailed,
    /// Something was examined, and it is not as it should be.
    Findings,
}

/// The table that `feedme --help` shows.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  failed: a file, a disk or a peer did not do its part; the message says which
  2  not understood: a flag, or a key in a file, is wrong; the message names it
  3  the database failed while serving; start again, the next start recovers
  4  something was examined and is not as it should be; the output says what";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::DatabaseFailed => 3,
            Exit::Findings => 4,
        })
    }
}
