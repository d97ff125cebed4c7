//! What readers see: the committed state of a restaurant, and its latest events for those who follow.
//!
//! A follower is nothing but the position it stands at. What it still lacks it takes from the log of latest
//! events, or from the store when it fell further behind; nobody keeps a queue for it, so a slow screen costs
//! nothing and holds up nobody.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use feedme_kitchen::{Corrupt, Event, Kitchen, Order, OrderId, Time, Version};
use feedme_store::{Epoch, Restaurant, Store, StoreError};
use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;

use crate::snapshot::Snapshot;

/// Events kept in memory for followers. At ten orders a second and four events an order it covers three
/// minutes of absence; older positions are served from the store.
const LOG_EVENTS_MAX: usize = 8192;

/// Events read from the store at a time for a follower that fell behind the log.
const CATCH_UP_EVENTS: usize = 1024;

/// A follower more events behind than this gets a snapshot: it is smaller, and quicker to fold.
const RESUME_EVENTS_MAX: u64 = 10_000;

/// Where a follower stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The history.
    pub epoch: Epoch,
    /// The latest event that it knows.
    pub version: Version,
}

/// Consecutive events that were committed together, and their rendering, shared by all followers.
#[derive(Debug)]
pub struct Chunk {
    /// The restaurant's history that they belong to.
    pub epoch: Epoch,
    /// The events.
    pub events: Vec<Arc<Event>>,
    /// When they were shown first; `None` for what was made for one follower.
    shown_at: Option<Instant>,
    rendering: OnceLock<Bytes>,
}

impl Chunk {
    fn new(epoch: Epoch, events: Vec<Arc<Event>>) -> Self {
        Self { epoch, events, shown_at: None, rendering: OnceLock::new() }
    }

    /// For how long they have been shown here, unless they were made up for one follower who came late.
    pub fn age(&self) -> Option<Duration> {
        self.shown_at.map(|at| at.elapsed())
    }

    fn last(&self) -> Version {
        self.events.last().map_or(Version(0), |event| event.version)
    }

    /// The bytes of the chunk: made by the first who asks, shared by the others.
    pub fn rendering(&self, render: impl FnOnce(&Self) -> Bytes) -> Bytes {
        self.rendering.get_or_init(|| render(self)).clone()
    }
}

/// What a follower receives.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// Forget what you know: this is the state.
    Snapshot(Arc<Snapshot>),
    /// This followed.
    Events(Arc<Chunk>),
}

/// The committed state of one restaurant.
pub struct Feed {
    view: RwLock<View>,
    /// The latest snapshot, as long as it is current.
    snapshot: Mutex<Option<Arc<Snapshot>>>,
    latest: watch::Sender<Position>,
    /// Where the database was found to stand when that was ahead of what is shown.
    ahead: Mutex<Option<Position>>,
    /// When somebody last asked for it, in milliseconds of kitchen time.
    asked_for_at: AtomicI64,
    /// Whether it is no longer brought up to date.
    ended: AtomicBool,
    /// Whether it was found to stand where it cannot, unless it has lost something.
    is_doubted: AtomicBool,
    /// By whose account what is shown is so: [`Store::generation`].
    generation: AtomicU64,
    store: Arc<dyn Store>,
}

struct View {
    restaurant: Restaurant,
    kitchen: Kitchen,
    log: VecDeque<Arc<Chunk>>,
    logged: usize,
    confirmed_at: Time,
}

impl View {
    fn position(&self) -> Position {
        Position { epoch: self.restaurant.epoch, version: self.kitchen.version() }
    }
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed").field("position", &self.position()).finish_non_exhaustive()
    }
}

impl Feed {
    pub(crate) fn new(
        restaurant: Restaurant,
        kitchen: Kitchen,
        confirmed_at: Time,
        store: Arc<dyn Store>,
        generation: u64,
    ) -> Self {
        let position = Position { epoch: restaurant.epoch, version: kitchen.version() };
        Self {
            view: RwLock::new(View { restaurant, kitchen, log: VecDeque::new(), logged: 0, confirmed_at }),
            snapshot: Mutex::new(None),
            latest: watch::Sender::new(position),
            ahead: Mutex::new(None),
            asked_for_at: AtomicI64::new(confirmed_at.0),
            ended: AtomicBool::new(false),
            is_doubted: AtomicBool::new(false),
            generation: AtomicU64::new(generation),
            store,
        }
    }

