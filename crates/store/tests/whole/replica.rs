//! Reports are read at a replica, as long as it keeps up.

use std::time::{Duration, Instant};

use feedme_kitchen::{OrderType, Time, Version};
use feedme_store::Store;
use feedme_store::postgres::{PostgresOptions, PostgresStore};
use feedme_testkit::cluster::{Cluster, Options};
use feedme_testkit::conformance::Author;
use feedme_testkit::conformance::author::OPENING;
use feedme_testkit::conformance::history::ALL;

use crate::another_epoch;

/// How many orders a page of the history has, and how many events the audit log.
async fn reports(store: &PostgresStore, author: &Author) -> (usize, usize) {
    let page = store.history(author.restaurant, &ALL).await.expect("it can be read");
    let events = store.events_before(author.restaurant, Version(1000), 100).await.expect("it can be read");
    (page.orders.len(), events.len())
}

async fn place(store: &PostgresStore, author: &mut Author) {
    author.place(OrderType::Normal);
    author.commit(store).await;
}

/// As the sweeper of a node does.
async fn beat(store: &PostgresStore) {
    assert!(store.lease("sweep", "a node", Time(0), 2000).await.expect("it can be written").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_are_read_at_a_replica_that_keeps_up() {
    let primary = Cluster::start(&Options::quick()).expect("a cluster can be started");
    let replica = Cluster::standby_of(&primary, false).expect("a standby can be started");
    let database = primary.database();
    let url = database.url();
    let (name, options) = (database.name(), |replica| PostgresOptions {
        loses_nothing: true,
        replica,
        ..PostgresOptions::at(url.clone(), "tests", 2)
    });
    let open = async |replica| {
        PostgresStore::open(&options(replica), OPENING, another_epoch()).await.expect("it can be opened")
    };
    let store = open(Some(replica.url(name))).await;
    let mut author = Author::of(&store, "default").await;
    // Without a heartbeat nobody can tell how old its picture is.
    place(&store, &mut author).await;
    assert_eq!(reports(&store, &author).await, (1, 1));
    beat(&store).await;
    let since = Instant::now();
    let has_all = || replica.ask_in(name, "SELECT count(*)::text FROM leases WHERE name = 'sweep'");
    while has_all().ok().flatten().as_deref() != Some("1") {
        assert!(since.elapsed() < Duration::from_secs(30), "the replica does not follow");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // What it does not have yet tells that it is asked.
    replica.ask("SELECT pg_wal_replay_pause()").expect("it can be asked");
    while replica.ask("SELECT pg_get_wal_replay_pause_state()").expect("it can be asked").as_deref() != Some("paused") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    place(&store, &mut author).await;
    assert_eq!(reports(&store, &author).await, (1, 1), "as the replica knows it");
    let alone = open(None).await;
    assert_eq!(reports(&alone, &author).await, (2, 2));
    // What is live is never read there.
    let loaded = store.load(author.restaurant).await.expect("it can be read").expect("it is there");
    assert_eq!(loaded.parts.orders.len(), 2);
    // It lags, and then it is away: the primary answers.
    let since = Instant::now();
    while reports(&store, &author).await != (2, 2) {
        assert!(since.elapsed() < Duration::from_mins(1), "an old picture is shown for ever");
        beat(&store).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    replica.kill().expect("it can be ended");
    assert_eq!(reports(&store, &author).await, (2, 2));
}
