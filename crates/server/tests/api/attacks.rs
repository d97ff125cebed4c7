//! The attacks that are refused, each as bytes on a wire with the status that it gets. Callbacks have a file of their own.

use std::fmt::Write as _;
use std::time::Duration;

use feedme_server::Limits;
use feedme_store::accounts::Role;
use feedme_testkit::app::id;
use feedme_testkit::{SocketApp, TestApp, Visitor};
use serde_json::{Value, json};

const MARKUP: &str = "<img src=x onerror=alert(1)>'); DROP TABLE orders; --";

/// Somebody who attacks: headers that say who they are.
struct Attacker {
    socket: SocketApp,
    headers: String,
}

impl Attacker {
    /// Sends a request as it is, and reads the status.
    async fn raw(&self, request: impl AsRef<[u8]>) -> u16 {
        let answer = self.socket.exchange(request).await;
        let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        status.unwrap_or_else(|| panic!("no answer: {answer:?}"))
    }

    /// How a request to place an order begins.
    fn head(&self) -> String {
        let line = "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close";
        format!("{line}\r\n{}Content-Type: application/json\r\n", self.headers)
    }

    /// Sends a request with further headers and a body of JSON.
    async fn send(&self, line: &str, further: &str, body: &str) -> u16 {
        let length = body.len();
        let mut request =
            format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}{further}", self.headers);
        if !further.to_ascii_lowercase().contains("content-type") {
            request.push_str("Content-Type: application/json\r\n");
        }
        write!(request, "Content-Length: {length}\r\n\r\n{body}").unwrap();
        self.raw(request).await
    }
}

async fn attacker(app: &TestApp, visitor: &Visitor) -> Attacker {
    let mut headers = String::new();
    if let Some(key) = &visitor.key {
        write!(headers, "Authorization: Bearer {key}\r\n").unwrap();
    }
    if let Some(session) = visitor.cookies.get("feedme_session") {
        write!(headers, "Cookie: feedme_session={session}\r\n").unwrap();
    }
    Attacker { socket: SocketApp::serve(app, Limits::default()).await, headers }
}

/// A restaurant, those who attack it, and what its board was before.
struct Stage {
    app: TestApp,
    manager: Visitor,
    elsewhere: Visitor,
    before: Value,
}

const ORDER: &str = r#"{"type":"NORMAL"}"#;

impl Stage {
    async fn set() -> Self {
        let app = TestApp::locked().await;
        let mut manager = app.hire("manager", Role::Manager, Some(app.restaurant("default"))).await;
        let elsewhere = app.hire("elsewhere", Role::Manager, Some(app.restaurant("south"))).await;
        for _ in 0..2 {
            manager.post("/api/bots", &json!({ "mode": "pull" })).await.expect(201);
        }
        let before = manager.get("/api/board").await.expect(200);
        Self { app, manager, elsewhere, before }
    }

    async fn nobody(&self) -> Attacker {
        attacker(&self.app, &self.app.stranger()).await
    }

    async fn boss(&self) -> Attacker {
        attacker(&self.app, &self.manager).await
    }

    async fn customer(&self) -> Attacker {
        let customer = self.app.hire("customer", Role::Normal, Some(self.app.restaurant("default"))).await;
        attacker(&self.app, &customer).await
    }

