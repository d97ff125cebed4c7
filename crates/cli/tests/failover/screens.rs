//! Screens that follow some of the restaurants, at whichever node they meet, from the first event on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::fleet::{Fleet, slug};

/// Every so many restaurants one has a screen.
const EVERY: usize = 3;

/// How long the first picture of a screen may take.
const BEGINS_WITHIN: Duration = Duration::from_mins(1);

/// What a screen has seen.
#[derive(Clone, Debug, Default)]
struct Seen {
    position: Option<(String, u64)>,
    completions: BTreeMap<String, u32>,
    /// Whether another history may begin.
    may_begin_anew: bool,
    /// How often one did.
    begun_anew: u32,
}

/// The screens.
pub(crate) struct Screens(BTreeMap<usize, (Arc<Mutex<Seen>>, JoinHandle<()>)>);

impl Screens {
    /// Returns once each has its first picture: what happens from then on it sees.
    pub(crate) async fn follow(fleet: &Arc<Fleet>, restaurants: usize, may_begin_anew: bool) -> Self {
        let screens = (0..restaurants).step_by(EVERY).map(|n| {
            let seen = Arc::new(Mutex::new(Seen { may_begin_anew, ..Seen::default() }));
            let task = tokio::spawn(follow(Arc::clone(fleet), slug(n), Arc::clone(&seen)));
            (n, (seen, task))
        });
        let screens = Self(screens.collect());
        for (n, (seen, task)) in &screens.0 {
            let since = Instant::now();
            while seen.lock().position.is_none() {
                assert!(!task.is_finished(), "the screen of {} found something wrong", slug(*n));
                assert!(since.elapsed() < BEGINS_WITHIN, "the screen of {} stays dark", slug(*n));
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        screens
    }

    /// How often each order was completed before its eyes, once it knows everything up to a version; `None` where no
    /// screen hangs.
    pub(crate) async fn completions(&self, restaurant: usize, version: u64) -> Option<BTreeMap<String, u32>> {
        let (seen, task) = self.0.get(&restaurant)?;
        for _ in 0..1000 {
            if seen.lock().position.as_ref().is_some_and(|(_, at)| *at >= version) {
                return Some(seen.lock().completions.clone());
            }
            assert!(!task.is_finished(), "the screen of {} found something wrong", slug(restaurant));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the screen of {} stands at {:?} and not at {version}", slug(restaurant), seen.lock().position);
    }

    /// How often another history began before the eyes of a screen.
    pub(crate) fn begun_anew(&self, restaurant: usize) -> Option<u32> {
        self.0.get(&restaurant).map(|(seen, _)| seen.lock().begun_anew)
    }

    /// Ends them. Whatever one found wrong fails the test here.
    pub(crate) fn finish(self) {
        for (restaurant, (_, task)) in self.0 {
            assert!(!task.is_finished(), "the screen of {} found something wrong", slug(restaurant));
            task.abort();
        }
    }
}

async fn follow(fleet: Arc<Fleet>, slug: String, seen: Arc<Mutex<Seen>>) {
    // Streams last, so no time-out; but a node that says nothing for so long is paused, or gone.
    let http = reqwest::Client::builder().read_timeout(Duration::from_secs(5)).build().expect("a client can be made");
    loop {
        let mut request = http.get(format!("{}/api/restaurants/{slug}/events", fleet.address()));
        if let Some((epoch, version)) = seen.lock().position.clone() {
            request = request.header("last-event-id", format!("{epoch}-{version}"));
        }
        match request.send().await {
            Ok(response) if response.status().is_success() => read(response, &slug, &seen).await,
            // Between two nodes, or one that cannot tell what it does not know yet.
            Ok(_) | Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn read(mut response: reqwest::Response, slug: &str, seen: &Mutex<Seen>) {
    let mut text = Vec::new();
    // The connection ends with the node; a frame that was cut off comes again.
    while let Ok(Some(bytes)) = response.chunk().await {
        text.extend_from_slice(&bytes);
        while let Some(end) = text.windows(2).position(|window| window == b"\n\n") {
            let frame: Vec<u8> = text.drain(..end + 2).collect();
            see(&mut seen.lock(), slug, std::str::from_utf8(&frame).expect("frames are text"));
        }
    }
}

fn see(seen: &mut Seen, slug: &str, frame: &str) {
    let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let (Some(event), Some(data)) = (field("event:"), field("data:")) else { return };
    if event == "heartbeat" {
        return;
    }
    let (epoch, version) = field("id:").and_then(|id| id.split_once('-')).expect("an event has an id");
    let version: u64 = version.parse().expect("a version is a number");
    match &seen.position {
        None => assert_eq!(event, "snapshot", "{slug}: whoever knows nothing gets a snapshot"),
        Some((had, _)) if seen.may_begin_anew && had != epoch => {
            assert_eq!(event, "snapshot", "{slug}: another history begins with a snapshot");
            seen.begun_anew += 1;
        }
        Some((had, at)) => {
            assert_eq!((had.as_str(), at + 1), (epoch, version), "{slug}: a hole, a repetition or another history");
            assert_ne!(event, "snapshot", "{slug}: a snapshot of {version} for one who knew {at}");
        }
    }
    seen.position = Some((epoch.to_owned(), version));
    if event == "order.completed" {
        let data: Value = serde_json::from_str(data).expect("data is JSON");
        let id = data["order"]["id"].as_str().expect("the event has its order").to_owned();
        *seen.completions.entry(id).or_default() += 1;
    }
}
