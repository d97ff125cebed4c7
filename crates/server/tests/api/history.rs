//! The history and its pages.

use feedme_testkit::app::id;
use feedme_testkit::{Normal, Span as _, TestApp, Vip};
use serde_json::Value;

async fn numbers(app: &TestApp, query: &str) -> Vec<u64> {
    let page = app.get(&format!("/api/orders?{query}")).await.expect(200);
    numbers_of(&page)
}

fn numbers_of(page: &Value) -> Vec<u64> {
    page["orders"].as_array().unwrap().iter().map(|order| order["number"].as_u64().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn pages_follow_each_other_without_a_hole_or_repeat() {
    let app = TestApp::start().await;
    for _ in 0..7 {
        app.place(Normal).await;
    }
    let first = app.get("/api/orders?limit=3").await.expect(200);
    assert_eq!(numbers_of(&first), [7, 6, 5]);
    // What is placed between two pages moves nothing.
    app.place(Vip).await;
    let cursor = first["nextCursor"].as_str().expect("there is more");
    let second = app.get(&format!("/api/orders?limit=3&cursor={cursor}")).await.expect(200);
    assert_eq!(numbers_of(&second), [4, 3, 2]);
    let cursor = second["nextCursor"].as_str().expect("there is more");
    let third = app.get(&format!("/api/orders?limit=3&cursor={cursor}")).await.expect(200);
    assert_eq!((numbers_of(&third), &third["nextCursor"]), (vec![1], &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn a_last_page_that_is_full_has_no_next() {
    let app = TestApp::start().await;
    for _ in 0..2 {
        app.place(Normal).await;
    }
    assert_eq!(app.get("/api/orders?limit=2").await.expect(200)["nextCursor"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn every_parameter_filters() {
    let app = TestApp::start().await;
    app.place(Normal).await;
    app.advance(1.s()).await;
    app.place(Vip).await;
    let third = app.place(Normal).await;
    app.post_empty(&format!("/api/orders/{}/cancel", id(&third))).await.expect(200);
    assert_eq!(numbers(&app, "status=CANCELLED").await, [3]);
    assert_eq!(numbers(&app, "status=PENDING").await, [2, 1]);
    assert_eq!(numbers(&app, "type=VIP").await, [2]);
    assert_eq!(numbers(&app, "number=1").await, [1]);
    assert_eq!(numbers(&app, "number=9").await, [0; 0]);
    assert_eq!(numbers(&app, "from=2026-05-04T09:30:01Z").await, [3, 2]);
    assert_eq!(numbers(&app, "from=9999-12-31T23:59:59Z").await, [0; 0]);
    assert_eq!(numbers(&app, "from=2026-05-04T09:30:01Z&to=9999-12-31T23:59:59Z").await, [3, 2]);
    assert_eq!(numbers(&app, "from=2026-05-04T11:30:01%2B02:00&to=2026-05-04T09:30:02Z").await, [3, 2]);
    assert_eq!(numbers(&app, "to=2026-05-04T09:30:01Z").await, [1]);
    assert_eq!(numbers(&app, "type=NORMAL&status=PENDING&limit=100").await, [1]);
}

#[tokio::test(start_paused = true)]
async fn parameters_out_of_range_are_refused_by_name() {
    let app = TestApp::start().await;
    for (query, field) in [
        ("status=DONE", "status"),
        ("status=pending", "status"),
        ("type=GOLD", "type"),
        ("type=", "type"),
        ("number=0", "number"),
        ("number=-1", "number"),
        ("number=+1", "number"),
        ("number=9223372036854775808", "number"),
        ("from=yesterday", "from"),
        ("to=2026-05-04", "to"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=1e2", "limit"),
        ("cursor=", "cursor"),
        ("cursor=7", "cursor"),
        ("cursor=n7", "cursor"),
        ("cursor=nffffffffffffffffffff", "cursor"),
        ("cursor=nffffffffffffffff", "cursor"),
        ("cursor=n8000000000000000", "cursor"),
        ("cursor=n0000000000004f", "cursor"),
        (&format!("cursor=n{}1", "0".repeat(300)), "cursor"),
        ("cursor=n0000000004F", "cursor"),
        ("page=2", "page"),
        ("limit=1&limit=2", "limit"),
        ("limit=1&%00=2", "\0"),
    ] {
        let problem = app.get(&format!("/api/orders?{query}")).await.expect_problem(422, "invalidField");
        assert_eq!(problem["field"], field, "{query}");
        assert!(problem["allowed"].as_str().is_some_and(|allowed| !allowed.is_empty()), "{query}");
    }
}
