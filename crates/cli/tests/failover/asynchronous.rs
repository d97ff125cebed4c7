//! With an asynchronous standby a promotion loses what it had not received. That is said, and numbers that are on tickets
//! already are not given out again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::customers::Customers;
use crate::fleet::{Fleet, slug};
use crate::pair::{BACK_WITHIN, Pair, next_number};
use crate::{AWAY_MS, LOAD, NODES, RESTAURANTS, again_and_again, checks, open};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_asynchronous_standby_lacks_is_said_and_no_number_is_given_out_again() {
    again_and_again(story).await;
}

async fn story(seed: u64) {
    let pair = Pair::start(false);
    let fleet = Arc::new(Fleet::start(pair.url(), NODES, &[]).await);
    let screens = open(&fleet, RESTAURANTS).await;
    let epochs: Vec<_> = (0..RESTAURANTS).map(|n| screens.epoch(n)).collect();
    let customers = Customers::begin(&fleet, RESTAURANTS, true, seed);
    tokio::time::sleep(LOAD).await;
    pair.standby.cut_off().unwrap_or_else(|error| panic!("{error}"));
    tokio::time::sleep(LOAD).await;
    pair.fail_over();
    tokio::time::sleep(LOAD).await;
    let told = customers.settle().await;

    let said = fleet.said().join("\n");
    let (mut lost, mut orders, since) = (0, 0, Instant::now());
    for (n, epoch) in epochs.into_iter().enumerate() {
        let history = fleet.drained(&slug(n)).await;
        checks::completions(&history, AWAY_MS);
        checks::bots(&history);
        let there: BTreeMap<_, _> = history.iter().map(|order| (order["id"].as_str(), &order["number"])).collect();
        let mut numbers: BTreeSet<_> = history.iter().map(|order| order["number"].as_u64()).collect();
        assert_eq!(numbers.len(), history.len(), "a number stands twice");
        for promise in told.orders.iter().filter(|promise| promise.restaurant == slug(n)) {
            if let Some(number) = there.get(&Some(promise.id.as_str())) {
                assert_eq!(number.as_u64(), Some(promise.number), "{promise:?}");
            } else {
                assert!(numbers.insert(Some(promise.number)), "its number was given out again: {promise:?}");
                let named = format!("{} ({})", promise.number, promise.id);
                assert!(said.contains(&named), "nobody says that this is lost: {promise:?}");
                lost += 1;
            }
        }
        let board = fleet.must(reqwest::Method::GET, &slug(n), "board", None).await;
        while screens.epoch(n).as_deref() != board["epoch"].as_str() {
            assert!(since.elapsed() < BACK_WITHIN, "no screen of {} began anew", slug(n));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        screens.caught_up_with(n, fleet.version(&slug(n)).await).await;
        assert_ne!(screens.epoch(n), epoch, "{} goes on as if nothing was lost", slug(n));
        fleet.agrees(&slug(n)).await;
        orders += history.len();
    }
    screens.finish();
    pair.is_sound();
    fleet.stop().await;
    assert!(lost > 0, "the standby lacked nothing");
    eprintln!("{orders} orders, {lost} lost and said so: seed {seed}");
}

/// Those who knew may be gone, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_number_is_given_out_again_by_nodes_that_know_of_nothing() {
    let pair = Pair::start(false);
    let fleet = Arc::new(Fleet::start(pair.url(), 1, &[]).await);
    open(&fleet, 1).await.finish();
    next_number(&fleet, "default").await;
    pair.standby.cut_off().unwrap_or_else(|error| panic!("{error}"));
    let shown = next_number(&fleet, "default").await.max(next_number(&fleet, "default").await);
    fleet.stop().await;
    pair.fail_over();
    let fleet = Fleet::start(pair.url(), 1, &[]).await;
    let next = next_number(&fleet, "default").await;
    assert!(next > shown, "{next} comes after {shown}");
    assert_eq!(next_number(&fleet, "default").await, next + 1, "numbers are passed over once");
    // A restaurant that opens afterwards has lost nothing.
    fleet.open("new").await;
    assert_eq!(next_number(&fleet, "new").await, 1);
    fleet.stop().await;
    pair.is_sound();
}
