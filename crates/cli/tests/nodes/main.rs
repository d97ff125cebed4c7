//! Three real nodes on one PostgreSQL, thirty restaurants, customers who ask whichever node they meet: while nodes are
//! killed, paused past their lease, stopped and started again, and cannot hear each other. Whatever anybody was told is
//! written down and judged in the end.
//!
//! `FEEDME_NODES_SECONDS` says for how long at least (10 unless told otherwise), `FEEDME_SEED` repeats the same faults.

#![allow(clippy::print_stderr, reason = "a campaign says what it has seen")]

mod accounts;
mod customers;
mod faults;
mod fleet;
mod people;
mod screens;
mod traces;

use std::sync::Arc;
use std::time::{Duration, Instant};

use feedme_testkit::cluster::Cluster;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::json;

use customers::Customers;
use fleet::{Fleet, slug};
use screens::Screens;

/// Restaurants, each with a few bots.
const RESTAURANTS: usize = 30;

/// Bots in each.
const BOTS: usize = 2;

/// How long an order cooks: long enough that a fault usually finds some cooking, short enough to drain.
const COOK_MS: u64 = 60;

/// Nodes that serve at a time.
const NODES: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rule_holds_across_nodes_whatever_happens_to_them() {
    let seed = setting("FEEDME_SEED").unwrap_or(1);
    let seconds = setting("FEEDME_NODES_SECONDS").unwrap_or(10);
    let mut rng = StdRng::seed_from_u64(seed);
    let database = Cluster::shared().database();
    let fleet = Arc::new(Fleet::start(database.url(), NODES, &[]).await);
    for n in 1..RESTAURANTS {
        fleet.open(&slug(n)).await;
    }
    let screens = Screens::follow(&fleet, RESTAURANTS);
    for n in 0..RESTAURANTS {
        screens.caught_up_with(n, 0).await;
        set_up(&fleet, n).await;
    }
    let epochs: Vec<_> = (0..RESTAURANTS).map(|n| screens.epoch(n)).collect();
    let customers = Customers::begin(&fleet, RESTAURANTS, false, seed);
    let faults = faults::rage(&fleet, &database, Duration::from_secs(seconds), &mut rng).await;
    let told = customers.settle().await;
    for (n, epoch) in epochs.into_iter().enumerate() {
        let rows = fleet.drained(&slug(n)).await;
        for placed in told.orders.iter().filter(|placed| placed.restaurant == slug(n)) {
            let row = rows.iter().find(|row| row["id"] == placed.id.as_str());
            assert_eq!(row.and_then(|row| row["number"].as_u64()), Some(placed.number), "{placed:?}");
        }
        screens.caught_up_with(n, fleet.version(&slug(n)).await).await;
        fleet.agrees(&slug(n)).await;
        assert_eq!(screens.epoch(n), epoch, "another history of {} has begun", slug(n));
    }
    screens.finish();
    fleet.stop().await;
    let said = fleet.said();
    assert!(!said.iter().any(|line| line.contains("has lost")), "nothing was lost: {said:#?}");
    let history = fleet.recorder().finish();
    let judged = Instant::now();
    assert_eq!([history.violations(), history.unsettled()], [[""; 0], [""; 0]]);
    let orders: usize = history.finals.values().map(|last| last.rows.len()).sum();
    assert!(orders > 100, "too little happened to show anything: {orders} orders");
    assert!(told.again > 0, "no fault ever hit a request");
    eprintln!(
        "{faults:?}, {orders} orders in {RESTAURANTS} restaurants, {} requests sent again, {} looks at other nodes, {} answers and \
         frames judged in {:?}: seed {seed}",
        told.again,
        told.looks,
        history.size(),
        judged.elapsed()
    );
}

/// Sets a restaurant up, each part of it at any node.
async fn set_up(fleet: &Fleet, n: usize) {
    let settings = json!({ "cookMs": COOK_MS });
    fleet.must(reqwest::Method::PATCH, &slug(n), "settings", Some(&settings)).await;
    for _ in 0..BOTS {
        fleet.must(reqwest::Method::POST, &slug(n), "bots", None).await;
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}
