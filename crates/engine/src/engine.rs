//! The engine as the rest of the program sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use feedme_kitchen::{Actor, Command, Kitchen, Order, OrderId, Time};
use feedme_store::restaurant::is_slug;
use feedme_store::{HistoryFilter, HistoryPage, Restaurant, RestaurantId, Store, StoreError};
use parking_lot::Mutex;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::adopt::Served;
use crate::check::{self, Checks};
use crate::clock::Clock;
use crate::confirm;
use crate::driver::Driver;
use crate::feed::{Feed, Position};
use crate::hints::{self, Hints};
use crate::idle;
use crate::ids::Ids;
use crate::keys::KeysInUse;
use crate::lane::{Envelope, Message};
use crate::lanes::{Inboxes, Lanes, Shared};
use crate::observe::{Observer, Unobserved};
use crate::request::{Failure, Reply, Request};
use crate::retention;
use crate::sweep;

/// How long past its due time an order may cook before it counts as stuck.
const STUCK_AFTER_MS: u64 = 30_000;

/// How the engine runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// What this process calls itself when it holds a lease.
    pub holder: String,
    /// Where lanes run, and how many there are.
    pub lanes: Lanes,
    /// Who sees to it that orders are completed when they are due.
    pub driver: Driver,
    /// How long the past is kept, in milliseconds; for ever, unless told otherwise.
    pub kept_ms: Option<u64>,
    /// Who is told what happens.
    pub observer: Arc<dyn Observer>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            holder: String::new(),
            lanes: Lanes::default(),
            driver: Driver::default(),
            kept_ms: None,
            observer: Arc::new(Unobserved),
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
}

/// How the engine is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// When the database was last asked, and answered, where restaurants stand.
    pub confirmed_at: Time,
    /// Now, on the same clock.
    pub now: Time,
    /// When the sweep last ran.
    pub swept_at: Time,
    /// By how much the most overdue order has missed its due time, in milliseconds.
    pub scheduler_lag_ms: u64,
    /// Orders more than 30 s overdue.
    pub stuck_orders: usize,
    /// Commands that wait for the lane for which most wait.
    pub queued: usize,
    /// How many may wait.
    pub queue_max: usize,
    /// Why the store has failed for good, if it has.
    pub failed: Option<String>,
}

