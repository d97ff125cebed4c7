//! The nodes, and what they say together.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use feedme_checker::Recorder;
use feedme_checker::recorder::Callers;
use parking_lot::{Mutex, RwLock};
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long anybody waits for an answer: a node that is paused gives none.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// The nodes that live now.
pub(crate) struct Fleet {
    database: String,
    flags: Vec<&'static str>,
    /// Their logs, line by line.
    said: Arc<Mutex<Vec<String>>>,
    http: reqwest::Client,
    addresses: RwLock<Vec<String>>,
    children: tokio::sync::Mutex<Vec<Child>>,
    turn: AtomicUsize,
    /// Whatever anybody is told.
    recorder: Arc<Recorder>,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

/// The name of a restaurant in addresses.
pub(crate) fn slug(n: usize) -> String {
    if n == 0 { "default".into() } else { format!("restaurant-{n}") }
}

impl Fleet {
    /// Starts so many on one database, each with these flags.
    pub(crate) async fn start(database: String, nodes: usize, flags: &[&'static str]) -> Self {
        let (flags, said) = (flags.to_vec(), Arc::default());
        let http = reqwest::Client::builder().timeout(ANSWER_WITHIN).build().expect("a client can be made");
        let (mut addresses, mut children) = (Vec::new(), Vec::new());
        for _ in 0..nodes {
            let (child, address) = serve_heard(&database, &flags, &said).await;
            addresses.push(address);
            children.push(child);
        }
        let (addresses, children) = (RwLock::new(addresses), tokio::sync::Mutex::new(children));
        let recorder = Arc::new(Recorder::new(Callers::All));
        Self { database, flags, said, http, addresses, children, turn: AtomicUsize::new(0), recorder }
    }

    /// The errors that all of them have logged so far.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().clone()
    }

    /// Where whatever anybody is told is written down.
    pub(crate) fn recorder(&self) -> &Arc<Recorder> {
        &self.recorder
    }

    /// The next node's address, as a load balancer without a memory has it.
    pub(crate) fn address(&self) -> String {
        let addresses = self.addresses.read();
        addresses[self.turn.fetch_add(1, Ordering::Relaxed) % addresses.len()].clone()
    }

    /// SIGKILL, and another in its place.
    pub(crate) async fn replace(&self, node: usize) {
        let mut children = self.children.lock().await;
        children[node].kill().await.expect("it can be killed");
        self.put(&mut children, node).await;
    }

    /// SIGTERM, which must end well, and another in its place.
    pub(crate) async fn restart(&self, node: usize) {
        let mut children = self.children.lock().await;
        end(&mut children[node]).await;
        self.put(&mut children, node).await;
    }

    async fn put(&self, children: &mut [Child], node: usize) {
        let (child, address) = serve_heard(&self.database, &self.flags, &self.said).await;
        children[node] = child;
        self.addresses.write()[node] = address;
    }

    /// SIGSTOP for a while.
    pub(crate) async fn pause(&self, node: usize, pause: Duration) {
        let children = self.children.lock().await;
        signal(&children[node], Signal::STOP);
        tokio::time::sleep(pause).await;
        signal(&children[node], Signal::CONT);
    }

    /// Ends all in good order.
    pub(crate) async fn stop(&self) {
        for child in &mut *self.children.lock().await {
            end(child).await;
        }
    }

    /// Opens a restaurant at any node.
    pub(crate) async fn open(&self, slug: &str) {
        let request = self.http.post(format!("{}/api/restaurants", self.address()));
        let response = request.json(&json!({ "slug": slug, "name": slug })).send().await.expect("it answers");
        assert_eq!(response.status(), 201, "{slug}");
    }

    /// Asks any node, which must do it.
    pub(crate) async fn must(&self, method: Method, slug: &str, route: &str, body: Option<&Value>) -> Value {
        self.must_at(&self.address(), method, slug, route, body).await
    }

    async fn must_at(&self, address: &str, method: Method, slug: &str, route: &str, body: Option<&Value>) -> Value {
        let Answer { status, text } = self.ask(address, method, slug, route, None, body).await.expect("it answers");
        assert!((200..300).contains(&status), "{slug}/{route}: {status} {text}");
        serde_json::from_str(&text).expect("it answers JSON")
    }

