//! Screens that ask to be let in.

use feedme_store::accounts::Role;
use feedme_testkit::app::id;
use feedme_testkit::{Answer, Span as _, Visitor};
use serde_json::{Value, json};

use super::{is_in, with_manager};

async fn begin(screen: &mut Visitor) -> Value {
    screen.post_empty("/api/pairings").await.expect(201)
}

async fn collect(screen: &mut Visitor, begun: &Value, cookie: bool) -> Answer {
    screen.post("/api/pairings/collect", &json!({ "secret": begun["secret"], "cookie": cookie })).await
}

#[tokio::test(start_paused = true)]
async fn a_screen_waits_for_a_manager_and_has_its_key_in_a_cookie() {
    let (app, mut mei) = with_manager().await;
    let mut screen = app.stranger().at("192.0.2.44");
    let begun = begin(&mut screen).await;
    assert_eq!(collect(&mut screen, &begun, true).await.expect(200)["status"], "waiting");
    // However it is typed.
    let code = json!({ "code": begun["code"].as_str().unwrap().to_lowercase().replace('-', " ") });
    assert_eq!(mei.post("/api/pairings/find", &code).await.expect(200)["address"], "192.0.2.44");
    let confirm = json!({ "code": code["code"], "name": "Television", "role": "DISPLAY", "expiresInDays": 30 });
    mei.post("/api/pairings/confirm", &confirm).await.expect(200);
    mei.post("/api/pairings/confirm", &confirm).await.expect_problem(404, "unknownPairing");
    mei.post("/api/pairings/find", &code).await.expect_problem(404, "unknownPairing");

    let collected = collect(&mut screen, &begun, true).await.expect(200);
    assert_eq!((&collected["status"], &collected["secret"]), (&json!("paired"), &Value::Null));
    collect(&mut screen, &begun, true).await.expect_problem(404, "unknownPairing");
    screen.get("/api/board").await.expect(200);
    assert_eq!(screen.get("/api/auth/me").await.expect(200)["user"]["via"], "key");
    screen.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect_problem(403, "forbidden");

    let keys = mei.get("/api/keys").await.expect(200)["keys"].take();
    assert_eq!((&keys[0]["id"], &keys[0]["name"]), (&collected["key"]["id"], &json!("Television")));
    let log = mei.get("/api/audit").await.expect(200)["entries"].take();
    let kinds: Vec<_> = log.as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[..2], ["key.added", "screen.letIn"]);
    mei.delete(&format!("/api/keys/{}", id(&keys[0]))).await.expect(200);
    assert!(!is_in(&mut screen).await);
}

#[tokio::test(start_paused = true)]
async fn a_bot_gets_its_key_in_the_answer_and_is_bound_to_its_bot() {
    let (app, mut mei) = with_manager().await;
    let bot = mei.post("/api/bots", &json!({ "mode": "pull" })).await.expect(201)["bot"].take();
    let mut robot = app.stranger();
    let begun = begin(&mut robot).await;
    let without = json!({ "code": begun["code"], "name": "robot", "role": "BOT" });
    mei.post("/api/pairings/confirm", &without).await.expect_problem(422, "invalidField");
    let with = json!({ "code": begun["code"], "name": "robot", "role": "BOT", "botId": bot["id"] });
    mei.post("/api/pairings/confirm", &with).await.expect(200);
    let secret = collect(&mut robot, &begun, false).await.expect(200)["secret"].take();
    assert!(!robot.cookies.contains_key("feedme_key"));
    robot.key = Some(secret.as_str().unwrap().to_owned());
    robot.post_empty(&format!("/api/bots/{}/claim", id(&bot))).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn what_a_manager_granted_is_worth_as_much_as_they_are() {
    let (app, mut mei) = with_manager().await;
    app.open_account("lim", Role::Manager, Some(app.restaurant("default")), super::OTHER).await;
    let mut lim = app.stranger();
    lim.sign_in("lim", super::OTHER).await.expect(200);
    let mut screen = app.stranger();
    let begun = begin(&mut screen).await;
    let confirm = json!({ "code": begun["code"], "name": "tv", "role": "MANAGER" });
    lim.post("/api/pairings/confirm", &confirm).await.expect(200);
    let users = mei.get("/api/users").await.expect(200)["users"].take();
    let lim = users.as_array().unwrap().iter().find(|user| user["username"] == "lim").unwrap();
    mei.patch(&format!("/api/users/{}", id(lim)), &json!({ "disabled": true })).await.expect(200);
    collect(&mut screen, &begun, true).await.expect_problem(404, "unknownPairing");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever_and_not_many_at_one_address() {
    let (app, mut mei) = with_manager().await;
    let mut screen = app.stranger().at("192.0.2.44");
    let begun = begin(&mut screen).await;
    for _ in 1..20 {
        begin(&mut screen).await;
    }
    let refused = screen.post_empty("/api/pairings").await;
    refused.expect_problem(429, "tooManyTries");
    assert!(refused.headers.contains_key("retry-after"));
    begin(&mut app.stranger().at("192.0.2.45")).await;

    tokio::time::advance(10.minutes()).await;
    collect(&mut screen, &begun, true).await.expect_problem(404, "unknownPairing");
    let confirm = json!({ "code": begun["code"], "name": "Television", "role": "DISPLAY" });
    mei.post("/api/pairings/confirm", &confirm).await.expect_problem(404, "unknownPairing");
    begin(&mut screen).await;
    collect(&mut screen, &json!({ "secret": "guessed" }), true).await.expect_problem(404, "unknownPairing");
}

#[tokio::test(start_paused = true)]
async fn signing_out_of_a_screen_revokes_its_key() {
    let (app, mut mei) = with_manager().await;
    let mut screen = app.stranger();
    let begun = begin(&mut screen).await;
    let confirm = json!({ "code": begun["code"], "name": "kiosk", "role": Role::Normal.name() });
    mei.post("/api/pairings/confirm", &confirm).await.expect(200);
    collect(&mut screen, &begun, true).await.expect(200);
    screen.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect(201);
    screen.post("/api/orders", &json!({ "type": "VIP" })).await.expect_problem(403, "forbidden");
    // Whoever signs in on a screen is themselves until they sign out.
    screen.sign_in("mei", super::PASSWORD).await.expect(200);
    screen.post("/api/orders", &json!({ "type": "VIP" })).await.expect(201);
    screen.post_empty("/api/auth/logout").await.expect(200);
    assert_eq!(screen.get("/api/auth/me").await.expect(200)["user"]["name"], "kiosk", "the screen is itself again");
    let thief = screen.clone();
    screen.post_empty("/api/auth/logout").await.expect(200);
    assert!(!screen.cookies.contains_key("feedme_key"));
    assert!(!is_in(&mut thief.clone()).await, "whoever copied the key has nothing");
}