    /// Which restaurant, under the name that it has now.
    pub fn restaurant(&self) -> Restaurant {
        let view = self.view.read();
        Restaurant { name: view.kitchen.profile().name.to_string(), ..view.restaurant.clone() }
    }

    /// Where the restaurant stands.
    pub fn position(&self) -> Position {
        self.view.read().position()
    }

    /// The start of the last successful check against the database, or the last commit.
    pub fn confirmed_at(&self) -> Time {
        self.view.read().confirmed_at
    }

    /// A live order and, if it waits, its place in the queue.
    pub fn live_order(&self, id: OrderId, now: Time) -> Option<(Arc<Order>, Option<usize>)> {
        let view = self.view.read();
        let order = view.kitchen.order(id)?;
        Some((Arc::clone(order), view.kitchen.queue_position(id, now)))
    }

    /// Looks at the committed state. Keep it short: commits wait meanwhile.
    pub fn with<T>(&self, look: impl FnOnce(&Kitchen) -> T) -> T {
        look(&self.view.read().kitchen)
    }

    /// The current version, frozen.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        let mut kept = self.snapshot.lock();
        let view = self.view.read();
        match kept
            .as_ref()
            .filter(|kept| kept.version == view.kitchen.version() && kept.epoch() == view.restaurant.epoch)
        {
            Some(current) => Arc::clone(current),
            None => Arc::clone(kept.insert(Arc::new(Snapshot::of(&view.restaurant, &view.kitchen)))),
        }
    }

    /// Follows the restaurant: from a position, or from a snapshot.
    pub fn subscribe(self: &Arc<Self>, after: Option<Position>) -> Subscription {
        Subscription { feed: Arc::clone(self), latest: self.latest.subscribe(), at: after, live: false }
    }

    /// Folds events that were committed and tells the followers.
    pub(crate) fn publish(&self, events: Vec<Arc<Event>>, confirmed_at: Time) -> Result<(), Corrupt> {
        let position = self.fold(events, confirmed_at)?;
        self.latest.send_replace(position);
        Ok(())
    }

    fn fold(&self, events: Vec<Arc<Event>>, confirmed_at: Time) -> Result<Position, Corrupt> {
        let mut view = self.view.write();
        for event in &events {
            view.kitchen.apply(event)?;
        }
        view.confirmed_at = view.confirmed_at.max(confirmed_at);
        let epoch = view.restaurant.epoch;
        view.logged += events.len();
        view.log.push_back(Arc::new(Chunk { shown_at: Some(Instant::now()), ..Chunk::new(epoch, events) }));
        while view.logged > LOG_EVENTS_MAX && view.log.len() > 1 {
            let forgotten = view.log.pop_front().map_or(0, |chunk| chunk.events.len());
            view.logged -= forgotten;
        }
        Ok(view.position())
    }

    /// Replaces everything: the restaurant was loaded anew, perhaps with another history.
    pub(crate) fn replace(&self, restaurant: Restaurant, kitchen: Kitchen, confirmed_at: Time) {
        let position = Position { epoch: restaurant.epoch, version: kitchen.version() };
        *self.view.write() = View { restaurant, kitchen, log: VecDeque::new(), logged: 0, confirmed_at };
        self.latest.send_replace(position);
    }

    pub(crate) fn note_asked_for(&self, now: Time) {
        self.asked_for_at.fetch_max(now.0, Ordering::Relaxed);
    }

    pub(crate) fn asked_for_at(&self) -> Time {
        Time(self.asked_for_at.load(Ordering::Relaxed))
    }

    pub(crate) fn is_followed(&self) -> bool {
        self.latest.receiver_count() > 0
    }

    /// Cuts off whoever follows: from here on this is not brought up to date.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.latest.send_modify(|_| {});
    }

    /// Notes that the database agreed with what is shown.
    pub(crate) fn confirm(&self, at: Time) {
        let mut view = self.view.write();
        view.confirmed_at = view.confirmed_at.max(at);
    }

    /// Notes that the database is ahead of what is shown; the lane catches up before it decides anything else.
    pub(crate) fn note_ahead(&self, stands: Position) {
        *self.ahead.lock() = Some(stands);
    }

    /// Notes that the database stands where it cannot, unless it has lost something; the lane finds out.
    pub(crate) fn doubt(&self) {
        self.is_doubted.store(true, Ordering::Release);
    }

    /// Whether what is shown is so by the account of the server that answers now.
    pub(crate) fn is_of_now(&self) -> bool {
        self.is_of(self.store.generation())
    }

    /// Whether what is shown is so by some server's account.
    pub(crate) fn is_of(&self, generation: u64) -> bool {
        self.generation.load(Ordering::Acquire) == generation
    }

    /// Notes that what is shown was found to be so by some server's account.
    pub(crate) fn note_generation(&self, generation: u64) {
        self.generation.store(generation, Ordering::Release);
    }

    /// The latest events that are kept, in order.
    pub(crate) fn latest_events(&self) -> Vec<Arc<Event>> {
        self.view.read().log.iter().flat_map(|chunk| chunk.events.iter().cloned()).collect()
    }

    /// Whether the database was found ahead, or another one answers, and what is shown has not caught up since.
    pub(crate) fn is_behind(&self) -> bool {
        if !self.is_of_now() || self.is_doubted.load(Ordering::Acquire) {
            return true;
        }
        let (ahead, shown) = (*self.ahead.lock(), self.position());
        ahead.is_some_and(|stands| stands.epoch != shown.epoch || stands.version > shown.version)
    }

    /// Forgets what [`Feed::note_ahead`] noted: what is shown was brought to where the database stood.
    pub(crate) fn note_caught_up(&self) {
        *self.ahead.lock() = None;
        self.is_doubted.store(false, Ordering::Release);
    }

    /// The committed state, to go on working from.
    pub(crate) fn kitchen(&self) -> Kitchen {
        self.view.read().kitchen.clone()
    }

    /// The next chunk in the log after a position.
    fn logged_after(&self, at: Position) -> Logged {
        let view = self.view.read();
        let (shown, version) = (view.position(), at.version);
        if at.epoch != shown.epoch || version > shown.version {
            return Logged::Elsewhere;
        }
        if version == shown.version {
            return Logged::UpToDate;
        }
        let index = view.log.partition_point(|chunk| chunk.last() <= version);
        match view.log.get(index) {
            Some(chunk) if chunk.events[0].version == version.next() => Logged::Next(Arc::clone(chunk)),
            // The position lies within a chunk: its remainder is made for this follower alone.
            Some(chunk) if chunk.events[0].version <= version => {
                let rest = chunk.events.iter().filter(|event| event.version > version).cloned().collect();
                Logged::Next(Arc::new(Chunk::new(chunk.epoch, rest)))
            }
            _ => Logged::Forgotten { behind: shown.version.0 - version.0 },
        }
    }
}

