//! With a synchronous standby nothing that was acknowledged is lost: every promise is kept, as the history checker has it.

use std::sync::Arc;

use feedme_checker::Trouble;
use feedme_kitchen::Time;
use jiff::Timestamp;

use crate::customers::Customers;
use crate::fleet::{Fleet, slug};
use crate::pair::Pair;
use crate::{AWAY_MS, LOAD, NODES, RESTAURANTS, again_and_again, open};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synchronous_standby_that_is_promoted_under_load_has_all_that_was_acknowledged() {
    again_and_again(story).await;
}

async fn story(seed: u64) {
    let pair = Pair::start(true);
    let fleet = Arc::new(Fleet::start(pair.url(), NODES, &["--synchronous-standby"]).await);
    let screens = open(&fleet, RESTAURANTS).await;
    let customers = Customers::begin(&fleet, RESTAURANTS, false, seed);
    tokio::time::sleep(LOAD).await;
    let from = Time(Timestamp::now().as_millisecond());
    pair.fail_over();
    tokio::time::sleep(LOAD).await;
    let told = customers.settle().await;
    for n in 0..RESTAURANTS {
        fleet.drained(&slug(n)).await;
        screens.caught_up_with(n, fleet.version(&slug(n)).await).await;
        fleet.agrees(&slug(n)).await;
    }
    screens.finish();
    pair.is_sound();
    let said = fleet.said();
    assert!(!said.iter().any(|line| line.contains("has lost")), "nothing was lost: {said:#?}");
    fleet.stop().await;
    let mut history = fleet.recorder().finish();
    // Meanwhile nobody could complete anything.
    history.troubles.push(Trouble { from, to: from.plus_ms(AWAY_MS.unsigned_abs()) });
    assert_eq!([history.violations(), history.unsettled()], [[""; 0], [""; 0]]);
    assert!(told.again > 0, "the primary died while nobody asked for anything");
    eprintln!("{} orders, {} requests sent again: seed {seed}", told.orders.len(), told.again);
}
