//! Guessing passwords.

use feedme_store::accounts::Role;
use feedme_testkit::app::with_json;
use feedme_testkit::{Answer, Span as _, TestApp, Visitor};
use http::Method;
use serde_json::json;

use super::{OTHER, PASSWORD, is_in, with_manager};

/// What an answer shows besides what differs from one to the next.
fn shown(answer: &Answer) -> (u16, Vec<String>, String) {
    let headers = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    (answer.status.as_u16(), headers, String::from_utf8_lossy(&answer.body).into_owned())
}

#[tokio::test(start_paused = true)]
async fn a_name_that_nobody_has_and_a_wrong_password_look_the_same() {
    let (app, mut mei) = with_manager().await;
    let mut stranger = app.stranger().at("192.0.2.9");
    let wrong = stranger.sign_in("mei", OTHER).await;
    wrong.expect_problem(401, "wrongCredentials");
    let gone = app.open_account("gone", Role::Normal, None, PASSWORD).await;
    let barred = app.open_account("barred", Role::Normal, Some(app.restaurant("default")), PASSWORD).await;
    let mut root = app.hire("root", Role::Manager, None).await;
    root.delete(&format!("/api/users/{}", gone.0)).await.expect(200);
    mei.patch(&format!("/api/users/{}", barred.0), &json!({ "disabled": true })).await.expect(200);
    for (name, password) in [("nobody", OTHER), ("gone", PASSWORD), ("barred", PASSWORD), ("nobody ' OR 1=1 --", "x")] {
        assert_eq!(shown(&stranger.sign_in(name, password).await), shown(&wrong), "{name}");
    }
    // Nor does waiting tell them apart.
    let mut waits = Vec::new();
    for name in ["mei", "nobody at all"] {
        let mut guesser = app.stranger();
        for _ in 0..6 {
            guesser.sign_in(name, OTHER).await;
        }
        waits.push(shown(&guesser.sign_in(name, OTHER).await));
    }
    assert_eq!(waits[0], waits[1]);
}

async fn guess(visitor: &mut Visitor, times: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..times {
        statuses.push(visitor.sign_in("mei", "wrong").await.status.as_u16());
    }
    statuses
}

#[tokio::test(start_paused = true)]
async fn after_five_wrong_ones_each_further_try_waits_longer() {
    let (app, _) = with_manager().await;
    let mut guesser = app.stranger().at("192.0.2.9");
    assert_eq!(guess(&mut guesser, 5).await, [401; 5]);
    for wait in ["1", "2", "4", "8", "15", "15"] {
        let refused = guesser.sign_in("mei", PASSWORD).await;
        refused.expect_problem(429, "tooManyTries");
        assert_eq!(refused.header("retry-after"), wait, "the right one is not judged either");
        // From elsewhere it is the same account.
        app.stranger().at("198.51.100.7").sign_in("mei", "wrong").await.expect_problem(429, "tooManyTries");
        let wait_s: u64 = wait.parse().unwrap();
        tokio::time::advance(wait_s.s().saturating_sub(1.ms())).await;
        guesser.sign_in("mei", "wrong").await.expect_problem(429, "tooManyTries");
        tokio::time::advance(1.ms()).await;
        assert_eq!(guess(&mut guesser, 1).await, [401]);
    }
    tokio::time::advance(15.s()).await;
    guesser.sign_in("mei", PASSWORD).await.expect(200);
    assert!(is_in(&mut guesser).await);
    assert_eq!(guess(&mut app.stranger().at("192.0.2.9"), 5).await, [401; 5], "a right one begins the count anew");
}

#[tokio::test(start_paused = true)]
async fn many_at_once_are_not_one() {
    let (app, _) = with_manager().await;
    let guesses: Vec<_> = (0..20)
        .map(|_| {
            let mut guesser = app.stranger().at("192.0.2.9");
            tokio::spawn(async move { guesser.sign_in("mei", "wrong").await.status.as_u16() })
        })
        .collect();
    let mut judged = 0;
    for guess in guesses {
        judged += usize::from(guess.await.unwrap() == 401);
    }
    assert_eq!(judged, 5);
}

#[tokio::test(start_paused = true)]
async fn one_address_guesses_at_many_names_thirty_times() {
    let (app, _) = with_manager().await;
    app.open_account("accomplice", Role::Normal, Some(app.restaurant("default")), PASSWORD).await;
    let mut guesser = app.stranger().at("192.0.2.9");
    for n in 0..30 {
        guesser.sign_in(&format!("name {n}"), "wrong").await.expect_problem(401, "wrongCredentials");
        if n == 15 {
            // Somebody with an account of their own does not begin the count anew for all the others.
            app.stranger().at("192.0.2.9").sign_in("accomplice", PASSWORD).await.expect(200);
        }
    }
    guesser.sign_in("another name", "wrong").await.expect_problem(429, "tooManyTries");
    let mut spoofed = with_json(Method::POST, "/api/auth/login", &json!({ "username": "x", "password": "y" }));
    for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        spoofed.headers_mut().insert(name, "203.0.113.1".parse().unwrap());
    }
    guesser.send(spoofed).await.expect_problem(429, "tooManyTries");
    app.stranger().at("192.0.2.10").sign_in("another name", "wrong").await.expect_problem(401, "wrongCredentials");
}