enum Logged {
    UpToDate,
    Next(Arc<Chunk>),
    /// The log no longer has it.
    Forgotten {
        /// How many events are missing.
        behind: u64,
    },
    /// It is of another history, or of what is not shown yet.
    Elsewhere,
}

/// One follower.
#[derive(Debug)]
pub struct Subscription {
    feed: Arc<Feed>,
    latest: watch::Receiver<Position>,
    /// Where the follower stands; `None` until it has had its first snapshot.
    at: Option<Position>,
    /// Whether the follower has once known everything. One that falls behind the log after that is too slow.
    live: bool,
}

impl Subscription {
    /// Waits for what the follower does not know yet. `None` cuts off a follower that was too slow: it comes
    /// back with its position and is served from the store. Cancel safe.
    pub async fn next(&mut self) -> Option<Result<Delivery, StoreError>> {
        loop {
            // Whatever is shown from here on wakes the follower. It says no more than that: what is shown may be ahead
            // of it already.
            self.latest.mark_unchanged();
            if self.feed.ended.load(Ordering::Acquire) {
                return None;
            }
            let Some(at) = self.at else { return Some(Ok(Delivery::Snapshot(self.take_snapshot()))) };
            match self.feed.logged_after(at) {
                Logged::Next(chunk) => return Some(Ok(self.take(chunk))),
                Logged::Forgotten { .. } if self.live => return None,
                Logged::Forgotten { behind } if behind <= RESUME_EVENTS_MAX => {
                    if let Some(delivery) = self.catch_up(at).await.transpose() {
                        return Some(delivery);
                    }
                    return Some(Ok(Delivery::Snapshot(self.take_snapshot())));
                }
                Logged::Forgotten { .. } | Logged::Elsewhere => {
                    return Some(Ok(Delivery::Snapshot(self.take_snapshot())));
                }
                Logged::UpToDate => {
                    self.live = true;
                    self.latest.changed().await.ok()?;
                }
            }
        }
    }

