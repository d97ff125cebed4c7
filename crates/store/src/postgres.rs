//! PostgreSQL: any number of nodes serve any number of restaurants from one database.
//!
//! It is the distributed engine here: nodes agree by what they find in it, and by nothing else.
//!
//! | to find | look in |
//! |---|---|
//! | addresses, encryption | `address` |
//! | pools, time-outs | `connect`, `session` |
//! | which of several servers, coming back after a failure, a promotion | `link`, `reach`, `server`, `anew` |
//! | what an error means | `error` |
//! | migrations and the months of the history | `migrate`, `partition` |
//! | the one statement of a commit, and the slow way round | `commit`, `hold` |
//! | reads | `read`, `rows` |
//! | what nodes tell each other, and the clock they go by | `hints`, `clock` |
//! | a restaurant that comes from another database | `arrival` |
//! | all of it at one moment, and what it finds wrong with itself | `moment`, `doctor` |
//! | many restaurants | `chain` |
//! | what moves and is forgotten | `tidy` |
//! | accounts, sessions, keys | `accounts`, `factors`, `pairings`, `people` |
//! | what is locked when accounts change | `change` |

mod accounts;
mod address;
mod anew;
mod arrival;
mod chain;
mod change;
mod clock;
mod commit;
mod connect;
mod doctor;
mod error;
mod factors;
mod hints;
mod hold;
mod lease;
mod level;
mod link;
mod migrate;
mod moment;
mod pairings;
mod partition;
mod past;
mod people;
mod persons;
mod reach;
mod read;
mod replica;
mod rows;
mod server;
mod session;
mod tidy;

use std::sync::Arc;

use async_trait::async_trait;
use feedme_kitchen::{Counters, Event, Order, OrderId, Time, Version};
use parking_lot::Mutex;
use tokio::sync::mpsc;

pub use arrival::PostgresArrival;
pub use clock::DatabaseTime;
pub use connect::PostgresOptions;
pub use error::OpenError;
pub use moment::PostgresMoment;

use crate::moment::EventRow;
use crate::past::{Checkpoint, Forgetting};
use crate::{
    Batch, ChainFilter, ChainPage, CommitError, Confirmed, Epoch, Held, Hint, HistoryFilter, HistoryPage, KeptAnswer,
    KeyScope, Lease, Leveled, Loaded, Migrated, Overdue, Pool, Restaurant, RestaurantId, Stands, Store, StoreError,
    Tally, Tidied, Verdict,
};
use connect::Connections;
use hints::Telling;
use level::Level;
use partition::Month;
use tidy::Movable;

/// A database on PostgreSQL.
#[derive(Debug)]
pub struct PostgresStore {
    connections: Connections,
    /// For reports.
    replica: Option<Connections>,
    level: Level,
    time: DatabaseTime,
    telling: Telling,
    /// What the last look through the live table found, and has not moved yet.
    movable: Mutex<Vec<Movable>>,
    /// The month in which those to come were made last.
    made_ahead_in: Mutex<Option<Month>>,
}

impl PostgresStore {
    /// Connects and applies migrations. `epoch` names the history of a restaurant that is made now.
    pub async fn open(options: &PostgresOptions, now: Time, epoch: Epoch) -> Result<Self, OpenError> {
        let connections = Connections::new(options)?;
        migrate::migrate(&connections, Some((now, epoch))).await?;
        let level = Level::open(&mut connections.reader().await?, migrate::known()).await?;
        connections.take_over().await?;
        let time = DatabaseTime::new();
        time.learn(&mut connections.reader().await?).await?;
        partition::make_ahead(&mut connections.writer().await?, Time(time.now_ms())).await?;
        Ok(Self {
            connections,
            replica: Connections::to_replica(options)?,
            level,
            time,
            telling: Telling::default(),
            movable: Mutex::default(),
            made_ahead_in: Mutex::default(),
        })
    }

    /// The database's clock, which kitchen time goes by.
    pub fn time(&self) -> DatabaseTime {
        self.time.clone()
    }

    /// Applies the migrations that the database lacks, and nothing else.
    pub async fn migrate(options: &PostgresOptions, now: Time, epoch: Epoch) -> Result<Migrated, OpenError> {
        migrate::migrate(&Connections::new(options)?, Some((now, epoch))).await
    }

