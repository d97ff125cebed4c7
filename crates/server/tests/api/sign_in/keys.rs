//! Keys of devices.

use feedme_store::accounts::Role;
use feedme_testkit::app::id;
use feedme_testkit::{Span as _, TestApp, Visitor};
use serde_json::{Value, json};

use super::is_in;

struct Till {
    app: TestApp,
    manager: Visitor,
}

impl Till {
    async fn open() -> Self {
        let app = TestApp::locked().await;
        let manager = app.hire("mei", Role::Manager, Some(app.restaurant("default"))).await;
        Self { app, manager }
    }

    /// A new key, and a device that has it.
    async fn key(&mut self, body: Value) -> (Value, Visitor) {
        let made = self.manager.post("/api/keys", &body).await.expect(201);
        let mut device = self.app.stranger();
        device.key = Some(made["secret"].as_str().unwrap().to_owned());
        (made["key"].clone(), device)
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_is_shown_once_and_good_at_once() {
    let mut till = Till::open().await;
    let (key, mut device) = till.key(json!({ "name": "Till 1", "role": "NORMAL", "expiresInDays": 30 })).await;
    let me = device.get("/api/auth/me").await.expect(200)["user"].take();
    assert_eq!(
        ["id", "name", "role", "via"].map(|it| me[it].clone()),
        [Value::Null, "Till 1".into(), "NORMAL".into(), "key".into()]
    );
    device.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect(201);
    let listed = till.manager.get("/api/keys").await.expect(200);
    let secret = device.key.clone().unwrap();
    assert!(!listed.to_string().contains(&secret) && secret.starts_with(listed["keys"][0]["shown"].as_str().unwrap()));
    assert_eq!(listed["keys"][0]["seenAt"], "2026-05-04T09:30:00.000Z");
    assert_eq!(
        (&listed["keys"][0]["id"], &listed["keys"][0]["expiresAt"]),
        (&key["id"], &json!("2026-06-03T09:30:00.000Z"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_is_nobody_whatever_cookie_comes_with_it() {
    let mut till = Till::open().await;
    let (_, device) = till.key(json!({ "name": "Till 1", "role": "NORMAL" })).await;
    let key = device.key.clone().unwrap();
    for wrong in ["", "x", &key[1..], &format!("{key}x"), &key.to_uppercase()] {
        let mut visitor = till.manager.clone();
        visitor.key = Some(wrong.to_owned());
        assert!(!is_in(&mut visitor).await, "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_and_its_streams_end_when_it_expires() {
    let mut till = Till::open().await;
    let (_, mut device) = till.key(json!({ "name": "Television", "role": "DISPLAY", "expiresInDays": 1 })).await;
    let mut screen = device.screen().await;
    tokio::time::advance(24.hours().saturating_sub(1.ms())).await;
    assert!(is_in(&mut device).await);
    tokio::time::advance(1.ms()).await;
    while screen.next_event().await.is_some() {}
    assert!(!is_in(&mut device).await);
}

#[tokio::test(start_paused = true)]
async fn a_key_and_its_streams_end_when_it_is_revoked() {
    let mut till = Till::open().await;
    let (old, mut with_old) = till.key(json!({ "name": "Television", "role": "DISPLAY" })).await;
    let (_, mut with_new) = till.key(json!({ "name": "Television", "role": "DISPLAY" })).await;
    assert!(is_in(&mut with_old).await && is_in(&mut with_new).await, "two are good at a time");
    let (mut screen, mut other) = (with_old.screen().await, with_new.screen().await);
    let path = format!("/api/keys/{}", id(&old));
    let revoked = till.manager.delete(&path).await.expect(200);
    assert_eq!(revoked["key"]["revokedAt"], "2026-05-04T09:30:00.000Z");
    while screen.next_event().await.is_some() {}
    assert!(!is_in(&mut with_old).await && is_in(&mut with_new).await);
    tokio::time::advance(1.s()).await;
    assert_eq!(till.manager.delete(&path).await.expect(200), revoked, "again changes nothing");
    till.manager.post_empty("/api/bots").await.expect(201);
    assert_eq!(other.take(1).await[0].data["version"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_key_for_a_bot_names_one_of_the_restaurant() {
    let mut till = Till::open().await;
    let mut root = till.app.hire("root", Role::Manager, None).await;
    let far = root.post("/api/restaurants/south/bots", &json!({ "mode": "pull" })).await.expect(201)["bot"].take();
    let near = till.manager.post("/api/bots", &json!({ "mode": "pull" })).await.expect(201)["bot"].take();
    let of = |bot: &Value| json!({ "name": "Oven", "role": "BOT", "botId": bot["id"] });
    till.manager.post("/api/keys", &of(&far)).await.expect_problem(404, "unknownBot");
    let (_, mut oven) = till.key(of(&near)).await;
    oven.post_empty(&format!("/api/bots/{}/claim", id(&near))).await.expect(200);
    let body = json!({ "name": "Oven", "role": "BOT" });
    assert_eq!(till.manager.post("/api/keys", &body).await.expect_problem(422, "invalidField")["field"], "botId");
    let body = json!({ "name": "Oven", "role": "VIP", "botId": near["id"] });
    till.manager.post("/api/keys", &body).await.expect_problem(422, "invalidField");
    for days in [0, 3_651, -1] {
        let body = json!({ "name": "Oven", "role": "VIP", "expiresInDays": days });
        till.manager.post("/api/keys", &body).await.expect_problem(422, "invalidField");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_done_to_accounts_is_in_the_log_with_who_did_it() {
    let mut till = Till::open().await;
    till.app.open_account("ravi", Role::Vip, Some(till.app.restaurant("default")), super::PASSWORD).await;
    let (key, _) = till.key(json!({ "name": "Till 1", "role": "NORMAL" })).await;
    till.manager.delete(&format!("/api/keys/{}", id(&key))).await.expect(200);
    let mut ravi = till.app.stranger().at("192.0.2.9");
    ravi.sign_in("ravi", "my own password in full").await.expect_problem(401, "wrongCredentials");
    ravi.sign_in("RAVI", super::PASSWORD).await.expect(200);
    ravi.post_empty("/api/auth/logout").await.expect(200);
    let page = till.manager.get("/api/audit").await.expect(200);
    let entries = page["entries"].as_array().unwrap();
    let told: Vec<_> = entries.iter().map(|it| [&it["kind"], &it["actor"], &it["subject"], &it["address"]]).collect();
    let expected = json!([
        ["signOut", "ravi", "ravi", "192.0.2.9"],
        ["signIn.succeeded", "ravi", "ravi", "192.0.2.9"],
        ["signIn.failed", "", "ravi", "192.0.2.9"],
        ["key.revoked", "mei", "Till 1", null],
        ["key.added", "mei", "Till 1", null],
    ]);
    assert_eq!(json!(told), expected);
    assert_eq!(page["nextCursor"], Value::Null);
}
