//! What a restaurant may set for itself.

use feedme_testkit::{Normal, Span as _, TestApp, Vip};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn a_patch_changes_what_it_names() {
    let app = TestApp::start().await;
    insta::assert_json_snapshot!(app.get("/api/settings").await.expect(200));
    let changed = app.patch("/api/settings", &json!({ "cookMs": 5_000 })).await.expect(200);
    assert_eq!((&changed["cookMs"], &changed["policy"]), (&json!(5_000), &json!({ "kind": "strict" })));
    assert_eq!(app.get("/api/settings").await.expect(200), changed);
    let version = app.board().await["version"].clone();
    assert_eq!(app.patch("/api/settings", &json!({})).await.expect(200), changed);
    assert_eq!(app.board().await["version"], version);
}

#[tokio::test(start_paused = true)]
async fn every_policy_can_be_chosen() {
    let app = TestApp::start().await;
    for policy in [
        json!({ "kind": "ageing", "afterMs": 60_000 }),
        json!({ "kind": "ratio", "vip": 3, "normal": 1 }),
        json!({ "kind": "deadline", "vipMs": 0, "normalMs": 86_400_000 }),
        json!({ "kind": "strict" }),
    ] {
        let changed = app.patch("/api/settings", &json!({ "policy": policy })).await.expect(200);
        assert_eq!(changed["policy"], policy);
    }
}

#[tokio::test(start_paused = true)]
async fn an_aged_normal_order_goes_before_a_later_vip() {
    let app = TestApp::start().await;
    app.patch("/api/settings", &json!({ "policy": { "kind": "ageing", "afterMs": 1_000 } })).await.expect(200);
    app.place(Normal).await;
    app.advance(1.s()).await;
    app.place(Vip).await;
    app.add_bot().await;
    assert_eq!(app.listing().await, ["2 PENDING", "1 PROCESSING"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_out_of_range_is_refused_by_name() {
    let app = TestApp::start().await;
    for (patch, field) in [
        (json!({ "cookMs": -1 }), "cookMs"),
        (json!({ "cookMs": 86_400_001 }), "cookMs"),
        (json!({ "cookMs": 1.5 }), "cookMs"),
        (json!({ "cookMs": "10" }), "cookMs"),
        (json!({ "completedStaysMs": 604_800_001 }), "completedStaysMs"),
        (json!({ "acceptingOrders": "yes" }), "acceptingOrders"),
        (json!({ "policy": "strict" }), "policy"),
        (json!({ "policy": { "kind": "fair" } }), "policy.kind"),
        (json!({ "policy": { "afterMs": 1 } }), "policy.kind"),
        (json!({ "policy": { "kind": "ageing" } }), "policy.afterMs"),
        (json!({ "policy": { "kind": "strict", "afterMs": 1 } }), "policy.afterMs"),
        (json!({ "policy": { "kind": "ratio", "vip": 0, "normal": 1 } }), "policy.vip"),
        (json!({ "policy": { "kind": "ratio", "vip": 1, "normal": 1001 } }), "policy.normal"),
        (json!({ "policy": { "kind": "ratio", "vip": 1 } }), "policy.normal"),
        (json!({ "policy": { "kind": "deadline", "vipMs": 1 } }), "policy.normalMs"),
        (json!({ "policy": { "kind": "strict", "speed": 1 } }), "policy.speed"),
        (json!({ "policy": ["strict", null, null, null, null, null] }), "policy"),
        (json!({ "policy": { "kind": { "strict": null } } }), "policy.kind"),
        (json!([5000, null, null, true]), "body"),
        (json!({ "cookSeconds": 1 }), "cookSeconds"),
    ] {
        let problem = app.patch("/api/settings", &patch).await.expect_problem(422, "invalidField");
        assert_eq!(problem["field"], field, "{patch}");
    }
    assert_eq!(app.board().await["version"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_paused_restaurant_takes_no_orders_and_says_when_to_try_again() {
    let app = TestApp::start().await;
    app.patch("/api/settings", &json!({ "acceptingOrders": false })).await.expect(200);
    let answer = app.post("/api/orders", &json!({ "type": "NORMAL" })).await;
    answer.expect_problem(503, "orderingPaused");
    assert_eq!(answer.header("retry-after"), "30");
    app.patch("/api/settings", &json!({ "acceptingOrders": true })).await.expect(200);
    app.place(Normal).await;
}
