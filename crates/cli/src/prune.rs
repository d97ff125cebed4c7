//! `feedme prune`: forgets what is long past.

use feedme_engine::{Clock, Ids};
use feedme_kitchen::Time;
use feedme_store::StoreError;
use feedme_store::past::{ForgetError, Forgotten, forget};

use crate::data_folder::DataFolder;
use crate::database::{self, Database, DatabaseArgs, LookError, OpenError, Opened};
use crate::progress::Progress;
use crate::say;

/// A day in milliseconds.
pub(crate) const DAY_MS: u64 = 86_400_000;

/// What `feedme prune` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct PruneArgs {
    /// How many days to keep
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u64).range(1..=36_500))]
    keep: u64,

    /// Forget of this restaurant alone, by its name in addresses
    #[arg(long, value_name = "NAME")]
    restaurant: Option<String>,

    #[command(flatten)]
    data: DataFolder,

    #[command(flatten)]
    database: DatabaseArgs,
}

const AFTER_HELP: &str = "\
Forgets events that are older, and orders to which nothing has happened since: they are in no history and no
audit log any more. What waits, cooks or stands on a board stays, however old. In the place of the forgotten
events stands what they add up to, so that `feedme doctor` still proves the tables from there on; events that
contradict themselves are not forgotten. Accounts, keys and the log of what was done to them stay.

It cannot be undone: make a backup, or export the restaurant, if somebody may ask for it one day. A folder's
file does not shrink; its room is used again. The server of a folder must be stopped, those on PostgreSQL go on.
`feedme serve --keep-history DAYS` does the same by itself, every hour.

Examples:
  feedme prune --keep 400
  feedme prune --keep 90 --restaurant east --database postgres://feedme@db.example/feedme";

/// Why nothing was forgotten, or not all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PruneError {
    /// There is no database.
    #[error(transparent)]
    Look(#[from] LookError),
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no such restaurant.
    #[error("there is no restaurant {slug} in {database}")]
    NoRestaurant {
        /// Which one.
        slug: String,
        /// Where.
        database: Database,
    },
    /// It cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is past cannot be forgotten.
    #[error("restaurant {slug}")]
    Forget {
        /// Where.
        slug: String,
        /// Why.
        source: ForgetError,
    },
    /// Threads cannot be had.
    #[error("failed to set up")]
    Setup(#[source] std::io::Error),
}

/// Forgets, and says how much.
pub(crate) fn run(args: &PruneArgs) -> Result<(), PruneError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(PruneError::Setup)?;
    runtime.block_on(run_async(args))
}

async fn run_async(args: &PruneArgs) -> Result<(), PruneError> {
    let database = args.database.or_in(&args.data.path);
    database.must_exist()?;
    let ids = Ids::random();
    let Opened { store, clock, .. } = database.open(&database::holder(&ids), &ids).await?;
    let before = before(&clock, args.keep);
    let mut restaurants = store.restaurants().await?;
    restaurants.retain(|restaurant| args.restaurant.as_ref().is_none_or(|slug| *slug == restaurant.slug));
    if let (Some(slug), []) = (&args.restaurant, &restaurants[..]) {
        return Err(PruneError::NoRestaurant { slug: slug.clone(), database });
    }
    let progress = Progress::new("forgetting", "days");
    let mut all = Forgotten::default();
    for restaurant in &restaurants {
        let mut first = None;
        let forgotten = forget(&*store, restaurant.id, before, |_, until| {
            let first = *first.get_or_insert(until);
            progress.at(until.since_ms(first) / DAY_MS, before.since_ms(first) / DAY_MS);
        });
        let forgotten =
            forgotten.await.map_err(|source| PruneError::Forget { slug: restaurant.slug.clone(), source })?;
        if forgotten.events > 0 {
            let Forgotten { events, orders } = forgotten;
            say(format_args!("Restaurant {}: {events} events and {orders} orders forgotten.", restaurant.slug));
        }
        all = Forgotten { events: all.events + forgotten.events, orders: all.orders + forgotten.orders };
    }
    progress.finish();
    if args.restaurant.is_none() {
        store.drop_months(before).await?;
    }
    if all == Forgotten::default() {
        say(format_args!("Nothing in {database} is older than {} days.", args.keep));
    }
    Ok(())
}

fn before(clock: &Clock, days: u64) -> Time {
    clock.now().minus_ms(days * DAY_MS)
}
