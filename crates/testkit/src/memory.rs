//! A store in memory, with the semantics of a real one: compare-and-set on version and epoch, the constraints
//! of the schema, all of a write or nothing.

mod accounts;
mod constraints;
mod factors;
mod shelf;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use feedme_kitchen::{Actor, Counters, Event, Order, OrderId, Time, Version};
use feedme_store::moment::EventRow;
use feedme_store::past::{Checkpoint, Forgetting};
use feedme_store::{
    Batch, CHAIN_PAGE_MAX, ChainFilter, ChainPage, CommitError, Confirmed, Epoch, Held, Hint, HistoryFilter,
    HistoryPage, KeptAnswer, KeyScope, Lease, Loaded, Overdue, Restaurant, RestaurantId, Stands, Store, StoreError,
    Tally, Tidied, Verdict, numbers_to_skip, passing_over,
};
use parking_lot::Mutex;
use shelf::Shelf;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Orders moved, and keys forgotten, at one call of `tidy`: few, so that tests see portions without thousands
/// of orders.
pub const PORTION: usize = 50;

/// Hints that wait for one who listens; more are lost.
const HINTS_MAX: usize = 100;

/// A store in memory. Clones share it, so that an engine can be started again on what another left behind.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<Shelves>>);

#[derive(Debug, Default)]
struct Shelves {
    restaurants: BTreeMap<RestaurantId, Shelf>,
    /// Whether engines take it for one that other processes commit to, too.
    shared: bool,
    leases: BTreeMap<String, (String, Lease)>,
    /// Those who follow what others tell.
    listeners: Vec<mpsc::Sender<Hint>>,
    people: accounts::People,
    /// How many servers there were before the one that answers.
    generation: u64,
}

/// What a standby of a store has received of its restaurants.
#[derive(Debug)]
pub struct Standby(BTreeMap<RestaurantId, Shelf>);

impl MemoryStore {
    /// A store with the restaurant "default" and nothing in it.
    #[must_use]
    pub fn new() -> Self {
        let store = Self::default();
        store.open_restaurant("default", "FeedMe");
        store
    }

    /// A store with these restaurants, by slug, and nothing in them.
    #[must_use]
    pub fn with_restaurants<'a>(slugs: impl IntoIterator<Item = &'a str>) -> Self {
        let store = Self::default();
        for slug in slugs {
            store.open_restaurant(slug, slug);
        }
        store
    }

    /// The same store, taken by engines that are started now for one that other processes commit to, too: they serve
    /// the restaurants that they are asked for.
    #[must_use]
    pub fn shared(self) -> Self {
        self.0.lock().shared = true;
        self
    }

    /// Adds a restaurant, as another process would.
    pub fn open_restaurant(&self, slug: &str, name: &str) -> RestaurantId {
        let mut shelves = self.0.lock();
        let count = shelves.restaurants.len() as u64 + 1;
        let id = RestaurantId(Uuid::from_u64_pair(0, count));
        let epoch = Epoch::from_random(1_000 * count);
        let restaurant = Restaurant { id, slug: slug.to_owned(), name: name.to_owned(), epoch };
        shelves.restaurants.insert(id, Shelf::new(restaurant));
        id
    }

    /// Begins a new history, as a restore does.
    pub fn draw_epoch(&self, restaurant: RestaurantId, epoch: Epoch) {
        if let Some(shelf) = self.0.lock().restaurants.get_mut(&restaurant) {
            shelf.begin_history(epoch);
        }
    }

    /// A standby that has received all that was committed up to now.
    pub fn standby(&self) -> Standby {
        Standby(self.0.lock().restaurants.clone())
    }

    /// Has a standby answer from now on. What was committed after it was made is lost.
    pub fn promote(&self, standby: Standby) {
        let mut shelves = self.0.lock();
        shelves.restaurants = standby.0;
        shelves.generation += 1;
    }

    /// Every order's row, deleted ones and those moved to the history included, by number.
    pub fn rows(&self, restaurant: RestaurantId) -> Vec<Arc<Order>> {
        self.with(restaurant, Shelf::rows).unwrap_or_default()
    }

    /// What a restaurant was called when it opened.
    pub fn opened_as(&self, restaurant: RestaurantId) -> String {
        self.with(restaurant, |shelf| shelf.opened_as().to_owned()).unwrap_or_default()
    }

    /// Every answer that is kept, by key.
    pub fn answers(&self, restaurant: RestaurantId) -> BTreeMap<KeyScope, KeptAnswer> {
        self.with(restaurant, |shelf| shelf.answers().clone()).unwrap_or_default()
    }

    fn with<T>(&self, restaurant: RestaurantId, look: impl FnOnce(&Shelf) -> T) -> Option<T> {
        self.0.lock().restaurants.get(&restaurant).map(look)
    }
}

/// A restaurant that was taken. Memory keeps nobody out: whoever is quicker all the same makes the commit conflict, as with
/// one that was held for too long.
struct HeldShelf {
    store: MemoryStore,
    stands: Confirmed,
    generation: u64,
}

