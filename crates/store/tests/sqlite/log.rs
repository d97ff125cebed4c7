//! The write-ahead log has its full size from the start and keeps it.

use std::path::Path;
use std::sync::Arc;

use feedme_kitchen::{Command, OrderId, OrderType};
use feedme_store::{Batch, Store as _, Verdict};
use feedme_testkit::conformance::author::same;

use crate::{author, open};

/// What is preallocated.
const FULL_SIZE: u64 = 16 * 1024 * 1024;

fn log_bytes(folder: &Path) -> u64 {
    std::fs::metadata(folder.join("feedme.db-wal")).expect("the log exists").len()
}

#[tokio::test]
async fn the_log_is_made_before_it_is_used_and_does_not_grow() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    assert_eq!(log_bytes(folder.path()), FULL_SIZE);
    let mut author = author(&store).await;
    let note = "x".repeat(4000);
    // Each commit writes about a megabyte, so the log is filled several times over.
    for _ in 0..60 {
        for _ in 0..100 {
            let id = OrderId(author.fresh());
            let (order_type, note) = (OrderType::Normal, Some(note.clone()));
            author.must(Command::PlaceOrder { id, order_type, user: None, note, lines: vec![], external_ref: None });
            author.must(Command::CancelOrder(id));
        }
        author.commit(&store).await;
        let bytes = log_bytes(folder.path());
        assert!(bytes <= 2 * FULL_SIZE, "the log has grown to {bytes} bytes");
    }
    let database = std::fs::metadata(store.path()).expect("the database exists").len();
    assert!(database > 2 * FULL_SIZE, "nothing was moved out of the log: {database} bytes");
    author.orders.clear();
    same(&store, &author).await;
}

/// Under load the thread that empties the log never reaches its end: the writer adds the last pages.
#[tokio::test]
async fn the_log_starts_anew_while_commits_follow_each_other_without_a_pause() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    let mut author = author(&store).await;
    let note = "x".repeat(16_000);
    let writes = (0..3000).map(|_| {
        let id = OrderId(author.fresh());
        let (order_type, note) = (OrderType::Normal, Some(note.clone()));
        author.must(Command::PlaceOrder { id, order_type, user: None, note, lines: vec![], external_ref: None });
        Arc::new(Batch { writes: vec![author.write()], generation: 0 })
    });
    for batch in writes.collect::<Vec<_>>() {
        assert_eq!(store.commit(batch).await.expect("there is room"), [Verdict::Won]);
    }
    let bytes = log_bytes(folder.path());
    assert!(bytes <= 2 * FULL_SIZE, "the log has grown to {bytes} bytes");
}
