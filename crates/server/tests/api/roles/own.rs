//! What is one's own, and what somebody else's.

use std::collections::BTreeSet;

use feedme_store::accounts::Role;
use feedme_testkit::app::id;
use feedme_testkit::{Span as _, TestApp, Visitor};
use serde_json::{Value, json};

#[tokio::test(start_paused = true)]
async fn customers_see_and_call_off_their_own_orders_alone() {
    let app = TestApp::locked().await;
    let default = app.restaurant("default");
    let mut manager = app.hire("manager", Role::Manager, Some(default)).await;
    let mut mei = app.hire("mei", Role::Normal, Some(default)).await;
    let mut ravi = app.hire("ravi", Role::Vip, Some(default)).await;
    let of_mei = mei.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect(201)["order"].take();
    let of_ravi = ravi.post("/api/orders", &json!({ "type": "VIP" })).await.expect(201)["order"].take();
    let of_nobody = manager.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect(201)["order"].take();
    assert_eq!(of_mei["userId"], mei.id().to_string());
    for (other, theirs) in [(&mut mei, [&of_ravi, &of_nobody]), (&mut ravi, [&of_mei, &of_nobody])] {
        for order in theirs {
            let path = format!("/api/orders/{}", id(order));
            other.get(&path).await.expect_problem(404, "unknownOrder");
            other.post_empty(&format!("{path}/cancel")).await.expect_problem(404, "unknownOrder");
            other.post_empty(&format!("{path}/restore")).await.expect_problem(404, "unknownOrder");
        }
        let history = other.get("/api/orders?limit=100").await.expect(200);
        let users: Vec<_> = history["orders"].as_array().unwrap().iter().map(|order| &order["userId"]).collect();
        assert_eq!(users, [&Value::from(other.id().to_string())]);
    }
    assert_eq!(manager.get("/api/orders?limit=100").await.expect(200)["orders"].as_array().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_customer_calls_off_what_waits_and_not_what_cooks() {
    let app = TestApp::locked().await;
    let default = app.restaurant("default");
    let mut manager = app.hire("manager", Role::Manager, Some(default)).await;
    let mut mei = app.hire("mei", Role::Normal, Some(default)).await;
    let order = mei.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect(201)["order"].take();
    let path = format!("/api/orders/{}", id(&order));
    let status = async |mei: &mut Visitor| mei.get(&path).await.expect(200)["order"]["status"].clone();
    mei.post_empty(&format!("{path}/cancel")).await.expect(200);
    assert_eq!(status(&mut mei).await, "CANCELLED");
    mei.post_empty(&format!("{path}/restore")).await.expect(200);
    assert_eq!(status(&mut mei).await, "PENDING");
    manager.post_empty("/api/bots").await.expect(201);
    assert_eq!(status(&mut mei).await, "PROCESSING");
    mei.post_empty(&format!("{path}/cancel")).await.expect_problem(409, "wrongStatus");
    app.advance(10.s()).await;
    mei.post_empty(&format!("{path}/cancel")).await.expect_problem(409, "wrongStatus");
    manager.delete(&path).await.expect(200);
    mei.post_empty(&format!("{path}/restore")).await.expect_problem(404, "unknownOrder");
    manager.post_empty(&format!("{path}/restore")).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn an_order_is_for_whom_one_may_order() {
    let app = TestApp::locked().await;
    let (default, south) = (app.restaurant("default"), app.restaurant("south"));
    let mut manager = app.hire("manager", Role::Manager, Some(default)).await;
    let mut mei = app.hire("mei", Role::Normal, Some(default)).await;
    let (ravi, far) = (app.hire("ravi", Role::Vip, Some(default)).await, app.hire("far", Role::Vip, Some(south)).await);
    let order = |user: &Visitor| json!({ "type": "NORMAL", "userId": user.id().to_string() });
    mei.post("/api/orders", &order(&mei.clone())).await.expect(201);
    mei.post("/api/orders", &order(&ravi)).await.expect_problem(403, "forbidden");
    let placed = manager.post("/api/orders", &order(&ravi)).await.expect(201);
    assert_eq!(placed["order"]["userId"], ravi.id().to_string());
    assert_eq!(manager.post("/api/orders", &order(&far)).await.expect_problem(422, "invalidField")["field"], "userId");
    manager.delete(&format!("/api/users/{}", ravi.id())).await.expect(200);
    manager.post("/api/orders", &order(&ravi)).await.expect_problem(422, "invalidField");
}

#[tokio::test(start_paused = true)]
async fn nobody_makes_themselves_more_by_a_field_in_the_body() {
    let app = TestApp::locked().await;
    let default = app.restaurant("default");
    let mut mei = app.hire("mei", Role::Normal, Some(default)).await;
    let mut manager = app.hire("manager", Role::Manager, Some(default)).await;
    for field in ["role", "restaurant", "restaurantId", "actor", "number", "isAdmin"] {
        let body = json!({ "type": "NORMAL", field: "MANAGER" });
        assert_eq!(mei.post("/api/orders", &body).await.expect_problem(422, "invalidField")["field"], field);
    }
    mei.post("/api/orders", &json!({ "type": "VIP" })).await.expect_problem(403, "forbidden");
    for field in ["id", "restaurant", "memberships", "isDemonstration"] {
        let body = json!({ "username": "x", "password": "velvet otter drums", "role": "NORMAL", field: "x" });
        assert_eq!(manager.post("/api/users", &body).await.expect_problem(422, "invalidField")["field"], field);
    }
    let body = json!({ "username": "x", "password": "velvet otter drums", "role": "OWNER" });
    assert_eq!(manager.post("/api/users", &body).await.expect_problem(422, "invalidField")["field"], "role");
    let everywhere = json!({ "username": "x", "password": "velvet otter drums", "role": "NORMAL", "everywhere": true });
    manager.post("/api/users", &everywhere).await.expect_problem(403, "forbidden");
}

#[tokio::test(start_paused = true)]
async fn a_bots_key_is_good_for_that_bot_alone() {
    let app = TestApp::locked().await;
    let default = app.restaurant("default");
    let mut manager = app.hire("manager", Role::Manager, Some(default)).await;
    let own = manager.post("/api/bots", &json!({ "mode": "pull" })).await.expect(201)["bot"].take();
    let other = manager.post("/api/bots", &json!({ "mode": "pull" })).await.expect(201)["bot"].take();
    let mut bot = app.equip(Role::Bot, default, Some(&own)).await;
    manager.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect(201);
    bot.post_empty(&format!("/api/bots/{}/claim", id(&other))).await.expect_problem(409, "notYourBot");
    let claimed = bot.post_empty(&format!("/api/bots/{}/claim", id(&own))).await.expect(200)["order"].take();
    let as_other = json!({ "orderId": claimed["id"], "botId": other["id"], "claim": claimed["claim"] });
    bot.post("/api/orders/complete", &as_other).await.expect_problem(409, "notYourBot");
    let back = json!({ "claim": claimed["claim"] });
    bot.post(&format!("/api/bots/{}/return", id(&other)), &back).await.expect_problem(409, "notYourBot");
    let done = json!({ "orderId": claimed["id"], "botId": own["id"], "claim": claimed["claim"] });
    assert_eq!(bot.post("/api/orders/complete", &done).await.expect(200)["outcome"], "completed");
}

#[tokio::test(start_paused = true)]
async fn idempotency_keys_of_different_callers_are_independent() {
    let app = TestApp::locked().await;
    let default = app.restaurant("default");
    let mut mei = app.hire("mei", Role::Normal, Some(default)).await;
    let mut ravi = app.hire("ravi", Role::Normal, Some(default)).await;
    let mut till = app.equip(Role::Normal, default, None).await;
    let mut other_till = app.equip(Role::Normal, default, None).await;
    let body = json!({ "type": "NORMAL" });
    let mut orders = BTreeSet::new();
    for visitor in [&mut mei, &mut ravi, &mut till, &mut other_till] {
        let first = visitor.post_keyed("/api/orders", &body, "key-1").await;
        let again = visitor.post_keyed("/api/orders", &body, "key-1").await;
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(first.body, again.body);
        orders.insert(id(&first.expect(201)["order"]).to_owned());
    }
    assert_eq!(orders.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_manager_learns_nothing_of_other_restaurants() {
    let app = TestApp::locked().await;
    let (default, south) = (app.restaurant("default"), app.restaurant("south"));
    let mut here = app.hire("here", Role::Manager, Some(default)).await;
    let mut there = app.hire("there", Role::Manager, Some(south)).await;
    let mut of_all = app.hire("of all", Role::Manager, None).await;
    let added = json!({ "username": "secretly", "password": "velvet otter drums", "role": "NORMAL" });
    there.post("/api/users", &added).await.expect(201);
    there.post("/api/keys", &json!({ "name": "secretly", "role": "NORMAL" })).await.expect(201);
    app.stranger().sign_in("secretly", "wrong").await.expect_problem(401, "wrongCredentials");
    for path in ["/api/users", "/api/keys", "/api/audit"] {
        let listed = String::from_utf8(here.get(path).await.body).unwrap();
        assert!(!listed.contains("secretly"), "{path}: {listed}");
        let listed = String::from_utf8(there.get(path).await.body).unwrap();
        assert!(listed.contains("secretly"), "{path}: {listed}");
    }
    // The names are taken everywhere; that is all that one learns.
    here.post("/api/users", &added).await.expect_problem(409, "nameTaken");
    // An account of all restaurants is nobody's of one.
    let path = format!("/api/users/{}", of_all.id());
    here.patch(&path, &json!({ "password": "velvet otter drums" })).await.expect_problem(403, "forbidden");
    here.patch(&path, &json!({ "role": "NORMAL" })).await.expect_problem(403, "forbidden");
    here.delete(&path).await.expect_problem(403, "forbidden");
    of_all.patch(&format!("/api/users/{}", here.id()), &json!({ "disabled": true })).await.expect(200);
    here.get("/api/board").await.expect_problem(401, "notSignedIn");
}
