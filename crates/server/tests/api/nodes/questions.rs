//! What it costs to know that a caller still is one, and what happens when nobody can say so.

use std::sync::Arc;

use feedme_server::AccessOptions;
use feedme_store::accounts::Role;
use feedme_testkit::{MemoryStore, Span as _, TestApp};
use serde_json::json;

use super::{account, at, ends, goes_on, is_in, signed_in};
use crate::faulty::{FaultyStore, Mood};

/// A node whose database fails when it is told to, and one whose does not.
async fn faulty(options: AccessOptions) -> (Arc<FaultyStore>, TestApp, TestApp) {
    let accounts = Arc::new(MemoryStore::new().shared());
    let store = FaultyStore::of((*accounts).clone());
    let app = TestApp::node(1, store.clone(), accounts.clone(), options.clone()).await;
    let other = TestApp::node(2, accounts.clone(), accounts, options).await;
    for app in [&app, &other] {
        let restaurant = app.engine.restaurant("default").await.unwrap().unwrap();
        app.engine.feed(restaurant).await.unwrap().expect("it is served");
    }
    (store, app, other)
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_cut_off_lets_nobody_in_by_what_it_remembers() {
    let (store, app, other) = faulty(AccessOptions::default()).await;
    account(&app, "mei", Role::Manager).await;
    let mut mei = signed_in(&app, "mei").await;
    assert!(is_in(&mut mei).await);
    let mut screen = mei.screen().await;
    store.be(Mood::Away);
    for path in ["/api/board", "/api/auth/me", "/api/events", "/api/users"] {
        let refused = mei.get(path).await;
        assert!(refused.headers.contains_key("retry-after"), "{path}");
        refused.expect_problem(503, "unavailable");
    }
    mei.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect_problem(503, "unavailable");
    // Who has a stream keeps it: how old it is it says itself.
    goes_on(&mut screen).await;
    at(&other, &mei).post_empty("/api/auth/logout").await.expect(200);
    goes_on(&mut screen).await;
    store.be(Mood::Well);
    ends(&mut screen).await;
    assert!(!is_in(&mut mei).await);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_still_in_order_goes_on_when_the_database_is_back() {
    let (store, app, _) = faulty(AccessOptions::default()).await;
    account(&app, "mei", Role::Manager).await;
    let mut mei = signed_in(&app, "mei").await;
    let mut screen = mei.screen().await;
    store.be(Mood::Away);
    mei.get("/api/board").await.expect_problem(503, "unavailable");
    tokio::time::sleep(10.s()).await;
    store.be(Mood::Well);
    assert!(is_in(&mut mei).await);
    goes_on(&mut screen).await;
}

#[tokio::test(start_paused = true)]
async fn many_requests_at_once_share_a_question_and_strangers_ask_none() {
    let (store, app, _) = faulty(AccessOptions::default()).await;
    account(&app, "mei", Role::Manager).await;
    let mei = signed_in(&app, "mei").await;
    assert!(is_in(&mut mei.clone()).await);
    let before = store.questions();
    for _ in 0..10 {
        app.stranger().get("/api/board").await.expect_problem(401, "notSignedIn");
        app.get_with("/api/board", "cookie", "feedme_session=nobodys").await.expect_problem(401, "notSignedIn");
        app.stranger().get("/api/auth/ways").await.expect(200);
        app.get("/livez").await;
    }
    assert_eq!(store.questions(), before);
    let asking = (0..20).map(|_| {
        let mut mei = mei.clone();
        async move { mei.get("/api/auth/me").await.expect(200) }
    });
    futures::future::join_all(asking).await;
    let asked = store.questions() - before;
    assert!((1..=2).contains(&asked), "{asked} questions for twenty requests at once");
}

/// Whether one still is a caller, and whether what one reads is current, is one question.
#[tokio::test(start_paused = true)]
async fn a_read_asks_one_question() {
    let (store, app, _) = faulty(AccessOptions::default()).await;
    account(&app, "mei", Role::Manager).await;
    let mut mei = signed_in(&app, "mei").await;
    assert!(is_in(&mut mei).await);
    for path in ["/api/board", "/api/restaurants/default/board", "/api/restaurants/default/orders"] {
        let before = store.questions();
        mei.get(path).await.expect(200);
        assert_eq!(store.questions() - before, 1, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn open_mode_asks_nobody() {
    let (store, app, _) = faulty(AccessOptions { open: true, ..AccessOptions::default() }).await;
    let mut vip = app.stranger();
    vip.post("/api/auth/demonstrate", &json!({ "username": "vip" })).await.expect(200);
    store.be(Mood::Away);
    let before = store.questions();
    // Which needs nothing of the restaurants' database but to be let in.
    vip.get("/api/auth/sessions").await.expect(200);
    assert_eq!(app.get("/api/auth/sessions").await.status, 403, "the open manager has none");
    assert_eq!(store.questions(), before);
}
