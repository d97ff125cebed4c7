//! Customers who place orders at whichever node they meet, call some of them off, and look at another node what became of
//! them. Whoever gets no answer asks again with the same key, elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::fleet::{Answer, Fleet, slug};

/// How many there are.
const CUSTOMERS: u64 = 8;

/// An order as it was acknowledged.
#[derive(Clone, Debug)]
pub(crate) struct Acknowledged {
    pub(crate) restaurant: String,
    pub(crate) id: String,
    pub(crate) number: u64,
}

/// What customers met with.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) orders: Vec<Acknowledged>,
    /// Requests that were sent again, because there was no answer.
    pub(crate) again: u64,
    /// Looks at another node.
    pub(crate) looks: u64,
}

/// Customers at work.
pub(crate) struct Customers {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

struct Shared {
    fleet: Arc<Fleet>,
    restaurants: usize,
    may_lose: bool,
    told: Mutex<Told>,
    keys: AtomicU64,
}

impl Customers {
    /// Lets them order. Where the database may lose what was acknowledged, they do not insist.
    pub(crate) fn begin(fleet: &Arc<Fleet>, restaurants: usize, may_lose: bool, seed: u64) -> Self {
        let (fleet, told, keys) = (Arc::clone(fleet), Mutex::default(), AtomicU64::new(0));
        let shared = Shared { fleet, restaurants, may_lose, told, keys };
        let shared = Arc::new(shared);
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for customer in 0..CUSTOMERS {
            let rng = StdRng::seed_from_u64(seed << 8 | customer);
            tasks.spawn(Arc::clone(&shared).order_until(stopped.clone(), rng));
        }
        Self { shared, stop, tasks }
    }

    /// Nobody orders anything new, and whoever lacks an answer gets it.
    pub(crate) async fn settle(self) -> Told {
        self.stop.send_replace(true);
        self.tasks.join_all().await;
        std::mem::take(&mut *self.shared.told.lock())
    }
}

impl Shared {
    async fn order_until(self: Arc<Self>, stopped: watch::Receiver<bool>, mut rng: StdRng) {
        while !*stopped.borrow() {
            let key = format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed));
            // A third of all go to one restaurant: there nodes are in each other's way.
            let restaurant = slug(if rng.random_bool(0.3) { 0 } else { rng.random_range(0..self.restaurants) });
            let order_type = if rng.random_bool(0.2) { "VIP" } else { "NORMAL" };
            let body = json!({ "type": order_type, "note": key });
            let Answer { status, text } = self.ask(&restaurant, "orders", &key, Some(&body)).await;
            assert_eq!(status, 201, "{key}: {text}");
            let placed: Value = serde_json::from_str(&text).expect("it answers JSON");
            let id = placed["order"]["id"].as_str().expect("an order has an id");
            let number = placed["order"]["number"].as_u64().expect("an order has a number");
            self.told.lock().orders.push(Acknowledged { restaurant: restaurant.clone(), id: id.to_owned(), number });
            match rng.random_range(0..20) {
                0..5 => self.look(&restaurant, &format!("orders/{id}")).await,
                5 => self.look(&restaurant, "board").await,
                6 => {
                    let (route, key) = (format!("orders/{id}/cancel"), format!("{key}-off"));
                    let Answer { status, text } = self.ask(&restaurant, &route, &key, None).await;
                    // It may be complete.
                    let is_lost = status == 404 && self.may_lose;
                    assert!(matches!(status, 200 | 409) || is_lost, "{key} got {status}: {text}");
                }
                _ => {}
            }
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..40))).await;
        }
    }

    /// Asks until there is an answer.
    async fn ask(&self, restaurant: &str, route: &str, key: &str, body: Option<&Value>) -> Answer {
        let asked = Instant::now();
        loop {
            let answer = self.fleet.call(Method::POST, restaurant, route, Some(key), body).await;
            // Another node may still be at it, or the database be away for a moment.
            let again = |Answer { status, text }: &Answer| {
                matches!(status, 503 | 504) || *status == 409 && text.contains("idempotencyKeyInUse")
            };
            match answer {
                Some(answer) if !again(&answer) => return answer,
                _ => {
                    self.told.lock().again += 1;
                    tokio::time::sleep(Duration::from_millis(30)).await;
                }
            }
            assert!(asked.elapsed() < Duration::from_mins(1), "{key} has no answer after a minute");
        }
    }

    /// What one node acknowledged every node shows.
    async fn look(&self, restaurant: &str, route: &str) {
        match self.fleet.call(Method::GET, restaurant, route, None, None).await {
            Some(Answer { status: 200, .. }) => self.told.lock().looks += 1,
            Some(Answer { status: 503, .. }) | None => {}
            Some(Answer { status: 404, .. }) if self.may_lose => {}
            Some(Answer { status, text }) => panic!("{restaurant}/{route} is answered with {status}: {text}"),
        }
    }
}