/// The engine. Clones share it.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("lanes", &self.inner.inboxes).finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) inboxes: Inboxes,
    pub(crate) served: Served,
    pub(crate) holder: String,
    pub(crate) swept_at: AtomicI64,
    /// The start of the last question that the database answered.
    pub(crate) confirmed_at: AtomicI64,
    pub(crate) checks: Arc<Checks>,
    /// How often accounts have changed, as far as this process has heard.
    pub(crate) accounts: watch::Sender<u64>,
    pub(crate) hints: Arc<Hints>,
    pub(crate) observer: Arc<dyn Observer>,
    ids: Arc<Ids>,
    keys: Arc<KeysInUse>,
    stopping: AtomicBool,
    stop: watch::Sender<bool>,
    lane_failed: watch::Receiver<Option<String>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Engine {
    /// Starts the engine. Of a store that is this process's alone every restaurant is loaded and recovered before this
    /// returns: contradictions are put right and overdue orders completed, the others are timed for what remains. Of a
    /// shared one a restaurant is when it is first asked for.
    pub async fn start(
        store: Arc<dyn Store>,
        clock: Arc<Clock>,
        ids: Arc<Ids>,
        options: Options,
    ) -> Result<Self, StartError> {
        let (failed, lane_failed) = watch::channel(None);
        let stop = watch::Sender::new(false);
        let hints = Arc::new(Hints::default());
        let shared = Shared {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            driver: options.driver,
            hints: Arc::clone(&hints),
            failed,
            observer: Arc::clone(&options.observer),
            batches: Arc::default(),
        };
        let (inboxes, lanes) = options.lanes.start(&shared, &stop);
        drop(shared);
        let inner = Arc::new(Inner {
            swept_at: AtomicI64::new(clock.now().0),
            confirmed_at: AtomicI64::new(clock.now().0),
            store,
            clock,
            inboxes,
            served: Served::default(),
            holder: options.holder,
            checks: Arc::default(),
            accounts: watch::Sender::new(0),
            hints,
            observer: options.observer,
            ids,
            keys: Arc::default(),
            stopping: AtomicBool::new(false),
            stop,
            lane_failed,
            tasks: Mutex::new(lanes),
        });
        let engine = Self { inner };
        if let Err(error) = engine.adopt_all().await {
            engine.stop().await;
            return Err(error);
        }
        let inner = &engine.inner;
        let stop = || inner.stop.subscribe();
        let mut tasks = vec![
            tokio::spawn(sweep::sweep(Arc::clone(inner), stop())),
            tokio::spawn(sweep::tidy(Arc::clone(inner), stop())),
        ];
        if let Some(kept_ms) = options.kept_ms {
            tasks.push(tokio::spawn(retention::forget_old(Arc::clone(inner), kept_ms, stop())));
        }
        if inner.store.is_shared() {
            tasks.push(tokio::spawn(check::check(engine.clone(), stop())));
            tasks.push(tokio::spawn(idle::let_go(Arc::clone(inner), stop())));
            tasks.push(tokio::spawn(hints::tell(Arc::clone(inner), stop())));
            tasks.push(tokio::spawn(hints::listen(Arc::clone(inner), stop())));
        }
        inner.tasks.lock().extend(tasks);
        Ok(engine)
    }

    async fn adopt_all(&self) -> Result<(), StartError> {
        if self.inner.store.is_shared() {
            return Ok(());
        }
        for restaurant in self.inner.store.restaurants().await? {
            self.inner.adopt(restaurant.id).await?;
        }
        Ok(())
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

    /// The restaurant with this slug, if there is one.
    pub async fn restaurant(&self, slug: &str) -> Result<Option<RestaurantId>, Failure> {
        if let Some(known) = self.inner.served.known(slug) {
            return Ok(Some(known));
        }
        // Somebody may have opened it meanwhile, here or elsewhere.
        let found = if is_slug(slug) { self.inner.store.restaurant_named(slug).await } else { Ok(None) };
        let found = found.map_err(|error| Failure::Unavailable(error.to_string()))?;
        Ok(found.map(|found| {
            self.inner.served.know(slug, found.id);
            found.id
        }))
    }

    /// What readers of a restaurant see, if there is one: adopted now, if it is not served here yet.
    pub async fn feed(&self, restaurant: RestaurantId) -> Result<Option<Arc<Feed>>, Failure> {
        self.inner.feed(restaurant).await
    }

    /// The same of a restaurant that is served here already.
    pub fn served(&self, restaurant: RestaurantId) -> Option<Arc<Feed>> {
        self.inner.served.feed(restaurant)
    }

    /// Opens a restaurant; `None` when its slug is taken.
    pub async fn open_restaurant(&self, slug: &str, name: &str) -> Result<Option<Arc<Feed>>, Failure> {
        let now = self.now();
        let (id, epoch) = (RestaurantId(self.ids().uuid(now)), self.ids().epoch());
        let restaurant = Restaurant { id, slug: slug.to_owned(), name: name.to_owned(), epoch };
        let added = self.inner.store.add_restaurant(&restaurant, now).await;
        if !added.map_err(|error| Failure::Unavailable(error.to_string()))? {
            return Ok(None);
        }
        self.feed(id).await
    }

    /// Where every restaurant that is served here stands.
    pub fn positions(&self) -> Vec<(RestaurantId, Position)> {
        self.inner.served.feeds().into_iter().map(|(id, feed)| (id, feed.position())).collect()
    }

    /// Looks at every restaurant that is served here, one after the other. Keep it short: commits wait meanwhile.
    pub fn look(&self, mut look: impl FnMut(RestaurantId, &Kitchen)) {
        for (restaurant, feed) in self.inner.served.feeds() {
            feed.with(|kitchen| look(restaurant, kitchen));
        }
    }

    /// Hands a command to the restaurant's lane and waits until what became of it is durable.
    pub async fn execute(&self, restaurant: RestaurantId, request: Request) -> Result<Reply, Failure> {
        if self.feed(restaurant).await?.is_none() {
            return Err(Failure::Unavailable("there is no such restaurant".into()));
        }
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
        let found = confirm::confirm(&self.inner, &[restaurant]).await;
        if !found.map_err(|error| Failure::Unavailable(error.to_string()))?.ahead.is_empty() {
            self.submit(restaurant, Request::new(Command::Reconcile(Vec::new()), Actor::Kitchen)).await?;
        }
        Ok(())
    }

    pub(crate) async fn submit(&self, restaurant: RestaurantId, request: Request) -> Result<Reply, Failure> {
        if self.inner.stopping.load(Ordering::Acquire) {
            return Err(Failure::Unavailable("the server is stopping".into()));
        }
        let (reply, answer) = oneshot::channel();
        let envelope = Envelope { restaurant, request, reply: Some(reply) };
        self.inner.inboxes.send(restaurant, Message::Ask(envelope))?;
        // A lane that ends without an answer may have committed.
        answer.await.unwrap_or(Err(Failure::OutcomeUnknown))
    }

    /// An order that exists, deleted or not, and its place in the queue if it waits.
    pub async fn order(
        &self,
        restaurant: RestaurantId,
        id: OrderId,
    ) -> Result<Option<(Arc<Order>, Option<usize>)>, StoreError> {
        let live = self.served(restaurant).and_then(|feed| feed.live_order(id, self.now()));
        match live {
            Some(found) => Ok(Some(found)),
            None => Ok(self.inner.store.order(restaurant, id).await?.map(|order| (order, None))),
        }
    }

    /// A page of a restaurant's orders, newest first.
    pub async fn history(&self, restaurant: RestaurantId, filter: &HistoryFilter) -> Result<HistoryPage, StoreError> {
        self.inner.store.history(restaurant, filter).await
    }

    /// How often accounts have changed, as far as this process has heard; where it shares the database, within a second.
    pub fn accounts_changed(&self) -> watch::Receiver<u64> {
        self.inner.accounts.subscribe()
    }

    /// How the engine is doing.
    pub fn health(&self) -> Health {
        let now = self.now();
        let (mut scheduler_lag_ms, mut stuck_orders) = (0, 0);
        let served = self.inner.served.feeds();
        for (_, feed) in &served {
            feed.with(|kitchen| {
                for due_at in kitchen.cooking().filter_map(|order| order.work()?.due_at) {
                    let late_ms = now.since_ms(due_at);
                    scheduler_lag_ms = late_ms.max(scheduler_lag_ms);
                    stuck_orders += usize::from(late_ms > STUCK_AFTER_MS);
                }
            });
        }
        let (queued, queue_max) = self.inner.inboxes.queued();
        Health {
            confirmed_at: Time(self.inner.confirmed_at.load(Ordering::Relaxed)),
            now,
            swept_at: Time(self.inner.swept_at.load(Ordering::Relaxed)),
            scheduler_lag_ms,
            stuck_orders,
            queued,
            queue_max,
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