    /// Where the follower stands.
    pub fn position(&self) -> Option<Position> {
        self.at
    }

    /// Which feed it follows.
    pub fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    fn take_snapshot(&mut self) -> Arc<Snapshot> {
        let snapshot = self.feed.snapshot();
        self.at = Some(Position { epoch: snapshot.epoch(), version: snapshot.version });
        self.live = true;
        snapshot
    }

    fn take(&mut self, chunk: Arc<Chunk>) -> Delivery {
        self.at = Some(Position { epoch: chunk.epoch, version: chunk.last() });
        Delivery::Events(chunk)
    }

    /// Reads from the store what the log no longer has; `None` when the store does not have it either. The store
    /// may be ahead of what is shown: a follower who saw that would have to go back in time.
    async fn catch_up(&mut self, at: Position) -> Result<Option<Delivery>, StoreError> {
        let id = self.feed.restaurant().id;
        let mut events = self.feed.store.events(id, at.version, CATCH_UP_EVENTS).await?;
        let shown = self.feed.position();
        // What another server holds under the same numbers may be something else.
        if shown.epoch != at.epoch || !self.feed.is_of_now() {
            return Ok(None);
        }
        events.retain(|event| event.version <= shown.version);
        let contiguous = events.first().is_some_and(|event| event.version == at.version.next());
        Ok(contiguous.then(|| self.take(Arc::new(Chunk::new(at.epoch, events)))))
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use feedme_kitchen::{Actor, Change};
    use feedme_store::RestaurantId;
    use feedme_testkit::MemoryStore;
    use uuid::Uuid;

    use super::*;

    fn feed() -> Arc<Feed> {
        let restaurant = Restaurant {
            id: RestaurantId(Uuid::nil()),
            slug: "default".into(),
            name: "FeedMe".into(),
            epoch: Epoch(7),
        };
        Arc::new(Feed::new(restaurant, Kitchen::default(), Time(0), Arc::new(MemoryStore::new()), 0))
    }

    fn event(version: u64) -> Vec<Arc<Event>> {
        let change = Change::SettingsChanged(feedme_kitchen::Settings::default());
        vec![Arc::new(Event { version: Version(version), at: Time(0), actor: Actor::Open, change })]
    }

    fn next(follower: &mut Subscription) -> Poll<Option<Result<Delivery, StoreError>>> {
        std::pin::pin!(follower.next()).poll(&mut Context::from_waker(Waker::noop()))
    }

    /// A follower looks whenever its connection can take more, also between the moment at which an event is shown and
    /// the one at which followers are woken.
    #[test]
    fn a_follower_who_sees_an_event_before_it_is_woken_goes_on_from_there() {
        let feed = feed();
        let mut follower = feed.subscribe(Some(feed.position()));
        assert!(next(&mut follower).is_pending());
        let position = feed.fold(event(1), Time(0)).expect("it follows");
        assert!(matches!(next(&mut follower), Poll::Ready(Some(Ok(Delivery::Events(_))))));
        assert!(next(&mut follower).is_pending(), "it knows everything");
        feed.latest.send_replace(position);
        assert!(next(&mut follower).is_pending(), "it knew that already");
        feed.publish(event(2), Time(0)).expect("it follows");
        assert!(matches!(next(&mut follower), Poll::Ready(Some(Ok(Delivery::Events(_))))));
    }

    #[test]
    fn a_follower_from_elsewhere_gets_a_snapshot() {
        let feed = feed();
        feed.publish(event(1), Time(0)).expect("it follows");
        let at = |epoch, version| Some(Position { epoch: Epoch(epoch), version: Version(version) });
        for from in [None, at(6, 1), at(7, 2)] {
            let mut follower = feed.subscribe(from);
            assert!(matches!(next(&mut follower), Poll::Ready(Some(Ok(Delivery::Snapshot(_))))), "{from:?}");
        }
        assert!(next(&mut feed.subscribe(at(7, 1))).is_pending());
    }
}
