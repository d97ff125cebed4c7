//! The store as one node sees it: whatever can go wrong between a process and its database does.

use std::future::pending;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use feedme_engine::{Clock, TimeSource};
use feedme_kitchen::{Counters, Event, Order, OrderId, Time, Version};
use feedme_store::moment::EventRow;
use feedme_store::past::{Checkpoint, Forgetting};
use feedme_store::{
    Batch, ChainFilter, ChainPage, CommitError, Confirmed, Held, Hint, HistoryFilter, HistoryPage, KeptAnswer,
    KeyScope, Lease, Loaded, Overdue, Restaurant, RestaurantId, Stands, Store, StoreError, Tally, Tidied, Verdict,
};
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::diary::Diary;
use super::rival;
use super::sightings as seen;
use super::time::Machine;
use super::weather::{CrashAt, Fate, Weather};
use crate::memory::MemoryStore;

/// A node that does not hold the lease believes it does at every so many moments.
const TWO_HOLD_EVERY: i64 = 4;

/// A commit that takes longer than this makes completions late.
const SLOW_MS: u64 = 20;

/// One node's connection to the store. A node that died waits for ever, as a process that is gone does.
#[derive(Clone)]
pub(super) struct FaultyStore {
    pub(super) inner: MemoryStore,
    pub(super) weather: Arc<Weather>,
    pub(super) diary: Arc<Diary>,
    pub(super) machine: Machine,
    pub(super) clock: Arc<Clock>,
    pub(super) death: CancellationToken,
    /// The last batch whose outcome the node was not told.
    pub(super) unknown: Arc<Mutex<Option<Arc<Batch>>>>,
}

impl FaultyStore {
    /// Goes no further once the node is dead.
    async fn alive(&self) {
        if self.death.is_cancelled() {
            pending::<()>().await;
        }
    }

    async fn wait(&self, ms: u64) {
        if ms > 0 {
            sleep(Duration::from_millis(ms)).await;
        }
        self.alive().await;
    }

    async fn read<T>(
        &self,
        what: impl Hash,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.alive().await;
        let from = self.clock.now();
        let (fails, ms) = self.weather.read(self.machine.monotonic_ms(), what);
        self.wait(ms).await;
        if fails {
            self.diary.note(seen::A_READ_FAILED);
            self.diary.trouble(from, self.clock.now());
            return Err(StoreError::Unavailable("the connection was lost".into()));
        }
        answer.await
    }

    async fn commit_somehow(&self, batch: &Arc<Batch>) -> Result<Vec<Verdict>, CommitError> {
        let (fate, there_ms, back_ms) = self.weather.fate();
        sleep(Duration::from_millis(there_ms)).await;
        if self.weather.takes_crash(CrashAt::Before) || self.death.is_cancelled() {
            self.crash_now(CrashAt::Before).await;
        }
        if self.weather.is_away() {
            self.diary.note(seen::THE_STORE_WAS_AWAY);
            return Err(CommitError::NotCommitted("the store is away".into()));
        }
        let unknown = || Err(CommitError::Unknown("the connection was lost".into()));
        let fatal = || Err(CommitError::Fatal("the disk has failed".into()));
        let outcome = match fate {
            Fate::Fair => self.write(batch).await,
            Fate::Beaten => {
                self.beat(batch).await;
                self.write(batch).await
            }
            Fate::Failed => {
                self.diary.note(seen::NOTHING_WAS_WRITTEN);
                return Err(CommitError::NotCommitted("the disk is full".into()));
            }
            Fate::ReplyLost => {
                self.diary.note(seen::A_REPLY_WAS_LOST_AFTER_THE_WRITE);
                let _ = self.write(batch).await;
                unknown()
            }
            Fate::RequestLost => {
                self.diary.note(seen::A_REQUEST_WAS_LOST_BEFORE_THE_WRITE);
                unknown()
            }
            Fate::Late => {
                self.write_late(batch);
                unknown()
            }
            Fate::Fatal { written } => {
                self.diary.note(seen::THE_STORE_FAILED_FOR_GOOD);
                if written {
                    let _ = self.write(batch).await;
                }
                fatal()
            }
        };
        sleep(Duration::from_millis(back_ms)).await;
        outcome
    }

    async fn write(&self, batch: &Arc<Batch>) -> Result<Vec<Verdict>, CommitError> {
        let verdicts = self.inner.commit(Arc::clone(batch)).await?;
        for (write, verdict) in batch.writes.iter().zip(&verdicts) {
            // Of two writes that take one key and leave the version where it was, the constraint refuses one.
            if let (Verdict::Violated(what), true) = (verdict, write.answers.is_empty()) {
                self.diary.wrong(format!("a constraint refused a write: {what}"));
            }
        }
        if self.weather.takes_crash(CrashAt::After) {
            self.crash_now(CrashAt::After).await;
        }
        Ok(verdicts)
    }

