//! Three real nodes on one PostgreSQL, thirty restaurants, customers who ask whichever node they meet: while nodes are
//! killed, paused past their lease, stopped and started again, and cannot hear each other. What customers, screens and
//! the orders' own times say decides.
//!
//! `FEEDME_NODES_SECONDS` says for how long at least (10 unless told otherwise), `FEEDME_SEED` repeats the same faults.

#![allow(clippy::print_stderr, reason = "a campaign says what it has seen")]

mod accounts;
mod checks;
mod customers;
mod faults;
mod fleet;
mod people;
mod screens;

use std::sync::Arc;
use std::time::Duration;

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

/// How long after its due time an order may still cook.
const LATE_MS: i64 = 3000;

/// Nodes that serve at a time.
const NODES: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rule_holds_across_nodes_whatever_happens_to_them() {
    let seed = setting("FEEDME_SEED").unwrap_or(1);
    let seconds = setting("FEEDME_NODES_SECONDS").unwrap_or(10);
    let mut rng = StdRng::seed_from_u64(seed);
    let database = Cluster::shared().database();
    let fleet = Arc::new(Fleet::start(database.url(), NODES, &[]).await);
    for n in 0..RESTAURANTS {
        open(&fleet, n).await;
    }

    let screens = Screens::follow(&fleet, RESTAURANTS, false).await;
    let customers = Customers::begin(&fleet, RESTAURANTS, false, seed);
    let faults = faults::rage(&fleet, &database, Duration::from_secs(seconds), &mut rng).await;
    let told = customers.settle().await;
    let mut orders = 0;
    for n in 0..RESTAURANTS {
        let history = fleet.drained(&slug(n)).await;
        checks::numbers(&history);
        let seen = screens.completions(n, fleet.version(&slug(n)).await).await;
        checks::completions(&history, seen.as_ref(), LATE_MS);
        checks::bots(&history);
        checks::told(&history, &told, n);
        fleet.agrees(&slug(n)).await;
        orders += history.len();
    }
    assert_eq!(screens.begun_anew(0), Some(0), "no node began another history");
    screens.finish();
    fleet.stop().await;
    let bugs: Vec<_> = fleet.said().into_iter().filter(|line| line.contains("this is a bug")).collect();
    assert!(bugs.is_empty(), "{bugs:#?}");
    assert!(orders > 100, "too little happened to show anything: {orders} orders");
    assert!(told.again > 0, "no fault ever hit a request");
    eprintln!(
        "{faults:?}, {orders} orders in {RESTAURANTS} restaurants, {} requests sent again, {} looks at another node: seed {seed}",
        told.again, told.looks
    );
}

/// Opens a restaurant at any node, and sets it up at others.
async fn open(fleet: &Fleet, n: usize) {
    if n > 0 {
        fleet.open(&slug(n)).await;
    }
    let settings = json!({ "cookMs": COOK_MS });
    fleet.must(reqwest::Method::PATCH, &slug(n), "settings", Some(&settings)).await;
    for _ in 0..BOTS {
        fleet.must(reqwest::Method::POST, &slug(n), "bots", None).await;
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}
