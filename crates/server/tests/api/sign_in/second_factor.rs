//! A second factor: how one gets it, when it is asked for, and what becomes of lost ones.

use feedme_access::second_factor::code_at;
use feedme_server::AccessOptions;
use feedme_store::accounts::Role;
use feedme_store::factors::SharedSecret;
use feedme_testkit::app::{id, with_json};
use feedme_testkit::{Answer, MemoryStore, Span as _, TestApp, Visitor};
use http::Method;
use serde_json::{Value, json};

use super::{OTHER, PASSWORD, is_in, with_manager};

const AT: &str = "/api/auth/second-factor";

/// An authenticator.
struct Authenticator {
    app: TestApp,
    secret: SharedSecret,
}

impl Authenticator {
    async fn of(visitor: &Visitor, name: &str) -> Self {
        let accounts = &visitor.app.accounts;
        let account = accounts.account_named(name).await.unwrap().unwrap();
        let secret = accounts.second_factor(account.id).await.unwrap().expect("it was offered").secret;
        Self { app: visitor.app.clone(), secret }
    }

    fn code(&self) -> String {
        code_at(&self.secret, u64::try_from(self.app.engine.wall_time().0 / 1000).unwrap())
    }

    /// A code that was not shown before: the next half minute's.
    async fn next_code(&self) -> String {
        tokio::time::advance(30.s()).await;
        self.code()
    }
}

