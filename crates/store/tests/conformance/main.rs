//! What every store must do, asked of each. A further database joins by one line and a function that opens it.

use std::sync::Arc;

use feedme_kitchen::Settings;
use feedme_store::Epoch;
use feedme_store::record::encode_settings;
use feedme_store::sqlite::{DATABASE_FILE, SqliteStore, migrate};
use feedme_testkit::conformance;
use feedme_testkit::conformance::author::OPENING;
use feedme_testkit::conformance::{SLUGS, Subject};
use feedme_testkit::memory::MemoryStore;

conformance!(memory, crate::open_memory);
conformance!(sqlite, crate::open_sqlite);

async fn open_memory() -> Subject {
    let store = Arc::new(MemoryStore::with_restaurants(SLUGS));
    Subject { accounts: store.clone(), store, shared: true, keeps: Box::new(()) }
}

async fn open_sqlite() -> Subject {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let epoch = Epoch(77);
    migrate(folder.path(), OPENING, epoch).expect("a new database can be made");
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
    let store = SqliteStore::open(folder.path(), "conformance", OPENING, epoch).expect("the database can be opened");
    let store = Arc::new(store);
    Subject { accounts: store.clone(), store, shared: false, keeps: Box::new(folder) }
}
