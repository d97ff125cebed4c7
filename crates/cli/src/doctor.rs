//! `feedme doctor`: do the tables say what the events say?

use feedme_store::StoreError;
use feedme_store::doctor::examine;

use crate::data_folder::DataFolder;
use crate::database::{Database, DatabaseArgs, LookError};
use crate::exit::Exit;
use crate::progress::Progress;
use crate::say;

/// What `feedme doctor` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    data: DataFolder,

    #[command(flatten)]
    database: DatabaseArgs,

    /// Examine this restaurant alone, by its name in addresses
    #[arg(long, value_name = "NAME")]
    restaurant: Option<String>,
}

const AFTER_HELP: &str = "\
Every event of every restaurant is replayed, and what comes out is compared with the tables: the board, the
bots, every order's row, the counters. What the database itself can check is checked too: pages, indexes and
references of a folder's; on PostgreSQL indexes, the months of the history, and rows of restaurants that do not
exist. It only reads, sees one moment, and may run beside servers.

The exit code is 0 when all is well, 4 when something is wrong, and 1 when the database cannot be read.

Examples:
  feedme doctor --data /var/lib/feedme || echo 'call somebody'
  feedme doctor --database postgres://feedme@db.example/feedme --restaurant east";

/// Why there is no clean bill of health.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DoctorError {
    /// It cannot be looked at.
    #[error(transparent)]
    Look(#[from] LookError),
    /// It cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The restaurant to examine is not there.
    #[error("there is no restaurant {slug} in {database}")]
    NoRestaurant {
        /// Which one.
        slug: String,
        /// Where.
        database: Database,
    },
    /// Threads cannot be had.
    #[error("failed to set up")]
    Setup(#[source] std::io::Error),
    /// It can be read, and something is wrong.
    #[error("{} found in {database}", if *count == 1 { "1 problem".to_owned() } else { format!("{count} problems") })]
    Problems {
        /// How many.
        count: usize,
        /// Where.
        database: Database,
    },
}

impl DoctorError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Problems { .. } => Exit::Findings,
            Self::Look(_) | Self::Store(_) | Self::NoRestaurant { .. } | Self::Setup(_) => Exit::Failed,
        }
    }
}

/// Examines the database and says what it found.
pub(crate) fn run(args: &DoctorArgs) -> Result<(), DoctorError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(DoctorError::Setup)?;
    runtime.block_on(run_async(args))
}

async fn run_async(args: &DoctorArgs) -> Result<(), DoctorError> {
    let database = args.database.or_in(&args.data.path);
    let mut moment = database.moment().await?;
    let progress = Progress::new("replaying", "events");
    let only = args.restaurant.as_deref();
    let findings = examine(&mut *moment, only, |done, total| progress.at(done, total)).await?;
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
    if let (Some(slug), []) = (only, &findings.examined[..]) {
        return Err(DoctorError::NoRestaurant { slug: slug.to_owned(), database });
    }
    if findings.problems.is_empty() {
        say(format_args!("All is well."));
        return Ok(());
    }
    Err(DoctorError::Problems { count: findings.problems.len(), database })
}
