//! Nothing that is secret shows itself: not in logs, not in what is printed for debugging, not in problems.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use feedme_store::accounts::Role;
use feedme_testkit::app::with_body;
use feedme_testkit::{MemoryStore, TestApp};
use http::Method;
use parking_lot::Mutex;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

/// Passwords that stand nowhere else, not even as an example.
const PASSWORD: &str = "copper lanterns drift past";
const OTHER: &str = "nineteen marbles in a teapot";

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_in_logs_problems_or_what_is_printed() {
    let log = Log::default();
    let writer = log.clone();
    let logs =
        tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(move || writer.clone()).finish();
    let _logging = tracing::subscriber::set_default(logs);
    tracing::info!("logging works");
    let mut shown = String::new();

    let store = MemoryStore::new();
    let app = TestApp::of(store.clone(), feedme_server::AccessOptions::default()).await;
    let link = app.access.offer_set_up(app.engine.now()).await.unwrap().unwrap();
    let mut mei = app.stranger().at("192.0.2.1");
    let body = json!({ "link": link.reveal(), "username": "mei", "password": PASSWORD });
    mei.post("/api/auth/setup", &body).await.expect(201);
    shown += &String::from_utf8_lossy(&mei.post("/api/auth/setup", &body).await.body);
    shown += &String::from_utf8_lossy(&mei.sign_in("mei", OTHER).await.body);
    mei.sign_in("mei", PASSWORD).await.expect(200);
    let made = mei.post("/api/keys", &json!({ "name": "till", "role": "MANAGER" })).await.expect(201);
    let key = made["secret"].as_str().unwrap().to_owned();
    let mut till = app.stranger();
    till.key = Some(key.clone());
    till.get("/api/board").await.expect(200);
    till.key = Some(format!("{key}x"));
    shown += &String::from_utf8_lossy(&till.get("/api/board").await.body);
    // The password in the wrong field, in the wrong type, in a body that is no JSON.
    shown += &String::from_utf8_lossy(&app.stranger().sign_in(PASSWORD, "mei").await.body);
    for body in [
        format!(r#"{{"username":"mei","password":["{PASSWORD}"]}}"#),
        format!(r#"{{"username":"mei","password":{{"{PASSWORD}":1}}}}"#),
        r#"{"username":"mei","password":8675309867530986}"#.to_owned(),
        r#"{"username":"mei","password":-8675309867530986}"#.to_owned(),
        r#"{"username":"mei","password":8675309867530986.5}"#.to_owned(),
        format!(r#"{{"username":"mei","password":"{PASSWORD}" and more"#),
        format!(r#"{{"username":"mei","password":"{PASSWORD}","x":1}}"#),
        format!(r#"{{"username":"mei","password":"{}"}}"#, PASSWORD.repeat(50)),
    ] {
        let answer = app.stranger().send(with_body(Method::POST, "/api/auth/login", "application/json", body)).await;
        assert!([400, 422].contains(&answer.status.as_u16()), "{}", answer.status);
        shown += &String::from_utf8_lossy(&answer.body);
    }
    // A second factor, a PIN, a screen that waits.
    let offer = mei.post("/api/auth/second-factor", &json!({ "password": PASSWORD })).await.expect(201);
    let user = app.accounts.account_named("mei").await.unwrap().unwrap().id;
    let factor = app.accounts.second_factor(user).await.unwrap().unwrap();
    let now_s = u64::try_from(app.engine.wall_time().0 / 1000).unwrap();
    let code = json!({ "code": feedme_access::second_factor::code_at(&factor.secret, now_s) });
    let confirmed = mei.post("/api/auth/second-factor/confirm", &code).await.expect(200);
    let recovery = confirmed["recoveryCodes"][0].as_str().unwrap().to_owned();
    write!(shown, "{factor:?}").unwrap();
    let pin = json!({ "password": PASSWORD, "pin": "90817263" });
    shown += &String::from_utf8_lossy(&mei.post("/api/auth/pin", &pin).await.body);
    let wrong = json!({ "user": user.0.to_string(), "pin": "90817264" });
    shown += &String::from_utf8_lossy(&mei.post("/api/auth/switch", &wrong).await.body);
    let mut screen = app.stranger();
    let begun = screen.post_empty("/api/pairings").await.expect(201);
    let confirm = json!({ "code": begun["code"], "name": "screen", "role": "DISPLAY" });
    shown += &mei.post("/api/pairings/confirm", &confirm).await.expect(200).to_string();
    let collect = json!({ "secret": begun["secret"], "cookie": true });
    shown += &screen.post("/api/pairings/collect", &collect).await.expect(200).to_string();
    let of_screen = screen.cookies["feedme_key"].clone();
    let more = [offer["secret"].as_str().unwrap(), &recovery, "9081726", begun["secret"].as_str().unwrap(), &of_screen];

    let weak = json!({ "current": PASSWORD, "new": "iloveyou12345678" });
    shown += &String::from_utf8_lossy(&mei.post("/api/auth/password", &weak).await.body);
    shown += &mei.get("/api/audit").await.expect(200).to_string();
    shown += &mei.get("/api/users").await.expect(200).to_string();
    shown += &mei.get("/api/keys").await.expect(200).to_string();
    let account = app.accounts.account_named("mei").await.unwrap().unwrap();
    let hash = account.password.clone().unwrap().0;
    let sessions = app.accounts.sessions(account.id).await.unwrap();
    let printed = format!("{store:?} {:?} {:?} {account:?} {link:?} {sessions:?}", app.service, app.access);
    shown += &printed;

    shown += &String::from_utf8_lossy(&log.0.lock());
    assert!(shown.contains("logging works") && shown.contains("signIn.failed"), "{shown}");
    let (session, device) = (mei.cookies["feedme_session"].clone(), mei.cookies["feedme_device"].clone());
    let secrets =
        [PASSWORD, OTHER, "iloveyou", "8675309867530986", link.reveal(), &key, &session, &device, &hash, "$argon2"];
    for secret in secrets.into_iter().chain(more) {
        if let Some(at) = shown.find(secret) {
            let around: String = shown[..at].chars().rev().take(300).collect::<Vec<_>>().into_iter().rev().collect();
            panic!("{secret} is shown after: {around}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn wire_types_do_not_print_what_they_carry() {
    let body = json!({ "link": "the link", "username": "mei", "password": PASSWORD });
    let printed = format!("{:?}", feedme_api::json::parse::<feedme_api::user::SetUp>(body.to_string().as_bytes()));
    assert!(!printed.contains("the link") && !printed.contains(PASSWORD), "{printed}");
    let app = TestApp::locked().await;
    let mut mei = app.hire("mei", Role::Manager, None).await;
    let made = mei.post("/api/keys", &json!({ "name": "till", "role": "NORMAL" })).await;
    assert_eq!(made.header("cache-control"), "no-store");
}
