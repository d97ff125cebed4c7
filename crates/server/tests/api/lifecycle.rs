//! Orders from placing to the history.

use feedme_testkit::app::id;
use feedme_testkit::{Normal, Span as _, TestApp, Vip};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn a_placed_order_answers_201_with_everything_and_where_it_stands() {
    let app = TestApp::start().await;
    let body = json!({
        "type": "VIP",
        "note": "no onions",
        "lines": [{ "name": "Burger", "quantity": 2, "note": "well done" }, { "name": "Fries", "quantity": 1 }],
        "externalRef": "till-2/4711",
    });
    let answer = app.post("/api/orders", &body).await;
    let order = answer.expect(201)["order"].take();
    assert_eq!(answer.header("location"), format!("/api/orders/{}", id(&order)));
    insta::assert_json_snapshot!(order);
    let found = app.get(answer.header("location")).await.expect(200);
    assert_eq!(found, json!({ "order": order, "queuePosition": 1 }));
}

#[tokio::test(start_paused = true)]
async fn the_board_lists_vip_then_normal_then_cooking_then_ready_newest_first() {
    let app = TestApp::start().await;
    for order_type in [Normal, Vip, Normal, Vip, Normal] {
        app.place(order_type).await;
    }
    app.add_bot().await;
    app.add_bot().await;
    assert_eq!(app.listing().await, ["1 PENDING", "3 PENDING", "5 PENDING", "2 PROCESSING", "4 PROCESSING"]);
    app.advance(10.s()).await;
    assert_eq!(app.listing().await, ["5 PENDING", "1 PROCESSING", "3 PROCESSING", "4 COMPLETE", "2 COMPLETE"]);
}

#[tokio::test(start_paused = true)]
async fn an_order_cooks_for_ten_seconds_with_nobody_connected() {
    let app = TestApp::start().await;
    app.add_bot().await;
    let order = app.place(Normal).await;
    assert_eq!(order["status"], "PROCESSING");
    app.advance(9_999.ms()).await;
    assert_eq!(app.order(&order).await["status"], "PROCESSING");
    app.advance(1.ms()).await;
    let done = app.order(&order).await;
    assert_eq!((&done["status"], &done["completedAt"]), (&json!("COMPLETE"), &done["dueAt"]));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_order_leaves_its_bot_to_the_next_and_stays_cancelled() {
    let app = TestApp::start().await;
    app.add_bot().await;
    let first = app.place(Normal).await;
    let second = app.place(Normal).await;
    let cancel = format!("/api/orders/{}/cancel", id(&first));
    let cancelled = app.post_empty(&cancel).await.expect(200);
    assert_eq!(cancelled["order"]["status"], "CANCELLED");
    assert_eq!(app.order(&second).await["status"], "PROCESSING");
    app.advance(1.s()).await;
    assert_eq!(app.post_empty(&cancel).await.expect(200), cancelled);
}

#[tokio::test(start_paused = true)]
async fn a_complete_order_is_collected_once_and_cannot_be_cancelled() {
    let app = TestApp::start().await;
    let order = app.place(Normal).await;
    let collect = format!("/api/orders/{}/collect", id(&order));
    app.post_empty(&collect).await.expect_problem(409, "wrongStatus");
    app.add_bot().await;
    app.advance(10.s()).await;
    let collected = app.post_empty(&collect).await.expect(200);
    assert!(collected["order"]["collectedAt"].is_string());
    app.advance(1.s()).await;
    assert_eq!(app.post_empty(&collect).await.expect(200), collected);
    let problem =
        app.post_empty(&format!("/api/orders/{}/cancel", id(&order))).await.expect_problem(409, "wrongStatus");
    assert_eq!(problem["detail"], "order 1 is COMPLETE, which does not allow this");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_order_is_gone_until_it_is_restored() {
    let app = TestApp::start().await;
    let order = app.place(Normal).await;
    let path = format!("/api/orders/{}", id(&order));
    app.delete(&path).await.expect_problem(409, "wrongStatus");
    app.add_bot().await;
    app.advance(10.s()).await;
    app.delete(&path).await.expect(200);
    app.get(&path).await.expect_problem(404, "unknownOrder");
    app.delete(&path).await.expect_problem(404, "unknownOrder");
    assert_eq!(app.get("/api/orders?number=1").await.expect(200)["orders"], json!([]));
    let restored = app.post_empty(&format!("{path}/restore")).await.expect(200);
    assert_eq!(restored["order"]["status"], "COMPLETE");
    app.get(&path).await.expect(200);
    app.post_empty(&format!("{path}/restore")).await.expect_problem(409, "wrongStatus");
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_can_be_undone_for_a_minute_at_the_old_place() {
    let app = TestApp::start().await;
    let first = app.place(Normal).await;
    app.place(Normal).await;
    let path = format!("/api/orders/{}", id(&first));
    app.post_empty(&format!("{path}/cancel")).await.expect(200);
    app.advance(60.s()).await;
    app.post_empty(&format!("{path}/restore")).await.expect(200);
    assert_eq!(app.listing().await, ["1 PENDING", "2 PENDING"]);
    app.post_empty(&format!("{path}/cancel")).await.expect(200);
    app.advance(60_001.ms()).await;
    app.post_empty(&format!("{path}/restore")).await.expect_problem(409, "tooLateToRestore");
}

#[tokio::test(start_paused = true)]
async fn clearing_says_what_it_did_and_numbers_go_on() {
    let app = TestApp::start().await;
    app.add_bot().await;
    app.place(Normal).await;
    app.advance(10.s()).await;
    app.place(Normal).await;
    app.place(Vip).await;
    let cleared = app.delete("/api/orders/clear").await.expect(200);
    assert_eq!(cleared, json!({ "cleared": 1, "cancelled": 2 }));
    assert!(app.listing().await.is_empty());
    assert_eq!(app.get("/api/bots").await.expect(200)["bots"][0]["status"], "IDLE");
    assert_eq!(app.place(Normal).await["number"], 4);
    assert_eq!(app.delete("/api/orders/clear").await.expect(200), json!({ "cleared": 0, "cancelled": 1 }));
}

#[tokio::test(start_paused = true)]
async fn the_queue_position_follows_the_policy() {
    let app = TestApp::start().await;
    let normal = app.place(Normal).await;
    app.place(Vip).await;
    let found = app.get(&format!("/api/orders/{}", id(&normal))).await.expect(200);
    assert_eq!(found["queuePosition"], 2);
    app.add_bot().await;
    app.add_bot().await;
    let found = app.get(&format!("/api/orders/{}", id(&normal))).await.expect(200);
    assert_eq!(found.get("queuePosition"), None);
}