    /// Asks any node, and writes down what it says; nothing when it says nothing.
    pub(crate) async fn call(
        &self,
        method: Method,
        slug: &str,
        route: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Option<Answer> {
        self.ask(&self.address(), method, slug, route, key, body).await
    }

    async fn ask(
        &self,
        address: &str,
        method: Method,
        slug: &str,
        route: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Option<Answer> {
        let path = format!("/api/restaurants/{slug}/{route}");
        let sent = body.map(Value::to_string).unwrap_or_default();
        let mut request = self.http.request(method.clone(), format!("{address}{path}"));
        if body.is_some() {
            request = request.header("content-type", "application/json").body(sent.clone());
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let asking = self.recorder.ask(method.as_str(), &path, key, sent.as_bytes());
        let response = request.send().await.ok()?;
        let (status, replayed) = (response.status().as_u16(), response.headers().contains_key("idempotency-replayed"));
        let text = response.text().await.ok()?;
        self.recorder.answered(asking, status, replayed, text.as_bytes());
        Some(Answer { status, text })
    }

    pub(crate) async fn version(&self, slug: &str) -> u64 {
        self.must(Method::GET, slug, "board", None).await["version"].as_u64().expect("a board has a version")
    }

    /// Every node shows the same board.
    pub(crate) async fn agrees(&self, slug: &str) {
        let addresses = self.addresses.read().clone();
        let mut boards = Vec::new();
        for address in &addresses {
            boards.push(self.must_at(address, Method::GET, slug, "board", None).await);
        }
        assert!(boards.windows(2).all(|pair| pair[0] == pair[1]), "the nodes disagree about {slug}: {boards:#?}");
    }

    /// Waits until nothing waits or cooks, and has the history and the log written down. The history.
    pub(crate) async fn drained(&self, slug: &str) -> Vec<Value> {
        let (mut fewest, mut since) = (usize::MAX, Instant::now());
        loop {
            let board = self.must(Method::GET, slug, "orders", None).await;
            let active = board["orders"].as_array().expect("a board has orders").iter();
            let active = active.filter(|order| order["status"] == "PENDING" || order["status"] == "PROCESSING").count();
            if active == 0 {
                break;
            }
            if active < fewest {
                (fewest, since) = (active, Instant::now());
            }
            assert!(since.elapsed() < Duration::from_secs(30), "{slug} does not drain: {active} left");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut orders = Vec::new();
        let mut route = "orders?limit=100".to_owned();
        loop {
            let page = self.must(Method::GET, slug, &route, None).await;
            self.recorder.page(slug, page.to_string().as_bytes());
            orders.extend(page["orders"].as_array().expect("a page has orders").iter().cloned());
            match page["nextCursor"].as_str() {
                Some(cursor) => route = format!("orders?limit=100&cursor={cursor}"),
                None => break,
            }
        }
        let log = self.call(Method::GET, slug, "audit?format=jsonl", None, None).await.expect("it answers");
        assert_eq!(log.status, 200, "{}", log.text);
        self.recorder.log(slug, &log.text);
        orders
    }
}

/// As [`serve`], in open mode, and notes each line of its log.
async fn serve_heard(database: &str, flags: &[&str], said: &Arc<Mutex<Vec<String>>>) -> (Child, String) {
    let flags: Vec<_> = ["--open"].iter().chain(flags).copied().collect();
    let (mut child, address) = start(database, &flags, Stdio::piped()).await;
    let (lines, said) = (child.stderr.take().expect("it has a log"), Arc::clone(said));
    tokio::spawn(async move {
        let mut lines = BufReader::new(lines).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            eprintln!("{line}");
            said.lock().push(line);
        }
    });
    (child, address)
}

/// Starts a node. Where it serves.
pub(crate) async fn serve(database: &str, more: &[&str]) -> (Child, String) {
    start(database, more, Stdio::inherit()).await
}

async fn start(database: &str, more: &[&str], log: Stdio) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_feedme"))
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "error"])
        .args(more)
        .env("FEEDME_DATABASE", database)
        .stdout(Stdio::piped())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it has an output")).lines();
    let line = lines.next_line().await.expect("its output can be read").expect("it says where it serves");
    let address = line.split_whitespace().find(|word| word.starts_with("http://")).expect("the line has an address");
    (child, address.to_owned())
}

/// Ends a node in good order.
pub(crate) async fn end(child: &mut Child) {
    signal(child, Signal::TERM);
    let ended = tokio::time::timeout(Duration::from_secs(10), child.wait()).await;
    let status = ended.expect("it ends within ten seconds").expect("it ends");
    assert!(status.success(), "{status}");
}

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(child.id().expect("it runs").cast_signed()).expect("a pid is positive");
    kill_process(pid, signal).expect("it can be signalled");
}
