//! The engine as the rest of the program sees it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use feedme_kitchen::{Actor, Command, Corrupt, Kitchen, Order, OrderId, Time};
use feedme_store::{HistoryFilter, HistoryPage, RestaurantId, Store, StoreError};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::driver::Driver;
use crate::feed::{Feed, Position};
use crate::ids::Ids;
use crate::keys::KeysInUse;
use crate::lane::{Envelope, Lane, QUEUE_MAX, Working};
use crate::request::{Failure, Reply, Request};
use crate::sweep::{self, Found};
use crate::timers::Timers;

/// How long past its due time an order may cook before it counts as stuck.
const STUCK_AFTER_MS: u64 = 30_000;

/// How the engine runs.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What this process calls itself when it holds a lease.
    pub holder: String,
    /// Where lanes run.
    pub lanes: Lanes,
    /// Who sees to it that orders are completed when they are due.
    pub driver: Driver,
}

/// Where lanes run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lanes {
    /// As a task among others: on virtual time, and with a store that waits without blocking.
    #[default]
    Tasks,
    /// Each on a thread of its own: an embedded store blocks it while the disk is written.
    Threads,
}

impl Lanes {
    fn spawn(self, lane: Lane, stop: watch::Receiver<bool>) -> JoinHandle<()> {
        match self {
            Self::Tasks => tokio::spawn(lane.run_until(stop)),
            Self::Threads => tokio::task::spawn_blocking(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
                runtime
                    .expect("a runtime without I/O needs nothing that can be missing")
                    .block_on(lane.run_until(stop));
            }),
        }
    }
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database could not be read.
    #[error("failed to load the restaurants")]
    Store(#[from] StoreError),
    /// What it holds could not be put right.
    #[error("failed to recover")]
    Recovery(#[from] Failure),
    /// What it holds contradicts its own events.
    #[error("the database is damaged")]
    Corrupt(#[from] Corrupt),
}

/// How the engine is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// When the database last confirmed what is shown, the oldest of all restaurants.
    pub confirmed_at: Time,
    /// Now, on the same clock.
    pub now: Time,
    /// When the sweep last ran.
    pub swept_at: Time,
    /// By how much the most overdue order has missed its due time, in milliseconds.
    pub scheduler_lag_ms: u64,
    /// Orders more than 30 s overdue.
    pub stuck_orders: usize,
    /// Commands that wait for the lane.
    pub queued: usize,
    /// How many may wait.
    pub queue_max: usize,
    /// Why the store has failed for good, if it has.
    pub failed: Option<String>,
}

/// The engine. Clones share it.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("restaurants", &self.inner.slugs).finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) inbox: mpsc::Sender<Envelope>,
    pub(crate) feeds: BTreeMap<RestaurantId, Arc<Feed>>,
    pub(crate) holder: String,
    pub(crate) swept_at: AtomicI64,
    slugs: BTreeMap<String, RestaurantId>,
    ids: Arc<Ids>,
    keys: Arc<KeysInUse>,
    stopping: AtomicBool,
    stop: watch::Sender<bool>,
    lane_failed: watch::Receiver<Option<String>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Engine {
    /// Loads every restaurant and recovers it: contradictions are put right and overdue orders completed
    /// before this returns, the others are timed for what remains. Then the engine runs.
    pub async fn start(
        store: Arc<dyn Store>,
        clock: Arc<Clock>,
        ids: Arc<Ids>,
        options: Options,
    ) -> Result<Self, StartError> {
        let (inbox, receiver) = mpsc::channel(QUEUE_MAX);
        let (failed, lane_failed) = watch::channel(None);
        let mut lane = Lane {
            inbox: receiver,
            restaurants: BTreeMap::new(),
            timers: Timers::new(options.driver),
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            failed,
        };
        let mut feeds = BTreeMap::new();
        let mut slugs = BTreeMap::new();
        for restaurant in store.restaurants().await? {
            slugs.insert(restaurant.slug.clone(), restaurant.id);
            feeds.insert(restaurant.id, lane.adopt(restaurant.id).await?);
        }
        let swept_at = AtomicI64::new(clock.now().0);
        let inner = Arc::new(Inner {
            store,
            clock,
            inbox,
            feeds,
            holder: options.holder,
            swept_at,
            slugs,
            ids,
            keys: Arc::default(),
            stopping: AtomicBool::new(false),
            stop: watch::Sender::new(false),
            lane_failed,
            tasks: Mutex::default(),
        });
        let stop = || inner.stop.subscribe();
        let tasks = vec![
            options.lanes.spawn(lane, stop()),
            tokio::spawn(sweep::sweep(Arc::clone(&inner), stop())),
            tokio::spawn(sweep::tidy(Arc::clone(&inner), stop())),
        ];
        *inner.tasks.lock() = tasks;
        Ok(Self { inner })
    }

    /// Kitchen time.
    pub fn now(&self) -> Time {
        self.inner.clock.now()
    }

    /// The wall clock, by which other machines set the times in what they send. It may jump.
    pub fn wall_time(&self) -> Time {
        self.inner.clock.wall()
    }

    /// The source of new ids.
    pub fn ids(&self) -> &Ids {
        &self.inner.ids
    }

    /// The store, for what only it can answer.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// The restaurant with this slug.
    pub fn restaurant(&self, slug: &str) -> Option<RestaurantId> {
        self.inner.slugs.get(slug).copied()
    }

    /// What readers of a restaurant see.
    pub fn feed(&self, restaurant: RestaurantId) -> Option<&Arc<Feed>> {
        self.inner.feeds.get(&restaurant)
    }

    /// Where every restaurant stands.
    pub fn positions(&self) -> Vec<(RestaurantId, Position)> {
        self.inner.feeds.iter().map(|(id, feed)| (*id, feed.position())).collect()
    }

    /// Hands a command to the restaurant's lane and waits until what became of it is durable.
    pub async fn execute(&self, restaurant: RestaurantId, request: Request) -> Result<Reply, Failure> {
        let Some(key) = &request.key else { return self.submit(restaurant, request).await };
        // Held until the commit is done, so that a second request finds either the key or its answer.
        let held = self.inner.keys.register(restaurant, &key.scope).ok_or(Failure::KeyInUse)?;
        let kept = self.inner.store.answer(restaurant, &key.scope).await;
        match kept.map_err(|error| Failure::Unavailable(error.to_string()))? {
            Some(kept) if kept.fingerprint == key.fingerprint => {
                self.show_what_is_durable(restaurant).await?;
                Ok(Reply::Replayed(kept))
            }
            Some(_) => Err(Failure::KeyReused),
            None => {
                // The caller may go away meanwhile; the key stays in use until the lane has answered.
                let engine = self.clone();
                let submitted = tokio::spawn(async move {
                    let reply = engine.submit(restaurant, request).await;
                    drop(held);
                    reply
                });
                submitted.await.unwrap_or(Err(Failure::OutcomeUnknown))
            }
        }
    }

    /// A kept answer may be of a commit whose outcome this process never learnt. Whoever gets it must not find
    /// a board that knows nothing of it.
    async fn show_what_is_durable(&self, restaurant: RestaurantId) -> Result<(), Failure> {
        let found = sweep::confirm(&self.inner, &[restaurant]).await;
        if found.map_err(|error| Failure::Unavailable(error.to_string()))? == Found::Ahead {
            self.submit(restaurant, Request::new(Command::Reconcile(Vec::new()), Actor::Kitchen)).await?;
        }
        Ok(())
    }

    async fn submit(&self, restaurant: RestaurantId, request: Request) -> Result<Reply, Failure> {
        if self.inner.stopping.load(Ordering::Acquire) {
            return Err(Failure::Unavailable("the server is stopping".into()));
        }
        let (reply, answer) = oneshot::channel();
        let envelope = Envelope { restaurant, request, reply: Some(reply) };
        self.inner.inbox.try_send(envelope).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Failure::QueueFull,
            mpsc::error::TrySendError::Closed(_) => Failure::Unavailable("the server is stopping".into()),
        })?;
        // A lane that ends without an answer may have committed.
        answer.await.unwrap_or(Err(Failure::OutcomeUnknown))
    }

    /// An order that exists, deleted or not, and its place in the queue if it waits.
    pub async fn order(
        &self,
        restaurant: RestaurantId,
        id: OrderId,
    ) -> Result<Option<(Arc<Order>, Option<usize>)>, StoreError> {
        let live = self.feed(restaurant).and_then(|feed| feed.live_order(id, self.now()));
        match live {
            Some(found) => Ok(Some(found)),
            None => Ok(self.inner.store.order(restaurant, id).await?.map(|order| (order, None))),
        }
    }

    /// A page of a restaurant's orders, newest first.
    pub async fn history(&self, restaurant: RestaurantId, filter: &HistoryFilter) -> Result<HistoryPage, StoreError> {
        self.inner.store.history(restaurant, filter).await
    }

    /// How the engine is doing.
    pub fn health(&self) -> Health {
        let now = self.now();
        let (mut scheduler_lag_ms, mut stuck_orders) = (0, 0);
        for feed in self.inner.feeds.values() {
            feed.with(|kitchen| {
                for due_at in kitchen.cooking().filter_map(|order| order.work()?.due_at) {
                    let late_ms = now.since_ms(due_at);
                    scheduler_lag_ms = late_ms.max(scheduler_lag_ms);
                    stuck_orders += usize::from(late_ms > STUCK_AFTER_MS);
                }
            });
        }
        Health {
            confirmed_at: self.inner.feeds.values().map(|feed| feed.confirmed_at()).min().unwrap_or(now),
            now,
            swept_at: Time(self.inner.swept_at.load(Ordering::Relaxed)),
            scheduler_lag_ms,
            stuck_orders,
            queued: self.inner.inbox.max_capacity() - self.inner.inbox.capacity(),
            queue_max: self.inner.inbox.max_capacity(),
            failed: self.inner.lane_failed.borrow().clone(),
        }
    }

    /// Resolves when the store has failed for good, with the reason: the process has to end.
    pub async fn failed(&self) -> String {
        let mut failed = self.inner.lane_failed.clone();
        let reason = failed.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
        match reason {
            Some(reason) => reason,
            // The lane ended in good order.
            None => std::future::pending().await,
        }
    }

    /// Takes no more commands, finishes those that wait, and ends.
    pub async fn stop(&self) {
        self.inner.stopping.store(true, Ordering::Release);
        self.inner.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.inner.tasks.lock());
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the engine panicked");
            }
        }
    }
}

