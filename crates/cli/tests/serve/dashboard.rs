//! The dashboard: each of its queries is answered by a real Prometheus that scrapes real servers.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use feedme_testkit::cluster::Cluster;
use serde_json::Value;

use crate::binary::Running;

const DASHBOARD: &str = include_str!("../../../../deploy/grafana/feedme.json");

/// What is waited for at most.
const WITHIN: Duration = Duration::from_mins(1);

/// A Prometheus of our own, until it is dropped.
struct Prometheus {
    child: Child,
    url: String,
}

impl Prometheus {
    /// Scrapes these every second, and judges our alerts.
    fn start(folder: &Path, targets: &[&str]) -> Self {
        let alerts = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/prometheus/alerts.yml");
        let config = serde_json::json!({
            "global": { "scrape_interval": "1s", "evaluation_interval": "1s" },
            "rule_files": [alerts],
            "scrape_configs": [{ "job_name": "feedme", "static_configs": [{ "targets": targets }] }],
        });
        // What is JSON is YAML, too.
        let file = folder.join("prometheus.yml");
        std::fs::write(&file, config.to_string()).expect("a file can be written");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port is free").port();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("series").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus is installed");
        Self { child, url: format!("http://127.0.0.1:{port}") }
    }

    /// What it says to a question; an error in words.
    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, String> {
        let url = reqwest::Url::parse_with_params(&format!("{}/api/v1/{path}", self.url), query);
        let response = reqwest::blocking::get(url.expect("it is an address")).map_err(|error| error.to_string())?;
        let answer: Value = response.json().map_err(|error| error.to_string())?;
        if answer["status"] == "success" { Ok(answer["data"].clone()) } else { Err(answer["error"].to_string()) }
    }

    /// The samples that a query finds.
    fn query(&self, query: &str) -> Result<Vec<Value>, String> {
        let found = self.get("query", &[("query", query)])?;
        found["result"].as_array().cloned().ok_or_else(|| format!("no samples: {found}"))
    }

    /// Waits until a query finds something.
    fn until(&self, query: &str) {
        let began = Instant::now();
        loop {
            let found = self.query(query);
            if found.as_ref().is_ok_and(|samples| !samples.is_empty()) {
                return;
            }
            assert!(began.elapsed() < WITHIN, "{query}: {found:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(words: &[&str], data: &Path) -> (Running, String) {
    let words = [&["serve", "--open", "--log", "error", "--metrics-listen", "127.0.0.1:0"], words].concat();
    let mut server = Running::with(Command::new(env!("CARGO_BIN_EXE_feedme")), &words, data);
    let address = server.next_address();
    let target = address.trim_start_matches("http://").trim_end_matches("/metrics").to_owned();
    (server, target)
}

/// Something of everything that a dashboard shows: orders, a screen, somebody who guesses.
fn work(server: &Running) {
    let client = reqwest::blocking::Client::new();
    let post = |path: &str, body: &'static str| {
        let request = client.post(server.url(path)).header("content-type", "application/json").body(body);
        request.send().expect("it answers").status().as_u16()
    };
    let screen = client.get(server.url("/api/events")).send().expect("it answers");
    let settings = client.patch(server.url("/api/settings")).json(&serde_json::json!({ "cookMs": 200 }));
    assert!(settings.send().expect("it answers").status().is_success());
    assert_eq!(post("/api/bots", "{}"), 201);
    for body in [r#"{"type":"VIP"}"#, r#"{"type":"NORMAL"}"#] {
        assert_eq!(post("/api/orders", body), 201);
    }
    assert_eq!(post("/api/auth/login", r#"{"username":"nobody","password":"a guess that is wrong"}"#), 401);
    drop(screen);
}

/// Every query of the dashboard, with where it stands; all that is chosen there is chosen here.
fn queries() -> Vec<(String, String)> {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("the dashboard is JSON");
    let panels = dashboard["panels"].as_array().expect("it has panels").iter();
    let targets = panels.flat_map(|panel| {
        let title = panel["title"].as_str().expect("a panel has a title").to_owned();
        panel["targets"].as_array().into_iter().flatten().map(move |target| (title.clone(), target["expr"].clone()))
    });
    let chosen = |expr: &str| expr.replace("$restaurant", ".*").replace("$job", ".*").replace("$__rate_interval", "1m");
    targets.map(|(title, expr)| (title, chosen(expr.as_str().expect("a target asks for something")))).collect()
}

#[test]
fn every_query_of_the_dashboard_is_answered_by_a_prometheus_that_scrapes_real_servers() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("threads can be had");
    let database = runtime.block_on(async { Cluster::shared().database() });
    let (embedded, first) = serve(&[], &folder.path().join("data"));
    let (shared, second) = serve(&["--database", &database.url()], &folder.path().join("unused"));
    let prometheus = Prometheus::start(folder.path(), &[&first, &second]);
    prometheus.until("count(up{job=\"feedme\"} == 1) == 2");
    for server in [&embedded, &shared] {
        work(server);
    }
    prometheus.until("count(feedme_order_events_total{event=\"completed\"} == 1) == 4");
    // A rate is a difference: every series must have been seen twice.
    prometheus.until("count(rate(feedme_order_events_total{event=\"completed\"}[1m])) == 4");
    prometheus.until("rate(feedme_sign_ins_total[1m]) or rate(feedme_http_requests_total{status=\"401\"}[1m])");
    prometheus.until("rate(feedme_stream_send_delay_seconds_count[1m])");

    let queries = queries();
    assert!(queries.len() > 40, "the dashboard asks for much: {}", queries.len());
    let unanswered: Vec<_> = queries
        .iter()
        .map(|(title, query)| (title, query, prometheus.query(query)))
        .filter(|(_, _, found)| !found.as_ref().is_ok_and(|samples| !samples.is_empty()))
        .collect();
    assert!(unanswered.is_empty(), "{unanswered:#?}");
    let rules = prometheus.get("rules", &[]).expect("it tells its rules");
    let rules = rules["groups"][0]["rules"].as_array().expect("it has rules").clone();
    assert!(rules.len() > 10 && rules.iter().all(|rule| rule["health"] == "ok"), "{rules:#?}");
}
