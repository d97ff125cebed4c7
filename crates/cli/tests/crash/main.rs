//! The real binary, loaded, killed with SIGKILL and started again, over and over. What the clients recorded
//! decides: everything acknowledged is there, nothing happened twice, and the screen saw no hole.
//!
//! `FEEDME_CRASHES` says how often (20 unless told otherwise), `FEEDME_CRASH_SECONDS` for how long at least.

#![allow(clippy::print_stderr, reason = "a campaign says what it has seen")]

mod customers;
mod screen;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng};
use serde_json::{Value, json};

use customers::{Acknowledged, Customers};
use screen::Screen;
use server::Server;

/// How long an order cooks: long enough that a crash usually finds some cooking, short enough to drain.
const COOK_MS: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_happens_twice_however_often_the_process_is_killed() {
    let seed = setting("FEEDME_SEED").unwrap_or(1);
    let crashes = setting("FEEDME_CRASHES").unwrap_or(20);
    let until = Instant::now() + Duration::from_secs(setting("FEEDME_CRASH_SECONDS").unwrap_or(0));
    let mut rng = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().expect("a folder can be made");

    let mut server = Server::start(folder.path()).await;
    server.patch("/api/settings", &json!({ "cookMs": COOK_MS })).await;
    for _ in 0..6 {
        server.post("/api/bots", &Value::Null).await;
    }
    let customers = Arc::new(Customers::default());
    let screen = Screen::follow(Arc::clone(&customers));
    let mut deaths = 0;
    while deaths < crashes || Instant::now() < until {
        let working = customers.work_at(server.address());
        tokio::time::sleep(Duration::from_millis(rng.random_range(30..250))).await;
        server.kill().await;
        working.finish().await;
        server = Server::start(folder.path()).await;
        deaths += 1;
    }
    // Whoever got no answer asks again with the same key: now every key has an answer.
    customers.work_at(server.address()).settle().await;
    server.patch("/api/settings", &json!({ "cookMs": 0 })).await;
    let orders = drained(&server).await;
    screen.caught_up_with(server.version().await).await;
    server.stop().await;
    Server::examine(folder.path()).await;

    let watched = screen.finish();
    check_numbers(&orders);
    check_acknowledged(&orders, &customers.acknowledged());
    check_completions(&orders, &watched.completions);
    assert!(orders.len() > 100, "too little happened to show anything: {} orders", orders.len());
    assert!(customers.retried() > 0, "no crash ever hit a request");
    // What a campaign wants to know of itself.
    eprintln!(
        "{deaths} crashes, {} orders, {} requests sent again, {} events seen: seed {seed}",
        orders.len(),
        customers.retried(),
        watched.version
    );
}

/// Waits until nothing waits or cooks, and reads the whole history.
async fn drained(server: &Server) -> Vec<Value> {
    let (mut fewest, mut since) = (usize::MAX, Instant::now());
    loop {
        let board = server.get("/api/board").await;
        let active = board["orders"].as_array().expect("a board has orders").iter();
        let active = active.filter(|order| order["status"] == "PENDING" || order["status"] == "PROCESSING").count();
        if active == 0 {
            break;
        }
        if active < fewest {
            (fewest, since) = (active, Instant::now());
        }
        assert!(since.elapsed() < Duration::from_mins(1), "the queue does not drain: {active} left");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut orders = Vec::new();
    let mut path = "/api/orders?limit=100".to_owned();
    loop {
        let page = server.get(&path).await;
        orders.extend(page["orders"].as_array().expect("a page has orders").iter().cloned());
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/api/orders?limit=100&cursor={cursor}"),
            None => return orders,
        }
    }
}

/// Numbers are exactly 1 to N, newest first, without a gap and without a duplicate.
fn check_numbers(orders: &[Value]) {
    let numbers: Vec<_> = orders.iter().rev().map(|order| order["number"].as_u64().expect("a number")).collect();
    let expected: Vec<_> = (1..=numbers.len() as u64).collect();
    assert_eq!(numbers, expected, "numbers are not 1 to N");
}

/// Every acknowledged order is there with the content that was acknowledged, and each key made one order.
fn check_acknowledged(orders: &[Value], acknowledged: &[Acknowledged]) {
    let by_id: BTreeMap<_, _> = orders.iter().map(|order| (order["id"].as_str().expect("an id"), order)).collect();
    let mut ids = BTreeSet::new();
    for promise in acknowledged {
        let order = by_id.get(promise.id.as_str()).unwrap_or_else(|| panic!("lost: {promise:?}"));
        assert_eq!(order["number"].as_u64(), Some(promise.number), "{promise:?}");
        assert_eq!(order["type"].as_str(), Some(promise.order_type), "{promise:?}");
        assert_eq!(order["note"].as_str(), Some(promise.key.as_str()), "the note names another request");
        assert!(ids.insert(&promise.id), "two keys got one order: {promise:?}");
    }
    assert_eq!(
        orders.len(),
        acknowledged.len(),
        "a request without an answer left an order that its retry did not find"
    );
}

/// Every order is complete, was completed once, and not before its time.
fn check_completions(orders: &[Value], completions: &BTreeMap<String, u32>) {
    for order in orders {
        assert_eq!(order["status"], "COMPLETE", "{order}");
        let at = |field: &str| order[field].as_str().expect("a moment").to_owned();
        assert!(at("createdAt") <= at("processingStartedAt"), "{order}");
        assert!(at("dueAt") <= at("completedAt"), "{order}");
        assert_eq!(completions.get(order["id"].as_str().expect("an id")), Some(&1), "not completed once: {order}");
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}
