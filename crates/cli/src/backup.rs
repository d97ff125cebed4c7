//! `feedme backup`: a copy of the database, taken while a server may be using it.

use std::path::PathBuf;

use feedme_store::sqlite::backup::{BackupError, backup};

use crate::data_folder::DataFolder;
use crate::progress::Progress;
use crate::say;

/// What `feedme backup` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct BackupArgs {
    /// The file to write; it must not exist
    file: PathBuf,

    #[command(flatten)]
    data: DataFolder,
}

const AFTER_HELP: &str = "\
The copy is consistent: it holds everything that was acknowledged when the backup began, and nothing that is
half done. The server goes on meanwhile. It appears under its name only when it is complete and on disk.

Examples:
  feedme backup /media/usb/today.db
  feedme backup --data /var/lib/feedme /srv/backups/$(date +%F).db

`feedme serve` makes such a backup every hour by itself. To use one: feedme restore --help";

/// Makes the backup.
pub(crate) fn run(args: &BackupArgs) -> Result<(), BackupError> {
    let progress = Progress::new("copying", "pages");
    backup(&args.data.path, &args.file, |done, total| progress.at(done, total))?;
    progress.finish();
    let bytes = std::fs::metadata(&args.file).map_or(0, |metadata| metadata.len());
    say(format_args!("Backed up {} to {} ({} KiB).", args.data.path.display(), args.file.display(), bytes / 1024));
    Ok(())
}
