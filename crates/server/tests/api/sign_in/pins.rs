//! PINs on a screen that is shared.

use feedme_store::accounts::Role;
use feedme_testkit::{Answer, TestApp, Visitor};
use serde_json::{Value, json};

use super::{OTHER, PASSWORD, is_in, with_manager};

async fn set_pin(visitor: &mut Visitor, pin: &str) -> Answer {
    visitor.post("/api/auth/pin", &json!({ "password": PASSWORD, "pin": pin })).await
}

async fn switch(visitor: &mut Visitor, user: &Value, pin: &str) -> Answer {
    visitor.post("/api/auth/switch", &json!({ "user": user, "pin": pin })).await
}

async fn people(visitor: &mut Visitor) -> Vec<Value> {
    visitor.get("/api/auth/ways").await.expect(200)["people"].as_array().unwrap().clone()
}

/// A tablet on which Mei, a manager, and Ravi have PINs, and their ids. Ravi is signed in.
async fn tablet() -> (TestApp, Visitor, [Value; 2]) {
    let (app, mut tablet) = with_manager().await;
    app.open_account("ravi", Role::Normal, Some(app.restaurant("default")), PASSWORD).await;
    let mei = set_pin(&mut tablet, "4831").await.expect(200)["user"].take();
    assert_eq!(mei["pin"], true);
    tablet.sign_in("ravi", PASSWORD).await.expect(200);
    let ravi = set_pin(&mut tablet, "70225").await.expect(200)["user"].take();
    (app, tablet, [mei["id"].clone(), ravi["id"].clone()])
}

#[tokio::test(start_paused = true)]
async fn a_pin_changes_over_on_its_device_alone() {
    let (app, mut tablet, [mei, ravi]) = tablet().await;
    assert_eq!(people(&mut tablet).await.len(), 2);
    let before = tablet.clone();
    let user = switch(&mut tablet, &mei, "4831").await.expect(200)["user"].take();
    assert_eq!((&user["id"], &user["via"]), (&mei, &json!("pin")));
    assert!(!is_in(&mut before.clone()).await, "Ravi's session ends");
    assert_eq!(tablet.get("/api/auth/me").await.expect(200)["user"]["name"], "mei");

    let mut elsewhere = app.stranger();
    assert_eq!(people(&mut elsewhere).await.len(), 0);
    switch(&mut elsewhere, &mei, "4831").await.expect_problem(401, "wrongPin");
    elsewhere.sign_in("ravi", PASSWORD).await.expect(200);
    switch(&mut elsewhere, &ravi, "70225").await.expect_problem(401, "wrongPin");

    tablet.post_empty("/api/auth/logout").await.expect(200);
    switch(&mut tablet, &ravi, "70225").await.expect(200);
    tablet.delete("/api/auth/pin").await.expect(200);
    switch(&mut tablet, &ravi, "70225").await.expect_problem(401, "wrongPin");
    assert_eq!(people(&mut tablet).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn after_five_wrong_tries_the_password_is_needed() {
    let (_app, mut tablet, [mei, ravi]) = tablet().await;
    for _ in 0..4 {
        switch(&mut tablet, &mei, "9999").await.expect_problem(401, "wrongPin");
    }
    switch(&mut tablet, &mei, "4831").await.expect(200);
    for _ in 0..5 {
        switch(&mut tablet, &mei, "9999").await.expect_problem(401, "wrongPin");
    }
    switch(&mut tablet, &mei, "4831").await.expect_problem(401, "wrongPin");
    assert_eq!(people(&mut tablet).await.len(), 1);
    switch(&mut tablet, &ravi, "70225").await.expect(200);
    tablet.sign_in("mei", PASSWORD).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn whoever_came_in_by_pin_runs_the_kitchen_and_not_the_accounts() {
    let (_app, mut tablet, [mei, _]) = tablet().await;
    switch(&mut tablet, &mei, "4831").await.expect(200);
    tablet.post_empty("/api/bots").await.expect(201);
    for path in ["/api/users", "/api/keys", "/api/audit"] {
        tablet.get(path).await.expect_problem(403, "passwordNeeded");
    }
    tablet.post("/api/pairings/find", &json!({ "code": "x" })).await.expect_problem(403, "passwordNeeded");
    tablet.sign_in("mei", PASSWORD).await.expect(200);
    tablet.get("/api/users").await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn a_pin_takes_the_password_and_more_than_a_guess() {
    let (_app, mut tablet, [mei, _]) = tablet().await;
    let wrong = json!({ "password": OTHER, "pin": "4831" });
    tablet.post("/api/auth/pin", &wrong).await.expect_problem(401, "wrongCredentials");
    for pin in ["1234", "0000", "1999", "12", "123456789", "abcd"] {
        set_pin(&mut tablet, pin).await.expect_problem(422, "invalidField");
    }
    // Nor does one PIN make another.
    switch(&mut tablet, &mei, "4831").await.expect(200);
    set_pin(&mut tablet, "58204").await.expect_problem(403, "passwordNeeded");
}

#[tokio::test(start_paused = true)]
async fn a_new_password_and_the_end_of_an_account_end_its_pins() {
    let (_app, mut tablet, [mei, ravi]) = tablet().await;
    let mut manager = tablet.clone();
    manager.sign_in("mei", PASSWORD).await.expect(200);
    let at_ravi = format!("/api/users/{}", ravi.as_str().unwrap());
    manager.patch(&at_ravi, &json!({ "disabled": true })).await.expect(200);
    switch(&mut tablet, &ravi, "70225").await.expect_problem(401, "wrongPin");
    manager.patch(&at_ravi, &json!({ "disabled": false })).await.expect(200);
    switch(&mut tablet, &ravi, "70225").await.expect_problem(401, "wrongPin");
    for end in ["others", "manager"] {
        tablet.sign_in("ravi", PASSWORD).await.expect(200);
        set_pin(&mut tablet, "70225").await.expect(200);
        match end {
            "others" => tablet.delete("/api/auth/sessions").await.expect(200),
            _ => manager.delete(&format!("{at_ravi}/sessions")).await.expect(200),
        };
        switch(&mut tablet, &ravi, "70225").await.expect_problem(401, "wrongPin");
    }

    manager.post("/api/auth/password", &json!({ "current": PASSWORD, "new": OTHER })).await.expect(200);
    switch(&mut tablet, &mei, "4831").await.expect_problem(401, "wrongPin");
}
