//! One effect for one key.

use feedme_testkit::app::{bare, id};
use feedme_testkit::{Normal, Span as _, TestApp};
use http::Method;
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn a_replay_gives_the_first_answer_and_acts_once() {
    let app = TestApp::start().await;
    let body = json!({ "type": "VIP", "note": "once" });
    let first = app.post_keyed("/api/orders", &body, "key-1").await;
    first.expect(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    app.add_bot().await;
    let again = app.post_keyed("/api/orders", &body, "key-1").await;
    again.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((&again.body, again.header("location")), (&first.body, first.header("location")));
    assert_eq!(app.listing().await, ["1 PROCESSING"]);
}

#[tokio::test(start_paused = true)]
async fn the_same_key_for_something_else_is_refused() {
    let app = TestApp::start().await;
    app.post_keyed("/api/orders", &json!({ "type": "VIP" }), "key-1").await.expect(201);
    let other_body = app.post_keyed("/api/orders", &json!({ "type": "NORMAL" }), "key-1").await;
    other_body.expect_problem(422, "idempotencyKeyReused");
    let other_path = app.post_keyed("/api/restaurants/default/orders", &json!({ "type": "VIP" }), "key-1").await;
    other_path.expect_problem(422, "idempotencyKeyReused");
    let mut request = bare(Method::DELETE, "/api/orders/clear");
    request.headers_mut().insert("idempotency-key", "key-1".parse().unwrap());
    app.send(request).await.expect_problem(422, "idempotencyKeyReused");
    assert_eq!(app.listing().await, ["1 PENDING"]);
}

#[tokio::test(start_paused = true)]
async fn the_same_path_spelt_otherwise_is_the_same() {
    let app = TestApp::start().await;
    let body = json!({ "type": "VIP" });
    app.post_keyed("/api/orders", &body, "key-1").await.expect(201);
    let again = app.post_keyed("/api/%6Frders", &body, "key-1").await;
    again.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(app.listing().await, ["1 PENDING"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_kept() {
    let app = TestApp::start().await;
    let order = app.place(Normal).await;
    let collect = format!("/api/orders/{}/collect", id(&order));
    app.post_keyed(&collect, &json!({}), "key-1").await.expect_problem(409, "wrongStatus");
    app.add_bot().await;
    app.advance(10.s()).await;
    app.post_keyed(&collect, &json!({}), "key-1").await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn every_mutation_takes_a_key() {
    let app = TestApp::start().await;
    app.place(Normal).await;
    let order = app.place(Normal).await;
    let bot = app.add_pull_bot().await;
    let claimed = app.post_keyed(&format!("/api/bots/{}/claim", id(&bot)), &json!({}), "claim").await.expect(200);
    let claim = &claimed["order"]["claim"];
    let back = format!("/api/bots/{}/return", id(&bot));
    let cancel = format!("/api/orders/{}/cancel", id(&order));
    let restore = format!("/api/orders/{}/restore", id(&order));
    let calls = [
        (Method::POST, "/api/bots", json!({ "mode": "pull" })),
        (Method::POST, back.as_str(), json!({ "claim": claim })),
        (Method::POST, cancel.as_str(), json!({})),
        (Method::POST, restore.as_str(), json!({})),
        (Method::PATCH, "/api/settings", json!({ "cookMs": 1 })),
        (Method::DELETE, "/api/bots/newest", json!({})),
        (Method::DELETE, "/api/orders/clear", json!({})),
    ];
    for (at, (method, path, body)) in calls.into_iter().enumerate() {
        let send = async || {
            let mut request = feedme_testkit::app::with_json(method.clone(), path, &body);
            request.headers_mut().insert("idempotency-key", format!("key-{at}").parse().unwrap());
            app.send(request).await
        };
        let first = send().await;
        let version = app.board().await["version"].clone();
        let again = send().await;
        assert!(first.status.is_success(), "{method} {path}: {}", first.json());
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body), "{method} {path}");
        assert_eq!(app.board().await["version"], version, "{method} {path}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_at_the_same_time_make_one_order() {
    let app = TestApp::start().await;
    let body = json!({ "type": "NORMAL" });
    let both =
        futures::join!(app.post_keyed("/api/orders", &body, "key-1"), app.post_keyed("/api/orders", &body, "key-1"));
    both.0.expect(201);
    let problem = both.1.expect_problem(409, "idempotencyKeyInUse");
    assert_eq!(problem["title"], "The first request with this key is not done yet");
    assert_eq!(app.listing().await, ["1 PENDING"]);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_1_to_255_visible_characters() {
    let app = TestApp::start().await;
    let body = json!({ "type": "NORMAL" });
    app.post_keyed("/api/orders", &body, &"k".repeat(255)).await.expect(201);
    for key in ["", "two words", "tab\t", "ключ", &"k".repeat(256)] {
        let problem = app.post_keyed("/api/orders", &body, key).await.expect_problem(422, "invalidField");
        assert_eq!(problem["field"], "idempotency-key", "{key}");
    }
    let mut request = bare(Method::POST, "/api/bots");
    request.headers_mut().append("idempotency-key", "a".parse().unwrap());
    request.headers_mut().append("idempotency-key", "b".parse().unwrap());
    app.send(request).await.expect_problem(422, "invalidField");
    assert_eq!(app.board().await["version"], 1);
}

#[tokio::test(start_paused = true)]
async fn keys_are_forgotten_after_seven_days() {
    let app = TestApp::start().await;
    let body = json!({ "type": "NORMAL" });
    app.post_keyed("/api/orders", &body, "key-1").await.expect(201);
    app.advance((6 * 24).hours()).await;
    assert_eq!(app.post_keyed("/api/orders", &body, "key-1").await.header("idempotency-replayed"), "true");
    app.advance(25.hours()).await;
    assert_eq!(app.post_keyed("/api/orders", &body, "key-1").await.header("idempotency-replayed"), "");
}
