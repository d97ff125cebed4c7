//! One process, private files, migrations, and everything still there after a restart.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use feedme_store::Store;
use feedme_store::sqlite::{DATABASE_FILE, OpenError, SqliteStore, migrate};
use feedme_testkit::conformance::author::{OPENING, same};

use crate::{EPOCH, a_day, author, beside, open};

#[tokio::test]
async fn a_second_process_is_refused_and_told_who_holds_the_folder() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    let refused = SqliteStore::open(folder.path(), "second", OPENING, EPOCH).expect_err("somebody holds it");
    let OpenError::InUse { holder, .. } = &refused else { panic!("refused for another reason: {refused:?}") };
    assert_eq!(*holder, std::process::id().to_string());
    let said = refused.to_string();
    assert!(said.contains(holder.as_str()) && said.contains(&*folder.path().to_string_lossy()), "{said}");
    assert!(matches!(migrate(folder.path(), OPENING, EPOCH), Err(OpenError::InUse { .. })));
    drop(store);
    open(folder.path());
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    let before = a_day(&store).await;
    drop(store);
    let store = SqliteStore::open(folder.path(), "later", OPENING.plus_ms(9), feedme_store::Epoch(1));
    let store = store.expect("the database can be opened");
    same(&store, &before).await;
    assert_eq!(before.epoch, EPOCH, "an epoch is drawn once");
    let mut after = author(&store).await;
    after.place(feedme_kitchen::OrderType::Normal);
    after.commit(&store).await;
}

#[tokio::test]
async fn a_crash_loses_nothing_that_was_committed() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    let before = a_day(&store).await;
    // What a process that is killed leaves behind: the files as they are, the log full of commits.
    let copy = tempfile::tempdir().expect("there is room for a folder");
    for entry in std::fs::read_dir(folder.path()).expect("the folder exists") {
        let path = entry.expect("the folder can be listed").path();
        std::fs::copy(&path, copy.path().join(path.file_name().expect("files have names"))).expect("there is room");
    }
    same(&open(copy.path()), &before).await;
}

#[tokio::test]
async fn the_term_of_the_lease_rises_with_every_start() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut last = 0;
    for _ in 0..3 {
        let lease = open(folder.path()).lease("sweep", "us", OPENING, 2000).await.expect("the store answers");
        let lease = lease.expect("the only process holds every lease");
        assert!(lease.term > last);
        last = lease.term;
    }
}

#[test]
fn migrations_are_applied_once() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let first = migrate(folder.path(), OPENING, EPOCH).expect("a database can be made");
    assert!(!first.applied.is_empty());
    let second = migrate(folder.path(), OPENING, EPOCH).expect("it is up to date");
    assert_eq!((second.applied.len(), second.version), (0, first.version));
    let restaurants = |folder: &Path| {
        let count = "SELECT count(*) FROM restaurants";
        beside(folder).query_row(count, [], |row| row.get::<_, i64>(0)).expect("the table exists")
    };
    assert_eq!(restaurants(folder.path()), 1);
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    migrate(folder.path(), OPENING, EPOCH).expect("a database can be made");
    let newer = "INSERT INTO refinery_schema_history SELECT 999, 'later', applied_on, checksum FROM refinery_schema_history LIMIT 1";
    beside(folder.path()).execute(newer, []).expect("the table exists");
    let refused = SqliteStore::open(folder.path(), "older", OPENING, EPOCH).expect_err("it is newer than we are");
    assert!(matches!(refused, OpenError::Migration(_)), "{refused:?}");
}

#[tokio::test]
async fn nobody_else_may_read_what_is_written() {
    let parent = tempfile::tempdir().expect("there is room for a folder");
    let folder = parent.path().join("data");
    let store = open(&folder);
    a_day(&store).await;
    let mode = |path: &Path| std::fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).expect("the folder exists") {
        let path = entry.expect("the folder can be listed").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        files += 1;
    }
    assert!(files >= 4, "database, log, index of the log, lock");
    assert!(folder.join(DATABASE_FILE).exists());
}