    /// It leaves the node in time and reaches the store when nobody waits for it any more.
    fn write_late(&self, batch: &Arc<Batch>) {
        let ms = self.weather.draw(|rng| rng.random_range(0..3000));
        let (inner, diary, batch) = (self.inner.clone(), Arc::clone(&self.diary), Arc::clone(batch));
        tokio::spawn(async move {
            sleep(Duration::from_millis(ms)).await;
            for verdict in inner.commit(batch).await.unwrap_or_default() {
                diary.note(if verdict == Verdict::Won { seen::A_LATE_WRITE_WON } else { seen::A_LATE_WRITE_LOST });
            }
        });
    }

    async fn beat(&self, batch: &Batch) {
        let count = batch.writes.len();
        let Some(write) = batch.writes.get(self.weather.draw(|rng| rng.random_range(0..count.max(1)))) else { return };
        let mut rng = self.weather.draw(StdRng::from_rng);
        let now = self.clock.now();
        if !write.answers.is_empty() && rng.random_bool(0.3) {
            let (scope, answer) = &write.answers[rng.random_range(0..write.answers.len())];
            if rival::take_key(&self.inner, write.restaurant, now, scope, answer, rng.random_bool(0.7)).await {
                self.diary.note(seen::A_RIVAL_TOOK_THE_KEY);
            }
        } else if rival::commit_something(&self.inner, write.restaurant, now, &mut rng).await {
            self.diary.note(seen::A_RIVAL_WAS_QUICKER);
        }
    }

    async fn crash_now(&self, at: CrashAt) {
        self.death.cancel();
        self.diary.note(match at {
            CrashAt::Before => seen::CRASHED_BEFORE_A_WRITE,
            CrashAt::After => seen::CRASHED_AFTER_A_WRITE,
        });
        pending::<()>().await;
    }

    /// Whether the engine asks again for a batch whose outcome it was not told.
    fn settles(&self, batch: &Arc<Batch>) -> bool {
        self.unknown.lock().as_ref().is_some_and(|unknown| Arc::ptr_eq(unknown, batch))
    }
}

/// A restaurant that was taken over such a connection.
struct FaultilyHeld {
    store: FaultyStore,
    held: Box<dyn Held>,
}

#[async_trait]
impl Held for FaultilyHeld {
    fn stands(&self) -> Confirmed {
        self.held.stands()
    }

    fn generation(&self) -> u64 {
        self.held.generation()
    }

    async fn events(&mut self, after: Version, limit: usize) -> Result<Vec<Arc<Event>>, StoreError> {
        let id = self.held.stands().restaurant;
        self.store.read(("held events", id, after), self.held.events(after, limit)).await
    }

    async fn commit(self: Box<Self>, batch: &Batch) -> Result<Verdict, CommitError> {
        let verdicts = self.store.commit(Arc::new(batch.clone())).await?;
        Ok(verdicts.into_iter().next().unwrap_or(Verdict::Conflict))
    }

