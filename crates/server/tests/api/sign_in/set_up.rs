//! The first manager.

use feedme_store::accounts::Role;
use feedme_testkit::{MemoryStore, Span as _, TestApp};
use serde_json::json;

use super::{OTHER, PASSWORD, is_in};

async fn link(app: &TestApp) -> String {
    let link = app.access.offer_set_up(app.engine.now()).await.unwrap();
    link.expect("there are no accounts").reveal().to_owned()
}

#[tokio::test(start_paused = true)]
async fn the_link_makes_one_manager_who_is_signed_in() {
    let app = TestApp::locked().await;
    let link = link(&app).await;
    let mut visitor = app.stranger();
    assert_eq!(visitor.get("/api/auth/ways").await.expect(200)["setUp"], true);
    let body = json!({ "link": link, "username": "  Mei ", "password": PASSWORD });
    let made = visitor.post("/api/auth/setup", &body).await.expect(201);
    assert_eq!((&made["user"]["name"], &made["user"]["role"]), (&json!("Mei"), &json!("MANAGER")));
    assert!(is_in(&mut visitor).await);
    visitor.get("/api/restaurants/south/users").await.expect(200);

    let again = json!({ "link": link, "username": "ravi", "password": PASSWORD });
    app.stranger().post("/api/auth/setup", &again).await.expect_problem(403, "wrongLink");
    assert_eq!(visitor.get("/api/auth/ways").await.expect(200)["setUp"], false);
    assert!(app.access.offer_set_up(app.engine.now()).await.unwrap().is_none(), "there is an account now");
    app.stranger().sign_in("MEI", PASSWORD).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn it_is_good_for_half_an_hour() {
    let app = TestApp::locked().await;
    let body = json!({ "link": link(&app).await, "username": "mei", "password": PASSWORD });
    tokio::time::advance(30.minutes()).await;
    app.stranger().post("/api/auth/setup", &body).await.expect_problem(403, "wrongLink");
    assert_eq!(app.stranger().get("/api/auth/ways").await.expect(200)["setUp"], false);
    let body = json!({ "link": link(&app).await, "username": "mei", "password": PASSWORD });
    tokio::time::advance(30.minutes().saturating_sub(1.ms())).await;
    app.stranger().post("/api/auth/setup", &body).await.expect(201);
}

#[tokio::test(start_paused = true)]
async fn a_weak_password_or_a_bad_name_does_not_use_it_up_nor_make_it_last() {
    let app = TestApp::locked().await;
    let link = link(&app).await;
    let mut visitor = app.stranger();
    let mut with = async |name: &str, password: &str| {
        visitor.post("/api/auth/setup", &json!({ "link": link, "username": name, "password": password })).await
    };
    for weak in ["short", "passwordpassword", "mei mei mei mei mei"] {
        assert_eq!(with("mei", weak).await.expect_problem(422, "invalidField")["field"], "password");
    }
    assert_eq!(with("<mei>", PASSWORD).await.expect_problem(422, "invalidField")["field"], "username");
    tokio::time::advance(29.minutes()).await;
    with("mei", "short").await.expect_problem(422, "invalidField");
    tokio::time::advance(1.minutes()).await;
    with("mei", PASSWORD).await.expect_problem(403, "wrongLink");
}

#[tokio::test(start_paused = true)]
async fn of_two_with_the_link_at_once_one_is_made() {
    let app = TestApp::locked().await;
    let link = link(&app).await;
    let tries = ["mei", "ravi", "bo"].map(|name| {
        let (mut visitor, link) = (app.stranger(), link.clone());
        tokio::spawn(async move {
            let body = json!({ "link": link, "username": name, "password": PASSWORD });
            visitor.post("/api/auth/setup", &body).await.status.as_u16()
        })
    });
    let mut statuses = Vec::new();
    for tried in tries {
        statuses.push(tried.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403, 403]);
    assert_eq!(app.accounts.accounts(true).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn it_is_void_once_there_is_an_account_by_other_means() {
    let app = TestApp::locked().await;
    let body = json!({ "link": link(&app).await, "username": "mei", "password": PASSWORD });
    let added = json!({ "username": "ravi", "password": OTHER, "role": "MANAGER" });
    let request = feedme_testkit::app::with_json(http::Method::POST, "/api/users", &added);
    assert_eq!(app.service.answer_operator(request).await.status(), 201);
    assert_eq!(app.stranger().get("/api/auth/ways").await.expect(200)["setUp"], false);
    app.stranger().post("/api/auth/setup", &body).await.expect_problem(403, "wrongLink");
}

#[tokio::test(start_paused = true)]
async fn demonstration_accounts_are_there_in_open_mode_alone() {
    let store = MemoryStore::new();
    let open = TestApp::of(
        store.clone(),
        feedme_server::AccessOptions { open: true, ..feedme_server::AccessOptions::default() },
    )
    .await;
    let mut visitor = open.stranger();
    assert_eq!(visitor.get("/api/auth/ways").await.expect(200)["demonstrations"], json!(["normal", "vip", "manager"]));
    let shown = visitor.post("/api/auth/demonstrate", &json!({ "username": "vip" })).await.expect(200);
    assert_eq!(shown["user"]["role"], "VIP");
    assert_eq!(visitor.get("/api/auth/me").await.expect(200)["user"], shown["user"]);
    visitor.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect_problem(403, "forbidden");
    visitor.get("/api/users").await.expect_problem(403, "forbidden");
    visitor.post("/api/auth/demonstrate", &json!({ "username": "root" })).await.expect_problem(404, "unknownUser");
    open.stranger().sign_in("vip (demonstration)", "").await.expect_problem(401, "wrongCredentials");

    let at_once = [open.stranger(), open.stranger()].map(|mut visitor| {
        tokio::spawn(async move { visitor.post("/api/auth/demonstrate", &json!({ "username": "normal" })).await })
    });
    for shown in at_once {
        shown.await.unwrap().expect(200);
    }
    assert_eq!(open.accounts.accounts(true).await.unwrap().len(), 2, "one for each role");

    let locked = TestApp::of(store, feedme_server::AccessOptions::default()).await;
    let mut later = locked.stranger();
    later.cookies.clone_from(&visitor.cookies);
    assert!(!is_in(&mut later).await);
    later.post("/api/auth/demonstrate", &json!({ "username": "vip" })).await.expect_problem(404, "unknownUser");
    assert_eq!(later.get("/api/auth/ways").await.expect(200)["demonstrations"], json!([]));
    let mut manager = locked.hire("mei", Role::Manager, None).await;
    assert_eq!(manager.get("/api/users").await.expect(200)["users"].as_array().unwrap().len(), 1);

    visitor.post_empty("/api/auth/logout").await.expect(200);
    assert_eq!(visitor.get("/api/auth/me").await.expect(200)["user"]["name"], "Open manager");
}
