//! What a browser is refused when a page from elsewhere asks.

use feedme_testkit::app::{bare, with_body};
use feedme_testkit::{Answer, TestApp};
use http::{HeaderName, HeaderValue, Method};

const PLACE: &str = r#"{"type":"NORMAL"}"#;

/// Asks with these headers; a POST places an order, as a form can that needs no preflight.
async fn ask(app: &TestApp, method: Method, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let mut request = match method {
        Method::POST => with_body(method, path, "application/json", PLACE),
        _ => bare(method, path),
    };
    for (name, value) in headers {
        request.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    app.send(request).await
}

#[tokio::test(start_paused = true)]
async fn a_page_from_elsewhere_changes_nothing() {
    let app = TestApp::start().await;
    let host = ("host", "127.0.0.1:8080");
    for headers in [
        &[host, ("sec-fetch-site", "cross-site")][..],
        &[host, ("sec-fetch-site", "same-site")],
        &[host, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        &[host, ("origin", "null")],
        &[host, ("origin", "")],
        &[host, ("origin", "https://evil.example")],
        &[host, ("origin", "http://127.0.0.1:9090")],
        &[host, ("origin", "http://127.0.0.1")],
        &[host, ("origin", "http://localhost:8080")],
        &[host, ("origin", "http://127.0.0.1:8080.evil.example")],
        &[host, ("origin", "http://127.0.0.1:8080"), ("origin", "https://evil.example")],
        &[host, ("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "cross-site")],
        &[("origin", "http://127.0.0.1:8080")],
    ] {
        for (method, path) in [
            (Method::POST, "/api/orders"),
            (Method::POST, "/api/restaurants/default/bots"),
            (Method::DELETE, "/api/orders/clear"),
            (Method::PATCH, "/api/settings"),
            (Method::PUT, "/api/menu"),
            (Method::POST, "/%61pi/%6Frders"),
        ] {
            ask(&app, method, path, headers).await.expect_problem(403, "crossSite");
        }
        // Whoever asks from elsewhere is not let read the answer, by the browser.
        ask(&app, Method::GET, "/api/board", headers).await.expect(200);
    }
    assert_eq!(app.board().await["version"], 0);
}

#[tokio::test(start_paused = true)]
async fn pages_of_the_server_itself_and_programs_go_on() {
    let app = TestApp::start().await;
    for headers in [
        &[][..],
        &[("host", "127.0.0.1:8080")],
        &[("host", "localhost:5173"), ("origin", "http://localhost:5173"), ("sec-fetch-site", "same-origin")],
        &[("host", "FeedMe.localhost"), ("origin", "https://feedme.localhost")],
        &[("host", "[::1]:8080"), ("origin", "http://[::1]:8080")],
        &[("host", "localhost"), ("sec-fetch-site", "none")],
    ] {
        ask(&app, Method::POST, "/api/orders", headers).await.expect(201);
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_others_can_point_here_gets_nothing() {
    let app = TestApp::start().await;
    for host in ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "a b"] {
        for path in ["/", "/api/board", "/api/events", "/api/docs/", "/api/openapi.json", "/api/menu"] {
            ask(&app, Method::GET, path, &[("host", host)]).await.expect_problem(421, "unknownHost");
        }
        let headers = [("host", host), ("origin", &*format!("http://{host}")), ("sec-fetch-site", "same-origin")];
        let refused = ask(&app, Method::POST, "/api/orders", &headers).await;
        assert!(refused.expect_problem(421, "unknownHost")["detail"].as_str().unwrap().contains("`localhost`"));
        for probe in ["/livez", "/readyz"] {
            ask(&app, Method::GET, probe, &[("host", host)]).await.expect(200);
        }
    }
    // However it is spelt, a path is one and the same to the gate and to the routes.
    for path in ["/api/%62oard", "/%61pi/board", "/livez/%2e%2e/api/board", "/livez%2F..%2Fapi%2Fboard"] {
        ask(&app, Method::GET, path, &[("host", "evil.example")]).await.expect_problem(421, "unknownHost");
    }
    ask(&app, Method::GET, "/%6Civez", &[("host", "evil.example")]).await.expect(200);
    // The server that an address names goes before the header.
    ask(&app, Method::GET, "http://evil.example/api/board", &[("host", "localhost")])
        .await
        .expect_problem(421, "unknownHost");
    ask(&app, Method::GET, "http://localhost/api/board", &[("host", "evil.example")]).await.expect(200);
}
