//! A restaurant that several processes want.

use std::sync::Arc;
use std::time::Duration;

use feedme_engine::{Clock, Engine, Ids, Options, Request};
use feedme_kitchen::{Actor, Command, OrderType};
use feedme_store::postgres::{PostgresOptions, PostgresStore};
use feedme_store::{RestaurantId, Store};
use feedme_testkit::cluster::{Cluster, Database};

async fn start(database: &Database<'_>) -> (Arc<PostgresStore>, Engine) {
    let ids = Arc::new(Ids::random());
    let options = PostgresOptions::at(database.url(), "tests", 2);
    let store = PostgresStore::open(&options, Clock::system().now(), ids.epoch()).await.expect("it can be opened");
    let store = Arc::new(store);
    let clock = Arc::new(Clock::new(store.time()));
    let options = Options { holder: format!("tests {}", ids.epoch()), ..Options::default() };
    (Arc::clone(&store), Engine::start(store, clock, ids, options).await.expect("the database answers"))
}

async fn place(engine: Engine, id: RestaurantId) {
    let order = Command::PlaceOrder {
        id: engine.ids().order(engine.now()),
        order_type: OrderType::Normal,
        user: None,
        note: None,
        lines: Vec::new(),
        external_ref: None,
    };
    engine.execute(id, Request::new(order, Actor::Open)).await.expect("it is carried out");
}

/// Waits until something is so, a second at most.
async fn until(is_so: impl Fn() -> bool) {
    let since = tokio::time::Instant::now();
    while !is_so() && since.elapsed() < Duration::from_secs(1) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Commands that come in after the first, while that waits for its turn.
const LATER: u64 = 60;

/// Asks for one order while the restaurant is held, for the others once that waits, and lets go. How many events each commit
/// wrote.
async fn a_turn(database: &Database<'_>, stores: &[Arc<PostgresStore>; 2], engines: &[Engine; 2]) -> Vec<u64> {
    let ([store, _], [one, other]) = (stores, engines);
    let id = one.restaurant("default").await.expect("the database answers").expect("it is there");
    for engine in engines {
        engine.feed(id).await.expect("the database answers").expect("it can be served");
    }
    // At once: whoever loses takes turns from then on, and so does the other.
    let race = (0..40).map(|n| place(engines[n % 2].clone(), id));
    futures::future::join_all(race).await;
    let held = store.hold(id).await.expect("the database answers").expect("it can be held");
    let before = held.stands().version;
    let mut calls = tokio::task::JoinSet::new();
    calls.spawn(place(other.clone(), id));
    let waits = "SELECT 1::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    until(|| database.ask(waits).expect("it can be asked").is_some()).await;
    for _ in 0..LATER {
        calls.spawn(place(other.clone(), id));
    }
    until(|| u64::try_from(other.health().queued).unwrap_or(0) >= LATER).await;
    held.release().await;
    calls.join_all().await;
    let commits = store.commits(id, before, 100).await.expect("the database answers");
    commits.iter().map(|commit| commit.last - commit.first + 1).collect()
}

/// Each turn costs as much whether it is for one command or for many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_in_while_a_process_waits_for_its_turn_is_part_of_it() {
    let database = Cluster::shared().database();
    let ((store, one), (another, other)) = (start(&database).await, start(&database).await);
    let (stores, engines) = ([store, another], [one, other]);
    let mut seen = Vec::new();
    // On a machine that stands still now and then the first one's patience may be at its end before the last has come.
    while seen.len() < 10 && !seen.contains(&vec![1 + LATER]) {
        seen.push(a_turn(&database, &stores, &engines).await);
    }
    assert_eq!(seen.last(), Some(&vec![1 + LATER]), "{seen:?}");
    for engine in engines {
        engine.stop().await;
    }
}
