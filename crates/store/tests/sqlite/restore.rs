//! Restoring a backup begins a new history, and a bad backup changes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use feedme_kitchen::{Actor, Change, Kitchen, OrderNumber, OrderType, Version};
use feedme_store::sqlite::DATABASE_FILE;
use feedme_store::sqlite::backup::backup;
use feedme_store::sqlite::restore::{RestoreError, restore};
use feedme_store::{Epoch, Store};
use feedme_testkit::conformance::author::same;

use crate::{a_day, author, examined, open};

/// A database, and a backup of it.
async fn backed_up() -> (tempfile::TempDir, PathBuf, feedme_testkit::conformance::Author) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    let author = a_day(&store).await;
    let file = folder.path().join("copy.db");
    backup(folder.path(), &file, |_, _| {}).expect("a backup can be made");
    (folder, file, author)
}

#[tokio::test]
async fn a_restored_database_begins_a_new_history_and_skips_numbers() {
    let (folder, file, before) = backed_up().await;
    let store = open(folder.path());
    let mut lost = author(&store).await;
    let shown = lost.place(OrderType::Normal);
    lost.commit(&store).await;
    drop(store);
    let later = before.now.plus_ms(60_000);
    let restored = restore(folder.path(), &file, 1000, later, || Epoch(99)).expect("the backup is good");
    let next = OrderNumber(before.kitchen.counters().next_order.0 + 1000);
    assert_eq!(restored.restaurants, [("default".to_owned(), next)]);

    let store = open(folder.path());
    let mut after = author(&store).await;
    assert_eq!((after.epoch, after.kitchen.version()), (Epoch(99), before.kitchen.version().next()));
    let events = store.events(after.restaurant, before.kitchen.version(), 10).await.expect("the store can be read");
    let [event] = &events[..] else { panic!("one event tells of it: {events:?}") };
    assert_eq!((event.at, event.actor), (later, Actor::Operator));
    assert!(matches!(event.change, Change::NumbersSkipped { next_order, .. } if next_order == next));
    assert_eq!(store.order(after.restaurant, shown).await.expect("the store can be read"), None);
    let order = after.place(OrderType::Normal);
    assert_eq!(after.order(order).number(), next, "no number is given out twice");
    after.commit(&store).await;
    drop(store);
    assert_eq!(examined(folder.path()).await.problems, [""; 0]);

    // The former database is still there, whole.
    let former = tempfile::tempdir().expect("there is room for a folder");
    let kept = restored.former.expect("there was one");
    for suffix in ["", "-wal", "-shm"] {
        let with = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        if with(&kept).exists() {
            fs::copy(with(&kept), with(&former.path().join(DATABASE_FILE))).expect("there is room");
        }
    }
    same(&open(former.path()), &lost).await;
}

#[tokio::test]
async fn a_backup_is_restored_into_an_empty_folder() {
    let (_folder, file, before) = backed_up().await;
    let empty = tempfile::tempdir().expect("there is room for a folder");
    let restored = restore(empty.path(), &file, 0, before.now, || Epoch(99)).expect("the backup is good");
    assert_eq!(restored.former, None);
    let store = open(empty.path());
    let loaded = store.load(before.restaurant).await.expect("the store can be read").expect("it exists");
    let (kitchen, contradictions) = Kitchen::load(loaded.parts);
    assert_eq!(contradictions, []);
    assert!(kitchen.board().eq(before.kitchen.board()) && kitchen.bots().eq(before.kitchen.bots()));
    assert_eq!(kitchen.version(), Version(before.kitchen.version().0 + 1));
}

#[tokio::test]
async fn a_folder_in_use_is_not_restored_into() {
    let (folder, file, before) = backed_up().await;
    let store = open(folder.path());
    let refused = restore(folder.path(), &file, 1000, before.now, || Epoch(99)).expect_err("a server runs");
    assert!(matches!(refused, RestoreError::Open(_)), "{refused:?}");
    same(&store, &before).await;
}

#[tokio::test]
async fn a_bad_backup_leaves_the_database_as_it_was() {
    let (folder, file, before) = backed_up().await;
    let whole = fs::read(&file).expect("it exists");
    let mut scrambled = whole.clone();
    let middle = scrambled.len() / 2;
    scrambled[middle - 6000..middle + 6000].fill(0xA5);
    let foreign = folder.path().join("foreign.db");
    let connection = rusqlite::Connection::open(&foreign).expect("there is room");
    connection.execute("CREATE TABLE recipes (name TEXT)", []).expect("there is room");
    drop(connection);
    let lying = folder.path().join("lying.db");
    fs::copy(&file, &lying).expect("there is room");
    let connection = rusqlite::Connection::open(&lying).expect("it is a database");
    let spoil = "PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'status = ''PROCESSING''', 'status = ''PENDING''')
            WHERE name = 'orders_one_order_a_bot';";
    connection.execute_batch(spoil).expect("nobody asks");
    drop(connection);
    let bad = [
        ("damaged", scrambled),
        ("index that lies", fs::read(&lying).expect("it was just made")),
        ("cut short", whole[..whole.len() / 2].to_vec()),
        ("no database", b"Dear sir or madam, ".repeat(500)),
        ("empty", Vec::new()),
        ("foreign", fs::read(&foreign).expect("it was just made")),
    ];
    for (what, bytes) in bad {
        let file = folder.path().join(what);
        fs::write(&file, bytes).expect("there is room");
        let refused = restore(folder.path(), &file, 1000, before.now, || Epoch(99));
        assert!(
            matches!(refused, Err(RestoreError::Backup { .. } | RestoreError::Damaged { .. })),
            "{what}: {refused:?}"
        );
        same(&open(folder.path()), &before).await;
    }
    let missing = restore(folder.path(), &folder.path().join("nowhere.db"), 1000, before.now, || Epoch(99));
    assert!(matches!(missing, Err(RestoreError::Backup { .. })), "{missing:?}");
    same(&open(folder.path()), &before).await;
}
