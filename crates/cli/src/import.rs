//! `feedme import`: a restaurant from a file.

use std::path::PathBuf;

use feedme_engine::{Clock, Ids};
use feedme_store::SKIP_NUMBERS;
use feedme_store::carry::{self, Terms};

use crate::data_folder::DataFolder;
use crate::database::{DatabaseArgs, OpenError};
use crate::progress::Progress;
use crate::say;

/// What `feedme import` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ImportArgs {
    /// What `feedme export` wrote
    file: PathBuf,

    #[command(flatten)]
    data: DataFolder,

    #[command(flatten)]
    database: DatabaseArgs,

    /// Call it otherwise in addresses [default: as it was called]
    #[arg(long, value_name = "NAME")]
    slug: Option<String>,

    /// How many order, bot and claim numbers to pass over; 0 where the restaurant was archived or stopped before it
    /// was exported, so that no number was given out since
    #[arg(long, value_name = "N", default_value_t = SKIP_NUMBERS, value_parser = clap::value_parser!(u64).range(..=1_000_000_000))]
    skip_numbers: u64,
}

const AFTER_HELP: &str = "\
All of the file is read before anything is written: one that was cut or changed is refused. The restaurant is there
as a whole or not at all. One whose name in addresses is taken, or that is there already, is refused; so is one with an
account whose name another account has.

A folder's server must be stopped. Servers on PostgreSQL go on, and serve the restaurant when they are first asked for
it. A folder or database that is new has no other restaurant then.

The restaurant begins a new history: every screen takes a fresh picture, and numbers that the old place may have given
out since the export are passed over (--skip-numbers). Do not go on serving it in the old place.

Examples:
  feedme import till.feedme.gz --database postgres://feedme@db.example/feedme --slug east
  feedme import east.feedme.gz --data /var/lib/feedme --skip-numbers 0";

/// Why it is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file is no good, or the database does not take it.
    #[error(transparent)]
    Import(#[from] carry::ImportError),
    /// Threads cannot be had.
    #[error("failed to set up")]
    Setup(#[source] std::io::Error),
}

/// Takes the restaurant in.
pub(crate) fn run(args: &ImportArgs) -> Result<(), ImportError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ImportError::Setup)?;
    runtime.block_on(run_async(args))
}

async fn run_async(args: &ImportArgs) -> Result<(), ImportError> {
    let database = args.database.or_in(&args.data.path);
    let mut arrival = database.arrival().await?;
    let terms = Terms {
        slug: args.slug.as_deref(),
        skip: args.skip_numbers,
        epoch: Ids::random().epoch(),
        now: Clock::system().now(),
    };
    let progress = Progress::new("reading", "bytes");
    let imported = carry::import(&mut *arrival, &args.file, terms, |done, total| progress.at(done, total)).await?;
    progress.finish();
    let carry::Counts { accounts, bots, live, history, keys, .. } = imported.counts;
    say(format_args!(
        "Restaurant {} is in {database}: {} orders, {bots} bots, {accounts} accounts, {keys} keys.",
        imported.slug,
        live + history
    ));
    say(format_args!("{} numbers passed over, the next order is number {}.", args.skip_numbers, imported.next_order));
    Ok(())
}
