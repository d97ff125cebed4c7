//! Every route there is, and what is said of those that are not.

use feedme_testkit::app::{bare, id};
use feedme_testkit::{Normal, TestApp};
use http::Method;
use serde_json::json;

const ID: &str = "019696f2-3b80-7cc3-98c5-0bd7c1b4a1f0";

#[tokio::test(start_paused = true)]
async fn every_route_answers_what_it_does_not_know_with_a_problem() {
    let app = TestApp::start().await;
    for base in ["/api", "/api/restaurants/default"] {
        for (path, allowed) in [
            ("orders", vec!["GET", "HEAD", "POST"]),
            ("orders/clear", vec!["DELETE"]),
            ("orders/complete", vec!["POST"]),
            (&format!("orders/{ID}"), vec!["DELETE", "GET", "HEAD"]),
            (&format!("orders/{ID}/cancel"), vec!["POST"]),
            (&format!("orders/{ID}/collect"), vec!["POST"]),
            (&format!("orders/{ID}/restore"), vec!["POST"]),
            ("bots", vec!["GET", "HEAD", "POST"]),
            (&format!("bots/{ID}"), vec!["DELETE"]),
            ("bots/newest", vec!["DELETE"]),
            (&format!("bots/{ID}/claim"), vec!["POST"]),
            (&format!("bots/{ID}/return"), vec!["POST"]),
            ("board", vec!["GET", "HEAD"]),
            ("events", vec!["GET", "HEAD"]),
            ("settings", vec!["GET", "HEAD", "PATCH"]),
            ("users", vec!["GET", "HEAD", "POST"]),
            (&format!("users/{ID}"), vec!["DELETE", "PATCH"]),
            (&format!("users/{ID}/restore"), vec!["POST"]),
            (&format!("users/{ID}/sessions"), vec!["DELETE", "GET", "HEAD"]),
            (&format!("users/{ID}/sessions/{ID}"), vec!["DELETE"]),
            (&format!("users/{ID}/second-factor"), vec!["DELETE"]),
            ("pairings/find", vec!["POST"]),
            ("pairings/confirm", vec!["POST"]),
            ("keys", vec!["GET", "HEAD", "POST"]),
            (&format!("keys/{ID}"), vec!["DELETE"]),
            ("audit", vec!["GET", "HEAD"]),
        ] {
            not_allowed(&app, &format!("{base}/{path}"), &allowed).await;
        }
    }
    for path in ["/livez", "/readyz", "/api/health", "/api/auth/me", "/api/auth/ways", "/api/openapi.json"] {
        not_allowed(&app, path, &["GET", "HEAD"]).await;
    }
    for step in ["login", "logout", "setup", "demonstrate", "password", "switch", "second-factor/confirm"] {
        not_allowed(&app, &format!("/api/auth/{step}"), &["POST"]).await;
    }
    for path in ["/api/pairings", "/api/pairings/collect", "/api/auth/second-factor/recovery-codes"] {
        not_allowed(&app, path, &["POST"]).await;
    }
    not_allowed(&app, "/api/auth/pin", &["DELETE", "POST"]).await;
    not_allowed(&app, "/api/auth/second-factor", &["DELETE", "GET", "HEAD", "POST"]).await;
    not_allowed(&app, "/api/auth/sessions", &["DELETE", "GET", "HEAD"]).await;
    not_allowed(&app, &format!("/api/auth/sessions/{ID}"), &["DELETE"]).await;
}

