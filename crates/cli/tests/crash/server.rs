//! The real binary.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use feedme_checker::Recorder;
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running server.
pub(crate) struct Server {
    child: Child,
    address: String,
    http: reqwest::Client,
    recorder: Arc<Recorder>,
}

impl Server {
    /// Starts it on a free port and waits until it says that it serves. What it answers here is written down.
    pub(crate) async fn start(folder: &Path, recorder: &Arc<Recorder>) -> Self {
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
        let (address, http, recorder) = (address.to_owned(), reqwest::Client::new(), Arc::clone(recorder));
        Self { child, address, http, recorder }
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
        serde_json::from_str(&self.text(path).await).expect("it answers JSON")
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        self.ask(Method::GET, path, &Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) {
        self.ask(Method::POST, path, body).await;
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) {
        self.ask(Method::PATCH, path, body).await;
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> String {
        let (mut request, mut sent) =
            (self.http.request(method.clone(), format!("{}{path}", self.address)), String::new());
        if !body.is_null() {
            sent = body.to_string();
            request = request.header("content-type", "application/json").body(sent.clone());
        }
        let asking = self.recorder.ask(method.as_str(), path, None, sent.as_bytes());
        let response = request.send().await.expect("it answers");
        let status = response.status();
        let text = response.text().await.expect("it answers to the end");
        self.recorder.answered(asking, status.as_u16(), false, text.as_bytes());
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        text
    }

    pub(crate) async fn version(&self) -> u64 {
        self.get("/api/board").await["version"].as_u64().expect("a board has a version")
    }
}
