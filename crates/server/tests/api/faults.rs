//! What callers are told when the database fails, and that nothing is promised that is not so.

use feedme_testkit::app::id;
use feedme_testkit::{Answer, Normal, Span as _, TestApp};
use futures::future::join_all;
use serde_json::json;

use crate::faulty::{FaultyStore, Mood};

async fn place(app: &TestApp) -> Answer {
    app.post("/api/orders", &json!({ "type": "NORMAL" })).await
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_away_refuses_writes_and_the_board_goes_on() {
    let store = FaultyStore::new();
    let app = TestApp::on(store.clone()).await;
    let order = app.place(Normal).await;
    store.be(Mood::Away);
    let answer = place(&app).await;
    let problem = answer.expect_problem(503, "unavailable");
    assert_eq!(problem["detail"], "the database is not available; nothing changed");
    assert_eq!(answer.header("retry-after"), "2");
    let keyed = app.post_keyed("/api/orders", &json!({ "type": "NORMAL" }), "key-1").await;
    keyed.expect_problem(503, "unavailable");
    assert_eq!(app.listing().await, ["1 PENDING"]);
    app.get(&format!("/api/orders/{}", id(&order))).await.expect(200);
    for path in ["/api/orders?limit=1", "/api/orders/019696f2-3b80-7cc3-98c5-0bd7c1b4a1f0"] {
        let answer = app.get(path).await;
        answer.expect_problem(503, "unavailable");
        assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
    }
    store.be(Mood::Well);
    assert_eq!(app.place(Normal).await["number"], 2);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_504_and_never_an_order() {
    let store = FaultyStore::new();
    let app = TestApp::on(store.clone()).await;
    store.be(Mood::Unsure);
    let problem = place(&app).await.expect_problem(504, "outcomeUnknown");
    assert!(problem["detail"].as_str().unwrap().contains("Idempotency-Key"));
    store.be(Mood::Well);
    assert_eq!(app.place(Normal).await["number"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_constraint_that_fires_is_409() {
    let store = FaultyStore::new();
    let app = TestApp::on(store.clone()).await;
    store.be(Mood::Violated);
    place(&app).await.expect_problem(409, "constraintViolated");
    store.be(Mood::Well);
    assert_eq!(app.place(Normal).await["number"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_at_once_and_those_who_wait_are_served() {
    let store = FaultyStore::new();
    let app = TestApp::on(store.clone()).await;
    store.be(Mood::Silent);
    // The first one's commit holds up the lane; then the queue fills.
    let flood = async {
        app.settle().await;
        join_all((0..5_000).map(|_| place(&app))).await
    };
    let relief = async {
        app.settle().await;
        app.settle().await;
        let health = app.get("/api/health").await.expect(503);
        store.be(Mood::Well);
        assert_eq!(health["checks"][3]["detail"], "4096 of 4096 places are taken");
    };
    let (first, answers, ()) = futures::join!(place(&app), flood, relief);
    first.expect(201);
    let (placed, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((placed.len(), refused.len()), (4_096, 904));
    for answer in refused {
        answer.expect_problem(503, "queueFull");
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert_eq!(app.board().await["version"], 4_097);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_is_500_and_the_next_request_is_served() {
    let store = FaultyStore::new();
    let app = TestApp::on(store.clone()).await;
    store.be(Mood::Panicking);
    let problem = app.get("/api/orders?limit=1").await.expect_problem(500, "internalError");
    assert!(!problem.to_string().contains("bug in the store"));
    store.be(Mood::Well);
    app.get("/api/orders?limit=1").await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn health_says_when_the_database_no_longer_confirms() {
    let store = FaultyStore::new();
    let app = TestApp::on(store.clone()).await;
    app.advance(1.s()).await;
    store.be(Mood::Away);
    app.advance(4.s()).await;
    app.get("/api/health").await.expect(200);
    app.advance(2.s()).await;
    insta::assert_json_snapshot!(app.get("/api/health").await.expect(503));
    let board = app.get("/api/board").await;
    board.expect(200);
    assert!(board.header("feedme-confirmed-at") < "2026-05-04T09:30:02", "a screen can see how old it is");
    store.be(Mood::Well);
    app.advance(1.s()).await;
    app.get("/api/health").await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_failed_is_504_and_the_server_says_that_it_ends() {
    let store = FaultyStore::new();
    let app = TestApp::on(store.clone()).await;
    app.get("/readyz").await.expect(200);
    store.be(Mood::Broken);
    place(&app).await.expect_problem(504, "outcomeUnknown");
    assert!(app.engine.failed().await.contains("input/output error"));
    app.get("/livez").await.expect(200);
    app.get("/readyz").await.expect(503);
    let health = app.get("/api/health").await.expect(503);
    assert_eq!(health["checks"][0]["detail"], "it has failed; the server is ending");
    place(&app).await.expect_problem(503, "unavailable");
}

#[tokio::test(start_paused = true)]
async fn health_says_when_orders_are_stuck() {
    let store = FaultyStore::new();
    let app = TestApp::on(store.clone()).await;
    app.add_bot().await;
    app.place(Normal).await;
    store.be(Mood::Silent);
    app.advance(41.s()).await;
    let health = app.get("/api/health").await.expect(503);
    assert_eq!(
        (&health["checks"][2]["detail"], &health["checks"][2]["status"]),
        (&json!("more than 30 s overdue: 1"), &json!("failing"))
    );
    store.be(Mood::Well);
    app.advance(1.s()).await;
    app.get("/api/health").await.expect(200);
    assert_eq!(app.listing().await, ["1 COMPLETE"]);
}

#[tokio::test(start_paused = true)]
async fn what_contradicts_itself_is_put_right_even_when_the_first_try_fails() {
    let store = FaultyStore::new();
    let app = TestApp::on(store.clone()).await;
    let bot = app.add_pull_bot().await;
    app.place(Normal).await;
    app.post_empty(&format!("/api/bots/{}/claim", id(&bot))).await.expect(200);
    assert_eq!(app.listing().await, ["1 PROCESSING"]);
    store.be(Mood::Damaged);
    store.begin_anew().await;
    app.advance(2.s()).await;
    place(&app).await.expect_problem(503, "unavailable");
    store.be(Mood::Well);
    assert_eq!(app.place(Normal).await["number"], 2);
    assert_eq!(app.listing().await, ["1 PENDING", "2 PENDING"]);
}