#[tokio::test(start_paused = true)]
async fn a_whole_network_of_ipv6_is_one_address() {
    let app = TestApp::locked().await;
    for n in 0..30 {
        let mut guesser = app.stranger().at(&format!("2001:db8:1:2::{n:x}"));
        guesser.sign_in(&format!("name {n}"), "wrong").await.expect_problem(401, "wrongCredentials");
    }
    app.stranger().at("2001:db8:1:2:ffff::1").sign_in("x", "wrong").await.expect_problem(429, "tooManyTries");
    app.stranger().at("2001:db8:1:3::1").sign_in("x", "wrong").await.expect_problem(401, "wrongCredentials");
}

#[tokio::test(start_paused = true)]
async fn a_flood_from_elsewhere_or_beside_does_not_lock_a_manager_out() {
    let (app, mut mei) = with_manager().await;
    mei.post_empty("/api/auth/logout").await.expect(200);
    assert_eq!(mei.cookies.keys().collect::<Vec<_>>(), ["feedme_device"], "the device is remembered");
    for address in ["198.51.100.7", "192.0.2.1"] {
        let mut flood = app.stranger().at(address);
        guess(&mut flood, 5).await;
        flood.sign_in("mei", "wrong").await.expect_problem(429, "tooManyTries");
    }
    mei.sign_in("mei", PASSWORD).await.expect(200);
    assert!(is_in(&mut mei).await);

    // The device has a count of its own.
    let mut thief = mei.clone().at("198.51.100.8");
    assert_eq!(guess(&mut thief, 5).await, [401; 5]);
    thief.sign_in("mei", PASSWORD).await.expect_problem(429, "tooManyTries");
    tokio::time::advance(15.s()).await;
    mei.sign_in("mei", PASSWORD).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn a_device_is_trusted_with_the_accounts_that_signed_in_on_it() {
    let (app, mut mei) = with_manager().await;
    app.open_account("ravi", Role::Normal, Some(app.restaurant("default")), OTHER).await;
    let mut ravi = app.stranger().at("192.0.2.9");
    ravi.sign_in("ravi", OTHER).await.expect(200);
    assert_eq!(guess(&mut app.stranger(), 5).await, [401; 5]);
    ravi.sign_in("mei", PASSWORD).await.expect_problem(429, "tooManyTries");
    for made_up in ["", "x", &"0".repeat(64)] {
        let mut stranger = app.stranger();
        stranger.cookies.insert("feedme_device".into(), made_up.into());
        stranger.sign_in("mei", PASSWORD).await.expect_problem(429, "tooManyTries");
    }

    // Two who share a device are both remembered, and a token that was known for one alone is given up.
    let of_mei = mei.cookies["feedme_device"].clone();
    mei.sign_in("ravi", OTHER).await.expect(200);
    assert_ne!(mei.cookies["feedme_device"], of_mei);
    mei.sign_in("mei", PASSWORD).await.expect(200);
    let shared = mei.cookies["feedme_device"].clone();
    mei.sign_in("ravi", OTHER).await.expect(200);
    assert_eq!(mei.cookies["feedme_device"], shared);
    let mut planted = app.stranger();
    planted.cookies.insert("feedme_device".into(), of_mei);
    guess(&mut app.stranger(), 6).await;
    planted.sign_in("mei", PASSWORD).await.expect_problem(429, "tooManyTries");
}

#[tokio::test(start_paused = true)]
async fn cookies_are_for_this_server_and_no_script() {
    let (app, _) = with_manager().await;
    let answer = app.stranger().sign_in("mei", PASSWORD).await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 2);
    for (cookie, name, kept) in [(cookies[0], "feedme_session=", "604800"), (cookies[1], "feedme_device=", "15552000")]
    {
        assert!(cookie.starts_with(name), "{cookie}");
        assert!(cookie.ends_with(&format!("; Path=/; Max-Age={kept}; HttpOnly; SameSite=Strict")), "{cookie}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_huge_password_is_not_even_read() {
    let app = TestApp::locked().await;
    let answer = app.stranger().sign_in("mei", &"x".repeat(70_000)).await;
    answer.expect_problem(413, "payloadTooLarge");
    let answer = app.stranger().sign_in("mei", &"x".repeat(1_001)).await;
    assert_eq!(answer.expect_problem(422, "invalidField")["field"], "password");
}