#[async_trait]
impl Held for HeldShelf {
    fn stands(&self) -> Confirmed {
        self.stands
    }

    fn generation(&self) -> u64 {
        self.generation
    }

    async fn events(&mut self, after: Version, limit: usize) -> Result<Vec<Arc<Event>>, StoreError> {
        self.store.events(self.stands.restaurant, after, limit).await
    }

    async fn commit(self: Box<Self>, batch: &Batch) -> Result<Verdict, CommitError> {
        let verdicts = self.store.commit(Arc::new(batch.clone())).await?;
        Ok(verdicts.into_iter().next().unwrap_or(Verdict::Conflict))
    }

    async fn release(self: Box<Self>) {}
}

#[async_trait]
impl Store for MemoryStore {
    async fn restaurants(&self) -> Result<Vec<Restaurant>, StoreError> {
        let shelves = self.0.lock();
        let mut restaurants: Vec<_> = shelves.restaurants.values().map(Shelf::restaurant).collect();
        restaurants.sort_by(|a, b| a.slug.cmp(&b.slug));
        Ok(restaurants)
    }

    fn is_shared(&self) -> bool {
        self.0.lock().shared
    }

    fn generation(&self) -> u64 {
        self.0.lock().generation
    }

    async fn begin_anew(&self, stands: Confirmed, given_out: Counters) -> Result<bool, StoreError> {
        let Shelves { restaurants, people, .. } = &mut *self.0.lock();
        let Some(shelf) = restaurants.get_mut(&stands.restaurant).filter(|shelf| shelf.stands() == stands) else {
            return Ok(false);
        };
        shelf.begin_history(Epoch(stands.epoch.0 ^ 1 << 40));
        let loaded = shelf.load();
        let (skip, now) = (numbers_to_skip(loaded.parts.counters, given_out), loaded.parts.last_at);
        let (write, _) = passing_over(loaded, skip, Actor::Kitchen, now)?;
        Ok(shelf.take(&write, &people.accounts) == Verdict::Won)
    }

    async fn restaurant_named(&self, slug: &str) -> Result<Option<Restaurant>, StoreError> {
        let shelves = self.0.lock();
        let mut restaurants = shelves.restaurants.values().map(Shelf::restaurant);
        Ok(restaurants.find(|restaurant| restaurant.slug == slug))
    }

    async fn add_restaurant(&self, restaurant: &Restaurant, _now: Time) -> Result<bool, StoreError> {
        let mut shelves = self.0.lock();
        let taken = shelves.restaurants.values().any(|shelf| shelf.restaurant().slug == restaurant.slug);
        if !taken {
            shelves.restaurants.insert(restaurant.id, Shelf::new(restaurant.clone()));
        }
        Ok(!taken)
    }

    async fn chain(&self, filter: &ChainFilter) -> Result<ChainPage, StoreError> {
        let (shelves, limit) = (self.0.lock(), filter.limit.clamp(1, CHAIN_PAGE_MAX));
        let search = filter.search.as_ref().map(|search| search.to_ascii_lowercase());
        let has = |text: &str| search.as_ref().is_none_or(|search| text.to_ascii_lowercase().contains(search));
        let matches = |restaurant: &Restaurant| {
            filter.among.as_ref().is_none_or(|among| among.contains(&restaurant.id))
                && filter.after.as_ref().is_none_or(|after| restaurant.slug > *after)
                && (has(&restaurant.slug) || has(&restaurant.name))
        };
        let all = shelves.restaurants.values().map(|shelf| (shelf.restaurant(), shelf.profile().clone()));
        let mut restaurants: Vec<_> = all.filter(|(restaurant, _)| matches(restaurant)).collect();
        restaurants.sort_by(|(a, _), (b, _)| a.slug.cmp(&b.slug));
        let more = restaurants.len() > limit;
        restaurants.truncate(limit);
        let next = restaurants.last().filter(|_| more).map(|(restaurant, _)| restaurant.slug.clone());
        Ok(ChainPage { restaurants, next })
    }

    async fn tallies(&self, restaurants: &[RestaurantId]) -> Result<Vec<Tally>, StoreError> {
        Ok(restaurants.iter().filter_map(|id| self.with(*id, Shelf::tally)).collect())
    }

    async fn load(&self, restaurant: RestaurantId) -> Result<Option<Loaded>, StoreError> {
        Ok(self.with(restaurant, Shelf::load))
    }

    async fn commit(&self, batch: Arc<Batch>) -> Result<Vec<Verdict>, CommitError> {
        let Shelves { restaurants, people, generation, .. } = &mut *self.0.lock();
        if batch.generation != *generation {
            return Ok(vec![Verdict::Conflict; batch.writes.len()]);
        }
        let verdicts = batch.writes.iter().map(|write| match restaurants.get_mut(&write.restaurant) {
            Some(found) => found.take(write, &people.accounts),
            None => Verdict::Conflict,
        });
        Ok(verdicts.collect())
    }

