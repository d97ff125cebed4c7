//! A screen that follows from the first event on, through every crash, by `Last-Event-ID`.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinHandle;

use crate::customers::Customers;

/// The screen.
pub(crate) struct Screen {
    seen: Arc<Mutex<feedme_checker::recorder::Screen>>,
    task: JoinHandle<()>,
}

impl Screen {
    /// Follows whichever server the customers are at.
    pub(crate) fn follow(customers: Arc<Customers>) -> Self {
        let seen = Arc::new(Mutex::new(customers.recorder().screen("default")));
        let task = tokio::spawn(follow(customers, Arc::clone(&seen)));
        Self { seen, task }
    }

    /// Waits until it knows everything up to a version.
    pub(crate) async fn caught_up_with(&self, version: u64) {
        for _ in 0..1500 {
            if self.seen.lock().version() >= Some(version) {
                return;
            }
            assert!(!self.task.is_finished(), "the screen has ended");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the screen stands at {:?} and not at {version}", self.seen.lock().version());
    }

    /// Ends it.
    pub(crate) fn finish(self) {
        self.task.abort();
    }
}

async fn follow(customers: Arc<Customers>, seen: Arc<Mutex<feedme_checker::recorder::Screen>>) {
    let http = reqwest::Client::new();
    loop {
        let mut request = http.get(format!("{}/api/events", customers.address()));
        if let Some(id) = seen.lock().last_event_id() {
            request = request.header("last-event-id", id);
        }
        match request.send().await {
            Ok(mut response) => {
                assert!(response.status().is_success(), "{}", response.status());
                seen.lock().connected();
                // The connection ends with the server; a frame that was cut off comes again.
                while let Ok(Some(bytes)) = response.chunk().await {
                    seen.lock().feed(&bytes);
                }
                seen.lock().gone();
            }
            // Between two servers.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}
