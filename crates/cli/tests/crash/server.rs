//! The real binary.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running server.
pub(crate) struct Server {
    child: Child,
    address: String,
    http: reqwest::Client,
}

impl Server {
    /// Starts it on a free port and waits until it says that it serves.
    pub(crate) async fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_feedme"))
            .args(["serve", "--open", "--listen", "127.0.0.1:0", "--log", "error", "--data"])
            .arg(folder.join("data"))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it has an output")).lines();
        let line = lines.next_line().await.expect("its output can be read").expect("it says where it serves");
        let address =
            line.split_whitespace().find(|word| word.starts_with("http://")).expect("the line has an address");
        Self { child, address: address.to_owned(), http: reqwest::Client::new() }
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    /// SIGKILL.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// SIGTERM; it must end in good order.
    pub(crate) async fn stop(mut self) {
        let pid = self.child.id().expect("it runs");
        let pid = rustix::process::Pid::from_raw(pid.cast_signed()).expect("a pid is positive");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it can be signalled");
        let status = self.child.wait().await.expect("it ends");
        assert!(status.success(), "{status}");
    }

    /// `feedme doctor` finds nothing.
    pub(crate) async fn examine(folder: &Path) {
        let output = Command::new(env!("CARGO_BIN_EXE_feedme"))
            .args(["doctor", "--data"])
            .arg(folder.join("data"))
            .output()
            .await
            .expect("the binary starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.http.get(format!("{}{path}", self.address)).send().await.expect("it answers");
        assert!(response.status().is_success(), "GET {path}: {}", response.status());
        response.json().await.expect("it answers JSON")
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) {
        self.send(self.http.post(format!("{}{path}", self.address)), body).await;
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) {
        self.send(self.http.patch(format!("{}{path}", self.address)), body).await;
    }

    async fn send(&self, request: reqwest::RequestBuilder, body: &Value) {
        let request = if body.is_null() { request } else { request.json(body) };
        let status = request.send().await.expect("it answers").status();
        assert!(status.is_success(), "{status}");
    }

    pub(crate) async fn version(&self) -> u64 {
        self.get("/api/board").await["version"].as_u64().expect("a board has a version")
    }
}