impl Lane {
    /// Loads a restaurant, puts right what contradicts itself, completes what is overdue, and arms a timer for
    /// the rest. All of it is durable when this returns.
    async fn adopt(&mut self, restaurant: RestaurantId) -> Result<Arc<Feed>, StartError> {
        let asked_at = self.clock.now();
        let loaded = self.store.load(restaurant).await?;
        let loaded = loaded.ok_or_else(|| StoreError::Corrupt("a listed restaurant cannot be loaded".into()))?;
        self.clock.not_before(loaded.parts.last_at);
        let epoch = loaded.restaurant.epoch;
        let (kitchen, contradictions) = Kitchen::load(loaded.parts);
        let cooking: Vec<_> = kitchen.cooking().cloned().collect();
        let feed = Arc::new(Feed::new(loaded.restaurant, kitchen.clone(), asked_at, Arc::clone(&self.store)));
        let working = Working { epoch, kitchen: Some(kitchen), feed: Arc::clone(&feed), contradictions, stale: false };
        self.restaurants.insert(restaurant, working);
        self.timers.arm_all(restaurant, &cooking, self.clock.now());
        // What contradicts itself is put right before anything else is decided.
        let mut recovery = vec![Envelope::internal(restaurant, Command::ArchiveOrders, Actor::Kitchen)];
        // A completion hands the bot its next order, which may be due at once where cooking takes no time;
        // whatever becomes due from here on is the running lane's business.
        self.gather_due(&mut recovery);
        let (reply, answer) = oneshot::channel();
        if let Some(last) = recovery.last_mut() {
            last.reply = Some(reply);
        }
        self.round(recovery).await;
        match answer.await {
            Ok(Ok(_) | Err(Failure::Refused(_))) => Ok(feed),
            Ok(Err(failure)) => Err(failure.into()),
            Err(_) => Err(Failure::OutcomeUnknown.into()),
        }
    }
}
