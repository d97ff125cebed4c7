//! What a database must be able to do for FeedMe.

use std::sync::Arc;

use async_trait::async_trait;
use feedme_kitchen::{BotId, Claim, Counters, Event, Order, OrderId, Time, Version};
use tokio::sync::mpsc;

use crate::moment::EventRow;
use crate::past::{Checkpoint, Forgetting};
use crate::{
    Batch, ChainFilter, ChainPage, CommitError, Epoch, HistoryFilter, HistoryPage, KeptAnswer, KeyScope, Loaded,
    Restaurant, RestaurantId, StoreError, Tally, Verdict,
};

/// Connections that are used for one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// What they are for.
    pub purpose: &'static str,
    /// How many there may be.
    pub max: usize,
    /// How many are in use.
    pub used: usize,
    /// How many are open and not in use.
    pub idle: usize,
    /// How many callers wait for one.
    pub waiting: usize,
}

/// A durable store of restaurants.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Every restaurant, by slug.
    async fn restaurants(&self) -> Result<Vec<Restaurant>, StoreError>;

    /// Whether other processes may commit to it, too. Then a process serves the restaurants that it is asked for, and
    /// others may be opened beside it.
    fn is_shared(&self) -> bool {
        false
    }

    /// The connections of this process to it, by what they are for. None where the database is in the process.
    fn pools(&self) -> Vec<Pool> {
        Vec::new()
    }

    /// By whose account answers are, as this process counts: it rises when another server answers for the database, or the
    /// same one started again. What was read before may not be so any more: a standby that was promoted may lack what was
    /// acknowledged, and others may have gone on from there. A batch that was decided before conflicts.
    fn generation(&self) -> u64 {
        0
    }

    /// Begins a new history of a restaurant, if it stands where this says: from its latest event on, with numbers passed
    /// over, none of which may be on a ticket already, and at least as many as lead past what is known to be given out.
    /// `false` where it does not stand there.
    async fn begin_anew(&self, _stands: Confirmed, _given_out: Counters) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// The restaurant with this slug.
    async fn restaurant_named(&self, slug: &str) -> Result<Option<Restaurant>, StoreError>;

    /// Opens a restaurant: at version 0, with the settings that everybody begins with, under the name that it comes
    /// with. `false` when the slug is taken.
    async fn add_restaurant(&self, restaurant: &Restaurant, now: Time) -> Result<bool, StoreError>;

    /// A page of the restaurants, by slug.
    async fn chain(&self, filter: &ChainFilter) -> Result<ChainPage, StoreError>;

    /// How busy restaurants are, in no particular order; what there is not is left out.
    async fn tallies(&self, restaurants: &[RestaurantId]) -> Result<Vec<Tally>, StoreError>;

    /// A restaurant's live state: what waits, cooks or stands on the board, the bots, the counters.
    async fn load(&self, restaurant: RestaurantId) -> Result<Option<Loaded>, StoreError>;

    /// Writes a batch and returns, once it is durable, a verdict for each of its writes, in their order. An
    /// embedded store does so on the calling thread and blocks it meanwhile.
    async fn commit(&self, batch: Arc<Batch>) -> Result<Vec<Verdict>, CommitError>;

    /// Takes a restaurant for this process alone, waiting for whoever has it, for as long as it takes to catch up and
    /// commit: the slow way round, for when others are always quicker. `None` where nobody else can be, or where there is
    /// no such restaurant.
    async fn hold(&self, _restaurant: RestaurantId) -> Result<Option<Box<dyn Held>>, StoreError> {
        Ok(None)
    }

    /// A restaurant's events after a version, in order, at most `limit` and a batch's remainder. An answer
    /// shorter than `limit` ends at the latest event.
    async fn events(
        &self,
        restaurant: RestaurantId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError>;

    /// A restaurant's events before a version, newest first, at most `limit` and a batch's remainder. An answer
    /// shorter than `limit` ends at the first event.
    async fn events_before(
        &self,
        restaurant: RestaurantId,
        before: Version,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError>;

    /// An order, whether live, archived, cancelled or deleted.
    async fn order(&self, restaurant: RestaurantId, order: OrderId) -> Result<Option<Arc<Order>>, StoreError>;

    /// A page of the orders that are not deleted.
    async fn history(&self, restaurant: RestaurantId, filter: &HistoryFilter) -> Result<HistoryPage, StoreError>;

    /// The answer kept under an idempotency key.
    async fn answer(&self, restaurant: RestaurantId, scope: &KeyScope) -> Result<Option<KeptAnswer>, StoreError>;

    /// Where the restaurants stand, and the accounts: asked to confirm that what is known is current.
    async fn confirm(&self, restaurants: &[RestaurantId]) -> Result<Stands, StoreError>;

    /// Orders of automatic bots in any restaurant that were due before a moment and still cook, longest first.
    async fn overdue(&self, before: Time, limit: usize) -> Result<Vec<Overdue>, StoreError>;

    /// Tells other processes that restaurants have moved on, so that they need not find out by asking. It may be lost.
    async fn hint(&self, _moved: &[(RestaurantId, Version)]) -> Result<(), StoreError> {
        Ok(())
    }

    /// What other processes tell, from now on; `None` where nobody does.
    fn hints(&self) -> Option<mpsc::Receiver<Hint>> {
        None
    }

    /// Takes or renews a lease until `now + ttl_ms`. `None` when somebody else holds it.
    async fn lease(&self, name: &str, holder: &str, now: Time, ttl_ms: u64) -> Result<Option<Lease>, StoreError>;

    /// Moves what left the board before `moved_before` to the history and forgets idempotency keys from
    /// before `keys_before`; a bounded portion at each call.
    async fn tidy(&self, moved_before: Time, keys_before: Time) -> Result<Tidied, StoreError>;

    /// What a restaurant was when its past was forgotten.
    async fn checkpoint(&self, restaurant: RestaurantId) -> Result<Option<Checkpoint>, StoreError>;

    /// Commits after a version as they are written down, in order, at most `limit`.
    async fn commits(
        &self,
        restaurant: RestaurantId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError>;

    /// Takes a step in forgetting a restaurant's past, all of it or nothing. How many orders went; `None` when another
    /// process has gone a step meanwhile.
    async fn forget(&self, restaurant: RestaurantId, step: Forgetting) -> Result<Option<u64>, StoreError>;

    /// Gives back the room of months in which nothing is left and that ended before a moment. A store that is not kept by
    /// the month uses it again for something else.
    async fn drop_months(&self, _before: Time) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A restaurant that nobody else commits to until this is dropped, or has been held for too long.
#[async_trait]
pub trait Held: Send {
    /// Where it stands.
    fn stands(&self) -> Confirmed;

    /// By whose account: as [`Store::generation`].
    fn generation(&self) -> u64 {
        0
    }

    /// As [`Store::events`].
    async fn events(&mut self, after: Version, limit: usize) -> Result<Vec<Arc<Event>>, StoreError>;

    /// As [`Store::commit`], of a batch of this restaurant alone.
    async fn commit(self: Box<Self>, batch: &Batch) -> Result<Verdict, CommitError>;

    /// Lets it go as it was, sooner than dropping it does.
    async fn release(self: Box<Self>);
}

/// What a database says of where things stand. All of it from one moment, after it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stands {
    /// Those of the restaurants that exist.
    pub restaurants: Vec<Confirmed>,
    /// Rises with whatever changes what a caller may do. A store that is not shared does not count it.
    pub accounts: u64,
}

/// An order that should be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// Where.
    pub restaurant: RestaurantId,
    /// Which.
    pub order: OrderId,
    /// Who cooks it.
    pub bot: BotId,
    /// Under which claim.
    pub claim: Claim,
}

/// What one process tells the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// A restaurant has moved on to this version at least.
    Moved(RestaurantId, Version),
    /// Hints may have been lost: whoever wants to know asks.
    Lost,
}

/// Where a restaurant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Which restaurant.
    pub restaurant: RestaurantId,
    /// Its history.
    pub epoch: Epoch,
    /// Its latest event.
    pub version: Version,
    /// Whether the database may have lost some of its history, and nobody has begun a new one since.
    pub is_doubtful: bool,
}

/// A lease that was taken or renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Rises each time another holder takes it.
    pub term: u64,
    /// Until when it holds, unless renewed.
    pub expires_at: Time,
}

/// What a call of [`Store::tidy`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tidied {
    /// Orders moved to the history.
    pub moved: usize,
    /// Idempotency keys forgotten.
    pub forgotten: usize,
    /// Whether more remains to be done.
    pub more: bool,
}
