//! A full disk refuses, keeps reads alive, and heals by itself when space is back.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command as Program;
use std::sync::Arc;

use feedme_kitchen::{Command, OrderId, OrderType};
use feedme_store::{Batch, CommitError, Store, Verdict};
use feedme_testkit::conformance::Author;
use feedme_testkit::conformance::author::same;

use crate::{author, beside, examined, open};

/// Set for a test that runs again in a namespace of its own.
const IN_A_NAMESPACE: &str = "FEEDME_TEST_IN_A_NAMESPACE";

/// A disk of its own, so small that it can be filled. The log is preallocated with 16 MiB, and emptying it
/// takes as much again.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` for a user who may not mount one: then the test has just passed in a namespace where one may.
    fn mount(at: &Path, test: &str) -> Option<Self> {
        let mounted = Program::new("mount").args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"]).arg(at).output();
        let mounted = mounted.expect("mount is part of every Linux");
        if mounted.status.success() {
            return Some(Self(at.to_owned()));
        }
        let why = String::from_utf8_lossy(&mounted.stderr);
        assert!(std::env::var_os(IN_A_NAMESPACE).is_none(), "no disk can be mounted, not even in a namespace: {why}");
        let itself = std::env::current_exe().expect("a test is a program");
        let passed = Program::new("unshare")
            .args(["--user", "--map-root-user", "--mount"])
            .arg(itself)
            .args(["--exact", test])
            .env(IN_A_NAMESPACE, "1")
            .status();
        assert!(passed.is_ok_and(|status| status.success()), "{test} in a namespace, because mount said: {why}");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Program::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// Tries to commit fifty large orders; on failure the author is as it was.
async fn try_commit(store: &impl Store, author: &mut Author) -> Result<(), CommitError> {
    let before = author.clone();
    for _ in 0..50 {
        let id = OrderId(author.fresh());
        let (order_type, note) = (OrderType::Normal, Some("x".repeat(4000)));
        author.must(Command::PlaceOrder { id, order_type, user: None, note, lines: vec![], external_ref: None });
    }
    let outcome = store.commit(Arc::new(Batch { writes: vec![author.write()], generation: 0 })).await;
    match outcome {
        Ok(verdicts) => assert_eq!(verdicts, [Verdict::Won]),
        Err(error) => {
            *author = before;
            return Err(error);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_full_disk_refuses_reads_go_on_and_it_heals() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let Some(_disk) = SmallDisk::mount(folder.path(), "disk::a_full_disk_refuses_reads_go_on_and_it_heals") else {
        return;
    };
    let data = folder.path().join("data");
    let filler = folder.path().join("filler");
    let store = open(&data);
    let mut author = author(&store).await;
    try_commit(&store, &mut author).await.expect("there is room");
    for round in 0..2 {
        // Somebody else fills the disk; then the database does with what is left.
        let mut taken = fs::File::create(&filler).expect("there is room for an empty file");
        while taken.write_all(&[0; 4096]).is_ok() {}
        drop(taken);
        let mut refused = None;
        for _ in 0..200 {
            if let Err(error) = try_commit(&store, &mut author).await {
                refused = Some(error);
                break;
            }
        }
        let refused = refused.expect("the disk is full some time");
        assert!(matches!(refused, CommitError::NotCommitted(_)), "round {round}: {refused:?}");
        same(&store, &author).await;
        let again = try_commit(&store, &mut author).await.expect_err("it is still full");
        assert!(matches!(again, CommitError::NotCommitted(_)), "round {round}: {again:?}");
        fs::remove_file(&filler).expect("it was just made");
        for _ in 0..3 {
            try_commit(&store, &mut author).await.expect("there is room again");
        }
        same(&store, &author).await;
    }
    // What was refused left nothing that is found later.
    drop(store);
    assert_eq!(examined(&data).await.problems, [""; 0]);
    same(&open(&data), &author).await;
}

#[tokio::test]
async fn a_batch_that_was_written_in_part_is_never_called_unwritten() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let Some(_disk) =
        SmallDisk::mount(folder.path(), "disk::a_batch_that_was_written_in_part_is_never_called_unwritten")
    else {
        return;
    };
    let data = folder.path().join("data");
    drop(open(&data));
    for (id, slug) in [(1_u128, "east"), (2, "west")] {
        let another =
            "INSERT INTO restaurants (id, slug, name, settings, policy_state, epoch, version, next_order_number,
                next_bot_number, next_claim, created_at, updated_at)
            SELECT ?1, ?2, ?2, settings, policy_state, epoch, 0, 1, 1, 1, created_at, 0 FROM restaurants
            WHERE slug = 'default'";
        let added = beside(&data).execute(another, rusqlite::params![uuid::Uuid::from_u128(id).as_bytes(), slug]);
        added.expect("a restaurant can be added");
    }
    let store = open(&data);
    let [mut spoilt, mut small, mut huge] =
        [author(&store).await, Author::of(&store, "east").await, Author::of(&store, "west").await];
    spoilt.place(OrderType::Normal);
    small.place(OrderType::Normal);
    let id = OrderId(huge.fresh());
    let (order_type, note) = (OrderType::Normal, Some("x".repeat(70 * 1024 * 1024)));
    huge.must(Command::PlaceOrder { id, order_type, user: None, note, lines: vec![], external_ref: None });
    let mut refused = spoilt.write();
    refused.counters.next_bot = feedme_kitchen::BotNumber(0);
    // The first breaks a constraint, so each is tried alone: the second is durable when the third finds no room.
    let batch = Batch { writes: vec![refused, small.write(), huge.write()], generation: 0 };
    let outcome = store.commit(Arc::new(batch)).await;
    assert!(matches!(outcome, Err(CommitError::Unknown(_))), "{outcome:?}");
    same(&store, &small).await;
}
