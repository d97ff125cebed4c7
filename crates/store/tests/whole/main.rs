//! What goes through a whole database, asked of each kind: examination, and carrying restaurants between them.

mod carry;
mod doctor;
mod drift;
mod levels;
mod past;
mod pooled;
mod replica;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use feedme_store::accounts::Accounts;
use feedme_store::carry::Arrival;
use feedme_store::doctor::{Findings, examine};
use feedme_store::moment::Moment;
use feedme_store::postgres::{PostgresArrival, PostgresMoment, PostgresOptions, PostgresStore};
use feedme_store::sqlite::{DATABASE_FILE, SqliteArrival, SqliteMoment, SqliteStore};
use feedme_store::{Epoch, Store};
use feedme_testkit::cluster::{Cluster, Database};
use feedme_testkit::conformance::author::OPENING;
use tempfile::TempDir;

/// An epoch for the restaurant that a database begins with: no two have the same id.
fn another_epoch() -> Epoch {
    static DRAWN: AtomicU64 = AtomicU64::new(1000);
    Epoch::from_random(DRAWN.fetch_add(2, Ordering::Relaxed))
}

/// A database with nothing in it at first.
enum Place {
    Folder(TempDir),
    Postgres(Database<'static>),
}

impl Place {
    fn folder() -> Self {
        Self::Folder(tempfile::tempdir().expect("there is room for a folder"))
    }

    fn postgres() -> Self {
        Self::Postgres(Cluster::shared().database())
    }

    /// One of each kind.
    fn each() -> [Self; 2] {
        [Self::folder(), Self::postgres()]
    }

    fn options(database: &Database<'_>) -> PostgresOptions {
        PostgresOptions::at(database.url(), "tests", 2)
    }

    async fn open(&self) -> Arc<dyn Store> {
        self.open_all().await.0
    }

    async fn open_all(&self) -> (Arc<dyn Store>, Arc<dyn Accounts>) {
        match self {
            Self::Folder(folder) => {
                let store =
                    SqliteStore::open(folder.path(), "tests", OPENING, another_epoch()).expect("it can be opened");
                let store = Arc::new(store);
                (store.clone(), store)
            }
            Self::Postgres(database) => {
                let options = Self::options(database);
                let store = PostgresStore::open(&options, OPENING, another_epoch()).await.expect("it can be opened");
                let store = Arc::new(store);
                (store.clone(), store)
            }
        }
    }

    async fn arrival(&self) -> Box<dyn Arrival> {
        match self {
            Self::Folder(folder) => Box::new(SqliteArrival::into(folder.path()).expect("nobody has it open")),
            Self::Postgres(database) => {
                Box::new(PostgresArrival::into(&Self::options(database)).await.expect("it can be opened"))
            }
        }
    }

    async fn moment(&self) -> Box<dyn Moment> {
        match self {
            Self::Folder(folder) => Box::new(SqliteMoment::of(folder.path()).expect("it can be looked at")),
            Self::Postgres(database) => {
                Box::new(PostgresMoment::of(&Self::options(database)).await.expect("it can be looked at"))
            }
        }
    }

    async fn examined(&self) -> Findings {
        examine(&mut *self.moment().await, None, |_, _| {}).await.expect("it can be examined")
    }

    /// Changes something behind everybody's back.
    fn tamper(&self, sql: &str) {
        match self {
            Self::Folder(folder) => {
                let path = folder.path().join(DATABASE_FILE);
                let connection = rusqlite::Connection::open(path).expect("the database exists");
                connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
            Self::Postgres(database) => {
                database.ask(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
        }
    }
}
