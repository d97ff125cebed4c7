//! `feedme migrate`: brings a database up to date without serving it.

use feedme_store::Leveled;

use crate::data_folder::DataFolder;
use crate::database::{DatabaseArgs, OpenError};
use crate::say;

/// What `feedme migrate` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct MigrateArgs {
    /// Have older programs retire: neither start nor serve any more. For when every server runs this one; what they would
    /// misread is written from now on
    #[arg(long)]
    finish: bool,

    #[command(flatten)]
    data: DataFolder,

    #[command(flatten)]
    database: DatabaseArgs,
}

const AFTER_HELP: &str = "\
`feedme serve` does the same at its start; this command is for those who want it as a step of its own. The
server of a folder must be stopped; those on PostgreSQL go on serving, also when they are older: migrations only
add. A folder written by a newer version is refused and left as it is.

To upgrade servers on PostgreSQL without a pause: replace them one by one, then run `feedme migrate --finish` once.
Until then the new ones write nothing that the old ones would misread (nothing is forgotten, for one), and going
back to the old ones is possible.

Examples:
  feedme backup before-upgrade.db && feedme migrate
  FEEDME_DATABASE=postgres://feedme@db.example/feedme feedme migrate
  FEEDME_DATABASE=postgres://feedme@db.example/feedme feedme migrate --finish";

/// Why a database was not brought up to date.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MigrateError {
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Threads cannot be had.
    #[error("failed to set up")]
    Setup(#[source] std::io::Error),
}

/// Applies the migrations that are missing.
pub(crate) fn run(args: &MigrateArgs) -> Result<(), MigrateError> {
    let database = args.database.or_in(&args.data.path);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(MigrateError::Setup)?;
    let migrated = runtime.block_on(database.migrate())?;
    for migration in &migrated.applied {
        say(format_args!("Applied {migration}."));
    }
    say(format_args!("The database in {database} is at version {}.", migrated.version));
    if args.finish {
        match runtime.block_on(database.finish())? {
            None => say(format_args!("One program at a time serves a folder: there is nothing to finish.")),
            Some(Leveled { before, now }) if before == now => say(format_args!("Its level is {now} already.")),
            Some(Leveled { before, now }) => {
                say(format_args!(
                    "Its level is {now} instead of {before}: older programs are of no use to it any more."
                ));
            }
        }
    }
    Ok(())
}
