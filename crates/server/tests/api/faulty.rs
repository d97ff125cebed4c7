//! A store that fails when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use feedme_kitchen::{Event, Order, OrderId, Time, Version};
use feedme_store::moment::EventRow;
use feedme_store::past::{Checkpoint, Forgetting};
use feedme_store::{
    Batch, ChainFilter, ChainPage, CommitError, Epoch, HistoryFilter, HistoryPage, KeptAnswer, KeyScope, Lease, Loaded,
    Overdue, Restaurant, RestaurantId, Stands, Store, StoreError, Tally, Tidied, Verdict,
};
use feedme_testkit::MemoryStore;
use tokio::sync::watch;

/// What the store does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It works.
    Well,
    /// It does not answer until its mood changes.
    Silent,
    /// It loads nothing and reads no events until its mood changes; all else works.
    SlowToLoad,
    /// It refuses every commit and every read.
    Away,
    /// It does not know whether it committed.
    Unsure,
    /// It refuses every commit, and what it loads has lost its bots.
    Damaged,
    /// It says that a constraint fired.
    Violated,
    /// Its disk failed.
    Broken,
    /// It has a bug.
    Panicking,
}

/// A store that fails when it is told to.
#[derive(Debug)]
pub(crate) struct FaultyStore {
    inner: MemoryStore,
    mood: watch::Sender<Mood>,
    loads: AtomicUsize,
    questions: AtomicUsize,
}

impl FaultyStore {
    pub(crate) fn new() -> Arc<Self> {
        Self::of(MemoryStore::new())
    }

    pub(crate) fn of(inner: MemoryStore) -> Arc<Self> {
        Arc::new(Self {
            inner,
            mood: watch::Sender::new(Mood::Well),
            loads: AtomicUsize::new(0),
            questions: AtomicUsize::new(0),
        })
    }

    /// How often a restaurant was loaded, or nearly.
    pub(crate) fn loads(&self) -> usize {
        self.loads.load(Ordering::Relaxed)
    }

    /// How often it was asked where things stand.
    pub(crate) fn questions(&self) -> usize {
        self.questions.load(Ordering::Relaxed)
    }

    /// Begins a new history, as a restore beside a running server does: it loads everything anew.
    pub(crate) async fn begin_anew(&self) {
        let restaurants = self.inner.restaurants().await.expect("memory can always be read");
        self.inner.draw_epoch(restaurants[0].id, Epoch::from_random(77));
    }

