//! Backups: consistent, complete, never in the place of another.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use feedme_kitchen::OrderType;
use feedme_store::sqlite::DATABASE_FILE;
use feedme_store::sqlite::backup::{BackupError, backup, scheduled};
use feedme_testkit::cluster::wait_for;
use feedme_testkit::conformance::author::same;

use crate::{a_day, author, examined, open};

/// Puts a backup where it can be opened.
fn as_folder(file: &PathBuf) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    fs::copy(file, folder.path().join(DATABASE_FILE)).expect("there is room");
    folder
}

#[tokio::test]
async fn a_backup_holds_everything_in_one_file() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    let author = a_day(&store).await;
    let file = folder.path().join("copy.db");
    backup(folder.path(), &file, |_, _| {}).expect("a backup can be made beside a server");
    assert!(!folder.path().join("copy.db-wal").exists() && !folder.path().join("copy.db.unfinished").exists());
    let copy = as_folder(&file);
    same(&open(copy.path()), &author).await;
    assert_eq!(examined(copy.path()).await.problems, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_while_orders_come_in_is_one_moment() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = Arc::new(open(folder.path()));
    let mut author = a_day(&store).await;
    for _ in 0..3000 {
        author.place(OrderType::Normal);
    }
    author.commit(&*store).await;
    let enough = Arc::new(AtomicBool::new(false));
    let writes = tokio::spawn({
        let (store, enough) = (Arc::clone(&store), Arc::clone(&enough));
        async move {
            while !enough.load(Ordering::Relaxed) {
                author.place(OrderType::Vip);
                author.commit(&*store).await;
            }
            author.kitchen.version()
        }
    });
    let source = folder.path().to_owned();
    let versions = tokio::task::spawn_blocking(move || {
        let mut versions = Vec::new();
        for n in 0..5 {
            let file = source.join(format!("copy-{n}.db"));
            backup(&source, &file, |_, _| {}).expect("a backup can be made beside a server");
            let copy = as_folder(&file);
            let findings = wait_for(examined(copy.path()));
            assert_eq!(findings.problems, [""; 0], "backup {n}");
            versions.push(findings.examined[0].events);
        }
        versions
    });
    let versions = versions.await.expect("backups do not panic");
    enough.store(true, Ordering::Relaxed);
    let last = writes.await.expect("writes do not panic");
    assert!(versions.is_sorted() && versions[0] < versions[4], "orders came in meanwhile: {versions:?}");
    assert!(versions[4] <= last.0);
}

#[tokio::test]
async fn a_backup_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    author(&store).await;
    let file = folder.path().join("precious.db");
    fs::write(&file, "precious").expect("there is room");
    let refused = backup(folder.path(), &file, |_, _| {}).expect_err("it exists");
    assert!(matches!(refused, BackupError::Exists(_)), "{refused:?}");
    assert_eq!(fs::read_to_string(&file).expect("it exists"), "precious");
    let nothing = tempfile::tempdir().expect("there is room for a folder");
    let refused = backup(nothing.path(), &folder.path().join("b.db"), |_, _| {}).expect_err("there is no database");
    assert!(matches!(refused, BackupError::NoDatabase(_)), "{refused:?}");
}

#[tokio::test]
async fn the_newest_scheduled_backups_are_kept_and_nothing_else_is_touched() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    author(&store).await;
    let backups = folder.path().join("backups");
    fs::create_dir(&backups).expect("there is room");
    for other in ["notes.txt", "before-the-move.db", "feedme-2026.txt"] {
        fs::write(backups.join(other), "").expect("there is room");
    }
    for hour in 10..16 {
        let moment = format!("2026-01-31T{hour}-00-00Z");
        let made = scheduled(folder.path(), &backups, &moment, 3).expect("a backup can be made");
        assert!(made.exists());
    }
    let mut names: Vec<_> = fs::read_dir(&backups)
        .expect("it exists")
        .map(|entry| entry.expect("it can be listed").file_name().into_string().expect("names are text"))
        .collect();
    names.sort();
    let hour = |hour: u8| format!("feedme-2026-01-31T{hour}-00-00Z.db");
    let expected =
        ["before-the-move.db".into(), hour(13), hour(14), hour(15), "feedme-2026.txt".into(), "notes.txt".into()];
    assert_eq!(names, expected);
}