    async fn nothing_changed(mut self) {
        assert_eq!(self.manager.get("/api/board").await.expect(200), self.before);
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_done() {
    let stage = Stage::set().await;
    let mut left = stage.app.hire("left", Role::Manager, Some(stage.app.restaurant("default"))).await;
    let logged_out = attacker(&stage.app, &left).await;
    left.post_empty("/api/auth/logout").await.expect(200);
    let nobody = stage.nobody().await;
    assert_eq!(nobody.send("POST /api/orders", "", ORDER).await, 401);
    assert_eq!(logged_out.send("POST /api/orders", "", ORDER).await, 401);
    assert_eq!(nobody.send("GET /api/board?key=feedme_0", "", "").await, 401);
    for forged in
        ["", "Cookie: feedme_session=0000\r\n", "Cookie: feedme_key=0\r\n", "Authorization: Bearer feedme_0000\r\n"]
    {
        assert_eq!(nobody.send("GET /api/board", forged, "").await, 401, "{forged}");
    }
    stage.nothing_changed().await;
}

#[tokio::test]
async fn a_flood_of_sign_ins_waits_and_no_header_lifts_that() {
    let stage = Stage::set().await;
    let nobody = stage.nobody().await;
    let guess = r#"{"username":"manager","password":"wrong wrong wrong"}"#;
    for _ in 0..5 {
        assert_eq!(nobody.send("POST /api/auth/login", "", guess).await, 401);
    }
    for spoofed in
        ["", "X-Forwarded-For: 203.0.113.9\r\n", "Forwarded: for=203.0.113.9\r\n", "X-Real-IP: 203.0.113.9\r\n"]
    {
        assert_eq!(nobody.send("POST /api/auth/login", spoofed, guess).await, 429, "{spoofed}");
    }
    let huge = format!(r#"{{"username":"x","password":"{}"}}"#, "x".repeat(10_000_000));
    assert_eq!(nobody.send("POST /api/auth/login", "", &huge).await, 413);
}

#[tokio::test]
async fn nobody_gets_beyond_their_rights() {
    let mut stage = Stage::set().await;
    let theirs = stage.elsewhere.post("/api/orders", &json!({ "type": "VIP" })).await.expect(201)["order"].take();
    let (customer, boss) = (stage.customer().await, stage.boss().await);
    for line in ["GET {}", "POST {}/cancel", "POST {}/restore", "POST {}/collect", "DELETE {}"] {
        let line = line.replace("{}", &format!("/api/orders/{}", id(&theirs)));
        assert_eq!(boss.send(&line, "", "").await, 404, "{line}");
    }
    assert_eq!(boss.send("GET /api/restaurants/south/board", "", "").await, 404);
    assert_eq!(boss.send("GET /api/orders/1%20OR%201=1", "", "").await, 404);
    for (line, body, status) in [
        ("POST /api/orders", r#"{"type":"NORMAL","role":"MANAGER"}"#, 422),
        ("POST /api/orders", r#"{"type":"NORMAL","restaurant":"south"}"#, 422),
        ("POST /api/orders", r#"{"type":"VIP"}"#, 403),
        ("POST /api/bots", "", 403),
        ("GET /api/users", "", 403),
        ("DELETE /api/orders/clear", "", 403),
    ] {
        assert_eq!(customer.send(line, "", body).await, status, "{line} {body}");
    }
    let bots = stage.before["bots"].as_array().unwrap();
    let robot = stage.app.equip(Role::Bot, stage.app.restaurant("default"), Some(&bots[0])).await;
    let claim = format!("POST /api/bots/{}/claim", id(&bots[1]));
    assert_eq!(attacker(&stage.app, &robot).await.send(&claim, "", "").await, 409);
    stage.nothing_changed().await;
}

#[tokio::test]
async fn what_a_page_from_elsewhere_has_a_browser_send_is_refused() {
    let stage = Stage::set().await;
    let boss = stage.boss().await;
    for (further, status) in [
        ("Sec-Fetch-Site: cross-site\r\n", 403),
        ("Sec-Fetch-Site: same-site\r\n", 403),
        ("Origin: https://evil.example\r\n", 403),
        ("Origin: null\r\n", 403),
        ("Content-Type: text/plain\r\n", 415),
        ("Content-Type: application/x-www-form-urlencoded\r\n", 415),
    ] {
        assert_eq!(boss.send("POST /api/orders", further, ORDER).await, status, "{further}");
    }
    for line in ["GET /api/orders/clear", "GET /api/auth/logout", "TRACE /api/board", "PUT /api/settings"] {
        assert_eq!(boss.send(line, "", "").await, 405, "{line}");
    }
    let rebound = format!("GET /api/board HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n{}\r\n", boss.headers);
    assert_eq!(boss.raw(rebound).await, 421);
    stage.nothing_changed().await;
}

#[tokio::test]
async fn what_is_no_order_is_none() {
    let stage = Stage::set().await;
    let boss = stage.boss().await;
    let deep = format!(r#"{{"type":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let wide = format!("{ORDER}{}", " ".repeat(64 * 1024));
    for (body, status) in [
        ("", 400),
        (r#"{"type":"#, 400),
        (r#"{"type":"NORMAL","type":"VIP"}"#, 400),
        (r#"{"type":"NORMAL"}{"type":"VIP"}"#, 400),
        (&deep, 400),
        (&wide, 413),
        (r#"{"type":"NORMAL","lines":[{"name":"x","quantity":1000000000000000000000}]}"#, 422),
        (r#"{"type":"NORMAL","lines":[{"name":"x","quantity":-1}]}"#, 422),
        (r#"{"type":"SUPER"}"#, 422),
        (r#"{"type":1}"#, 422),
        (r#"{"type":"NORMAL","__proto__":{}}"#, 422),
    ] {
        let shown: String = body.chars().take(80).collect();
        assert_eq!(boss.send("POST /api/orders", "", body).await, status, "{shown}");
    }
    let mut bad_utf8 = format!("{}Content-Length: 17\r\n\r\n", boss.head()).into_bytes();
    bad_utf8.extend(b"{\"type\":\"NORM\xff\"}\n");
    assert_eq!(boss.raw(bad_utf8).await, 400);
    stage.nothing_changed().await;
}

#[tokio::test]
async fn addresses_and_framing_play_no_tricks() {
    let stage = Stage::set().await;
    let boss = stage.boss().await;
    for path in [
        "/api/../etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../../feedme.db",
        "/api/restaurants/..%2fdefault/board",
        "/api/orders//x",
        "//api/board/..",
        "/api/board%00",
        "/api/restaurants/south%2f..%2fdefault/board",
    ] {
        assert_eq!(boss.send(&format!("GET {path}"), "", "").await, 404, "{path}");
    }
    let (head, long) = (boss.head(), "x".repeat(64 * 1024));
    let chunked = "10\r\n{\"type\":\"NORMAL\"\r\n1\r\n}\r\n0\r\n\r\n";
    let both = format!("{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}");
    assert_eq!(boss.raw(both).await, 400, "CL+TE");
    let chunk = format!("{:x}\r\n{long}\r\n", long.len());
    let endless = format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}{chunk}");
    assert_eq!(boss.raw(endless).await, 413, "an endless body");
    assert_eq!(boss.raw(format!("{head}X: a\rb\r\n\r\n")).await, 400, "a bare CR");
    assert_eq!(boss.send("GET /api/board", &format!("X-Wide: {long}\r\n"), "").await, 431);
    stage.nothing_changed().await;
}

#[tokio::test]
async fn a_key_is_not_reused_for_something_else() {
    let app = TestApp::locked().await;
    let manager = app.hire("manager", Role::Manager, Some(app.restaurant("default"))).await;
    let boss = attacker(&app, &manager).await;
    let key = "Idempotency-Key: once\r\n";
    assert_eq!(boss.send("POST /api/orders", key, r#"{"type":"NORMAL"}"#).await, 201);
    assert_eq!(boss.send("POST /api/orders", key, r#"{"type":"VIP"}"#).await, 422);
    // Somebody else's key is another.
    let other = app.hire("other", Role::Manager, Some(app.restaurant("default"))).await;
    assert_eq!(attacker(&app, &other).await.send("POST /api/orders", key, r#"{"type":"VIP"}"#).await, 201);
}

#[tokio::test]
async fn markup_and_sql_are_kept_as_they_came() {
    let app = TestApp::locked().await;
    let mut manager = app.hire("manager", Role::Manager, Some(app.restaurant("default"))).await;
    let body = json!({ "type": "NORMAL", "note": MARKUP, "lines": [{ "name": MARKUP, "quantity": 1 }], "externalRef": "' OR 1=1" });
    let placed = manager.post("/api/orders", &body).await.expect(201)["order"].take();
    let read = manager.get(&format!("/api/orders/{}", id(&placed))).await.expect(200)["order"].take();
    assert_eq!((&read["note"], &read["lines"][0]["name"]), (&json!(MARKUP), &json!(MARKUP)));
    let mut boss = manager.clone();
    let user = json!({ "username": MARKUP, "password": "velvet otter drums at noon", "role": "NORMAL" });
    boss.post("/api/users", &user).await.expect_problem(422, "invalidField");
    let made = boss.post("/api/keys", &json!({ "name": MARKUP, "role": "DISPLAY" })).await.expect(201);
    assert_eq!(made["key"]["name"], MARKUP);
}

#[tokio::test(start_paused = true)]
async fn who_hangs_up_is_in_the_log_all_the_same() {
    let mut stage = Stage::set().await;
    let accomplice = stage.app.hire("accomplice", Role::Normal, Some(stage.app.restaurant("default"))).await;
    let path = format!("/api/users/{}", accomplice.id());
    let mut boss = stage.manager.clone();
    let role = json!({ "role": "VIP" });
    let gone = tokio::select! {
        biased;
        _ = boss.patch(&path, &role) => false,
        // The request is under way, and whoever sent it hangs up.
        () = std::future::ready(()) => true,
    };
    assert!(gone, "it takes a moment");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let users = stage.manager.get("/api/users").await.expect(200)["users"].take();
    assert_eq!(users.as_array().unwrap().iter().filter(|user| user["role"] == "VIP").count(), 1, "it is done");
    let log = stage.manager.get("/api/audit?kind=user.changed").await.expect(200)["entries"].take();
    assert_eq!(log.as_array().unwrap().len(), 1, "and in the log");
}
