//! The embedded database: one SQLite file, written through one connection, held by one process.
//!
//! WAL with `synchronous=FULL`: a commit returns after its fsync. (WAL with NORMAL loses acknowledged commits
//! at a power cut.) Reads use connections of their own and never wait for the writer.
//!
//! | to find | look in |
//! |---|---|
//! | files, lock, pragmas, migrations | `connect` |
//! | the one writer and the write-ahead log | `writer` |
//! | the SQL of a commit | `commit` |
//! | reads | `read`, `chain`, `rows` |
//! | accounts, sessions, keys | `accounts` |
//! | backup, restore | [`backup`], [`restore`] |
//! | a restaurant that comes from another database | `arrival` |
//! | all of it at one moment, and what it finds wrong with itself | `moment`, `doctor` |

mod accounts;
mod arrival;
pub mod backup;
mod chain;
mod checkpoint;
mod commit;
mod connect;
mod doctor;
mod factors;
mod moment;
mod pairings;
mod past;
mod persons;
mod read;
pub mod restore;
mod rows;
mod tidy;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use feedme_kitchen::{Event, Order, OrderId, Time, Version};
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;

pub use arrival::SqliteArrival;
pub use connect::{DATABASE_FILE, OpenError, migrate};
pub use moment::SqliteMoment;

use crate::moment::EventRow;
use crate::past::{Checkpoint, Forgetting};
use crate::{
    Batch, ChainFilter, ChainPage, CommitError, Epoch, HistoryFilter, HistoryPage, KeptAnswer, KeyScope, Lease, Loaded,
    Overdue, Restaurant, RestaurantId, Stands, Store, StoreError, Tally, Tidied, Verdict,
};
use connect::FileLock;
use writer::Writer;

/// Connections for reading. Two cores read at the same time at most; a third lets a long question for the
/// history run beside them.
const READERS: usize = 3;

/// The embedded database.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Arc<Writer>,
    readers: Arc<Mutex<Vec<Connection>>>,
    reading: Arc<Semaphore>,
    /// Rises with every start: the process that holds the file holds every lease.
    term: u64,
    path: PathBuf,
    /// Released last, after every connection is closed.
    _lock: FileLock,
}

impl SqliteStore {
    /// Opens the database in a folder, making both if need be, and applies migrations. `epoch` names the
    /// history of a restaurant that is made now.
    pub fn open(folder: &Path, holder: &str, now: Time, epoch: Epoch) -> Result<Self, OpenError> {
        let lock = FileLock::take(folder)?;
        let path = folder.join(DATABASE_FILE);
        let mut connection = connect::writer(&path)?;
        connect::apply_migrations(&mut connection)?;
        connect::ensure_default_restaurant(&connection, now, epoch)?;
        let term = connect::take_lease(&connection, holder)?;
        let readers = (0..READERS).map(|_| connect::reader(&path)).collect::<Result<_, _>>()?;
        Ok(Self {
            writer: Arc::new(Writer::start(connection, &path)?),
            readers: Arc::new(Mutex::new(readers)),
            reading: Arc::new(Semaphore::new(READERS)),
            term,
            path,
            _lock: lock,
        })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a question on a reading connection, off the async threads.
    async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.reading).acquire_owned().await.expect("the semaphore is never closed");
        let readers = Arc::clone(&self.readers);
        let answered = tokio::task::spawn_blocking(move || {
            let connection = readers.lock().pop().expect("there are as many permits as connections");
            let answer = question(&connection);
            readers.lock().push(connection);
            drop(permit);
            answer
        });
        answered.await.map_err(|error| StoreError::Unavailable(error.to_string()))?
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn restaurants(&self) -> Result<Vec<Restaurant>, StoreError> {
        self.read(read::restaurants).await
    }

    async fn restaurant_named(&self, slug: &str) -> Result<Option<Restaurant>, StoreError> {
        let slug = slug.to_owned();
        self.read(move |connection| read::restaurant_named(connection, &slug)).await
    }

