//! Which database: a folder with an embedded one, or PostgreSQL.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use feedme_engine::{Clock, Ids, Lanes};
use feedme_store::accounts::Accounts;
use feedme_store::carry::Arrival;
use feedme_store::moment::Moment;
use feedme_store::postgres::{self, PostgresArrival, PostgresMoment, PostgresOptions, PostgresStore};
use feedme_store::sqlite::{self, SqliteArrival, SqliteMoment, SqliteStore};
use feedme_store::{Leveled, Migrated, Store, StoreError};

/// Lanes over PostgreSQL. Each has one commit under way at a time, so this is how many commits a node has on their way
/// to the database's disk; two more keep two cores busy, and four keep a slow restaurant from holding up most others.
const LANES: usize = 4;

/// Names a database on PostgreSQL instead of the folder.
#[derive(Clone, Default, clap::Args)]
pub(crate) struct DatabaseArgs {
    /// A database on PostgreSQL instead of the folder, for many restaurants and many servers. Other machines are reached
    /// encrypted; `sslmode=disable` in the address does without
    #[arg(long, value_name = "URL", env = "FEEDME_DATABASE", hide_env_values = true, global = true)]
    pub(crate) database: Option<String>,

    /// The certificates to trust when PostgreSQL is reached encrypted, PEM [default: the system's]
    #[arg(long, value_name = "FILE", env = "FEEDME_DATABASE_CA", global = true)]
    pub(crate) database_ca: Option<PathBuf>,

    /// Send every statement to PostgreSQL whole: for poolers that keep no prepared statements (pgbouncer before 1.21)
    #[arg(long, env = "FEEDME_PG_UNPREPARED", global = true)]
    pub(crate) pg_unprepared: bool,

    /// PostgreSQL acknowledges nothing that its standby lacks (`synchronous_standby_names`), so that a promotion loses
    /// nothing: numbers then go on without a gap
    #[arg(long, env = "FEEDME_SYNCHRONOUS_STANDBY", global = true)]
    pub(crate) synchronous_standby: bool,
}

impl fmt::Debug for DatabaseArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address may have a password in it.
        f.debug_struct("DatabaseArgs").field("is_postgres", &self.database.is_some()).finish_non_exhaustive()
    }
}

impl DatabaseArgs {
    /// The database: this one, or else the one in the folder.
    pub(crate) fn or_in(&self, folder: &Path) -> Database {
        match &self.database {
            None => Database::Folder(folder.to_owned()),
            Some(url) => Database::Postgres(Box::new(PostgresOptions {
                url: url.clone(),
                ca: self.database_ca.clone(),
                unprepared: self.pg_unprepared,
                writers: LANES,
                name: "feedme".into(),
                loses_nothing: self.synchronous_standby,
                replica: None,
            })),
        }
    }
}

/// A database.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// The embedded one in a folder.
    Folder(PathBuf),
    /// One on PostgreSQL.
    Postgres(Box<PostgresOptions>),
}

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The embedded one.
    #[error(transparent)]
    Folder(#[from] sqlite::OpenError),
    /// The one on PostgreSQL.
    #[error(transparent)]
    Postgres(#[from] postgres::OpenError),
}

/// Why a database cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookError {
    /// There is none in the folder.
    #[error("there is no database in {}", .0.display())]
    NoDatabase(PathBuf),
    /// The embedded one.
    #[error(transparent)]
    Folder(#[from] StoreError),
    /// The one on PostgreSQL.
    #[error(transparent)]
    Postgres(#[from] postgres::OpenError),
}

/// A database that is open, and what depends on which one it is.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) lanes: Lanes,
}

impl Database {
    /// Opens it and brings it up to date. `holder` is what this process calls itself.
    pub(crate) async fn open(&self, holder: &str, ids: &Ids) -> Result<Opened, OpenError> {
        let clock = Clock::system();
        Ok(match self {
            Self::Folder(folder) => {
                let store = Arc::new(SqliteStore::open(folder, holder, clock.now(), ids.epoch())?);
                Opened { accounts: store.clone(), store, clock: Arc::new(clock), lanes: Lanes::threads(1) }
            }
            Self::Postgres(options) => {
                let store = Arc::new(PostgresStore::open(options, clock.now(), ids.epoch()).await?);
                let clock = Arc::new(Clock::new(store.time()));
                Opened { accounts: store.clone(), store, clock, lanes: Lanes::tasks(LANES) }
            }
        })
    }

    /// Refuses a folder in which there is none: whoever mistyped its name does not want another.
    pub(crate) fn must_exist(&self) -> Result<(), LookError> {
        match self {
            Self::Folder(folder) if !folder.join(sqlite::DATABASE_FILE).exists() => {
                Err(LookError::NoDatabase(folder.clone()))
            }
            Self::Folder(_) | Self::Postgres(_) => Ok(()),
        }
    }

    /// Looks at it as it stands now, beside whoever serves it.
    pub(crate) async fn moment(&self) -> Result<Box<dyn Moment>, LookError> {
        self.must_exist()?;
        match self {
            Self::Folder(folder) => Ok(Box::new(SqliteMoment::of(folder)?)),
            Self::Postgres(options) => Ok(Box::new(PostgresMoment::of(options).await?)),
        }
    }

    /// Has it take a restaurant in. It is brought up to date first.
    pub(crate) async fn arrival(&self) -> Result<Box<dyn Arrival>, OpenError> {
        Ok(match self {
            Self::Folder(folder) => Box::new(SqliteArrival::into(folder)?),
            Self::Postgres(options) => Box::new(PostgresArrival::into(options).await?),
        })
    }

    /// Brings it up to date.
    pub(crate) async fn migrate(&self) -> Result<Migrated, OpenError> {
        let (now, epoch) = (Clock::system().now(), Ids::random().epoch());
        Ok(match self {
            Self::Folder(folder) => sqlite::migrate(folder, now, epoch)?,
            Self::Postgres(options) => PostgresStore::migrate(options, now, epoch).await?,
        })
    }

    /// Has programs that are older than this one retire from it. `None` where one program serves it at a time.
    pub(crate) async fn finish(&self) -> Result<Option<Leveled>, OpenError> {
        Ok(match self {
            Self::Folder(_) => None,
            Self::Postgres(options) => Some(PostgresStore::finish(options).await?),
        })
    }

    /// With a replica for reports. A folder has none.
    pub(crate) fn with_replica(self, replica: Option<String>) -> Result<Self, &'static str> {
        match self {
            Self::Folder(_) if replica.is_some() => Err("there is no database on PostgreSQL that it could be of"),
            Self::Folder(_) => Ok(self),
            Self::Postgres(options) => Ok(Self::Postgres(Box::new(PostgresOptions { replica, ..*options }))),
        }
    }

    /// The folder, where there is one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Postgres(_) => None,
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => std::fs::canonicalize(folder).unwrap_or_else(|_| folder.clone()).display().fmt(f),
            Self::Postgres(options) => options.fmt(f),
        }
    }
}

/// What a process calls itself: no other, on whatever machine, does.
pub(crate) fn holder(ids: &Ids) -> String {
    let machine = rustix::system::uname();
    let machine = machine.nodename().to_string_lossy();
    format!("process {} on {machine}, {:x}", std::process::id(), ids.epoch().0)
}
