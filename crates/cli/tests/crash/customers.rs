//! Customers who place orders and write down what they were told. Whoever gets no answer asks again, with the
//! same idempotency key, at the next server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use feedme_checker::Recorder;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How many there are.
const CUSTOMERS: usize = 8;

/// A request that was sent and not answered.
#[derive(Clone, Debug)]
struct Unanswered {
    key: String,
    order_type: &'static str,
}

/// All customers and what they wrote down.
#[derive(Debug)]
pub(crate) struct Customers {
    recorder: Arc<Recorder>,
    address: Mutex<String>,
    unanswered: Mutex<Vec<Unanswered>>,
    keys: AtomicU64,
    retried: AtomicU64,
}

/// Customers at work with one server.
pub(crate) struct Working {
    customers: Arc<Customers>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Customers {
    /// Customers who write down what they are told.
    pub(crate) fn new(recorder: Arc<Recorder>) -> Self {
        let (address, unanswered) = (Mutex::default(), Mutex::default());
        Self { recorder, address, unanswered, keys: AtomicU64::new(0), retried: AtomicU64::new(0) }
    }

    pub(crate) fn recorder(&self) -> &Arc<Recorder> {
        &self.recorder
    }

    /// Tells everybody where the server is now.
    pub(crate) fn go_to(&self, address: String) {
        *self.address.lock() = address;
    }

    /// Where the server is now.
    pub(crate) fn address(&self) -> String {
        self.address.lock().clone()
    }

    /// Lets them place orders at a server until it dies or they are told to stop.
    pub(crate) fn work_at(self: &Arc<Self>, address: String) -> Working {
        self.go_to(address);
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for _ in 0..CUSTOMERS {
            tasks.spawn(Arc::clone(self).place_orders(stopped.clone()));
        }
        Working { customers: Arc::clone(self), stop, tasks }
    }

    /// How many requests were sent again because a crash swallowed their answer.
    pub(crate) fn retried(&self) -> u64 {
        self.retried.load(Ordering::Relaxed)
    }

    async fn place_orders(self: Arc<Self>, stopped: watch::Receiver<bool>) {
        let http = reqwest::Client::new();
        loop {
            let again = self.unanswered.lock().pop();
            if again.is_none() && *stopped.borrow() {
                return;
            }
            let request = again.unwrap_or_else(|| {
                let key = self.keys.fetch_add(1, Ordering::Relaxed);
                let order_type = if key.is_multiple_of(5) { "VIP" } else { "NORMAL" };
                Unanswered { key: format!("key-{key}"), order_type }
            });
            if !self.place(&http, request).await {
                return;
            }
        }
    }

    /// False when the server gave no answer.
    async fn place(&self, http: &reqwest::Client, request: Unanswered) -> bool {
        let body = json!({ "type": request.order_type, "note": request.key }).to_string();
        let asking = self.recorder.ask("POST", "/api/orders", Some(&request.key), body.as_bytes());
        let sent = http
            .post(format!("{}/api/orders", self.address()))
            .header("idempotency-key", &request.key)
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await;
        let answer = match sent {
            Ok(response) => {
                let replayed = response.headers().contains_key("idempotency-replayed");
                Ok((response.status().as_u16(), replayed, response.text().await))
            }
            Err(error) => Err(error),
        };
        let Ok((status, replayed, Ok(text))) = answer else {
            self.retried.fetch_add(1, Ordering::Relaxed);
            self.unanswered.lock().push(request);
            return false;
        };
        assert_eq!(status, 201, "{request:?}: {text}");
        self.recorder.answered(asking, status, replayed, text.as_bytes());
        true
    }
}

impl Working {
    /// The server is dead: everybody notices.
    pub(crate) async fn finish(self) {
        self.tasks.join_all().await;
    }

    /// Nobody places anything new, and whoever lacks an answer gets it.
    pub(crate) async fn settle(self) {
        self.stop.send_replace(true);
        self.tasks.join_all().await;
        assert!(self.customers.unanswered.lock().is_empty(), "a live server left a request without an answer");
    }
}
