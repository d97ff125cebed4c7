//! Whatever comes in is answered: no panic, no 5xx, and what is refused says so as it should.
//!
//! Requests are made of what is almost right, by a seed that is named when one fails. `FEEDME_FUZZ_CASES` makes more.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;

use axum::body::Body;
use feedme_server::{AccessOptions, Limits, Peer, Proxies};
use feedme_store::accounts::Role;
use feedme_testkit::delayed::{Driven, KEYS};
use feedme_testkit::{Answer, MemoryStore, Normal, SocketApp, Span as _, TestApp, Visitor};
use http::{HeaderName, HeaderValue, Method, Request};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, IteratorRandom as _};
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Map, Value, json};

fn cases(usual: u64) -> std::ops::Range<u64> {
    let asked = std::env::var("FEEDME_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok());
    0..asked.unwrap_or(usual)
}

/// Text that is a value somewhere, or almost.
const WORDS: &[&str] = &[
    "",
    "NORMAL",
    "VIP",
    "MANAGER",
    "pull",
    "auto",
    "strict",
    "ratio",
    "mei",
    "default",
    "south",
    "a\u{0}b",
    "\u{202e}\u{feff}🍔",
    "../..",
    "%2F",
    "%00",
    "%",
    "' OR 1=1 --",
    "019696f2-3b80-7cc3-98c5-0bd7c1b4a1f0",
    "00000000-0000-0000-0000-000000000000",
    "2026-05-04T09:30:00Z",
    "-262143-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "0",
    "-1",
    "18446744073709551616",
    "1e308",
    "a1-1",
    "a7fffffffffffffff-0",
    "n0000000004f",
    "0-0",
    "9223372036854775807-18446744073709551615",
    "feedme_x",
    "text/event-stream",
];

/// Names of fields, parameters and nothing.
const NAMES: &[&str] = &[
    "type",
    "userId",
    "note",
    "lines",
    "name",
    "quantity",
    "externalRef",
    "orderId",
    "botId",
    "claim",
    "mode",
    "cookMs",
    "policy",
    "kind",
    "afterMs",
    "vip",
    "normal",
    "acceptingOrders",
    "username",
    "password",
    "role",
    "everywhere",
    "disabled",
    "expiresInDays",
    "link",
    "current",
    "__proto__",
    "",
];

const PARAMETERS: &[&str] =
    &["status", "type", "number", "from", "to", "limit", "cursor", "after", "who", "kind", "about", "format", "x"];

const HEADERS: &[&str] = &[
    "authorization",
    "cookie",
    "host",
    "origin",
    "sec-fetch-site",
    "x-forwarded-for",
    "x-forwarded-proto",
    "last-event-id",
    "idempotency-key",
    "upstash-signature",
    "if-none-match",
    "content-type",
    "content-encoding",
    "content-length",
    "accept",
    "user-agent",
    "range",
    "expect",
];

/// Values of headers that are right somewhere.
const VALUES: &[&str] = &[
    "Bearer feedme_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
    "Bearer",
    "feedme_session=x; feedme_device=y; __Host-feedme_session=z",
    "feedme_session",
    ";;=;=",
    "127.0.0.1:8080",
    "[::1]:8080",
    "localhost:99999",
    "http://127.0.0.1:8080",
    "null",
    "same-origin",
    "cross-site",
    "203.0.113.9, 10.0.0.7",
    "[2001:db8::1]:443,,unknown",
    "https, http",
    "\"1-1\"",
    "W/\"1-1\", *",
    "application/json",
    "application/json; charset=utf-8",
    "multipart/form-data; boundary=x",
    "gzip",
    "0",
    "99999999999999999999",
    "bytes=0-1,5-",
    "eyJhbGciOiJIUzI1NiJ9.e30.AAAA",
    "..",
];

/// What makes almost right requests.
struct Spite {
    random: StdRng,
    /// Every route, as the document has it.
    routes: Vec<(Method, String)>,
    /// Ids of what is there.
    ids: Vec<String>,
}

impl Spite {
    fn new(ids: Vec<String>) -> Self {
        let document = serde_json::to_value(feedme_server::openapi()).unwrap();
        let mut routes = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                routes.push((method.to_uppercase().parse().unwrap(), path.clone()));
            }
        }
        Self { random: StdRng::seed_from_u64(0), routes, ids }
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.random.random_ratio(1, n)
    }

    fn word(&mut self) -> String {
        match self.random.random_range(0..10) {
            0..5 => (*WORDS.choose(&mut self.random).unwrap()).to_owned(),
            5..8 => self.ids.choose(&mut self.random).unwrap().clone(),
            8 => "x".repeat(self.random.random_range(0..2_000)),
            _ => (0..self.random.random_range(0..20)).map(|_| self.random.random::<char>()).collect(),
        }
    }

    fn value(&mut self, depth: u32) -> Value {
        match self.random.random_range(0..if depth == 0 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.random.random::<bool>()),
            2 => json!(self.random.random_range(-2_i64..200)),
            3 => json!([0.5, -0.0, 1e300, 1e18][self.random.random_range(0..4)]),
            4 | 5 => json!(self.word()),
            6 => (0..self.random.random_range(0..4)).map(|_| self.value(depth - 1)).collect(),
            _ => self.object(depth - 1).into(),
        }
    }

    fn object(&mut self, depth: u32) -> Map<String, Value> {
        let names: Vec<_> =
            (0..self.random.random_range(0..5)).map(|_| *NAMES.choose(&mut self.random).unwrap()).collect();
        names.into_iter().map(|name| (name.to_owned(), self.value(depth))).collect()
    }

    /// A body that the route takes, or another, or almost.
    fn body(&mut self, path: &str) -> Vec<u8> {
        let id = self.word();
        let right = [
            ("/orders", json!({ "type": "NORMAL", "note": "x", "lines": [{ "name": "a", "quantity": 1 }] })),
            ("/complete", json!({ "orderId": id, "botId": id, "claim": 1 })),
            ("/bots", json!({ "mode": "pull" })),
            ("/return", json!({ "claim": 1 })),
            ("/settings", json!({ "cookMs": 1, "policy": { "kind": "ratio", "vip": 1, "normal": 1 } })),
            ("/users", json!({ "username": id, "password": id, "role": "NORMAL", "everywhere": false })),
            ("/keys", json!({ "name": id, "role": "DISPLAY", "expiresInDays": 1 })),
            ("/users/{id}", json!({ "password": id, "disabled": true })),
        ];
        let mut body = match self.random.random_range(0..6) {
            0 => self.value(3),
            1 => Value::from(self.object(3)),
            2 => right.choose(&mut self.random).unwrap().1.clone(),
            _ => right.into_iter().find(|(end, _)| path.ends_with(end)).map_or(json!({}), |(_, body)| body),
        };
        if let Some(fields) = body.as_object_mut()
            && self.one_in(3)
        {
            let changed = fields.keys().choose(&mut self.random).cloned();
            let name = changed.unwrap_or_else(|| (*NAMES.choose(&mut self.random).unwrap()).to_owned());
            let value = self.value(2);
            fields.insert(name, value);
        }
        let mut bytes = body.to_string().into_bytes();
        if self.one_in(5) {
            self.spoil(&mut bytes);
        }
        bytes
    }

    /// Changes, adds and takes away some bytes.
    fn spoil(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..self.random.random_range(1..4) {
            let at = self.random.random_range(0..=bytes.len());
            match self.random.random_range(0..4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, self.random.random()),
                2 if at < bytes.len() => bytes[at] = self.random.random(),
                _ => {
                    let again = bytes[at..].to_vec();
                    bytes.extend(again);
                }
            }
        }
    }

    /// A text as it may stand in an address.
    fn encoded(&mut self, text: &str) -> String {
        let mut encoded = String::new();
        for byte in text.bytes() {
            let as_it_is = match byte {
                b'-' | b'.' | b'_' | b'~' => true,
                b'%' | b'+' | b'*' | b':' => self.one_in(2),
                _ => byte.is_ascii_alphanumeric() && !self.one_in(20),
            };
            if as_it_is {
                encoded.push(byte.into());
            } else {
                write!(encoded, "%{byte:02X}").unwrap();
            }
        }
        encoded
    }

    fn address(&mut self, path: &str) -> String {
        let mut address = String::new();
        for piece in path.split('/').skip(1) {
            address.push('/');
            match piece {
                "{restaurant}" if !self.one_in(4) => address.push_str("default"),
                _ if piece.starts_with('{') || self.one_in(30) => {
                    let word = self.word();
                    address.push_str(&self.encoded(&word));
                }
                piece => address.push_str(&if self.one_in(10) { self.encoded(piece) } else { piece.to_owned() }),
            }
        }
        for n in 0..self.random.random_range(0..8_u32).saturating_sub(4) {
            let (name, word) = (*PARAMETERS.choose(&mut self.random).unwrap(), self.word());
            let value = self.encoded(&word);
            write!(address, "{}{name}={value}", if n == 0 { '?' } else { '&' }).unwrap();
        }
        address
    }

    /// A header's value, any bytes that may stand in one.
    fn header(&mut self) -> HeaderValue {
        let mut bytes = match self.random.random_range(0..3) {
            0 => self.word().into_bytes(),
            _ => VALUES.choose(&mut self.random).unwrap().as_bytes().to_vec(),
        };
        if self.one_in(4) {
            self.spoil(&mut bytes);
        }
        bytes.retain(|byte| HeaderValue::from_bytes(&[*byte]).is_ok());
        HeaderValue::from_bytes(&bytes).unwrap()
    }

    /// The request of a seed; with its own words for a header that matters, it may be let in.
    fn request(&mut self, seed: u64, own: &[(&'static str, &str)]) -> Option<Request<Body>> {
        self.random = StdRng::seed_from_u64(seed);
        let (method, path) = self.routes.choose(&mut self.random).unwrap().clone();
        let method = if self.one_in(20) { Method::PUT } else { method };
        let has_body = method != Method::GET || self.one_in(10);
        let request = Request::builder().method(method).uri(self.address(&path));
        let mut request = request.body(Body::empty()).ok()?;
        if has_body {
            request.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
            *request.body_mut() = self.body(&path).into();
        }
        for (name, value) in own {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        for _ in 0..self.random.random_range(0..6_u32).saturating_sub(3) {
            let name = HeaderName::from_static(HEADERS.choose(&mut self.random).unwrap());
            let value = self.header();
            if self.one_in(2) {
                request.headers_mut().append(name, value);
            } else {
                request.headers_mut().insert(name, value);
            }
        }
        Some(request)
    }
}

/// Demands that an answer is one.
fn check(answer: &Answer, what: &str) {
    let said = String::from_utf8_lossy(&answer.body);
    if answer.status.is_client_error() {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{what}: {said}");
        assert!(answer.json()["code"].is_string(), "{what}: {said}");
    }
    // A kitchen may have been told to take no orders, which is no fault.
    let is_paused = said.contains("\"orderingPaused\"");
    assert!(answer.status.as_u16() < 500 || is_paused, "{what}: {} {said}", answer.status);
}

/// Sends what a seed makes, unless it would take long: passwords are judged slowly, and streams do not end.
async fn send(app: &TestApp, spite: &mut Spite, seed: u64, visitor: &Visitor) -> Option<u16> {
    let cookie = visitor.cookies.get("feedme_session").map(|token| format!("feedme_session={token}"));
    let own: Vec<_> = cookie.as_deref().map(|cookie| ("cookie", cookie)).into_iter().collect();
    let mut request = spite.request(seed, &own)?;
    if spite.one_in(2) {
        let address = if spite.one_in(2) { [10, 0, 0, 7] } else { [192, 0, 2, 9] };
        request.extensions_mut().insert(Peer { address: SocketAddr::from((address, 1)), tls: false });
    }
    let what = format!("seed {seed}: {request:?}");
    let response = app.service.answer(request).await;
    if response.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream") {
        return Some(200);
    }
    let answer = Answer::read(response).await;
    check(&answer, &what);
    Some(answer.status.as_u16())
}

/// An application with something in it, and the ids of that.
async fn stage(open: bool) -> (TestApp, Visitor, Spite) {
    let limits = Limits { caller_per_s: 0, stranger_per_s: 0, ..Limits::default() };
    let proxies = Proxies::parse(&["10.0.0.0/24"]).unwrap();
    let options = AccessOptions { open, proxies, ..AccessOptions::default() };
    let app = TestApp::granting(MemoryStore::new(), options, limits).await;
    let mut mei = app.hire("mei", Role::Manager, None).await;
    let mut ids = vec![mei.id().to_string()];
    for n in 0..3 {
        let mode = json!({ "mode": if n == 0 { "auto" } else { "pull" } });
        let bot = mei.post("/api/bots", &mode).await.expect(201)["bot"].take();
        let order = mei.post("/api/orders", &json!({ "type": "VIP" })).await.expect(201)["order"].take();
        ids.extend([bot, order].iter().map(|it| it["id"].as_str().unwrap().to_owned()));
    }
    (app, mei, Spite::new(ids))
}

#[tokio::test(start_paused = true)]
async fn whatever_a_manager_sends_is_answered() {
    let (app, mut mei, mut spite) = stage(false).await;
    let mut seen = BTreeMap::<_, u32>::new();
    for seed in cases(3_000) {
        if seed % 50 == 0 {
            app.advance(1.s()).await;
            // They may have signed themselves out.
            mei = app.hire(&format!("mei {seed}"), Role::Manager, None).await;
        }
        let status = send(&app, &mut spite, seed, &mei).await;
        *seen.entry(status).or_default() += 1;
    }
    // Requests that are refused at the first look try nothing.
    for status in [200, 201, 400, 403, 404, 405, 409, 415, 422] {
        assert!(seen.contains_key(&Some(status)), "{status} was never seen: {seen:?}");
    }
    let done = seen.get(&Some(200)).copied().unwrap_or(0) + seen.get(&Some(201)).copied().unwrap_or(0);
    assert!(done > 300, "hardly anything was done: {seen:?}");
    app.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn whatever_anybody_sends_is_answered() {
    for open in [false, true] {
        let (app, _, mut spite) = stage(open).await;
        let stranger = app.stranger();
        for seed in cases(1_500) {
            send(&app, &mut spite, seed + 1_000_000, &stranger).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_signature_but_the_services_own_is_believed_and_none_breaks_anything() {
    let mut driven = Driven::start().await;
    driven.app.add_bot().await;
    let order = driven.app.place(Normal).await;
    let body = Driven::body(&driven.started().await);
    driven.app.advance(10.s()).await;
    let mut spite = Spite::new(vec!["x".into()]);
    let good = driven.token(&body, "a").signed(KEYS[1]).into_bytes();
    for seed in cases(2_000) {
        spite.random = StdRng::seed_from_u64(seed);
        let mut token = good.clone();
        spite.spoil(&mut token);
        token.retain(|byte| HeaderValue::from_bytes(&[*byte]).is_ok());
        let token = String::from_utf8_lossy(&token).into_owned();
        if token.as_bytes() == good {
            continue;
        }
        driven.call_back_with(&token, &body).await.expect_problem(403, "badSignature");
    }
    assert_eq!(driven.app.order(&order).await["status"], "PROCESSING");
    driven.call_back(&body).await.expect(200);
}

/// On a real connection, where the bytes are not yet a request.
#[tokio::test]
async fn whatever_bytes_come_in_the_server_goes_on() {
    const REQUESTS: [&[u8]; 4] = [
        b"GET /api/board HTTP/1.1\r\nhost: localhost\r\ncookie: feedme_session=x\r\n\r\n",
        b"POST /api/orders HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n{\"type\":\"NORMAL\"}",
        b"POST /api/orders HTTP/1.1\r\nhost: [::1]\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\
          5\r\n{\"typ\r\nc;x=y\r\ne\":\"NORMAL\"}\r\n0\r\nx: y\r\n\r\n",
        b"DELETE /api/orders/%6Fclear?x=%zz HTTP/1.1\r\nhost: localhost:1\r\norigin: null\r\nexpect: 100-continue\r\n\r\n",
    ];
    let (app, _, mut spite) = stage(false).await;
    let served =
        SocketApp::serve(&app, Limits { headers_within: 50.ms(), body_within: 50.ms(), ..Limits::default() }).await;
    for seed in cases(400) {
        spite.random = StdRng::seed_from_u64(seed);
        let mut bytes = REQUESTS.choose(&mut spite.random).unwrap().to_vec();
        spite.spoil(&mut bytes);
        let mut socket = served.connect().await;
        // It may be refused, and the connection closed, before all of it is sent.
        let _ = tokio::io::AsyncWriteExt::write_all(&mut socket.0, &bytes).await;
        let _ = tokio::io::AsyncWriteExt::shutdown(&mut socket.0).await;
        let mut said = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut socket.0, &mut said).await;
        let said = String::from_utf8_lossy(&said);
        let what = format!("seed {seed}: {}", bytes.escape_ascii());
        for line in said.split("\r\n").filter(|line| line.starts_with("HTTP/")) {
            assert!(!line.starts_with("HTTP/1.1 5") || line.starts_with("HTTP/1.1 505"), "{what}: {said}");
        }
    }
    let said = served.exchange("GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
    served.stop().await.unwrap();
}
