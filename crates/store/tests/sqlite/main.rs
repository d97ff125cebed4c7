//! What only the embedded database promises: files, one process, backup, restore, examination, full disks.

mod accounts;
mod backup;
mod disk;
mod doctor;
mod files;
mod log;
mod restore;

use std::path::Path;

use feedme_store::Epoch;
use feedme_store::doctor::{Findings, examine};
use feedme_store::sqlite::{DATABASE_FILE, SqliteMoment, SqliteStore};
use feedme_testkit::conformance::author::OPENING;
use feedme_testkit::conformance::{Author, author};

/// The epoch of databases made here.
const EPOCH: Epoch = Epoch(4711);

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, "tests", OPENING, EPOCH).expect("the database can be opened")
}

async fn examined(folder: &Path) -> Findings {
    let mut moment = SqliteMoment::of(folder).expect("it can be looked at");
    examine(&mut moment, None, |_, _| {}).await.expect("it can be examined")
}

/// A connection that asks nobody.
fn beside(folder: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.join(DATABASE_FILE)).expect("the database exists")
}

async fn author(store: &SqliteStore) -> Author {
    Author::of(store, "default").await
}

async fn a_day(store: &SqliteStore) -> Author {
    author::a_day(store, "default").await
}