    async fn add_restaurant(&self, restaurant: &Restaurant, now: Time) -> Result<bool, StoreError> {
        let (writer, restaurant) = (Arc::clone(&self.writer), restaurant.clone());
        let added = tokio::task::spawn_blocking(move || writer.transact(|it| chain::add(it, &restaurant, now)));
        Ok(added.await.map_err(|error| StoreError::Unavailable(error.to_string()))??)
    }

    async fn chain(&self, filter: &ChainFilter) -> Result<ChainPage, StoreError> {
        let filter = filter.clone();
        self.read(move |connection| chain::chain(connection, &filter)).await
    }

    async fn tallies(&self, restaurants: &[RestaurantId]) -> Result<Vec<Tally>, StoreError> {
        let restaurants = restaurants.to_vec();
        self.read(move |connection| chain::tallies(connection, &restaurants)).await
    }

    async fn load(&self, restaurant: RestaurantId) -> Result<Option<Loaded>, StoreError> {
        self.read(move |connection| read::load(connection, restaurant)).await
    }

    async fn commit(&self, batch: Arc<Batch>) -> Result<Vec<Verdict>, CommitError> {
        // On the thread of whoever asks: a lane has one of its own.
        self.writer.commit(&batch)
    }

    async fn events(
        &self,
        restaurant: RestaurantId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        self.read(move |connection| read::events(connection, restaurant, after, limit)).await
    }

    async fn events_before(
        &self,
        restaurant: RestaurantId,
        before: Version,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        self.read(move |connection| read::events_before(connection, restaurant, before, limit)).await
    }

    async fn order(&self, restaurant: RestaurantId, order: OrderId) -> Result<Option<Arc<Order>>, StoreError> {
        self.read(move |connection| read::order(connection, restaurant, order)).await
    }

    async fn history(&self, restaurant: RestaurantId, filter: &HistoryFilter) -> Result<HistoryPage, StoreError> {
        let filter = *filter;
        self.read(move |connection| read::history(connection, restaurant, &filter)).await
    }

    async fn answer(&self, restaurant: RestaurantId, scope: &KeyScope) -> Result<Option<KeptAnswer>, StoreError> {
        let scope = scope.clone();
        self.read(move |connection| read::answer(connection, restaurant, &scope)).await
    }

    async fn confirm(&self, restaurants: &[RestaurantId]) -> Result<Stands, StoreError> {
        let restaurants = restaurants.to_vec();
        self.read(move |connection| read::confirm(connection, &restaurants)).await
    }

    async fn overdue(&self, before: Time, limit: usize) -> Result<Vec<Overdue>, StoreError> {
        self.read(move |connection| read::overdue(connection, before, limit)).await
    }

    async fn lease(&self, _name: &str, _holder: &str, now: Time, ttl_ms: u64) -> Result<Option<Lease>, StoreError> {
        // Nobody else can open the file, so there is nothing to write: an idle restaurant causes no fsync.
        Ok(Some(Lease { term: self.term, expires_at: now.plus_ms(ttl_ms) }))
    }

    async fn checkpoint(&self, restaurant: RestaurantId) -> Result<Option<Checkpoint>, StoreError> {
        self.read(move |connection| past::checkpoint(connection, restaurant)).await
    }

    async fn commits(
        &self,
        restaurant: RestaurantId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        self.read(move |connection| past::commits(connection, restaurant, after, limit)).await
    }

    async fn forget(&self, restaurant: RestaurantId, step: Forgetting) -> Result<Option<u64>, StoreError> {
        let writer = Arc::clone(&self.writer);
        let done = tokio::task::spawn_blocking(move || writer.transact(|it| past::forget(it, restaurant, step)));
        done.await.map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    async fn tidy(&self, moved_before: Time, keys_before: Time) -> Result<Tidied, StoreError> {
        let movable = self.read(move |connection| tidy::movable(connection, moved_before)).await?;
        let writer = Arc::clone(&self.writer);
        let tidied = tokio::task::spawn_blocking(move || writer.tidy(&movable, keys_before));
        Ok(tidied.await.map_err(|error| StoreError::Unavailable(error.to_string()))??)
    }
}
