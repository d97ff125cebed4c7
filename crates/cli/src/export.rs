//! `feedme export`: a restaurant as one file.

use std::path::PathBuf;

use feedme_store::carry;

use crate::data_folder::DataFolder;
use crate::database::{DatabaseArgs, LookError};
use crate::progress::Progress;
use crate::say;

/// What `feedme export` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ExportArgs {
    /// The restaurant, by its name in addresses
    restaurant: String,

    /// The file to write; it must not exist
    file: PathBuf,

    #[command(flatten)]
    data: DataFolder,

    #[command(flatten)]
    database: DatabaseArgs,
}

const AFTER_HELP: &str = "\
The file holds all of one restaurant: orders, events, bots, settings, who did what, kept answers, keys, and the
accounts that are something there, with what they sign in with. So it is as secret as a backup, and only its owner
may read it. Sessions, PINs and remembered devices stay behind.

It is written beside the servers and shows one moment; what happens there afterwards is not in it. To move a
restaurant for good, archive it first, or stop its server, and then export. Compressed text, `zcat` shows it.

Examples:
  feedme export default till.feedme.gz
  feedme export east east.feedme.gz --database postgres://feedme@db.example/feedme

To take it in elsewhere: feedme import --help";

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The database cannot be looked at.
    #[error(transparent)]
    Look(#[from] LookError),
    /// It cannot be read, or the file cannot be written.
    #[error(transparent)]
    Export(#[from] carry::ExportError),
    /// Threads cannot be had.
    #[error("failed to set up")]
    Setup(#[source] std::io::Error),
}

/// Writes the file.
pub(crate) fn run(args: &ExportArgs) -> Result<(), ExportError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ExportError::Setup)?;
    runtime.block_on(run_async(args))
}

async fn run_async(args: &ExportArgs) -> Result<(), ExportError> {
    let database = args.database.or_in(&args.data.path);
    let mut moment = database.moment().await?;
    let progress = Progress::new("writing", "rows");
    let (slug, file) = (&args.restaurant, &args.file);
    let exported = carry::export(&mut *moment, slug, file, |done, total| progress.at(done, total)).await?;
    progress.finish();
    let carry::Counts { accounts, bots, live, history, keys, .. } = exported.counts;
    say(format_args!(
        "Restaurant {slug} is in {}: {} orders, {} events, {bots} bots, {accounts} accounts, {keys} keys ({} KiB).",
        file.display(),
        live + history,
        exported.standing.version,
        std::fs::metadata(file).map_or(0, |metadata| metadata.len()) / 1024
    ));
    Ok(())
}
