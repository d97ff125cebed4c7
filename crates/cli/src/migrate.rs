//! `feedme migrate`: brings a database up to date without serving it.

use feedme_engine::{Clock, Ids};
use feedme_store::sqlite::{OpenError, migrate};

use crate::data_folder::DataFolder;
use crate::say;

/// What `feedme migrate` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    data: DataFolder,
}

const AFTER_HELP: &str = "\
`feedme serve` does the same at its start; this command is for those who want it as a step of its own. The
server must be stopped. A database written by a newer version is refused and left as it is.

Example:
  feedme backup before-upgrade.db && feedme migrate";

/// Applies the migrations that are missing.
pub(crate) fn run(args: &MigrateArgs) -> Result<(), OpenError> {
    let migrated = migrate(&args.data.path, Clock::system().now(), Ids::random().epoch())?;
    for migration in &migrated.applied {
        say(format_args!("Applied {migration}."));
    }
    say(format_args!("The database in {} is at version {}.", args.data.path.display(), migrated.version));
    Ok(())
}
