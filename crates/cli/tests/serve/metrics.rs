//! What a Prometheus reads.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::binary::{Running, feedme};

const SERVE: [&str; 6] = ["serve", "--open", "--log", "error", "--metrics-listen", "127.0.0.1:0"];

/// A server that is measured, and where.
fn measured(folder: &std::path::Path) -> (Running, String) {
    let mut server = Running::with(Command::new(env!("CARGO_BIN_EXE_feedme")), &SERVE, folder);
    let address = server.next_address();
    (server, address)
}

fn read(address: &str) -> String {
    reqwest::blocking::get(address).expect("it answers").text().expect("it is text")
}

/// The value of a series, by its name with its labels.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{series} is not there:\n{text}")).parse().expect("it is a number")
}

/// Asks until a series has a value.
fn until(address: &str, series: &str, expected: f64) -> String {
    let began = Instant::now();
    loop {
        let text = read(address);
        let found = value(&text, series);
        if (found - expected).abs() < 1e-9 {
            return text;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{series} is {found}, not {expected}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What promtool finds wrong.
fn complaints(text: &str) -> String {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is installed");
    promtool.stdin.take().expect("it reads").write_all(text.as_bytes()).expect("it takes all");
    let output = promtool.wait_with_output().expect("it ends");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn what_happens_is_counted_and_promtool_has_nothing_to_say_against_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, address) = measured(folder.path());
    let client = reqwest::blocking::Client::new();
    let post = |path: &str, body: &'static str| {
        let request = client.post(server.url(path)).header("content-type", "application/json").body(body);
        request.send().expect("it answers").status().as_u16()
    };
    for body in [r#"{"type":"VIP"}"#, r#"{"type":"NORMAL"}"#, r#"{"type":"NORMAL"}"#] {
        assert_eq!(post("/api/orders", body), 201);
    }
    let text = read(&address);
    assert!(value(&text, r#"feedme_oldest_order_waiting_seconds{type="vip",restaurant="default"}"#) >= 0.0);
    assert_eq!(value(&text, r#"feedme_orders_waiting{type="normal",restaurant="default"}"#).to_string(), "2");
    let settings = client.patch(server.url("/api/settings")).json(&serde_json::json!({"cookMs": 100}));
    assert!(settings.send().expect("it answers").status().is_success());
    assert_eq!(post("/api/bots", "{}"), 201);
    let completed =
        |class| format!(r#"feedme_order_events_total{{event="completed",type="{class}",restaurant="default"}}"#);
    until(&address, &completed("normal"), 2.0);
    assert_eq!(post("/api/orders", "{"), 400);
    assert_eq!(post("/api/nowhere", "{}"), 404);
    let text = read(&address);
    for (series, expected) in [
        (completed("vip").as_str(), 1.0),
        (r#"feedme_order_ready_seconds_count{type="normal",restaurant="default"}"#, 2.0),
        (r#"feedme_order_waiting_seconds_count{type="vip",restaurant="default"}"#, 1.0),
        (r#"feedme_orders_waiting{type="normal",restaurant="default"}"#, 0.0),
        (r#"feedme_bots{state="idle",restaurant="default"}"#, 1.0),
        (r#"feedme_http_requests_total{method="POST",route="/api/orders",status="201"}"#, 3.0),
        (r#"feedme_http_requests_total{method="POST",route="/api/orders",status="400"}"#, 1.0),
        (r#"feedme_http_requests_total{method="POST",route="unknown",status="404"}"#, 1.0),
        ("feedme_timer_lag_seconds_count", 3.0),
        ("feedme_stuck_orders", 0.0),
        ("feedme_recoveries_total", 1.0),
    ] {
        assert!((value(&text, series) - expected).abs() < 1e-9, "{series} is not {expected}:\n{text}");
    }
    assert!(value(&text, r#"feedme_bot_cooking_seconds_total{restaurant="default"}"#) >= 0.3);
    assert!(value(&text, r#"feedme_commits_total{outcome="won"}"#) >= 5.0);
    assert!(value(&text, "process_resident_memory_bytes") > 1e6);
    assert_eq!(complaints(&text), "", "{text}");
    assert_ne!(complaints(&text.replace("# HELP feedme_stuck_orders", "# ")), "", "promtool looks at all of it");
}

#[test]
fn streams_that_are_open_are_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, address) = measured(folder.path());
    assert_eq!(value(&read(&address), "feedme_streams").to_string(), "0");
    let stream = reqwest::blocking::get(server.url("/api/events")).expect("it begins");
    until(&address, "feedme_streams", 1.0);
    drop(stream);
    until(&address, "feedme_streams", 0.0);
    assert_eq!(value(&read(&address), r#"feedme_streams_opened_total{reason="anew"}"#).to_string(), "1");
}

#[test]
fn an_address_that_was_asked_for_and_is_taken_ends_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it has one").to_string();
    let words = ["serve", "--open", "--listen", "127.0.0.1:0", "--metrics-listen", &address, "--data"];
    let output = feedme(&words, folder.path());
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(&format!("failed to listen on {address} for metrics")), "{said}");
}