    async fn release(self: Box<Self>) {
        self.held.release().await;
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn restaurants(&self) -> Result<Vec<Restaurant>, StoreError> {
        self.read("restaurants", self.inner.restaurants()).await
    }

    fn is_shared(&self) -> bool {
        self.inner.is_shared()
    }

    fn generation(&self) -> u64 {
        self.inner.generation()
    }

    async fn begin_anew(&self, stands: Confirmed, given_out: Counters) -> Result<bool, StoreError> {
        self.read(("begin anew", stands.restaurant), self.inner.begin_anew(stands, given_out)).await
    }

    async fn restaurant_named(&self, slug: &str) -> Result<Option<Restaurant>, StoreError> {
        self.read(("restaurant named", slug), self.inner.restaurant_named(slug)).await
    }

    async fn add_restaurant(&self, restaurant: &Restaurant, now: Time) -> Result<bool, StoreError> {
        self.read(("add restaurant", restaurant.id), self.inner.add_restaurant(restaurant, now)).await
    }

    async fn chain(&self, filter: &ChainFilter) -> Result<ChainPage, StoreError> {
        self.read("chain", self.inner.chain(filter)).await
    }

    async fn tallies(&self, restaurants: &[RestaurantId]) -> Result<Vec<Tally>, StoreError> {
        self.read(("tallies", restaurants), self.inner.tallies(restaurants)).await
    }

    async fn load(&self, restaurant: RestaurantId) -> Result<Option<Loaded>, StoreError> {
        self.read(("load", restaurant), self.inner.load(restaurant)).await
    }

    async fn commit(&self, batch: Arc<Batch>) -> Result<Vec<Verdict>, CommitError> {
        self.alive().await;
        let (from, asked) = (self.clock.now(), self.machine.monotonic_ms());
        let settles = self.settles(&batch);
        let outcome = self.commit_somehow(&batch).await;
        if self.death.is_cancelled() {
            self.crash_now(CrashAt::After).await;
        }
        let took_ms = self.machine.monotonic_ms() - asked;
        if outcome.is_err() || took_ms.unsigned_abs() > SLOW_MS {
            self.diary.trouble(from, self.clock.now());
        }
        match &outcome {
            Err(CommitError::Unknown(_)) => *self.unknown.lock() = Some(Arc::clone(&batch)),
            Ok(verdicts) if settles => verdicts.iter().for_each(|verdict| match verdict {
                Verdict::Won => self.diary.note(seen::SETTLED_AS_NOT_WRITTEN),
                Verdict::Conflict => self.diary.note(seen::SETTLED_AS_WRITTEN),
                Verdict::Violated(_) => {}
            }),
            _ => {}
        }
        outcome
    }

    async fn hold(&self, restaurant: RestaurantId) -> Result<Option<Box<dyn Held>>, StoreError> {
        let held = self.read(("hold", restaurant), self.inner.hold(restaurant)).await?;
        self.diary.note(seen::A_RESTAURANT_WAS_TAKEN);
        Ok(held.map(|held| Box::new(FaultilyHeld { store: self.clone(), held }) as Box<dyn Held>))
    }

    async fn events(&self, id: RestaurantId, after: Version, limit: usize) -> Result<Vec<Arc<Event>>, StoreError> {
        self.read(("events", id, after), self.inner.events(id, after, limit)).await
    }

    async fn events_before(
        &self,
        at: RestaurantId,
        before: Version,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        self.read(("events before", at, before), self.inner.events_before(at, before, limit)).await
    }

    async fn order(&self, restaurant: RestaurantId, order: OrderId) -> Result<Option<Arc<Order>>, StoreError> {
        self.read(("order", order), self.inner.order(restaurant, order)).await
    }

    async fn history(&self, restaurant: RestaurantId, filter: &HistoryFilter) -> Result<HistoryPage, StoreError> {
        self.read(("history", restaurant), self.inner.history(restaurant, filter)).await
    }

    async fn answer(&self, restaurant: RestaurantId, scope: &KeyScope) -> Result<Option<KeptAnswer>, StoreError> {
        self.read(("answer", scope), self.inner.answer(restaurant, scope)).await
    }

    async fn confirm(&self, restaurants: &[RestaurantId]) -> Result<Stands, StoreError> {
        self.read("confirm", self.inner.confirm(restaurants)).await
    }

    async fn hint(&self, moved: &[(RestaurantId, Version)]) -> Result<(), StoreError> {
        self.read(("hint", moved), self.inner.hint(moved)).await
    }

    fn hints(&self) -> Option<mpsc::Receiver<Hint>> {
        if self.weather.is_deaf() { None } else { self.inner.hints() }
    }

    async fn overdue(&self, before: Time, limit: usize) -> Result<Vec<Overdue>, StoreError> {
        self.read("overdue", self.inner.overdue(before, limit)).await
    }

    async fn lease(&self, name: &str, holder: &str, now: Time, ttl_ms: u64) -> Result<Option<Lease>, StoreError> {
        // Nodes that share a database go by its clock, whatever theirs say.
        let now = if self.is_shared() { Time(self.machine.monotonic_ms()) } else { now };
        let lease = self.read("lease", self.inner.lease(name, holder, now, ttl_ms)).await?;
        if lease.is_none() && !self.weather.is_calm() && now.0 % TWO_HOLD_EVERY == 0 {
            // One that was paused past its lease does not know that another holds it.
            self.diary.note(seen::TWO_HELD_A_LEASE);
            return Ok(Some(Lease { term: 0, expires_at: now }));
        }
        Ok(lease)
    }

    async fn checkpoint(&self, restaurant: RestaurantId) -> Result<Option<Checkpoint>, StoreError> {
        self.read("checkpoint", self.inner.checkpoint(restaurant)).await
    }

    async fn commits(
        &self,
        restaurant: RestaurantId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        self.read("commits", self.inner.commits(restaurant, after, limit)).await
    }

    async fn forget(&self, restaurant: RestaurantId, step: Forgetting) -> Result<Option<u64>, StoreError> {
        self.read("forget", self.inner.forget(restaurant, step)).await
    }

    async fn tidy(&self, moved_before: Time, keys_before: Time) -> Result<Tidied, StoreError> {
        self.read("tidy", self.inner.tidy(moved_before, keys_before)).await
    }
}
