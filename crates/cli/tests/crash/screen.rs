//! A screen that follows from the first event on, through every crash, by `Last-Event-ID`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::customers::Customers;

/// What the screen has seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) epoch: Option<String>,
    pub(crate) version: u64,
    pub(crate) completions: BTreeMap<String, u32>,
}

/// The screen.
pub(crate) struct Screen {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Screen {
    /// Follows whichever server the customers are at.
    pub(crate) fn follow(customers: Arc<Customers>) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let task = tokio::spawn(follow(customers, Arc::clone(&seen)));
        Self { seen, task }
    }

    /// Waits until it knows everything up to a version.
    pub(crate) async fn caught_up_with(&self, version: u64) {
        for _ in 0..1500 {
            if self.seen.lock().version >= version {
                return;
            }
            assert!(!self.task.is_finished(), "the screen found something wrong");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the screen stands at {} and not at {version}", self.seen.lock().version);
    }

    /// Ends it. Whatever it found wrong fails the test here.
    pub(crate) fn finish(self) -> Seen {
        assert!(!self.task.is_finished(), "the screen found something wrong");
        self.task.abort();
        self.seen.lock().clone()
    }
}

async fn follow(customers: Arc<Customers>, seen: Arc<Mutex<Seen>>) {
    let http = reqwest::Client::new();
    loop {
        let mut request = http.get(format!("{}/api/events", customers.address()));
        let (epoch, version) = {
            let seen = seen.lock();
            (seen.epoch.clone(), seen.version)
        };
        if let Some(epoch) = epoch {
            request = request.header("last-event-id", format!("{epoch}-{version}"));
        }
        match request.send().await {
            Ok(response) => read(response, &seen).await,
            // Between two servers.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn read(mut response: reqwest::Response, seen: &Mutex<Seen>) {
    assert!(response.status().is_success(), "{}", response.status());
    let mut text = Vec::new();
    // The connection ends with the server; a frame that was cut off comes again.
    while let Ok(Some(bytes)) = response.chunk().await {
        text.extend_from_slice(&bytes);
        while let Some(end) = text.windows(2).position(|window| window == b"\n\n") {
            let frame: Vec<u8> = text.drain(..end + 2).collect();
            see(&mut seen.lock(), std::str::from_utf8(&frame).expect("frames are text"));
        }
    }
}

fn see(seen: &mut Seen, frame: &str) {
    let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let (Some(event), Some(data)) = (field("event:"), field("data:")) else { return };
    if event == "heartbeat" {
        return;
    }
    let (epoch, version) = field("id:").and_then(|id| id.split_once('-')).expect("an event has an id");
    let version: u64 = version.parse().expect("a version is a number");
    if event == "snapshot" {
        let Seen { epoch: had, version: at, .. } = &*seen;
        assert!(had.is_none(), "a snapshot of {epoch}-{version} after {had:?} {at}: the server lost what it had shown");
        seen.epoch = Some(epoch.to_owned());
        seen.version = version;
        return;
    }
    assert_eq!(seen.epoch.as_deref(), Some(epoch), "another history");
    assert_eq!(version, seen.version + 1, "a hole or a repetition");
    seen.version = version;
    if event == "order.completed" {
        let data: Value = serde_json::from_str(data).expect("data is JSON");
        let id = data["order"]["id"].as_str().expect("the event has its order").to_owned();
        *seen.completions.entry(id).or_default() += 1;
    }
}