    async fn hold(&self, restaurant: RestaurantId) -> Result<Option<Box<dyn Held>>, StoreError> {
        let (generation, stands) = (self.generation(), self.with(restaurant, Shelf::stands));
        let held = |stands| Box::new(HeldShelf { store: self.clone(), stands, generation }) as Box<dyn Held>;
        Ok(stands.filter(|_| self.is_shared()).map(held))
    }

    async fn events(
        &self,
        restaurant: RestaurantId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        Ok(self.with(restaurant, |shelf| shelf.events(after, limit)).unwrap_or_default())
    }

    async fn events_before(
        &self,
        restaurant: RestaurantId,
        before: Version,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        Ok(self.with(restaurant, |shelf| shelf.events_before(before, limit)).unwrap_or_default())
    }

    async fn order(&self, restaurant: RestaurantId, order: OrderId) -> Result<Option<Arc<Order>>, StoreError> {
        Ok(self.with(restaurant, |shelf| shelf.order(order)).flatten())
    }

    async fn history(&self, restaurant: RestaurantId, filter: &HistoryFilter) -> Result<HistoryPage, StoreError> {
        let empty = HistoryPage { orders: Vec::new(), next: None };
        Ok(self.with(restaurant, |shelf| shelf.history(filter)).unwrap_or(empty))
    }

    async fn answer(&self, restaurant: RestaurantId, scope: &KeyScope) -> Result<Option<KeptAnswer>, StoreError> {
        Ok(self.with(restaurant, |shelf| shelf.answers().get(scope).cloned()).flatten())
    }

    async fn confirm(&self, restaurants: &[RestaurantId]) -> Result<Stands, StoreError> {
        let shelves = self.0.lock();
        let stands = restaurants.iter().filter_map(|id| shelves.restaurants.get(id)).map(Shelf::stands);
        Ok(Stands { restaurants: stands.collect(), accounts: shelves.people.version })
    }

    async fn hint(&self, moved: &[(RestaurantId, Version)]) -> Result<(), StoreError> {
        self.0.lock().listeners.retain(|listener| {
            let told = moved.iter().try_for_each(|(id, version)| listener.try_send(Hint::Moved(*id, *version)));
            !matches!(told, Err(mpsc::error::TrySendError::Closed(_)))
        });
        Ok(())
    }

    fn hints(&self) -> Option<mpsc::Receiver<Hint>> {
        let mut shelves = self.0.lock();
        let (listener, hints) = mpsc::channel(HINTS_MAX);
        shelves.shared.then(|| shelves.listeners.push(listener)).map(|()| hints)
    }

    async fn overdue(&self, before: Time, limit: usize) -> Result<Vec<Overdue>, StoreError> {
        let shelves = self.0.lock();
        let mut found: Vec<_> = shelves.restaurants.values().flat_map(|shelf| shelf.overdue(before)).collect();
        found.sort_by_key(|(due_at, _)| *due_at);
        Ok(found.into_iter().take(limit).map(|(_, overdue)| overdue).collect())
    }

    async fn lease(&self, name: &str, holder: &str, now: Time, ttl_ms: u64) -> Result<Option<Lease>, StoreError> {
        let mut shelves = self.0.lock();
        let expires_at = now.plus_ms(ttl_ms);
        let term = match shelves.leases.get(name) {
            Some((held_by, lease)) if held_by == holder => lease.term,
            Some((_, lease)) if lease.expires_at > now => return Ok(None),
            Some((_, lease)) => lease.term + 1,
            None => 1,
        };
        let lease = Lease { term, expires_at };
        shelves.leases.insert(name.to_owned(), (holder.to_owned(), lease));
        Ok(Some(lease))
    }

    async fn checkpoint(&self, restaurant: RestaurantId) -> Result<Option<Checkpoint>, StoreError> {
        Ok(self.with(restaurant, Shelf::checkpoint))
    }

    async fn commits(
        &self,
        restaurant: RestaurantId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        Ok(self.with(restaurant, |shelf| shelf.commits(after, limit)).unwrap_or_default())
    }

    async fn forget(&self, restaurant: RestaurantId, step: Forgetting) -> Result<Option<u64>, StoreError> {
        Ok(self.0.lock().restaurants.get_mut(&restaurant).and_then(|shelf| shelf.forget(step)))
    }

    async fn tidy(&self, moved_before: Time, keys_before: Time) -> Result<Tidied, StoreError> {
        let mut done = Tidied::default();
        for shelf in self.0.lock().restaurants.values_mut() {
            done.moved += shelf.move_old(moved_before, PORTION - done.moved);
            done.forgotten += shelf.forget_old(keys_before, PORTION - done.forgotten);
        }
        done.more = done.moved >= PORTION || done.forgotten >= PORTION;
        Ok(done)
    }
}
