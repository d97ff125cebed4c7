//! Live events: what a screen sees, and how it comes back.

use std::collections::BTreeSet;
use std::sync::Arc;

use feedme_engine::Request;
use feedme_kitchen::{Actor, Command, OrderType};
use feedme_store::Epoch;
use feedme_testkit::app::id;
use feedme_testkit::{Frame, MemoryStore, Normal, Span as _, TestApp, Vip};
use futures::future::join_all;
use serde_json::json;

use crate::faulty::{FaultyStore, Mood};

fn told(frames: &[Frame]) -> Vec<(u64, &str)> {
    frames.iter().map(|frame| (frame.version(), frame.event.as_str())).collect()
}

/// Places many orders at once, without a bot: one event each.
async fn flood(app: &TestApp, orders: usize) {
    let restaurant = app.restaurant("default");
    for _ in 0..orders.div_ceil(1000) {
        let place = |_| {
            let command = Command::PlaceOrder {
                id: app.engine.ids().order(app.engine.now()),
                order_type: OrderType::Normal,
                user: None,
                note: None,
                lines: Vec::new(),
                external_ref: None,
            };
            app.engine.execute(restaurant, Request::new(command, Actor::Open))
        };
        join_all((0..1000.min(orders)).map(place)).await.into_iter().for_each(|placed| drop(placed.unwrap()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_screen_gets_a_snapshot_a_heartbeat_and_then_every_event() {
    let app = TestApp::start().await;
    app.place(Normal).await;
    let mut screen = app.screen().await;
    for (name, value) in
        [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")]
    {
        assert_eq!(screen.headers[name], value);
    }
    let snapshot = screen.next().await.unwrap();
    assert_eq!((snapshot.id.as_deref(), snapshot.event.as_str()), (Some("500-1"), "snapshot"));
    assert_eq!(snapshot.data, app.board().await);
    let heartbeat = screen.next().await.unwrap();
    assert_eq!((heartbeat.id, heartbeat.event.as_str()), (None, "heartbeat"));
    assert_eq!(
        heartbeat.data,
        json!({
            "epoch": "500", "version": 1,
            "serverTime": "2026-05-04T09:30:00.000Z", "confirmedAt": "2026-05-04T09:30:00.000Z",
        })
    );
    app.add_bot().await;
    app.advance(10.s()).await;
    let frames = screen.take(4).await;
    assert_eq!(told(&frames), [(2, "bot.added"), (3, "order.started"), (4, "order.completed"), (5, "bot.idle")]);
    assert_eq!(frames[3].id.as_deref(), Some("500-5"));
}

#[tokio::test(start_paused = true)]
async fn every_event_carries_what_it_is_about() {
    let app = TestApp::start().await;
    let mut screen = app.screen().await;
    screen.next().await;
    let first = app.place(Normal).await;
    app.add_bot().await;
    app.advance(10.s()).await;
    app.post_empty(&format!("/api/orders/{}/collect", id(&first))).await.expect(200);
    app.delete(&format!("/api/orders/{}", id(&first))).await.expect(200);
    app.post_empty(&format!("/api/orders/{}/restore", id(&first))).await.expect(200);
    app.place(Vip).await;
    app.delete("/api/bots/newest").await.expect(200);
    app.patch("/api/settings", &json!({ "completedStaysMs": 1000 })).await.expect(200);
    app.advance(1.s()).await;
    // One order cooks and two wait; one of these is called off, and at the end one is ready and one waits.
    app.add_bot().await;
    let second = app.place(Normal).await;
    app.place(Normal).await;
    app.post_empty(&format!("/api/orders/{}/cancel", id(&second))).await.expect(200);
    app.patch("/api/settings", &json!({ "completedStaysMs": 60_000, "cookMs": 60_000 })).await.expect(200);
    app.advance(10.s()).await;
    app.delete("/api/orders/clear").await.expect(200);
    let restaurant = app.restaurant("default");
    let skip = Request::new(Command::SkipNumbers { count: 1000 }, Actor::Operator);
    app.engine.execute(restaurant, skip).await.unwrap();
    let mut frames = Vec::new();
    while frames.last().is_none_or(|last: &serde_json::Value| last["event"] != "numbers.skipped") {
        let frame = screen.next_event().await.unwrap();
        frames.push(json!({ "event": frame.event, "data": frame.data }));
    }
    let kinds: BTreeSet<_> = frames.iter().map(|frame| frame["event"].as_str().unwrap()).collect();
    assert_eq!(kinds.len(), 15, "{kinds:?}");
    insta::assert_json_snapshot!(frames);
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_comes_back_misses_nothing_and_sees_nothing_twice() {
    let app = TestApp::start().await;
    let mut screen = app.screen().await;
    screen.next().await;
    for _ in 0..3 {
        app.place(Normal).await;
    }
    assert_eq!(told(&screen.take(2).await), [(1, "order.placed"), (2, "order.placed")]);
    let last = screen.last_id.clone().unwrap();
    drop(screen);
    app.place(Vip).await;
    let mut back = app.screen_after(&last).await;
    assert_eq!(told(&back.take(2).await), [(3, "order.placed"), (4, "order.placed")]);
    // The header goes before the parameter: a browser sends both after it lost a stream.
    let mut request = feedme_testkit::app::bare(http::Method::GET, "/api/events?after=500-1");
    request.headers_mut().insert("last-event-id", "500-3".parse().unwrap());
    let mut back = feedme_testkit::Screen::open(app.service.answer(request).await);
    assert_eq!(told(&back.take(1).await), [(4, "order.placed")]);
}

#[tokio::test(start_paused = true)]
async fn a_position_within_a_batch_gets_the_rest_of_it() {
    let app = TestApp::start().await;
    app.place(Normal).await;
    app.add_bot().await;
    // One commit made the events 2 and 3.
    let mut screen = app.screen_after("500-2").await;
    assert_eq!(told(&screen.take(1).await), [(3, "order.started")]);
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_is_up_to_date_gets_a_heartbeat_and_no_snapshot() {
    let app = TestApp::start().await;
    app.place(Normal).await;
    let mut screen = app.screen_after("500-1").await;
    assert_eq!(screen.next().await.unwrap().event, "heartbeat");
    app.place(Normal).await;
    assert_eq!(told(&[screen.next().await.unwrap()]), [(2, "order.placed")]);
}

#[tokio::test(start_paused = true)]
async fn another_epoch_or_a_position_ahead_gets_a_snapshot() {
    let app = TestApp::start().await;
    app.place(Normal).await;
    for id in ["499-1", "501-0", "500-2", "500-18446744073709551615", "0-0"] {
        let mut screen = app.screen_after(id).await;
        assert_eq!(told(&[screen.next().await.unwrap()]), [(1, "snapshot")], "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_position_is_refused_by_name() {
    let app = TestApp::start().await;
    for id in ["", "7", "500-", "-1", "500-1-1", "500--1", "500-%2B1", "500-x", "99999999999999999999-1", "%20500-1"] {
        let problem = app.get(&format!("/api/events?after={id}")).await.expect_problem(422, "invalidField");
        assert_eq!(problem["field"], "after", "{id}");
    }
    app.get("/api/events?after=500-1&after=500-1").await.expect_problem(422, "invalidField");
    app.get("/api/events?after=500-1&x=1").await.expect_problem(422, "invalidField");
    let problem = app.get_with("/api/events", "last-event-id", "seven").await.expect_problem(422, "invalidField");
    assert_eq!(problem["field"], "Last-Event-ID");
    for (first, second) in [("500-0", "500-1"), ("500-1", "500-0"), ("500-1", "500-1"), ("500-1", "x"), ("x", "500-1")]
    {
        let mut request = feedme_testkit::app::bare(http::Method::GET, "/api/events");
        request.headers_mut().append("last-event-id", first.parse().unwrap());
        request.headers_mut().append("last-event-id", second.parse().unwrap());
        let problem = app.send(request).await.expect_problem(422, "invalidField");
        assert_eq!(problem["field"], "Last-Event-ID");
    }
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_comes_every_two_seconds_also_while_much_happens() {
    let app = TestApp::start().await;
    let mut screen = app.screen().await;
    let mut times = Vec::new();
    while times.len() < 4 {
        let frame = screen.next().await.unwrap();
        if frame.event == "heartbeat" {
            times.push(frame.data["serverTime"].as_str().unwrap().to_owned());
            app.place(Normal).await;
        }
    }
    let seconds: Vec<_> = times.iter().map(|time| &time[17..23]).collect();
    assert_eq!(seconds, ["00.000", "02.000", "04.000", "06.000"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_older_than_the_log_comes_from_the_store() {
    let app = TestApp::start().await;
    flood(&app, 9_000).await;
    let mut screen = app.screen_after("500-100").await;
    let versions: Vec<_> = screen.take(8_900).await.iter().map(Frame::version).collect();
    assert!(versions.into_iter().eq(101..=9_000));
    app.place(Vip).await;
    assert_eq!(told(&screen.take(1).await), [(9_001, "order.placed")]);
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_does_not_speak_of_events_that_are_still_being_read() {
    let store = FaultyStore::new();
    let app = TestApp::on(store.clone()).await;
    flood(&app, 9_000).await;
    store.be(Mood::SlowToLoad);
    let mut screen = app.screen_after("500-100").await;
    let beat = tokio::time::timeout(1.s(), screen.next()).await;
    assert!(beat.is_err(), "it knows nothing after event 100: {beat:?}");
    store.be(Mood::Well);
    assert_eq!(told(&screen.take(1).await), [(101, "order.placed")]);
}

#[tokio::test(start_paused = true)]
async fn a_position_from_long_ago_gets_a_snapshot() {
    let app = TestApp::start().await;
    flood(&app, 11_000).await;
    let mut screen = app.screen_after("500-100").await;
    assert_eq!(told(&[screen.next().await.unwrap()]), [(11_000, "snapshot")]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_screen_is_cut_hurts_nobody_and_comes_back_without_a_hole() {
    let app = TestApp::start().await;
    let (mut slow, mut quick) = (app.screen().await, app.screen().await);
    for screen in [&mut slow, &mut quick] {
        assert_eq!(screen.next().await.unwrap().event, "snapshot");
        assert_eq!(screen.next().await.unwrap().event, "heartbeat");
    }
    app.place(Normal).await;
    assert_eq!(told(&slow.take(1).await), [(1, "order.placed")]);
    // The slow one asks for nothing while more happens than the log holds.
    for _ in 0..10 {
        flood(&app, 1_000).await;
        quick.take(if quick.last_id.as_deref() == Some("500-0") { 1_001 } else { 1_000 }).await;
    }
    assert!(slow.next_event().await.is_none());
    let mut back = app.screen_after(&slow.last_id.unwrap()).await;
    let versions: Vec<_> = back.take(10_000).await.iter().map(Frame::version).collect();
    assert!(versions.into_iter().eq(2..=10_001));
}

#[tokio::test(start_paused = true)]
async fn a_restored_database_gives_every_screen_a_snapshot() {
    let store = MemoryStore::new();
    let app = TestApp::on(Arc::new(store.clone())).await;
    app.place(Normal).await;
    let restaurant = app.restaurant("default");
    app.engine.stop().await;
    store.draw_epoch(restaurant, Epoch(7));
    let app = TestApp::on(Arc::new(store)).await;
    let mut screen = app.screen_after("500-1").await;
    let snapshot = screen.next().await.unwrap();
    assert_eq!((snapshot.event.as_str(), snapshot.id.as_deref()), ("snapshot", Some("7-1")));
}

#[tokio::test(start_paused = true)]
async fn all_screens_see_the_same_in_the_same_order() {
    let app = TestApp::start().await;
    let mut screens = join_all((0..10).map(|_| app.screen())).await;
    for screen in &mut screens {
        assert_eq!(told(&screen.take(1).await), [(0, "snapshot")]);
    }
    app.add_bot().await;
    for _ in 0..5 {
        app.place(Normal).await;
    }
    app.advance(1.minutes()).await;
    let first = screens[0].take(17).await;
    for screen in &mut screens[1..] {
        assert_eq!(screen.take(17).await, first);
    }
}
