//! What every store must do, asked of each. A further database joins by one line and a function that opens it.

use std::sync::{Arc, OnceLock};

use feedme_kitchen::Settings;
use feedme_store::Epoch;
use feedme_store::postgres::{PostgresOptions, PostgresStore};
use feedme_store::record::encode_settings;
use feedme_store::sqlite::{DATABASE_FILE, SqliteStore, migrate};
use feedme_testkit::cluster::{Cluster, Database, Pooler, wait_for};
use feedme_testkit::conformance;
use feedme_testkit::conformance::author::OPENING;
use feedme_testkit::conformance::{SLUGS, Subject};
use feedme_testkit::memory::MemoryStore;

conformance!(memory, crate::open_memory);
conformance!(sqlite, crate::open_sqlite);
conformance!(postgres, crate::open_postgres);
conformance!(postgres_behind_a_pooler, crate::open_pooled);

/// The epoch of restaurants that a store makes for itself.
const EPOCH: Epoch = Epoch(77);

async fn open_memory() -> Subject {
    let store = Arc::new(MemoryStore::with_restaurants(SLUGS));
    Subject { accounts: store.clone(), store, shared: true, keeps: Box::new(()) }
}

async fn open_sqlite() -> Subject {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    migrate(folder.path(), OPENING, EPOCH).expect("a new database can be made");
    let path = folder.path().join(DATABASE_FILE);
    let connection = rusqlite::Connection::open(path).expect("the database was just made");
    for (n, slug) in SLUGS.iter().enumerate().skip(1) {
        connection
            .execute(
                "INSERT INTO restaurants (id, slug, name, opened_as, settings, policy_state, epoch, version, next_order_number,
                     next_bot_number, next_claim, created_at, updated_at)
                 SELECT ?1, ?2, ?2, ?2, ?3, policy_state, ?4, 0, 1, 1, 1, created_at, 0 FROM restaurants WHERE slug = 'default'",
                rusqlite::params![
                    uuid::Uuid::from_u128(n as u128).as_bytes(),
                    slug,
                    encode_settings(Settings::default()),
                    1000 + i64::try_from(n).expect("there are few restaurants"),
                ],
            )
            .expect("a restaurant can be added");
    }
    drop(connection);
    let store = SqliteStore::open(folder.path(), "conformance", OPENING, EPOCH).expect("the database can be opened");
    let store = Arc::new(store);
    Subject { accounts: store.clone(), store, shared: false, keeps: Box::new(folder) }
}

async fn open_postgres() -> Subject {
    let database = database_with_restaurants();
    open_at(database.url(), database).await
}

/// In transaction mode, which keeps nothing of a caller from one transaction to the next.
async fn open_pooled() -> Subject {
    static POOLER: OnceLock<Pooler> = OnceLock::new();
    let pooler = POOLER.get_or_init(|| Pooler::before(Cluster::shared()).unwrap_or_else(|error| panic!("{error}")));
    let database = database_with_restaurants();
    open_at(pooler.url(database.name()), database).await
}

/// A database may be set to another isolation than the one that changes go by.
#[tokio::test]
async fn what_isolation_a_database_is_set_to_does_not_matter() {
    for check in 0..2 {
        let database = database_with_restaurants();
        let set = format!("ALTER DATABASE {} SET default_transaction_isolation = 'serializable'", database.name());
        database.ask(&set).expect("a role may set up its own database");
        let subject = open_at(database.url(), database).await;
        match check {
            0 => conformance::commits::of_many_writers_at_once_one_wins(subject).await,
            _ => conformance::together::an_account_that_many_change_is_as_one_of_them_wrote_it(subject).await,
        }
    }
}

/// A machine that hangs takes connections, and says nothing.
#[tokio::test]
async fn a_host_that_says_nothing_does_not_keep_from_the_other() {
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("there is a port");
    let port = silent.local_addr().expect("it listens").port();
    let database = database_with_restaurants();
    let url = database.url().replace("@127.0.0.1:", &format!("@127.0.0.1:{port},127.0.0.1:"));
    let opening = open_at(url, database);
    let subject =
        tokio::time::timeout(std::time::Duration::from_mins(1), opening).await.expect("the other one answers");
    conformance::commits::what_is_committed_is_loaded(subject).await;
}

async fn open_at(url: String, database: Database<'static>) -> Subject {
    let store = PostgresStore::open(&options(url), OPENING, EPOCH).await.expect("the database can be opened");
    let store = Arc::new(store);
    Subject { accounts: store.clone(), store, shared: true, keeps: Box::new(database) }
}

fn options(url: String) -> PostgresOptions {
    PostgresOptions::at(url, "conformance", 2)
}

fn database_with_restaurants() -> Database<'static> {
    Cluster::shared().database_made_by("restaurants", |empty| {
        let migrated = wait_for(async { PostgresStore::migrate(&options(empty.url()), OPENING, EPOCH).await });
        migrated.expect("an empty database can be migrated");
        for (n, slug) in SLUGS.iter().enumerate().skip(1) {
            let sql = format!(
                "INSERT INTO restaurants (id, slug, name, opened_as, settings, policy_state, epoch, version,
                     next_order_number, next_bot_number, next_claim, created_at, updated_at)
                 SELECT '{}', '{slug}', '{slug}', '{slug}', '{}', policy_state, {}, 0, 1, 1, 1, created_at, 0
                 FROM restaurants WHERE slug = 'default'",
                uuid::Uuid::from_u128(n as u128),
                encode_settings(Settings::default()),
                1000 + n,
            );
            empty.ask(&sql).expect("a restaurant can be added");
        }
    })
}
