//! What the log tells, and how it is switched.

use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::binary::{Running, feedme};

fn start(data: &Path) -> Running {
    let words = ["serve", "--open", "--log-format", "json", "--metrics-listen", "off"];
    Running::with(Command::new(env!("CARGO_BIN_EXE_feedme")), &words, data)
}

/// Asks for something, which must be done.
fn asks(server: &Running, method: reqwest::Method, path: &str, body: &Value) -> Value {
    let request = reqwest::blocking::Client::new().request(method, server.url(path)).json(body);
    let response = request.send().expect("it answers");
    assert!(response.status().is_success(), "{path}: {}", response.status());
    response.json().expect("it answers JSON")
}

/// Waits until an order has a status.
fn becomes(server: &Running, order: &str, status: &str) {
    let began = Instant::now();
    while !server.get(&format!("/api/orders/{order}")).contains(&format!("\"status\":\"{status}\"")) {
        assert!(began.elapsed() < Duration::from_secs(30), "{order} does not become {status}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Ends a server in good order; its log, line by line.
fn log_of(server: Running) -> Vec<Value> {
    server.interrupt();
    let (status, said) = server.ended();
    assert!(status.success(), "{said}");
    said.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line} is no JSON"))).collect()
}

/// What of a line one follows an order by.
fn about(line: &Value) -> [&Value; 4] {
    ["message", "number", "type", "actor"].map(|field| &line[field])
}

#[test]
fn an_order_is_followed_by_its_id_from_place_to_completion_across_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = start(folder.path());
    let order = asks(&server, reqwest::Method::POST, "/api/orders", &json!({"type": "VIP"}))["order"].clone();
    asks(&server, reqwest::Method::POST, "/api/orders", &json!({"type": "NORMAL"}));
    let order = order["id"].as_str().expect("it has an id").to_owned();
    let mut lines = log_of(server);

    let server = start(folder.path());
    asks(&server, reqwest::Method::PATCH, "/api/settings", &json!({"cookMs": 100}));
    let bot = asks(&server, reqwest::Method::POST, "/api/bots", &json!({}))["bot"]["id"].clone();
    becomes(&server, &order, "COMPLETE");
    lines.extend(log_of(server));

    let trace = order.replace('-', "");
    let of_order: Vec<_> = lines.iter().filter(|line| line["order"] == *order).collect();
    let told: Vec<_> = of_order.iter().map(|line| about(line)).collect();
    let expected = [["order.placed", "open"], ["order.started", "open"], ["order.completed", "timer"]];
    let expected = expected.map(|[name, actor]| [json!(name), json!(1), json!("VIP"), json!(actor)]);
    assert_eq!(told, expected.each_ref().map(<[Value; 4]>::each_ref), "{of_order:#?}");
    assert!(of_order.iter().all(|line| line["trace_id"] == *trace && line["restaurant"] == "default"));
    assert!(of_order[1..].iter().all(|line| line["bot"] == bot), "{of_order:#?}");
    let versions: Vec<_> = of_order.iter().map(|line| line["version"].as_u64().expect("a number")).collect();
    assert!(versions.is_sorted() && versions[0] == 1, "{versions:?}");
}

#[test]
fn the_log_is_switched_while_the_server_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = |words: &[&str]| {
        let output = feedme(&[&["log"], words, &["--data"]].concat(), folder.path());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (status, _, error) = log(&[]);
    assert!(status == Some(1) && error.contains("no server runs on"), "{error}");
    let server = start(folder.path());
    let (_, before, _) = log(&[]);
    assert!(before.starts_with("info"), "{before}");
    let place = || asks(&server, reqwest::Method::POST, "/api/orders", &json!({"type": "NORMAL"}));
    place();
    let quiet = "info,feedme::kitchen=warn";
    assert_eq!(log(&[quiet]), (Some(0), quiet.to_owned(), String::new()));
    place();
    let (status, _, error) = log(&["info,=="]);
    assert!(status == Some(1) && error.contains("filter"), "{error}");
    let switched = asks(&server, reqwest::Method::PATCH, "/api/log", &json!({"filter": "info"}));
    assert_eq!(switched, json!({"filter": "info"}));
    assert_eq!(server.get("/api/log"), r#"{"filter":"info"}"#);
    place();
    let lines = log_of(server);
    let placed = lines.iter().filter(|line| line["message"] == "order.placed");
    assert_eq!(placed.map(|line| line["number"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(3)]);
}

#[test]
fn a_log_that_nobody_reads_stops_no_kitchen() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = ["serve", "--open", "--log", "trace", "--metrics-listen", "127.0.0.1:0"];
    let words = [&words[..], &["--caller-rate", "0", "--address-rate", "0"]].concat();
    let mut server = Running::with(Command::new(env!("CARGO_BIN_EXE_feedme")), &words, folder.path());
    let metrics = server.next_address();
    // A pipe holds 64 KiB: a trace of so many orders is more.
    for _ in 0..300 {
        assert_eq!(server.place(), 201);
    }
    let mut text = String::new();
    reqwest::blocking::get(metrics).expect("it answers").read_to_string(&mut text).expect("it is text");
    assert!(text.contains("feedme_log_lines_lost_total") && text.contains("feedme_commits_untold_total"), "{text}");
}
