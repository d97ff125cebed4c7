//! The attacks that are refused, each as bytes on a wire with the status that it gets. Callbacks have a file of their own.

use std::fmt::Write as _;

use feedme_server::Limits;
use feedme_store::accounts::Role;
use feedme_testkit::app::id;
use feedme_testkit::{SocketApp, TestApp, Visitor};
use serde_json::json;

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

#[tokio::test]
async fn each_attack_gets_its_status_and_changes_nothing() {
    let app = TestApp::locked().await;
    let (here, there) = (app.restaurant("default"), app.restaurant("south"));
    let mut manager = app.hire("manager", Role::Manager, Some(here)).await;
    let mut elsewhere = app.hire("elsewhere", Role::Manager, Some(there)).await;
    let normal = app.hire("normal", Role::Normal, Some(here)).await;
    let theirs = elsewhere.post("/api/orders", &json!({ "type": "VIP" })).await.expect(201)["order"].take();
    let bot = manager.post("/api/bots", &json!({ "mode": "pull" })).await.expect(201)["bot"].take();
    let other_bot = manager.post("/api/bots", &json!({ "mode": "pull" })).await.expect(201)["bot"].take();
    let robot = app.equip(Role::Bot, here, Some(&bot)).await;
    let mut left = app.hire("left", Role::Manager, Some(here)).await;
    let gone = left.clone();
    left.post_empty("/api/auth/logout").await.expect(200);
    let before = manager.get("/api/board").await.expect(200);

    let nobody = attacker(&app, &app.stranger()).await;
    let customer = attacker(&app, &normal).await;
    let boss = attacker(&app, &manager).await;
    let device = attacker(&app, &robot).await;
    let logged_out = attacker(&app, &gone).await;

    let order = r#"{"type":"NORMAL"}"#;
    let long = "x".repeat(64 * 1024);
    let deep = format!(r#"{{"type":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let chunked = "10\r\n{\"type\":\"NORMAL\"\r\n1\r\n}\r\n0\r\n\r\n";
    let at_theirs = |rest: &str| format!("/api/orders/{}{rest}", id(&theirs));

    let mut refused = Vec::new();
    let mut expect = |name: &'static str, found: u16, wanted: u16| refused.push((name, found, wanted));

    expect("no credential", nobody.send("POST /api/orders", "", order).await, 401);
    expect("no credential reads nothing", nobody.send("GET /api/board", "", "").await, 401);
    let forged = "Cookie: feedme_session=0000\r\n";
    expect("a forged session", nobody.send("GET /api/board", forged, "").await, 401);
    let forged = "Authorization: Bearer feedme_0000\r\n";
    expect("a forged key", nobody.send("GET /api/board", forged, "").await, 401);
    expect("a logged-out session", logged_out.send("POST /api/orders", "", order).await, 401);
    expect("a key in the address", nobody.send("GET /api/board?key=feedme_0", "", "").await, 401);

    let guess = r#"{"username":"manager","password":"wrong wrong wrong"}"#;
    for _ in 0..5 {
        nobody.send("POST /api/auth/login", "", guess).await;
    }
    expect("a login flood", nobody.send("POST /api/auth/login", "", guess).await, 429);
    let spoofed = "X-Forwarded-For: 203.0.113.9\r\nForwarded: for=203.0.113.9\r\n";
    expect("the same with spoofed addresses", nobody.send("POST /api/auth/login", spoofed, guess).await, 429);
    let huge = format!(r#"{{"username":"x","password":"{}"}}"#, "x".repeat(10_000_000));
    expect("a password of 10 MB", nobody.send("POST /api/auth/login", "", &huge).await, 413);

    expect("a foreign id", customer.send(&format!("GET {}", at_theirs("")), "", "").await, 404);
    expect("a foreign id", boss.send(&format!("POST {}", at_theirs("/cancel")), "", "").await, 404);
    expect("a foreign id", boss.send(&format!("DELETE {}", at_theirs("")), "", "").await, 404);
    expect("a foreign restaurant", boss.send("GET /api/restaurants/south/board", "", "").await, 404);
    expect("no uuid at all", boss.send("GET /api/orders/1%20OR%201=1", "", "").await, 404);
    let smuggled = r#"{"type":"NORMAL","role":"MANAGER"}"#;
    expect("a smuggled role", customer.send("POST /api/orders", "", smuggled).await, 422);
    let smuggled = r#"{"type":"NORMAL","restaurant":"south"}"#;
    expect("a smuggled restaurant", customer.send("POST /api/orders", "", smuggled).await, 422);
    expect("NORMAL placing VIP", customer.send("POST /api/orders", "", r#"{"type":"VIP"}"#).await, 403);
    expect("a customer adding a bot", customer.send("POST /api/bots", "", "").await, 403);
    expect("a customer making accounts", customer.send("GET /api/users", "", "").await, 403);
    let claim = format!("POST /api/bots/{}/claim", id(&other_bot));
    expect("a bot acting for another", device.send(&claim, "", "").await, 409);

    let site = "Sec-Fetch-Site: cross-site\r\n";
    expect("a page from elsewhere", boss.send("POST /api/orders", site, order).await, 403);
    let origin = "Origin: https://evil.example\r\n";
    expect("a foreign Origin", boss.send("POST /api/orders", origin, order).await, 403);
    expect("the Origin of a file", boss.send("POST /api/orders", "Origin: null\r\n", order).await, 403);
    let plain = "Content-Type: text/plain\r\n";
    expect("JSON as text/plain", boss.send("POST /api/orders", plain, order).await, 415);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    expect("a form", boss.send("POST /api/orders", form, "type=NORMAL").await, 415);
    expect("a change by GET", boss.send("GET /api/orders/clear", "", "").await, 405);
    expect("a change by GET", boss.send("GET /api/auth/logout", "", "").await, 405);
    expect("TRACE", boss.send("TRACE /api/board", "", "").await, 405);
    let rebound = format!("GET /api/board HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n{}\r\n", boss.headers);
    expect("a name that somebody pointed here", boss.raw(rebound).await, 421);

    for (name, body) in [
        ("broken JSON", r#"{"type":"#),
        ("a key twice", r#"{"type":"NORMAL","type":"VIP"}"#),
        ("nesting of 10,000", &*deep),
        ("two values", r#"{"type":"NORMAL"}{"type":"VIP"}"#),
        ("nothing", ""),
    ] {
        expect(name, boss.send("POST /api/orders", "", body).await, 400);
    }
    let head = format!("POST /api/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}", boss.headers);
    let json = "Content-Type: application/json\r\n";
    let mut bad_utf8 = format!("{head}{json}Content-Length: 17\r\n\r\n").into_bytes();
    bad_utf8.extend(b"{\"type\":\"NORM\xff\"}\n");
    expect("bad UTF-8", boss.raw(bad_utf8).await, 400);
    expect("a body over 64 KiB", boss.send("POST /api/orders", "", &format!("{order}{long}")).await, 413);
    let endless = format!("{head}{json}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n", long.len());
    let endless = format!("{endless}{:x}\r\n{long}\r\n", long.len());
    expect("an endless body", boss.raw(endless).await, 413);
    for (name, body) in [
        ("a number out of range", r#"{"type":"NORMAL","lines":[{"name":"x","quantity":1000000000000000000000}]}"#),
        ("a negative number", r#"{"type":"NORMAL","lines":[{"name":"x","quantity":-1}]}"#),
        ("an unknown enum", r#"{"type":"SUPER"}"#),
        ("an enum as a number", r#"{"type":1}"#),
        ("an unknown field", r#"{"type":"NORMAL","__proto__":{}}"#),
    ] {
        expect(name, boss.send("POST /api/orders", "", body).await, 422);
    }

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
        expect(path, boss.send(&format!("GET {path}"), "", "").await, 404);
    }
    let both = format!("{head}{json}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}");
    expect("CL+TE", boss.raw(both).await, 400);
    let split =
        format!("GET /api/board HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}X: a\rb\r\n\r\n", boss.headers);
    expect("a bare CR", boss.raw(split).await, 400);
    let wide = format!("X-Wide: {long}\r\n");
    expect("a header of 64 KB", boss.send("GET /api/board", &wide, "").await, 431);

    for (name, found, wanted) in refused {
        assert_eq!(found, wanted, "{name}");
    }
    let after = manager.get("/api/board").await.expect(200);
    assert_eq!(after, before, "nothing changed");
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
