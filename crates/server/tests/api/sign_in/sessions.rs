//! How long one stays in, and what ends it.

use feedme_server::Limits;
use feedme_store::accounts::Role;
use feedme_testkit::app::id;
use feedme_testkit::{MemoryStore, Screen, SocketApp, Span as _, TestApp, Visitor};
use http::Method;
use serde_json::{Value, json};

use super::{OTHER, PASSWORD, is_in, with_manager};

/// Demands that a stream ends, and takes what it still carries.
async fn ends(screen: &mut Screen) {
    while screen.next_event().await.is_some() {}
}

/// Demands that a stream goes on: something happens, and it says so.
async fn goes_on(screen: &mut Screen, manager: &mut Visitor) {
    let bot = manager.post_empty("/api/bots").await.expect(201)["bot"].take();
    // As an event, or in the snapshot of a stream that has not begun.
    while !screen.next_event().await.expect("the stream goes on").data.to_string().contains(id(&bot)) {}
}

async fn sessions(visitor: &mut Visitor) -> Vec<Value> {
    visitor.get("/api/auth/sessions").await.expect(200)["sessions"].as_array().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_begins_a_new_session_and_ends_that_of_the_browser() {
    let (app, mut mei) = with_manager().await;
    let before = mei.clone();
    mei.sign_in("mei", PASSWORD).await.expect(200);
    assert_ne!(mei.cookies["feedme_session"], before.cookies["feedme_session"]);
    assert!(is_in(&mut mei).await && !is_in(&mut before.clone()).await);
    assert_eq!(sessions(&mut mei).await.len(), 1);

    // A token that somebody planted in the browser is not taken over.
    let mut planted = app.stranger();
    planted.cookies.insert("feedme_session".into(), "0".repeat(64));
    planted.sign_in("mei", PASSWORD).await.expect(200);
    assert_ne!(planted.cookies["feedme_session"], "0".repeat(64));
}

#[tokio::test(start_paused = true)]
async fn an_unused_session_ends_after_twelve_hours_and_its_streams_with_it() {
    let (_app, mut mei) = with_manager().await;
    let mut screen = mei.screen().await;
    tokio::time::advance(12.hours()).await;
    assert!(is_in(&mut mei).await, "to the millisecond");
    goes_on(&mut screen, &mut mei).await;
    tokio::time::advance(12.hours() + 1.ms()).await;
    ends(&mut screen).await;
    assert!(!is_in(&mut mei).await);
}

#[tokio::test(start_paused = true)]
async fn a_manager_sees_somebodys_sessions_and_ends_one() {
    let (app, mut mei) = with_manager().await;
    app.open_account("ravi", Role::Normal, Some(app.restaurant("default")), PASSWORD).await;
    let (mut telephone, mut tablet) = (app.stranger().at("192.0.2.7"), app.stranger().at("192.0.2.8"));
    for device in [&mut telephone, &mut tablet] {
        device.sign_in("ravi", PASSWORD).await.expect(200);
    }
    let ravi = mei.get("/api/users").await.expect(200)["users"][1]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/users/{ravi}/sessions");
    let listed = mei.get(&path).await.expect(200)["sessions"].take();
    let of_telephone = listed.as_array().unwrap().iter().find(|it| it["address"] == "192.0.2.7").unwrap();
    assert_eq!((listed.as_array().unwrap().len(), &of_telephone["current"]), (2, &json!(false)));
    let one = format!("{path}/{}", id(of_telephone));
    mei.delete(&one).await.expect(200);
    assert!(!is_in(&mut telephone).await && is_in(&mut tablet).await);
    mei.delete(&one).await.expect_problem(404, "unknownSession");
    // Nobody ends a session under somebody else's account.
    let own = sessions(&mut mei).await[0]["id"].as_str().unwrap().to_owned();
    mei.delete(&format!("{path}/{own}")).await.expect_problem(404, "unknownSession");
    assert!(is_in(&mut mei).await);
}

#[tokio::test(start_paused = true)]
async fn a_session_in_use_ends_after_seven_days() {
    let (_app, mut mei) = with_manager().await;
    for _ in 0..(7 * 24 / 6) - 1 {
        tokio::time::advance(6.hours()).await;
        assert!(is_in(&mut mei).await);
    }
    let mut screen = mei.screen().await;
    tokio::time::advance(6.hours().saturating_sub(1.ms())).await;
    assert!(is_in(&mut mei).await);
    tokio::time::advance(1.ms()).await;
    ends(&mut screen).await;
    assert!(!is_in(&mut mei).await);
}

#[tokio::test(start_paused = true)]
async fn one_sees_ones_own_sessions_and_ends_them() {
    let (app, mut mei) = with_manager().await;
    app.open_account("ravi", Role::Normal, Some(app.restaurant("default")), OTHER).await;
    let (mut ravi, mut phone) = (app.stranger(), app.stranger().at("198.51.100.7"));
    ravi.sign_in("ravi", OTHER).await.expect(200);
    tokio::time::advance(1.s()).await;
    phone.sign_in("mei", PASSWORD).await.expect(200);
    let listed = sessions(&mut mei).await;
    let shown: Vec<_> = listed.iter().map(|it| (it["address"].as_str(), it["current"].as_bool())).collect();
    assert_eq!(shown, [(Some("198.51.100.7"), Some(false)), (Some("192.0.2.1"), Some(true))]);

    let of_phone = format!("/api/auth/sessions/{}", listed[0]["id"].as_str().unwrap());
    let mut screen = phone.screen().await;
    ravi.delete(&of_phone).await.expect_problem(404, "unknownSession");
    goes_on(&mut screen, &mut mei).await;
    mei.delete(&of_phone).await.expect(200);
    ends(&mut screen).await;
    assert!(!is_in(&mut phone).await);
    mei.delete(&of_phone).await.expect_problem(404, "unknownSession");

    phone.sign_in("mei", PASSWORD).await.expect(200);
    let (mut there, mut here) = (phone.screen().await, mei.screen().await);
    assert_eq!(mei.delete("/api/auth/sessions").await.expect(200)["ended"], 1);
    ends(&mut there).await;
    goes_on(&mut here, &mut mei).await;
    assert!(!is_in(&mut phone).await && is_in(&mut ravi).await);
}

#[tokio::test(start_paused = true)]
async fn whoever_signs_out_is_out_and_so_are_the_streams() {
    let (_app, mut mei) = with_manager().await;
    let (mut screen, mut other_tab) = (mei.screen().await, mei.clone());
    assert_eq!(mei.post_empty("/api/auth/logout").await.expect(200)["ended"], 1);
    ends(&mut screen).await;
    assert!(!mei.cookies.contains_key("feedme_session"));
    assert!(!is_in(&mut other_tab).await);
    assert_eq!(other_tab.post_empty("/api/auth/logout").await.expect(200)["ended"], 0, "again is no error");
}

#[tokio::test(start_paused = true)]
async fn a_new_password_ends_the_other_sessions() {
    let (app, mut mei) = with_manager().await;
    let mut phone = app.stranger();
    phone.sign_in("mei", PASSWORD).await.expect(200);
    let (mut here, mut there) = (mei.screen().await, phone.screen().await);
    let change = |current: &str, new: &str| json!({ "current": current, "new": new });
    mei.post("/api/auth/password", &change(OTHER, OTHER)).await.expect_problem(401, "wrongCredentials");
    let weak = mei.post("/api/auth/password", &change(PASSWORD, "passwordpassword")).await;
    assert_eq!(weak.expect_problem(422, "invalidField")["field"], "new");
    assert!(is_in(&mut phone).await, "nothing has changed");
    assert_eq!(mei.post("/api/auth/password", &change(PASSWORD, OTHER)).await.expect(200)["ended"], 1);
    ends(&mut there).await;
    goes_on(&mut here, &mut mei).await;
    assert!(!is_in(&mut phone).await && is_in(&mut mei).await);
    phone.sign_in("mei", PASSWORD).await.expect_problem(401, "wrongCredentials");
    phone.sign_in("mei", OTHER).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn a_manager_does_not_set_their_own_password_without_the_present_one() {
    let (app, mut mei) = with_manager().await;
    let account = app.accounts.account_named("mei").await.unwrap().unwrap();
    let path = format!("/api/users/{}", account.id.0);
    mei.patch(&path, &json!({ "password": OTHER })).await.expect_problem(403, "forbidden");
    mei.sign_in("mei", PASSWORD).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn whatever_a_manager_does_to_an_account_ends_its_sessions_at_once() {
    let (app, mut mei) = with_manager().await;
    let user = app.open_account("bo", Role::Normal, Some(app.restaurant("default")), OTHER).await;
    let path = format!("/api/users/{}", user.0);
    let (sessions, restore) = (format!("{path}/sessions"), format!("{path}/restore"));
    let changes = [
        (Method::PATCH, &path, json!({ "role": "VIP" })),
        (Method::PATCH, &path, json!({ "password": OTHER })),
        (Method::PATCH, &path, json!({ "disabled": true })),
        (Method::PATCH, &path, json!({ "disabled": false })),
        (Method::DELETE, &sessions, json!({})),
        (Method::DELETE, &path, json!({})),
        (Method::POST, &restore, json!({})),
    ];
    for (method, path, body) in changes {
        let mut bo = app.stranger();
        let is_active = app.accounts.account(user).await.unwrap().unwrap().is_active();
        let mut screen = if is_active {
            bo.sign_in("bo", OTHER).await.expect(200);
            Some(bo.screen().await)
        } else {
            None
        };
        mei.send(feedme_testkit::app::with_json(method.clone(), path, &body)).await.expect(200);
        if let Some(screen) = &mut screen {
            ends(screen).await;
        }
        assert!(!is_in(&mut bo).await, "{method} {path} {body}");
    }
    let mut bo = app.stranger();
    bo.sign_in("bo", OTHER).await.expect(200);
    assert_eq!(bo.get("/api/auth/me").await.expect(200)["user"]["role"], "VIP");
}

#[tokio::test(start_paused = true)]
async fn the_last_manager_cannot_be_removed() {
    let app = TestApp::locked().await;
    let (default, south) = (app.restaurant("default"), app.restaurant("south"));
    let mut root = app.hire("root", Role::Manager, None).await;
    let own = format!("/api/users/{}", root.id());
    let every_way = async |by: &mut Visitor, path: &str| {
        by.patch(path, &json!({ "role": "NORMAL" })).await.expect_problem(409, "lastManager");
        by.patch(path, &json!({ "disabled": true })).await.expect_problem(409, "lastManager");
        by.delete(path).await.expect_problem(409, "lastManager");
    };
    every_way(&mut root, &own).await;
    app.hire("vip", Role::Vip, None).await;
    app.hire("here", Role::Manager, Some(default)).await;
    every_way(&mut root, &own).await;
    assert!(is_in(&mut root).await, "and nothing has changed");
    let mut there = app.hire("there", Role::Manager, Some(south)).await;
    root.delete(&own).await.expect(200);
    assert!(!is_in(&mut root).await);
    let path = format!("/api/users/{}", there.id());
    every_way(&mut there, &path).await;
}

#[tokio::test(start_paused = true)]
async fn an_account_has_fifty_sessions_and_a_further_one_ends_the_oldest() {
    let app = TestApp::of(
        MemoryStore::new(),
        feedme_server::AccessOptions { open: true, ..feedme_server::AccessOptions::default() },
    )
    .await;
    let mut tabs = Vec::new();
    for _ in 0..51 {
        let mut tab = app.stranger();
        tab.post("/api/auth/demonstrate", &json!({ "username": "vip" })).await.expect(200);
        tokio::time::advance(1.s()).await;
        tabs.push(tab);
    }
    let role = async |tab: &mut Visitor| tab.get("/api/auth/me").await.expect(200)["user"]["role"].clone();
    assert_eq!(role(&mut tabs[0]).await, "MANAGER", "nobody, which in open mode is the manager");
    assert_eq!(role(&mut tabs[1]).await, "VIP");
}

#[tokio::test(start_paused = true)]
async fn what_ended_long_ago_is_forgotten() {
    let (app, mut mei) = with_manager().await;
    app.stranger().at("198.51.100.7").sign_in("mei", "wrong").await.expect_problem(401, "wrongCredentials");
    let account = app.accounts.account_named("mei").await.unwrap().unwrap();
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let upkeep = tokio::spawn(app.access.clone().keep_up(app.engine.clone(), stopping));
    let against = ["address:198.51.100.7".to_owned()];
    assert_eq!(app.accounts.counted(&against).await.unwrap()[0].count, 1);
    tokio::time::advance(6.hours()).await;
    app.settle().await;
    assert_eq!(app.accounts.counted(&against).await.unwrap()[0].count, 0);
    assert!(is_in(&mut mei).await);
    assert_eq!(app.accounts.sessions(account.id).await.unwrap().len(), 1);
    tokio::time::advance(13.hours()).await;
    app.settle().await;
    assert_eq!(app.accounts.sessions(account.id).await.unwrap(), []);
    stop.send(true).unwrap();
    upkeep.await.unwrap();
}

#[tokio::test]
async fn a_stream_over_a_connection_ends_with_the_session() {
    let (app, mut mei) = with_manager().await;
    let served = SocketApp::serve(&app, Limits::default()).await;
    let mut socket = served.connect().await;
    let token = mei.cookies["feedme_session"].clone();
    let request = format!("GET /api/events HTTP/1.1\r\nhost: localhost\r\ncookie: feedme_session={token}\r\n\r\n");
    socket.send(request).await;
    socket.until("event: heartbeat").await;
    mei.post_empty("/api/auth/logout").await.expect(200);
    socket.rest().await;
    let refused = format!(
        "GET /api/events HTTP/1.1\r\nhost: localhost\r\ncookie: feedme_session={token}\r\nconnection: close\r\n\r\n"
    );
    let said = served.exchange(refused).await;
    assert!(said.starts_with("HTTP/1.1 401 "), "{said}");
    served.stop().await.unwrap();
}
