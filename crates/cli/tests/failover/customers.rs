//! Customers who place orders at whichever node they meet, and look at another what became of them. Whoever gets no
//! answer asks again with the same key, elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::fleet::{Fleet, slug};

/// How many there are.
const CUSTOMERS: u64 = 8;

/// An order as it was acknowledged.
#[derive(Clone, Debug)]
pub(crate) struct Acknowledged {
    pub(crate) restaurant: usize,
    pub(crate) key: String,
    pub(crate) id: String,
    pub(crate) number: u64,
    pub(crate) order_type: &'static str,
    /// When it was first asked for.
    pub(crate) asked: Instant,
    pub(crate) answered: Instant,
}

/// What customers were told.
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
            let restaurant = if rng.random_bool(0.3) { 0 } else { rng.random_range(0..self.restaurants) };
            let order_type = if rng.random_bool(0.2) { "VIP" } else { "NORMAL" };
            let placed = self.place(restaurant, key, order_type).await;
            if rng.random_bool(0.3) {
                self.look(&placed).await;
            }
            self.told.lock().orders.push(placed);
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..40))).await;
        }
    }

    /// Asks until there is an answer.
    async fn place(&self, restaurant: usize, key: String, order_type: &'static str) -> Acknowledged {
        let asked = Instant::now();
        loop {
            let address = format!("{}/api/restaurants/{}/orders", self.fleet.address(), slug(restaurant));
            let body = json!({ "type": order_type, "note": key });
            let request = self.fleet.http().post(address).header("idempotency-key", &key).json(&body);
            match answer(request).await {
                Some((201, answer)) => {
                    let order = &answer["order"];
                    let id = order["id"].as_str().expect("an order has an id").to_owned();
                    let number = order["number"].as_u64().expect("an order has a number");
                    return Acknowledged { restaurant, key, id, number, order_type, asked, answered: Instant::now() };
                }
                // Another node may still be at it (409), or the database be away for a moment.
                Some((409 | 503 | 504, _)) | None => {
                    self.told.lock().again += 1;
                    tokio::time::sleep(Duration::from_millis(30)).await;
                }
                Some((status, answer)) => panic!("{key} got {status}: {answer}"),
            }
            assert!(asked.elapsed() < Duration::from_mins(1), "{key} has no answer after a minute");
        }
    }

    /// What one node acknowledged every node shows.
    async fn look(&self, placed: &Acknowledged) {
        let Acknowledged { restaurant, id, .. } = placed;
        let address = format!("{}/api/restaurants/{}/orders/{id}", self.fleet.address(), slug(*restaurant));
        match answer(self.fleet.http().get(address)).await {
            Some((200, found)) => {
                assert_eq!(found["order"]["number"].as_u64(), Some(placed.number), "{placed:?} is {found}");
                self.told.lock().looks += 1;
            }
            Some((503, _)) | None => {}
            Some((404, _)) if self.may_lose => {}
            Some((status, answer)) => panic!("{placed:?} is shown as {status}: {answer}"),
        }
    }
}

/// The answer, if there is one.
async fn answer(request: reqwest::RequestBuilder) -> Option<(u16, Value)> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.json().await.ok()?))
}
