//! Restaurants that are served when they are first asked for.

use std::sync::Arc;

use feedme_engine::{Clock, Driver};
use feedme_server::Limits;
use feedme_testkit::time::VirtualTime;
use feedme_testkit::{MemoryStore, Normal, Span as _, TestApp};
use serde_json::json;

use crate::faulty::{FaultyStore, Mood};

/// A store that other processes commit to, with the restaurants "default" and "south".
fn shared() -> MemoryStore {
    let store = MemoryStore::new().shared();
    store.open_restaurant("south", "FeedMe South");
    store
}

fn served(app: &TestApp) -> Vec<String> {
    let served = app.engine.positions().into_iter().filter_map(|(id, _)| app.engine.served(id));
    served.map(|feed| feed.restaurant().slug).collect()
}

#[tokio::test(start_paused = true)]
async fn a_store_of_ones_own_is_served_as_a_whole_from_the_start() {
    let store = MemoryStore::new();
    store.open_restaurant("south", "FeedMe South");
    assert_eq!(served(&TestApp::on(Arc::new(store)).await), ["default", "south"]);
}

#[tokio::test(start_paused = true)]
async fn of_a_shared_store_a_restaurant_is_served_once_it_was_asked_for() {
    let app = TestApp::on(Arc::new(shared())).await;
    assert_eq!(served(&app), [""; 0]);
    app.get("/api/restaurants/south/board").await.expect(200);
    assert_eq!(served(&app), ["south"]);
    app.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect(201);
    assert_eq!(served(&app), ["default", "south"]);
}

#[tokio::test(start_paused = true)]
async fn a_restaurant_that_was_opened_elsewhere_is_found() {
    let store = MemoryStore::new();
    let app = TestApp::on(Arc::new(store.clone())).await;
    app.get("/api/restaurants/west/board").await.expect_problem(404, "unknownRestaurant");
    store.open_restaurant("west", "FeedMe West");
    let placed = app.post("/api/restaurants/west/orders", &json!({ "type": "NORMAL" })).await.expect(201);
    assert_eq!(placed["order"]["number"], 1);
}

#[tokio::test(start_paused = true)]
async fn those_who_ask_meanwhile_wait_for_the_same_adoption() {
    let store = FaultyStore::of(shared());
    let app = TestApp::on(store.clone()).await;
    store.be(Mood::SlowToLoad);
    let asked: Vec<_> = (0..5)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { app.get("/api/restaurants/south/board").await.expect(200) })
        })
        .collect();
    app.settle().await;
    // One who goes away takes nothing with them.
    asked[0].abort();
    assert_eq!((store.loads(), served(&app).len()), (1, 0));
    store.be(Mood::Well);
    for board in asked.into_iter().skip(1) {
        assert_eq!(board.await.unwrap()["restaurant"]["slug"], "south");
    }
    assert_eq!(store.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_others_of_a_lane_do_not_wait_for_a_slow_adoption() {
    let store = FaultyStore::of(shared());
    let app = TestApp::on(store.clone()).await;
    app.place(Normal).await;
    store.be(Mood::SlowToLoad);
    let slow = app.clone();
    let slow = tokio::spawn(async move { slow.get("/api/restaurants/south/board").await });
    app.settle().await;
    app.place(Normal).await;
    assert!(!slow.is_finished());
    store.be(Mood::Well);
    slow.await.unwrap().expect(200);
}

#[tokio::test(start_paused = true)]
async fn an_adoption_that_fails_is_tried_again_when_somebody_asks() {
    let store = FaultyStore::of(shared());
    let app = TestApp::on(store.clone()).await;
    store.be(Mood::Away);
    app.get("/api/board").await.expect_problem(503, "unavailable");
    app.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect_problem(503, "unavailable");
    store.be(Mood::Well);
    app.get("/api/board").await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn what_was_overdue_is_complete_before_anybody_sees_the_board() {
    let store = shared();
    let app = TestApp::on(Arc::new(store.clone())).await;
    app.add_bot().await;
    app.place(Normal).await;
    app.engine.stop().await;
    // Nobody comes for a while.
    let clock = Clock::new(VirtualTime::begun(1.minutes()));
    let app = TestApp::driven(Arc::new(store), Limits::default(), clock, Driver::Timers, None).await;
    let board = app.board().await;
    assert_eq!(board["orders"][0]["status"], "COMPLETE");
}
