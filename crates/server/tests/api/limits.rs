//! How often one may ask, how many streams one may follow, and for whom that counts behind a proxy.

use std::sync::Arc;

use feedme_server::{AccessOptions, Limits, Proxies};
use feedme_store::accounts::Role;
use feedme_testkit::app::{bare, with_json};
use feedme_testkit::{Answer, MemoryStore, Span as _, TestApp, Visitor};
use http::Method;
use serde_json::json;

const LIMITS: Limits = Limits::DEFAULT;

/// Asks until the answer is 429. How often it was another one, and the refusal.
async fn flood(visitor: &mut Visitor, path: &str, status: u16) -> (u32, Answer) {
    for asked in 0..10_000 {
        let answer = visitor.get(path).await;
        if answer.status == 429 {
            return (asked, answer);
        }
        answer.expect(status);
    }
    panic!("{path} is never refused");
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_too_often_waits_and_then_goes_on_at_the_pace() {
    let app = TestApp::locked().await;
    let mut till = app.equip(Role::Normal, app.restaurant("default"), None).await;
    let (asked, refused) = flood(&mut till, "/api/bots", 200).await;
    assert_eq!(asked, 4 * LIMITS.caller_per_s);
    refused.expect_problem(429, "tooManyRequests");
    assert_eq!(refused.header("retry-after"), "1", "whole seconds, rounded up");
    // A fiftieth of a second later there is one more, and no second.
    app.advance(20.ms()).await;
    till.get("/api/bots").await.expect(200);
    till.get("/api/bots").await.expect_problem(429, "tooManyRequests");
    app.advance(1.s()).await;
    assert_eq!(flood(&mut till, "/api/bots", 200).await.0, LIMITS.caller_per_s);
    app.advance(60.s()).await;
    assert_eq!(flood(&mut till, "/api/bots", 200).await.0, 4 * LIMITS.caller_per_s, "no more than four seconds' worth");
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_changes_nothing_whatever_it_is() {
    let app = TestApp::locked().await;
    let mut mei = app.hire("mei", Role::Manager, None).await;
    flood(&mut mei, "/api/bots", 200).await;
    let mut ravi = app.hire("ravi", Role::Manager, None).await;
    let before = ravi.get("/api/board").await.expect(200);
    for (method, path) in [
        (Method::POST, "/api/bots"),
        (Method::DELETE, "/api/orders/clear"),
        (Method::GET, "/api/events"),
        (Method::HEAD, "/api/board"),
        (Method::POST, "/api/restaurants/south/bots"),
        (Method::DELETE, "/api/auth/sessions"),
    ] {
        assert_eq!(mei.send(bare(method.clone(), path)).await.status, 429, "{method} {path}");
    }
    assert_eq!(ravi.get("/api/board").await.expect(200), before);
    app.advance(4.s()).await;
    mei.get("/api/auth/me").await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn one_session_or_key_does_not_spend_what_another_has() {
    let app = TestApp::locked().await;
    let default = app.restaurant("default");
    let mut mad = app.equip(Role::Display, default, None).await.at("192.0.2.9");
    flood(&mut mad, "/api/board", 200).await;
    app.equip(Role::Display, default, None).await.at("192.0.2.9").get("/api/board").await.expect(200);
    let mut mei = app.hire("mei", Role::Manager, None).await.at("192.0.2.9");
    mei.get("/api/board").await.expect(200);
    flood(&mut mei, "/api/board", 200).await;
    mei.clone().get("/api/board").await.expect_problem(429, "tooManyRequests");
    app.stranger().at("192.0.2.9").get("/api/board").await.expect_problem(401, "notSignedIn");
}

#[tokio::test(start_paused = true)]
async fn strangers_of_a_network_share_a_bucket_and_keep_nobody_out_who_is_known() {
    let app = TestApp::locked().await;
    let burst = 5 * LIMITS.stranger_per_s;
    let mut screen = app.equip(Role::Display, app.restaurant("default"), None).await.at("192.0.2.9");
    let mut stranger = app.stranger().at("192.0.2.9");
    let (asked, refused) = flood(&mut stranger, "/api/board", 401).await;
    assert_eq!(asked, burst);
    refused.expect_problem(429, "tooManyRequests");
    for path in ["/api/auth/ways", "/api/auth/me", "/api/health", "/api/events"] {
        stranger.get(path).await.expect_problem(429, "tooManyRequests");
    }
    let login = json!({ "username": "mei", "password": "wrong" });
    stranger.post("/api/auth/login", &login).await.expect_problem(429, "tooManyRequests");
    // Who is in order is let in, also the first time.
    screen.get("/api/board").await.expect(200);
    app.hire("mei", Role::Manager, None).await.at("192.0.2.9").get("/api/board").await.expect(200);
    // A key or a cookie that is none is a stranger's.
    let mut liar = app.stranger().at("192.0.2.9");
    liar.key = Some("feedme_nonsense".into());
    liar.get("/api/board").await.expect_problem(429, "tooManyRequests");
    liar.key = None;
    liar.cookies.insert("feedme_session".into(), "nonsense".into());
    liar.get("/api/board").await.expect_problem(429, "tooManyRequests");
    // Elsewhere nobody notices.
    app.stranger().at("192.0.2.10").get("/api/board").await.expect_problem(401, "notSignedIn");
    app.advance(50.ms()).await;
    stranger.get("/api/board").await.expect_problem(401, "notSignedIn");
    stranger.get("/api/board").await.expect_problem(429, "tooManyRequests");
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_count_against_the_network_each_time() {
    let app = TestApp::locked().await;
    for (key, cookie) in [(Some("feedme_nonsense"), None), (None, Some("nonsense"))] {
        let mut liar = app.stranger().at(if key.is_some() { "192.0.2.1" } else { "192.0.2.2" });
        liar.key = key.map(Into::into);
        liar.cookies.extend(cookie.map(|token| ("feedme_session".to_owned(), token.to_owned())));
        assert_eq!(flood(&mut liar, "/api/board", 401).await.0, 5 * LIMITS.stranger_per_s);
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_network_of_ipv6_has_one_bucket() {
    let app = TestApp::locked().await;
    for n in 0..5 * LIMITS.stranger_per_s {
        app.stranger().at(&format!("2001:db8:1:2::{n:x}")).get("/api/auth/ways").await.expect(200);
    }
    app.stranger().at("2001:db8:1:2:ffff::1").get("/api/auth/ways").await.expect_problem(429, "tooManyRequests");
    app.stranger().at("2001:db8:1:3::1").get("/api/auth/ways").await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn supervisors_pages_the_operator_and_open_mode_are_not_counted() {
    let app = TestApp::locked().await;
    let mut stranger = app.stranger().at("192.0.2.9");
    flood(&mut stranger, "/api/board", 401).await;
    for path in ["/livez", "/readyz", "/", "/sign-in"] {
        assert_eq!(stranger.get(path).await.status, 200, "{path}");
    }
    for _ in 0..8 * LIMITS.caller_per_s {
        let answer = Answer::read(app.service.answer_operator(bare(Method::GET, "/api/users")).await).await;
        answer.expect(200);
    }
    let open = TestApp::start().await;
    let mut anybody = open.stranger().at("127.0.0.1");
    for _ in 0..8 * LIMITS.caller_per_s {
        anybody.get("/api/auth/ways").await.expect(200);
        anybody.get("/api/bots").await.expect(200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_told_so_counts_otherwise_or_not_at_all() {
    for (per_s, burst) in [(1, Some(4)), (0, None)] {
        let limits = Limits { caller_per_s: per_s, ..LIMITS };
        let store = MemoryStore::new();
        let app = TestApp::granting(store, AccessOptions::default(), limits).await;
        let mut till = app.equip(Role::Normal, app.restaurant("default"), None).await;
        match burst {
            Some(burst) => assert_eq!(flood(&mut till, "/api/bots", 200).await.0, burst),
            None => {
                for _ in 0..1000 {
                    till.get("/api/bots").await.expect(200);
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_or_key_follows_so_many_streams_and_gets_their_places_back() {
    let limits = Limits { streams_max: 3, ..LIMITS };
    let app = TestApp::granting(MemoryStore::new(), AccessOptions::default(), limits).await;
    let default = app.restaurant("default");
    let mut screen = app.equip(Role::Display, default, None).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(screen.screen().await);
    }
    let refused = screen.get("/api/events").await;
    refused.expect_problem(429, "tooManyStreams");
    assert_eq!(refused.header("retry-after"), "10");
    screen.get("/api/board").await.expect(200);
    // Others have places of their own.
    assert_eq!(app.equip(Role::Display, default, None).await.get("/api/events").await.status, 200);
    assert_eq!(app.hire("mei", Role::Manager, None).await.get("/api/events").await.status, 200);
    // A place is free when a stream ends, and not when somebody is refused or only asks for the headers.
    for _ in 0..5 {
        screen.get("/api/events").await.expect_problem(429, "tooManyStreams");
    }
    streams.pop();
    for _ in 0..5 {
        assert_eq!(screen.get("/api/events").await.status, 200);
        assert_eq!(screen.send(bare(Method::HEAD, "/api/events")).await.status, 200);
    }
    streams.push(screen.screen().await);
    screen.get("/api/events").await.expect_problem(429, "tooManyStreams");
    // Nor is one taken by an address that makes no sense.
    streams.clear();
    for _ in 0..5 {
        screen.get("/api/events?after=nonsense").await.expect_problem(422, "invalidField");
    }
    for _ in 0..3 {
        streams.push(screen.screen().await);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_counts_streams_in_open_mode() {
    let limits = Limits { streams_max: 1, ..LIMITS };
    let app = TestApp::with(Arc::new(MemoryStore::new()), limits).await;
    let _streams = [app.screen().await, app.screen().await, app.screen().await];
    app.get("/api/board").await.expect(200);
}

/// An application behind proxies.
async fn behind(proxies: &[&str]) -> TestApp {
    let proxies = Proxies::parse(proxies).unwrap();
    TestApp::granting(MemoryStore::new(), AccessOptions { proxies, ..AccessOptions::default() }, LIMITS).await
}

/// What a visitor asks, with these headers.
async fn told(visitor: &mut Visitor, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let mut request = bare(Method::GET, path);
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    visitor.send(request).await
}

#[tokio::test(start_paused = true)]
async fn nobody_lifts_a_limit_by_saying_that_they_are_somebody_else() {
    for proxies in [&[][..], &["10.0.0.0/24"]] {
        let app = behind(proxies).await;
        let mut liar = app.stranger().at("192.0.2.9");
        for n in 0..5 * LIMITS.stranger_per_s {
            let address = format!("203.0.113.{n}");
            let headers = [("x-forwarded-for", &*address), ("x-forwarded-for", "10.0.0.1"), ("x-real-ip", &address)];
            told(&mut liar, "/api/auth/ways", &headers).await.expect(200);
        }
        let headers = [("x-forwarded-for", "198.51.100.1"), ("forwarded", "for=198.51.100.1")];
        told(&mut liar, "/api/auth/ways", &headers).await.expect_problem(429, "tooManyRequests");
    }
}

#[tokio::test(start_paused = true)]
async fn behind_a_proxy_each_caller_counts_by_their_own_address() {
    let app = behind(&["10.0.0.0/24"]).await;
    let mut proxy = app.stranger().at("10.0.0.7");
    for n in 0..5 * LIMITS.stranger_per_s {
        // What the caller wrote themselves stands to the left.
        let headers = format!("198.51.100.{n}, 203.0.113.9, 10.0.0.8");
        told(&mut proxy, "/api/auth/ways", &[("x-forwarded-for", &headers)]).await.expect(200);
    }
    let of = |address| [("x-forwarded-for", address)];
    let refused = told(&mut proxy, "/api/auth/ways", &of("203.0.113.9")).await;
    refused.expect_problem(429, "tooManyRequests");
    told(&mut proxy, "/api/auth/ways", &of("203.0.113.10")).await.expect(200);
    told(&mut proxy, "/api/auth/ways", &[]).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn sign_ins_are_written_down_with_the_address_that_a_proxy_told() {
    let app = behind(&["10.0.0.7"]).await;
    let password = "velvet otter drums at noon";
    app.open_account("mei", Role::Manager, None, password).await;
    for (peer, address) in [("10.0.0.7", "203.0.113.9"), ("10.0.0.8", "10.0.0.8")] {
        let mut mei = app.stranger().at(peer);
        let mut request =
            with_json(Method::POST, "/api/auth/login", &json!({ "username": "mei", "password": password }));
        request.headers_mut().insert("x-forwarded-for", "1.1.1.1, 203.0.113.9".parse().unwrap());
        mei.send(request).await.expect(200);
        let sessions = mei.get("/api/auth/sessions").await.expect(200);
        let own = sessions["sessions"].as_array().unwrap().iter().find(|it| it["current"] == true).unwrap().clone();
        assert_eq!(own["address"], address);
    }
}

#[tokio::test(start_paused = true)]
async fn cookies_are_for_https_alone_where_a_proxy_says_that_it_was_used() {
    let password = "velvet otter drums at noon";
    for (peer, scheme, name) in [
        ("10.0.0.7", "https", "__Host-feedme_session"),
        ("10.0.0.7", "http", "feedme_session"),
        ("10.0.0.7", "https, http", "feedme_session"),
        ("10.0.0.8", "https", "feedme_session"),
    ] {
        let app = behind(&["10.0.0.7"]).await;
        app.open_account("mei", Role::Manager, None, password).await;
        let mut mei = app.stranger().at(peer);
        let login = json!({ "username": "mei", "password": password });
        let mut request = with_json(Method::POST, "/api/auth/login", &login);
        request.headers_mut().insert("x-forwarded-proto", scheme.parse().unwrap());
        let answer = mei.send(request).await;
        answer.expect(200);
        assert!(mei.cookies.contains_key(name), "{peer} {scheme}: {:?}", mei.cookies);
        let mut cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let is_secure = name.starts_with("__Host-");
        assert!(cookies.all(|cookie| cookie.ends_with("; Secure") == is_secure), "{peer} {scheme}");
        // And it is good only by the way it was given out for.
        told(&mut mei, "/api/auth/me", &[("x-forwarded-proto", scheme)]).await.expect(200);
        let is_in = told(&mut mei, "/api/auth/me", &[]).await.status == 200;
        assert_eq!(is_in, !is_secure, "{peer} {scheme}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_has_no_more_by_signing_in_twice() {
    const PASSWORD: &str = "velvet otter drums at noon";
    let app = TestApp::locked().await;
    app.open_account("ravi", Role::Normal, Some(app.restaurant("default")), PASSWORD).await;
    let (mut telephone, mut tablet) = (app.stranger(), app.stranger());
    telephone.sign_in("ravi", PASSWORD).await.expect(200);
    tablet.sign_in("ravi", PASSWORD).await.expect(200);
    flood(&mut telephone, "/api/board", 200).await;
    tablet.get("/api/board").await.expect_problem(429, "tooManyRequests");
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_strangers_keeps_nobody_from_signing_out() {
    let app = TestApp::locked().await;
    let mut mei = app.hire("mei", Role::Manager, None).await.at("192.0.2.9");
    let mut stranger = app.stranger().at("192.0.2.9");
    flood(&mut stranger, "/api/auth/ways", 200).await;
    stranger.post_empty("/api/auth/logout").await.expect_problem(429, "tooManyRequests");
    mei.post_empty("/api/auth/logout").await.expect(200);
}
