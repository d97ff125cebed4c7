//! What only the embedded database promises: files, one process, backup, restore, examination, full disks.

mod accounts;
mod backup;
mod disk;
mod doctor;
mod files;
mod log;
mod restore;

use std::path::Path;

use feedme_kitchen::{Command, Mode, OrderType};
use feedme_store::Epoch;
use feedme_store::sqlite::{DATABASE_FILE, SqliteStore};
use feedme_testkit::conformance::Author;
use feedme_testkit::conformance::author::OPENING;

/// The epoch of databases made here.
const EPOCH: Epoch = Epoch(4711);

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, "tests", OPENING, EPOCH).expect("the database can be opened")
}

/// A connection that asks nobody.
fn beside(folder: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.join(DATABASE_FILE)).expect("the database exists")
}

async fn author(store: &SqliteStore) -> Author {
    Author::of(store, "default").await
}

/// Orders in every status, some moved to the history; one bot cooks, one is gone.
async fn a_day(store: &SqliteStore) -> Author {
    let mut author = author(store).await;
    author.cook_for(5000);
    for _ in 0..3 {
        author.add(Mode::Auto);
    }
    for n in 0..12 {
        let order = author.place(if n % 4 == 0 { OrderType::Vip } else { OrderType::Normal });
        author.commit(store).await;
        if n % 3 == 0 {
            let cooks = author.kitchen.cooking().next().expect("a bot cooks").id();
            author.complete(cooks);
        } else if n % 5 == 0 {
            author.must(Command::CancelOrder(order));
        }
        author.commit(store).await;
    }
    author.must(Command::RemoveNewestBot);
    let ready = author.orders.values().find(|order| order.is_final()).expect("some were ready").id();
    author.must(Command::DeleteOrder(ready));
    author.commit(store).await;
    let moved = feedme_store::Store::tidy(store, author.now.plus_ms(1), OPENING).await.expect("rows can be moved");
    assert!(moved.moved > 0);
    author
}
