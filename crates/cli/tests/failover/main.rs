//! Real nodes on two PostgreSQL clusters, of which one follows the other: the primary is killed under load and the standby
//! promoted. A synchronous one loses nothing; of an asynchronous one it is said what it lacked, and no number is given
//! out again. An old primary that comes back is not written to.
//!
//! `FEEDME_FAILOVER_SECONDS` says for how long at least the two under load are repeated (once unless told otherwise),
//! `FEEDME_SEED` with which orders they begin.

#![allow(clippy::print_stderr, reason = "a campaign says what it has seen")]

mod accounts;
mod asynchronous;
mod checks;
mod old_primary;
mod pair;
mod synchronous;

#[path = "../nodes/customers.rs"]
#[allow(dead_code, reason = "what else they met with is another test's business")]
mod customers;
#[path = "../nodes/fleet.rs"]
#[allow(dead_code, reason = "faults of nodes are another test's business")]
mod fleet;
#[path = "../nodes/people.rs"]
#[allow(dead_code, reason = "what else people do is another test's business")]
mod people;
#[path = "../nodes/screens.rs"]
mod screens;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use fleet::{Fleet, slug};
use screens::Screens;

/// Restaurants, each with a few bots.
const RESTAURANTS: usize = 6;

/// Bots in each.
const BOTS: usize = 2;

/// How long an order cooks.
const COOK_MS: u64 = 60;

/// Nodes that serve at a time.
const NODES: usize = 2;

/// How long the load lasts before what happens, and after it.
const LOAD: Duration = Duration::from_millis(1500);

/// How long nobody may be able to complete an order: a promotion on a busy machine takes its time.
const AWAY_MS: i64 = 60_000;

/// Tells a story with one seed after the other, for as long as is asked for.
async fn again_and_again<T: Future<Output = ()>>(story: impl Fn(u64) -> T) {
    let (mut seed, seconds) = (setting("FEEDME_SEED").unwrap_or(1), setting("FEEDME_FAILOVER_SECONDS").unwrap_or(0));
    let until = Instant::now() + Duration::from_secs(seconds);
    loop {
        story(seed).await;
        if Instant::now() >= until {
            return;
        }
        seed += 1;
    }
}

/// Opens restaurants at any node, and sets them up at others. Screens follow them from the first event on.
async fn open(fleet: &Arc<Fleet>, restaurants: usize) -> Screens {
    for n in 1..restaurants {
        fleet.open(&slug(n)).await;
    }
    let screens = Screens::follow(fleet, restaurants);
    for n in 0..restaurants {
        screens.caught_up_with(n, 0).await;
        let settings = json!({ "cookMs": COOK_MS });
        fleet.must(reqwest::Method::PATCH, &slug(n), "settings", Some(&settings)).await;
        for _ in 0..BOTS {
            fleet.must(reqwest::Method::POST, &slug(n), "bots", None).await;
        }
    }
    screens
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}
