//! The real binary, loaded, killed with SIGKILL and started again, over and over. What clients were
//! told and what a screen saw is written down and judged in the end.
//!
//! `FEEDME_CRASHES` says how often (20 unless told otherwise), `FEEDME_CRASH_SECONDS` for how long at least.

#![allow(clippy::print_stderr, reason = "a campaign says what it has seen")]

mod customers;
mod screen;
mod server;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use feedme_checker::Recorder;
use feedme_checker::recorder::Callers;
use feedme_kitchen::Time;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng};
use serde_json::{Value, json};

use customers::Customers;
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

    let recorder = Arc::new(Recorder::new(Callers::All));
    let mut server = Server::start(folder.path(), &recorder).await;
    let customers = Arc::new(Customers::new(Arc::clone(&recorder)));
    customers.go_to(server.address());
    let screen = Screen::follow(Arc::clone(&customers));
    screen.caught_up_with(0).await;
    server.patch("/api/settings", &json!({ "cookMs": COOK_MS })).await;
    for _ in 0..6 {
        server.post("/api/bots", &Value::Null).await;
    }
    let mut deaths = 0;
    while deaths < crashes || Instant::now() < until {
        let working = customers.work_at(server.address());
        tokio::time::sleep(Duration::from_millis(rng.random_range(30..250))).await;
        let from = now();
        server.kill().await;
        working.finish().await;
        server = Server::start(folder.path(), &recorder).await;
        recorder.trouble(from, now());
        deaths += 1;
    }
    // Whoever got no answer asks again with the same key: now every key has an answer.
    customers.work_at(server.address()).settle().await;
    server.patch("/api/settings", &json!({ "cookMs": 0 })).await;
    drained(&server, &recorder).await;
    screen.caught_up_with(server.version().await).await;
    server.stop().await;
    Server::examine(folder.path()).await;

    screen.finish();
    let history = recorder.finish();
    let judged = Instant::now();
    assert_eq!([history.violations(), history.unsettled()], [[""; 0], [""; 0]]);
    let orders: usize = history.finals.values().map(|last| last.rows.len()).sum();
    assert!(orders > 100, "too little happened to show anything: {orders} orders");
    assert!(customers.retried() > 0, "no crash ever hit a request");
    // What a campaign wants to know of itself.
    eprintln!(
        "{deaths} crashes, {orders} orders, {} requests sent again, {} answers and frames judged in {:?}: seed {seed}",
        customers.retried(),
        history.size(),
        judged.elapsed()
    );
}

/// Waits until nothing waits or cooks, and has the history and the log written down.
async fn drained(server: &Server, recorder: &Recorder) {
    let (mut fewest, mut since) = (usize::MAX, Instant::now());
    loop {
        let board = server.get("/api/orders").await;
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
    let mut path = "/api/orders?limit=100".to_owned();
    loop {
        let page = server.get(&path).await;
        recorder.page("default", page.to_string().as_bytes());
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/api/orders?limit=100&cursor={cursor}"),
            None => break,
        }
    }
    recorder.log("default", &server.text("/api/audit?format=jsonl").await);
}

/// The server's time: it runs on this machine.
fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is long after 1970");
    Time(i64::try_from(since.as_millis()).expect("it is long before the end of time"))
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}
