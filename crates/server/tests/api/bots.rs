//! The fleet, and the protocol of pull bots.

use feedme_testkit::app::id;
use feedme_testkit::{Normal, Span as _, TestApp, Vip};
use serde_json::{Value, json};

fn completion(order: &Value) -> Value {
    json!({ "orderId": order["id"], "botId": order["botId"], "claim": order["claim"] })
}

#[tokio::test(start_paused = true)]
async fn a_new_bot_cooks_at_once_when_an_order_waits() {
    let app = TestApp::start().await;
    let order = app.place(Normal).await;
    let bot = app.post("/api/bots", &json!({ "mode": "auto" })).await.expect(201)["bot"].take();
    insta::assert_json_snapshot!(bot);
    assert_eq!(bot["currentOrderId"], order["id"]);
}

#[tokio::test(start_paused = true)]
async fn bots_are_listed_newest_first_with_the_version() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        app.add_bot().await;
    }
    let list = app.get("/api/bots").await.expect(200);
    let numbers: Vec<_> = list["bots"].as_array().unwrap().iter().map(|bot| bot["number"].as_u64().unwrap()).collect();
    assert_eq!((numbers, &list["version"]), (vec![3, 2, 1], &json!(3)));
}

#[tokio::test(start_paused = true)]
async fn removing_the_newest_bot_puts_its_order_back_or_hands_it_on() {
    let app = TestApp::start().await;
    app.delete("/api/bots/newest").await.expect_problem(404, "noBots");
    app.add_bot().await;
    app.add_bot().await;
    let first = app.place(Normal).await;
    let second = app.place(Normal).await;
    let removed = app.delete("/api/bots/newest").await.expect(200);
    assert_eq!((&removed["bot"]["number"], &removed["returnedOrder"]["number"]), (&json!(2), &second["number"]));
    assert_eq!(app.order(&second).await["status"], "PENDING");
    app.post_empty(&format!("/api/orders/{}/cancel", id(&first))).await.expect(200);
    assert_eq!(app.order(&second).await["status"], "PROCESSING");
    let removed = app.delete("/api/bots/newest").await.expect(200);
    assert_eq!(removed["returnedOrder"]["status"], "PENDING");
    let idle = app.add_pull_bot().await;
    let removed = app.delete(&format!("/api/bots/{}", id(&idle))).await.expect(200);
    assert_eq!(removed.get("returnedOrder"), None);
    app.delete(&format!("/api/bots/{}", id(&idle))).await.expect_problem(404, "unknownBot");
}

#[tokio::test(start_paused = true)]
async fn a_pull_bot_asks_cooks_and_says_when_it_is_done() {
    let app = TestApp::start().await;
    let bot = app.add_pull_bot().await;
    let claim = format!("/api/bots/{}/claim", id(&bot));
    let nothing = app.post_empty(&claim).await.expect(200);
    assert_eq!((&nothing["order"], &nothing["bot"]["status"]), (&Value::Null, &json!("IDLE")));
    app.place(Normal).await;
    app.place(Vip).await;
    let claimed = app.post_empty(&claim).await.expect(200);
    let order = &claimed["order"];
    assert_eq!((&order["number"], &order["dueAt"]), (&json!(2), &Value::Null));
    assert_eq!(claimed["bot"]["currentOrderId"], order["id"]);
    app.post_empty(&claim).await.expect_problem(409, "botBusy");
    app.advance(1.minutes()).await;
    let done = app.post("/api/orders/complete", &completion(order)).await.expect(200);
    assert_eq!((&done["outcome"], &done["order"]["status"]), (&json!("completed"), &json!("COMPLETE")));
    let again = app.post("/api/orders/complete", &completion(order)).await.expect(200);
    assert_eq!(again["outcome"], "alreadyFinal");
}

#[tokio::test(start_paused = true)]
async fn an_old_claim_changes_nothing() {
    let app = TestApp::start().await;
    let bot = app.add_pull_bot().await;
    app.place(Normal).await;
    let path = format!("/api/bots/{}", id(&bot));
    let first = app.post_empty(&format!("{path}/claim")).await.expect(200)["order"].take();
    let back = app.post(&format!("{path}/return"), &json!({ "claim": first["claim"] })).await.expect(200);
    assert_eq!(back["order"]["status"], "PENDING");
    app.post(&format!("{path}/return"), &json!({ "claim": first["claim"] })).await.expect_problem(409, "staleClaim");
    let pending = app.post("/api/orders/complete", &completion(&first)).await.expect(200);
    assert_eq!((&pending["outcome"], &pending["order"]["status"]), (&json!("stale"), &json!("PENDING")));
    let second = app.post_empty(&format!("{path}/claim")).await.expect(200)["order"].take();
    assert!(second["claim"].as_u64() > first["claim"].as_u64());
    assert_eq!(app.post("/api/orders/complete", &completion(&first)).await.expect(200)["outcome"], "stale");
    assert_eq!(app.post("/api/orders/complete", &completion(&second)).await.expect(200)["outcome"], "completed");
}

#[tokio::test(start_paused = true)]
async fn an_automatic_bots_order_is_not_done_before_its_time() {
    let app = TestApp::start().await;
    let bot = app.add_bot().await;
    let order = app.place(Normal).await;
    app.advance(2_500.ms()).await;
    let answer = app.post("/api/orders/complete", &completion(&order)).await;
    let problem = answer.expect_problem(425, "tooEarly");
    assert_eq!(problem["detail"], "order 1 is due at 2026-05-04T09:30:10.000Z");
    assert_eq!(answer.header("retry-after"), "8");
    let back = json!({ "claim": order["claim"] });
    app.post(&format!("/api/bots/{}/return", id(&bot)), &back).await.expect_problem(409, "wrongMode");
}

#[tokio::test(start_paused = true)]
async fn an_idle_automatic_bot_may_ask_too_and_nothing_waits() {
    let app = TestApp::start().await;
    let bot = app.add_bot().await;
    let claim = format!("/api/bots/{}/claim", id(&bot));
    assert_eq!(app.post_empty(&claim).await.expect(200)["order"], Value::Null);
    app.place(Normal).await;
    app.post_empty(&claim).await.expect_problem(409, "botBusy");
}