    /// Has programs that are older than this one retire from a database, now that none of them serves it.
    pub async fn finish(options: &PostgresOptions) -> Result<Leveled, OpenError> {
        level::finish(&mut Connections::new(options)?.patient().await?, migrate::known()).await
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn restaurants(&self) -> Result<Vec<Restaurant>, StoreError> {
        self.read_restaurants().await
    }

    fn generation(&self) -> u64 {
        self.connections.generation()
    }

    async fn begin_anew(&self, stands: Confirmed, given_out: Counters) -> Result<bool, StoreError> {
        self.begin_history(stands, given_out).await
    }

    async fn restaurant_named(&self, slug: &str) -> Result<Option<Restaurant>, StoreError> {
        self.read_named(slug).await
    }

    async fn add_restaurant(&self, restaurant: &Restaurant, now: Time) -> Result<bool, StoreError> {
        // Nothing of it can be lost: it is new.
        self.write_restaurant(restaurant, now.max(Time(self.connections.doubtful_before()))).await
    }

    async fn chain(&self, filter: &ChainFilter) -> Result<ChainPage, StoreError> {
        self.read_chain(filter).await
    }

    async fn tallies(&self, restaurants: &[RestaurantId]) -> Result<Vec<Tally>, StoreError> {
        self.read_tallies(restaurants).await
    }

    async fn load(&self, restaurant: RestaurantId) -> Result<Option<Loaded>, StoreError> {
        self.read_live(restaurant).await
    }

    async fn commit(&self, batch: Arc<Batch>) -> Result<Vec<Verdict>, CommitError> {
        self.level.must_be_known().map_err(CommitError::NotCommitted)?;
        self.write(&batch).await
    }

    async fn hold(&self, restaurant: RestaurantId) -> Result<Option<Box<dyn Held>>, StoreError> {
        self.level.must_be_known().map_err(StoreError::Unavailable)?;
        self.lock(restaurant).await
    }

    async fn events(
        &self,
        restaurant: RestaurantId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        self.read_events(restaurant, after, limit).await
    }

    async fn events_before(
        &self,
        restaurant: RestaurantId,
        before: Version,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        self.read_events_before(restaurant, before, limit).await
    }

    async fn order(&self, restaurant: RestaurantId, order: OrderId) -> Result<Option<Arc<Order>>, StoreError> {
        self.read_order(restaurant, order).await
    }

    async fn history(&self, restaurant: RestaurantId, filter: &HistoryFilter) -> Result<HistoryPage, StoreError> {
        self.read_history(restaurant, filter).await
    }

    async fn answer(&self, restaurant: RestaurantId, scope: &KeyScope) -> Result<Option<KeptAnswer>, StoreError> {
        self.read_answer(restaurant, scope).await
    }

    async fn confirm(&self, restaurants: &[RestaurantId]) -> Result<Stands, StoreError> {
        self.read_positions(restaurants).await
    }

    async fn hint(&self, moved: &[(RestaurantId, Version)]) -> Result<(), StoreError> {
        self.telling.tell(moved).await
    }

    fn hints(&self) -> Option<mpsc::Receiver<Hint>> {
        self.telling.follow(&self.connections)
    }

    async fn overdue(&self, before: Time, limit: usize) -> Result<Vec<Overdue>, StoreError> {
        self.read_overdue(before, limit).await
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn pools(&self) -> Vec<Pool> {
        let replica = self.replica.iter().map(|replica| replica.pool_of_readers("replica"));
        self.connections.pools().into_iter().chain(replica).collect()
    }

    async fn lease(&self, name: &str, holder: &str, _now: Time, ttl_ms: u64) -> Result<Option<Lease>, StoreError> {
        self.take_lease(name, holder, ttl_ms).await
    }

    async fn checkpoint(&self, restaurant: RestaurantId) -> Result<Option<Checkpoint>, StoreError> {
        past::checkpoint(&mut self.connections.reader().await?, restaurant).await
    }

    async fn commits(
        &self,
        restaurant: RestaurantId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        past::commits(&mut self.connections.reader().await?, restaurant, after, limit).await
    }

    async fn forget(&self, restaurant: RestaurantId, step: Forgetting) -> Result<Option<u64>, StoreError> {
        self.level.must_forget()?;
        past::forget(&mut self.connections.writer().await?, restaurant, step).await
    }

    async fn drop_months(&self, before: Time) -> Result<(), StoreError> {
        Ok(partition::drop_empty(&mut self.connections.writer().await?, before).await?)
    }

    async fn tidy(&self, moved_before: Time, keys_before: Time) -> Result<Tidied, StoreError> {
        self.move_and_forget(moved_before, keys_before).await
    }
}
