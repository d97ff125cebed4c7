//! What a database has lost that this process knows to be committed: a standby was promoted that had not received it, or
//! a backup was restored.
//!
//! Whoever was told of it cannot be told otherwise any more. What can be done: no number is given out again, screens
//! begin anew, and the log says what is missing.

use std::fmt::Write as _;
use std::sync::Arc;

use feedme_kitchen::{Change, Counters, Event, Order, OrderId, OrderNumber, Version};
use feedme_store::{Confirmed, Loaded, RestaurantId, Store, StoreError};

use crate::feed::Feed;

#[cfg(test)]
mod tests;

/// Events compared at a time.
const EVENTS_A_READ: usize = 1024;

/// Orders that one line of the log names at most; it counts the others.
const NAMED_MAX: usize = 500;

/// How often others may be quicker to begin a new history.
const TRIES: u32 = 5;

/// What is known here and was lost there.
#[derive(Debug)]
pub(crate) struct Lost {
    /// The latest change that both know, as far as it can be told.
    common: Version,
    /// Changes after it that were lost: at least so many.
    changes: u64,
    /// Orders of which the database knows nothing.
    orders: Vec<(OrderNumber, OrderId)>,
}

/// Looks whether what is shown is so by the account of the server that answers now; `None` when it is.
pub(crate) async fn look(store: &dyn Store, feed: &Feed, stands: Confirmed) -> Result<Option<Lost>, StoreError> {
    let restaurant = stands.restaurant;
    let (version, last_at) = feed.with(|kitchen| (kitchen.version(), kitchen.last_at()));
    let known = feed.latest_events();
    if version == Version(0) || is_there(store, restaurant, version, known.last(), last_at).await? {
        return Ok(None);
    }
    // What is long past is there as what it adds up to.
    let past = store.checkpoint(restaurant).await?.map(|past| (past.version(), past.state.last_at));
    if past.is_some_and(|(upto, at)| upto > version || (upto, at) == (version, last_at)) {
        return Ok(None);
    }
    let past = past.map_or(Version(0), |(upto, _)| upto);
    let kept = in_common(store, restaurant, &known, past).await?;
    // Where not even the first of the events that are kept here is there, it may be more.
    let common = match (kept.checked_sub(1), known.first()) {
        (Some(last), _) => known[last].version,
        (None, first) => Version(first.map_or(version.0, |event| event.version.0 - 1).min(stands.version.0)),
    };
    let mut orders: Vec<_> = known[kept..].iter().filter_map(placed).cloned().collect();
    if kept == 0 {
        orders.extend(feed.with(|kitchen| kitchen.board().cloned().collect::<Vec<_>>()));
    }
    let mut missing = Vec::new();
    for order in orders {
        if store.order(restaurant, order.id()).await?.is_none() {
            missing.push((order.number(), order.id()));
        }
    }
    missing.sort_unstable();
    missing.dedup();
    let changes = version.0 - common.0;
    Ok(Some(Lost { common, changes, orders: missing }))
}

fn placed(event: &Arc<Event>) -> Option<&Arc<Order>> {
    match &event.change {
        Change::OrderPlaced(order) => Some(order),
        _ => None,
    }
}

/// Whether the latest change that is known here is there. Where the event itself is not kept, its moment tells: those who
/// went on without it did so after a promotion, which takes longer than a millisecond.
async fn is_there(
    store: &dyn Store,
    restaurant: RestaurantId,
    version: Version,
    known: Option<&Arc<Event>>,
    at: feedme_kitchen::Time,
) -> Result<bool, StoreError> {
    let found = store.events_before(restaurant, version.next(), 1).await?;
    Ok(found
        .first()
        .is_some_and(|found| found.version == version && known.map_or(found.at == at, |known| **known == **found)))
}

/// How many of the events that are kept here are there, from the first on, or are past.
async fn in_common(
    store: &dyn Store,
    restaurant: RestaurantId,
    known: &[Arc<Event>],
    past: Version,
) -> Result<usize, StoreError> {
    let mut kept = known.partition_point(|event| event.version <= past);
    while let Some(next) = known.get(kept) {
        let found = store.events(restaurant, Version(next.version.0 - 1), EVENTS_A_READ).await?;
        let same = found.iter().zip(&known[kept..]).take_while(|(there, here)| there == here).count();
        kept += same;
        if same == 0 || same < found.len() {
            break;
        }
    }
    Ok(kept)
}

impl Lost {
    /// Says so.
    pub(crate) fn report(&self, feed: &Feed) {
        let mut named = String::new();
        for (OrderNumber(number), OrderId(id)) in self.orders.iter().take(NAMED_MAX) {
            let _ = write!(named, "{}{number} ({id})", if named.is_empty() { "" } else { ", " });
        }
        tracing::error!(
            restaurant = feed.restaurant().slug,
            changes = self.changes,
            after = self.common.0,
            orders = self.orders.len(),
            named,
            "the database has lost what was acknowledged: a standby that lacked it was promoted, or a backup was restored"
        );
    }
}

/// Begins a new history; `false` when somebody else was quicker.
pub(crate) async fn begin_anew(store: &dyn Store, stands: Confirmed, given_out: Counters) -> Result<bool, StoreError> {
    let has_begun = store.begin_anew(stands, given_out).await?;
    if has_begun {
        tracing::warn!(restaurant = %stands.restaurant.0, after = stands.version.0, "a new history begins, numbers are passed over");
    }
    Ok(has_begun)
}

/// Loads a restaurant whose numbers cannot be on tickets already: a new history begins first, where the database may have
/// lost something, or has not passed over all that is known to be given out.
pub(crate) async fn load_certain(
    store: &dyn Store,
    restaurant: RestaurantId,
    given_out: Option<Counters>,
) -> Result<Option<Loaded>, StoreError> {
    for _ in 0..TRIES {
        let Some(loaded) = store.load(restaurant).await? else { return Ok(None) };
        if !store.is_shared() {
            return Ok(Some(loaded));
        }
        let (next, version) = (loaded.parts.counters, loaded.version());
        let is_behind = given_out.is_some_and(|known| {
            known.next_order > next.next_order || known.next_bot > next.next_bot || known.next_claim > next.next_claim
        });
        let stands = store.confirm(&[restaurant]).await?.restaurants.first().copied();
        let Some(stands) = stands else { return Ok(None) };
        if !is_behind && !stands.is_doubtful {
            return Ok(Some(loaded));
        }
        let stands = Confirmed { epoch: loaded.restaurant.epoch, version, ..stands };
        begin_anew(store, stands, given_out.unwrap_or(next)).await?;
    }
    Err(StoreError::Unavailable("others are just beginning a new history".into()))
}
