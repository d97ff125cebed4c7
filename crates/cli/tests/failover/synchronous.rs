//! With a synchronous standby nothing that was acknowledged is lost.

use std::sync::Arc;

use crate::customers::Customers;
use crate::fleet::{Fleet, slug};
use crate::pair::Pair;
use crate::screens::Screens;
use crate::{AWAY_MS, LOAD, NODES, RESTAURANTS, again_and_again, checks, open};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synchronous_standby_that_is_promoted_under_load_has_all_that_was_acknowledged() {
    again_and_again(story).await;
}

async fn story(seed: u64) {
    let pair = Pair::start(true);
    let fleet = Arc::new(Fleet::start(pair.url(), NODES, &["--synchronous-standby"]).await);
    open(&fleet, RESTAURANTS).await;
    let screens = Screens::follow(&fleet, RESTAURANTS, false).await;
    let customers = Customers::begin(&fleet, RESTAURANTS, false, seed);
    tokio::time::sleep(LOAD).await;
    pair.fail_over();
    tokio::time::sleep(LOAD).await;
    let told = customers.settle().await;

    let mut orders = 0;
    for n in 0..RESTAURANTS {
        let history = fleet.drained(&slug(n)).await;
        checks::numbers(&history);
        let seen = screens.completions(n, fleet.version(&slug(n)).await).await;
        checks::completions(&history, seen.as_ref(), AWAY_MS);
        checks::bots(&history);
        checks::told(&history, &told, n);
        fleet.agrees(&slug(n)).await;
        assert!(screens.begun_anew(n).is_none_or(|times| times == 0));
        orders += history.len();
    }
    screens.finish();
    pair.is_sound();
    let said = fleet.said();
    assert!(!said.iter().any(|line| line.contains("has lost")), "nothing was lost: {said:#?}");
    fleet.stop().await;
    assert!(told.again > 0, "the primary died while nobody asked for anything");
    eprintln!("{orders} orders, {} requests sent again: seed {seed}", told.again);
}
