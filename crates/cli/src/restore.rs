//! `feedme restore`: a backup takes the place of the database.

use std::path::PathBuf;

use feedme_engine::{Clock, Ids};
use feedme_store::SKIP_NUMBERS;
use feedme_store::sqlite::restore::{RestoreError, restore};

use crate::data_folder::DataFolder;
use crate::say;

/// What `feedme restore` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct RestoreArgs {
    /// The backup
    file: PathBuf,

    #[command(flatten)]
    data: DataFolder,

    /// How many order, bot and claim numbers to pass over
    #[arg(long, value_name = "N", default_value_t = SKIP_NUMBERS, value_parser = clap::value_parser!(u64).range(..=1_000_000_000))]
    skip: u64,
}

const AFTER_HELP: &str = "\
The server must be stopped. The backup is examined first; the present database is kept beside it under another
name, so a restore can be undone by hand.

Orders taken after the backup was made are not in it, but their numbers are on tickets that customers hold. So
the next orders begin a thousand numbers further on (--skip), and every screen takes a fresh picture instead of
trusting what it remembers.

Everybody is signed out. Accounts and keys are again what they were when the backup was made: a key revoked since
then is good again, so revoke it anew.

Examples:
  feedme restore feedme-data-backups/feedme-2026-01-31T12-00-00Z.db
  feedme restore --data /var/lib/feedme --skip 5000 /media/usb/today.db";

/// Restores the backup.
pub(crate) fn run(args: &RestoreArgs) -> Result<(), RestoreError> {
    let ids = Ids::random();
    let restored = restore(&args.data.path, &args.file, args.skip, Clock::system().now(), || ids.epoch())?;
    say(format_args!("Restored {} into {}.", args.file.display(), args.data.path.display()));
    if let Some(former) = &restored.former {
        say(format_args!("The former database is kept as {}.", former.display()));
    }
    for (slug, next) in &restored.restaurants {
        say(format_args!("Restaurant {slug}: {} numbers passed over, the next order is number {next}.", args.skip));
    }
    Ok(())
}