/// No other method is allowed: 405 with a problem and the header `Allow`.
async fn not_allowed(app: &TestApp, path: &str, allowed: &[&str]) {
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        if allowed.contains(&method) {
            continue;
        }
        let answer = app.send(bare(method.parse::<Method>().unwrap(), path)).await;
        answer.expect_problem(405, "methodNotAllowed");
        let mut listed: Vec<_> = answer.header("allow").split(',').collect();
        listed.sort_unstable();
        assert_eq!(listed, allowed, "{method} {path}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_a_problem_too() {
    let app = TestApp::start().await;
    let of_docs = ["/api/docs/x", "/api/docs/x.js", "/api/docs/x/y", "/api/docs/..%2f..%2fetc"];
    let of_none =
        ["/api", "/api/", "/api/menu", "/api/orders/", "/api//orders", "/api/orders/1/2/3", "/API/orders", "/x"];
    for path in of_docs.into_iter().chain(of_none) {
        app.get(path).await.expect_problem(404, "unknownRoute");
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_may_be_encoded_without_need() {
    let app = TestApp::start().await;
    let order = app.post("/%61pi/%6Frders", &json!({ "type": "NORMAL" })).await;
    let order = order.expect(201)["order"].take();
    let spelt = id(&order).replace('-', "%2D").replace('0', "%30");
    assert_eq!(app.get(&format!("/api/%6f%72ders/{spelt}")).await.expect(200)["order"], order);
    let placed = app.post("/api/restaurants/de%66ault/orders", &json!({ "type": "VIP" })).await;
    let stands_at = placed.header("location");
    assert!(stands_at.starts_with("/api/restaurants/default/orders/"), "{stands_at}");
    app.post_empty("/api/bots").await.expect(201);
    app.delete("/api/bots/%6Eewest").await.expect(200);
    app.delete("/api/orders/%63lear").await.expect(200);
    assert_eq!(app.get("/%64isplay").await.status, 200);
    assert_eq!(app.get("/api/docs/index%2Ehtml").await.status, 200);
    app.get("/api/orders/%63omplete").await.expect_problem(405, "methodNotAllowed");
}

#[tokio::test(start_paused = true)]
async fn encoding_leads_nowhere_else() {
    let app = TestApp::start().await;
    for path in [
        "/api%2Forders",
        "/api%2forders",
        "/api%5Corders",
        "/api/orders%00",
        "/api/orders%20",
        "/api/orders%3Flimit=1",
        "/api/orders%23",
        "/api/orders%3Bx",
        "/api/%256Frders",
        "/api/%2%36Frders",
        "/api/%6Frders%",
        "/api/%EF%BD%8Frders",
        "/api/%C1%AFrders",
        "/api/./orders",
        "/api/%2E/orders",
        "/api/x/../orders",
        "/api/x/%2e%2e/orders",
        "/api/orders/%2e%2e/",
        "/api/docs/%2e%2e/orders",
        "/api/docs/%2e%2e%2f%2e%2e%2fCargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
    ] {
        app.get(path).await.expect_problem(404, "unknownRoute");
    }
    let order = app.place(Normal).await;
    for spelt in ["%2e%2e", "..", "clear%00", "%FF", &format!("{}%00", id(&order)), &format!("%2F{}", id(&order))] {
        app.get(&format!("/api/orders/{spelt}")).await.expect_problem(404, "unknownOrder");
    }
    app.get("/%6Civez").await.expect(200);
    assert_eq!(app.listing().await, ["1 PENDING"]);
}

#[tokio::test(start_paused = true)]
async fn head_answers_like_get_without_a_body() {
    let app = TestApp::start().await;
    let get = app.get("/api/board").await;
    let head = app.send(bare(Method::HEAD, "/api/board")).await;
    assert_eq!((head.status.as_u16(), head.header("etag"), head.body.len()), (200, get.header("etag"), 0));
}

#[tokio::test(start_paused = true)]
async fn every_caller_is_the_open_manager() {
    let app = TestApp::start().await;
    insta::assert_json_snapshot!(app.get("/api/auth/me").await.expect(200));
}

#[tokio::test(start_paused = true)]
async fn answers_are_neither_sniffed_nor_kept() {
    let app = TestApp::start().await;
    for path in ["/api/health", "/api/menu", "/api/settings", "/api/docs/"] {
        let answer = app.get(path).await;
        assert_eq!((answer.header("x-content-type-options"), answer.header("cache-control")), ("nosniff", "no-store"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_who_follows_a_wrong_link_is_shown_the_page() {
    let app = TestApp::start().await;
    for path in ["/x", "/orders/7", "/assets/gone.js"] {
        let page = app.get_with(path, "accept", "text/html,application/xhtml+xml,*/*;q=0.8").await;
        assert_eq!(page.status, 404, "{path}");
        assert_eq!(page.header("content-type"), "text/html", "{path}");
        app.get_with(path, "accept", "*/*").await.expect_problem(404, "unknownRoute");
    }
    for path in ["/api/x", "/api/restaurants/none/board"] {
        let answer = app.get_with(path, "accept", "text/html").await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
}