    pub(crate) fn be(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    fn read(&self) -> Result<(), StoreError> {
        match *self.mood.borrow() {
            Mood::Away | Mood::Broken => Err(StoreError::Unavailable("/secret/path is gone".into())),
            Mood::Panicking => panic!("a bug in the store"),
            Mood::Well | Mood::Silent | Mood::SlowToLoad | Mood::Unsure | Mood::Damaged | Mood::Violated => Ok(()),
        }
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn restaurants(&self) -> Result<Vec<Restaurant>, StoreError> {
        self.inner.restaurants().await
    }

    fn is_shared(&self) -> bool {
        self.inner.is_shared()
    }

    fn generation(&self) -> u64 {
        self.inner.generation()
    }

    async fn restaurant_named(&self, slug: &str) -> Result<Option<Restaurant>, StoreError> {
        self.read()?;
        self.inner.restaurant_named(slug).await
    }

    async fn add_restaurant(&self, restaurant: &Restaurant, now: Time) -> Result<bool, StoreError> {
        self.read()?;
        self.inner.add_restaurant(restaurant, now).await
    }

    async fn chain(&self, filter: &ChainFilter) -> Result<ChainPage, StoreError> {
        self.read()?;
        self.inner.chain(filter).await
    }

    async fn tallies(&self, restaurants: &[RestaurantId]) -> Result<Vec<Tally>, StoreError> {
        self.read()?;
        self.inner.tallies(restaurants).await
    }

    async fn load(&self, restaurant: RestaurantId) -> Result<Option<Loaded>, StoreError> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        let mut moods = self.mood.subscribe();
        let _ = moods.wait_for(|mood| *mood != Mood::SlowToLoad).await;
        if *self.mood.borrow() == Mood::Away {
            return Err(StoreError::Unavailable("/secret/path is gone".into()));
        }
        let mut loaded = self.inner.load(restaurant).await?;
        if let Some(loaded) = loaded.as_mut().filter(|_| *self.mood.borrow() == Mood::Damaged) {
            loaded.parts.bots.clear();
        }
        Ok(loaded)
    }

    async fn commit(&self, batch: Arc<Batch>) -> Result<Vec<Verdict>, CommitError> {
        let mut moods = self.mood.subscribe();
        let mood = moods.wait_for(|mood| *mood != Mood::Silent).await.map(|mood| mood.clone());
        match mood.unwrap_or(Mood::Well) {
            Mood::Away | Mood::Damaged => Err(CommitError::NotCommitted("/secret/path is full".into())),
            Mood::Unsure => Err(CommitError::Unknown("the connection broke".into())),
            Mood::Broken => Err(CommitError::Fatal("/secret/path: input/output error".into())),
            Mood::Violated => Ok(batch.writes.iter().map(|_| Verdict::Violated("orders.number".into())).collect()),
            Mood::Well | Mood::Silent | Mood::SlowToLoad | Mood::Panicking => self.inner.commit(batch).await,
        }
    }

    async fn events(&self, at: RestaurantId, after: Version, limit: usize) -> Result<Vec<Arc<Event>>, StoreError> {
        let _ = self.mood.subscribe().wait_for(|mood| *mood != Mood::SlowToLoad).await;
        self.read()?;
        self.inner.events(at, after, limit).await
    }

    async fn events_before(
        &self,
        at: RestaurantId,
        before: Version,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        self.read()?;
        self.inner.events_before(at, before, limit).await
    }

    async fn order(&self, restaurant: RestaurantId, order: OrderId) -> Result<Option<Arc<Order>>, StoreError> {
        self.read()?;
        self.inner.order(restaurant, order).await
    }

    async fn history(&self, restaurant: RestaurantId, filter: &HistoryFilter) -> Result<HistoryPage, StoreError> {
        self.read()?;
        self.inner.history(restaurant, filter).await
    }

    async fn answer(&self, restaurant: RestaurantId, scope: &KeyScope) -> Result<Option<KeptAnswer>, StoreError> {
        self.read()?;
        self.inner.answer(restaurant, scope).await
    }

    async fn confirm(&self, restaurants: &[RestaurantId]) -> Result<Stands, StoreError> {
        self.questions.fetch_add(1, Ordering::Relaxed);
        // The sweep asks here, and is not what panics.
        if matches!(*self.mood.borrow(), Mood::Away | Mood::Broken) {
            return Err(StoreError::Unavailable("/secret/path is gone".into()));
        }
        self.inner.confirm(restaurants).await
    }

    async fn overdue(&self, before: Time, limit: usize) -> Result<Vec<Overdue>, StoreError> {
        self.read()?;
        self.inner.overdue(before, limit).await
    }

    async fn lease(&self, name: &str, holder: &str, now: Time, ttl_ms: u64) -> Result<Option<Lease>, StoreError> {
        self.inner.lease(name, holder, now, ttl_ms).await
    }

    async fn checkpoint(&self, restaurant: RestaurantId) -> Result<Option<Checkpoint>, StoreError> {
        self.inner.checkpoint(restaurant).await
    }

    async fn commits(
        &self,
        restaurant: RestaurantId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        self.inner.commits(restaurant, after, limit).await
    }

    async fn forget(&self, restaurant: RestaurantId, step: Forgetting) -> Result<Option<u64>, StoreError> {
        self.inner.forget(restaurant, step).await
    }

    async fn tidy(&self, moved_before: Time, keys_before: Time) -> Result<Tidied, StoreError> {
        self.inner.tidy(moved_before, keys_before).await
    }
}