/// Sets a second factor up. The authenticator, and the recovery codes.
async fn enrol(visitor: &mut Visitor, name: &str) -> (Authenticator, Vec<String>) {
    let offer = visitor.post(AT, &json!({ "password": PASSWORD })).await.expect(201);
    let authenticator = Authenticator::of(visitor, name).await;
    assert_eq!(offer["secret"], feedme_access::second_factor::to_base32(&authenticator.secret));
    let code = authenticator.code();
    let confirmed = visitor.post(&format!("{AT}/confirm"), &json!({ "code": code })).await.expect(200);
    let codes = confirmed["recoveryCodes"].as_array().unwrap();
    (authenticator, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

async fn sign_in(visitor: &mut Visitor, code: Option<&str>) -> Answer {
    let mut body = json!({ "username": "mei", "password": PASSWORD });
    if let Some(code) = code {
        body["code"] = code.into();
    }
    visitor.post("/api/auth/login", &body).await
}

async fn delete(visitor: &mut Visitor, path: &str, body: &Value) -> Answer {
    visitor.send(with_json(Method::DELETE, path, body)).await
}

#[tokio::test(start_paused = true)]
async fn a_second_factor_is_asked_for_once_a_code_was_shown_and_each_code_is_good_once() {
    let (app, mut mei) = with_manager().await;
    let mut elsewhere = app.stranger();
    elsewhere.sign_in("mei", PASSWORD).await.expect(200);
    assert_eq!(mei.get(AT).await.expect(200), json!({ "enabled": false, "required": false, "recoveryCodesLeft": 0 }));
    mei.post(AT, &json!({ "password": OTHER })).await.expect_problem(401, "wrongCredentials");
    mei.post(&format!("{AT}/confirm"), &json!({ "code": "123456" })).await.expect_problem(409, "secondFactorExists");

    let offer = mei.post(AT, &json!({ "password": PASSWORD })).await.expect(201);
    assert!(offer["uri"].as_str().unwrap().starts_with("otpauth://totp/FeedMe:mei?secret="), "{offer}");
    app.stranger().sign_in("mei", PASSWORD).await.expect(200);
    let authenticator = Authenticator::of(&mei, "mei").await;
    let code = authenticator.code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    mei.post(&format!("{AT}/confirm"), &json!({ "code": wrong })).await.expect_problem(401, "wrongCode");
    mei.post(&format!("{AT}/confirm"), &json!({ "code": code })).await.expect(200);
    assert!(is_in(&mut mei).await && !is_in(&mut elsewhere).await, "the other sessions end");
    assert_eq!(mei.get("/api/auth/me").await.expect(200)["user"]["secondFactor"], true);
    mei.post(AT, &json!({ "password": PASSWORD })).await.expect_problem(409, "secondFactorExists");

    let mut stranger = app.stranger();
    sign_in(&mut stranger, None).await.expect_problem(401, "secondFactorNeeded");
    let last = mei.get("/api/audit").await.expect(200)["entries"][0]["kind"].take();
    assert_eq!(last, "signIn.codeNeeded", "somebody has the password");
    sign_in(&mut stranger, Some(&code)).await.expect_problem(401, "wrongCode");
    let code = authenticator.next_code().await;
    sign_in(&mut stranger, Some(&code)).await.expect(200);
    sign_in(&mut app.stranger(), Some(&code)).await.expect_problem(401, "wrongCode");
    stranger.sign_in("mei", OTHER).await.expect_problem(401, "wrongCredentials");
}

#[tokio::test(start_paused = true)]
async fn a_recovery_code_is_good_once_and_new_ones_take_the_place_of_old_ones() {
    let (app, mut mei) = with_manager().await;
    let (authenticator, codes) = enrol(&mut mei, "mei").await;
    assert_eq!(codes.len(), 10);
    let typed = format!(" {} ", codes[0].to_lowercase().replace('-', " "));
    sign_in(&mut app.stranger(), Some(&typed)).await.expect(200);
    sign_in(&mut app.stranger(), Some(&codes[0])).await.expect_problem(401, "wrongCode");
    assert_eq!(mei.get(AT).await.expect(200)["recoveryCodesLeft"], 9);

    let renew = format!("{AT}/recovery-codes");
    let wrong = json!({ "password": PASSWORD, "code": "000-000" });
    mei.post(&renew, &wrong).await.expect_problem(401, "wrongCode");
    let right = json!({ "password": PASSWORD, "code": authenticator.next_code().await });
    let renewed = mei.post(&renew, &right).await.expect(200);
    assert_eq!(mei.get(AT).await.expect(200)["recoveryCodesLeft"], 10);
    tokio::time::advance(20.minutes()).await;
    sign_in(&mut app.stranger(), Some(&codes[1])).await.expect_problem(401, "wrongCode");
    sign_in(&mut app.stranger(), renewed["recoveryCodes"][3].as_str()).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn it_is_removed_with_both_or_by_a_manager() {
    let (app, mut mei) = with_manager().await;
    let (authenticator, _) = enrol(&mut mei, "mei").await;
    for (password, code) in [(OTHER, authenticator.next_code().await), (PASSWORD, "000-000".to_owned())] {
        let body = json!({ "password": password, "code": code });
        assert_eq!(delete(&mut mei, AT, &body).await.status.as_u16(), 401);
    }
    // Nobody takes it from themselves by the manager's way.
    let own = app.accounts.account_named("mei").await.unwrap().unwrap().id;
    mei.delete(&format!("/api/users/{own}/second-factor")).await.expect_problem(403, "forbidden");
    let body = json!({ "password": PASSWORD, "code": authenticator.next_code().await });
    delete(&mut mei, AT, &body).await.expect(200);
    app.stranger().sign_in("mei", PASSWORD).await.expect(200);
    delete(&mut mei, AT, &body).await.expect_problem(403, "forbidden");

    let user = json!({ "username": "ravi", "password": PASSWORD, "role": "NORMAL" });
    let ravi_id = id(&mei.post("/api/users", &user).await.expect(201)["user"]).to_owned();
    let mut ravi = app.stranger();
    ravi.sign_in("ravi", PASSWORD).await.expect(200);
    enrol(&mut ravi, "ravi").await;
    assert_eq!(mei.get("/api/users").await.expect(200)["users"][1]["secondFactor"], true);
    let lost = mei.delete(&format!("/api/users/{ravi_id}/second-factor")).await.expect(200);
    assert_eq!(lost["user"]["secondFactor"], false);
    assert!(!is_in(&mut ravi).await, "the sessions end");
    ravi.sign_in("ravi", PASSWORD).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn codes_are_guessed_five_times_and_then_slowly_and_a_known_device_is_not_held_up() {
    let (app, mut mei) = with_manager().await;
    let (authenticator, _) = enrol(&mut mei, "mei").await;
    let mut guesser = app.stranger().at("198.51.100.7");
    for _ in 0..5 {
        sign_in(&mut guesser, Some("000-000")).await.expect_problem(401, "wrongCode");
    }
    let refused = sign_in(&mut guesser, Some("000-000")).await;
    refused.expect_problem(429, "tooManyTries");
    assert!(refused.headers.contains_key("retry-after"));
    // The account's owner, on the device on which they signed in before.
    let code = authenticator.next_code().await;
    sign_in(&mut mei, Some(&code)).await.expect(200);
    let mut waited = 0;
    for _ in 0..22 {
        let answer = sign_in(&mut guesser, Some("000-000")).await;
        let seconds = answer.headers.get("retry-after").and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
        waited = waited.max(seconds.unwrap_or(0));
        tokio::time::advance(seconds.unwrap_or(0).s()).await;
    }
    assert!(waited >= 250, "the waits grow: {waited} s");
}

#[tokio::test(start_paused = true)]
async fn an_offer_is_confirmed_within_ten_minutes_and_not_by_guessing() {
    let (_app, mut mei) = with_manager().await;
    mei.post(AT, &json!({ "password": PASSWORD })).await.expect(201);
    let authenticator = Authenticator::of(&mei, "mei").await;
    let confirm = format!("{AT}/confirm");
    for _ in 0..5 {
        mei.post(&confirm, &json!({ "code": "no code" })).await.expect_problem(401, "wrongCode");
    }
    mei.post(&confirm, &json!({ "code": "no code" })).await.expect_problem(429, "tooManyTries");
    tokio::time::advance(10.minutes()).await;
    let late = json!({ "code": authenticator.code() });
    mei.post(&confirm, &late).await.expect_problem(409, "secondFactorExists");
    enrol(&mut mei, "mei").await;
}

#[tokio::test(start_paused = true)]
async fn a_shorter_password_will_do_with_a_second_factor() {
    let (_app, mut mei) = with_manager().await;
    let twelve = "otter & kite";
    let change = |current: &str| json!({ "current": current, "new": twelve });
    mei.post("/api/auth/password", &change(PASSWORD)).await.expect_problem(422, "invalidField");
    enrol(&mut mei, "mei").await;
    mei.post("/api/auth/password", &change(PASSWORD)).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn where_managers_must_have_one_they_may_do_nothing_else_before() {
    let store = MemoryStore::new();
    let options = AccessOptions { require_second_factor: true, ..AccessOptions::default() };
    let app = TestApp::of(store, options).await;
    for (name, role) in [("mei", Role::Manager), ("ravi", Role::Normal)] {
        app.open_account(name, role, Some(app.restaurant("default")), PASSWORD).await;
    }
    let mut mei = app.stranger();
    let signed_in = mei.sign_in("mei", PASSWORD).await.expect(200);
    assert_eq!(signed_in["user"]["mustEnrol"], true);
    for path in ["/api/board", "/api/users", "/api/audit", "/api/health", "/api/events"] {
        mei.get(path).await.expect_problem(403, "secondFactorRequired");
    }
    mei.post("/api/orders", &json!({ "type": "VIP" })).await.expect_problem(403, "secondFactorRequired");
    assert_eq!(mei.get(AT).await.expect(200)["required"], true);
    enrol(&mut mei, "mei").await;
    assert_eq!(mei.get("/api/auth/me").await.expect(200)["user"]["mustEnrol"], false);
    mei.get("/api/users").await.expect(200);

    let mut ravi = app.stranger();
    ravi.sign_in("ravi", PASSWORD).await.expect(200);
    ravi.get("/api/board").await.expect(200);
}
