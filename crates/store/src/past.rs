//! Forgetting the past: old events, and the orders that nothing has happened to since.
//!
//! What remains must still prove itself. So the events that go are folded first, and what they add up to is kept in their
//! place: a checkpoint, onto which the later events fold as before. An order goes only if its row says exactly what the
//! events say of it; one that disagrees stays, and is found by whoever examines the database. Each step forgets a bounded
//! portion in one transaction, and at any moment the database is whole.

use std::collections::HashMap;
use std::sync::Arc;

use feedme_kitchen::{Kitchen, Order, OrderId, Parts, Rows, Time, Version};

use crate::moment::EventRow;
use crate::record::decode_events;
use crate::{RestaurantId, Store, StoreError};

/// Commits forgotten in one transaction. It takes about 20 ms.
const PORTION: usize = 500;

/// What a restaurant was when its past was forgotten: its events begin after this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The state that the forgotten events add up to. Of a restaurant of which nothing was forgotten, that in which it
    /// opened.
    pub state: Parts,
    /// How many orders were forgotten so far.
    pub orders: u64,
}

impl Checkpoint {
    /// Of a restaurant of which nothing was forgotten.
    #[must_use]
    pub fn at_the_opening(opened_as: &str) -> Self {
        Self { state: Kitchen::default().opened_as(opened_as).parts(), orders: 0 }
    }

    /// The last event that was forgotten.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.state.version
    }

    /// The state to fold the later events onto.
    pub(crate) fn kitchen(&self) -> Result<Kitchen, String> {
        let (kitchen, contradictions) = Kitchen::load(self.state.clone());
        match contradictions.first() {
            None => Ok(kitchen),
            Some(what) => Err(format!("the checkpoint contradicts itself: {what:?}")),
        }
    }
}

/// A step: what is forgotten, and what stands in its place.
#[derive(Clone, Debug)]
pub struct Forgetting {
    /// The checkpoint that it begins at. Nothing is forgotten when there is another by now.
    pub from: Version,
    /// The state that replaces all events up to its version.
    pub state: Parts,
    /// Orders that had come to rest by then. Those whose rows say just this are forgotten.
    pub orders: Vec<Arc<Order>>,
}

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// How many events.
    pub events: u64,
    /// How many orders.
    pub orders: u64,
}

/// Why the past of a restaurant was not forgotten, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// The events cannot be folded: nothing is thrown away that may be evidence.
    #[error("{0}: see `feedme doctor`")]
    Damaged(String),
    /// The database cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Forgets what happened in a restaurant before a moment. Servers may run meanwhile, and more than one may do this.
/// `progress` is told what each step forgot, and up to when.
pub async fn forget(
    store: &dyn Store,
    restaurant: RestaurantId,
    before: Time,
    mut progress: impl FnMut(Forgotten, Time) + Send,
) -> Result<Forgotten, ForgetError> {
    let mut all = Forgotten::default();
    'anew: loop {
        let Some(checkpoint) = store.checkpoint(restaurant).await? else { return Ok(all) };
        let mut kitchen = checkpoint.kitchen().map_err(ForgetError::Damaged)?;
        loop {
            let from = kitchen.version();
            let mut rows = store.commits(restaurant, from, PORTION).await?;
            let is_all = rows.len() < PORTION;
            let old = rows.iter().take_while(|row| row.at < before).count();
            let more = old == rows.len() && !is_all;
            rows.truncate(old);
            if rows.is_empty() {
                return Ok(all);
            }
            let mut changed = Rows::default();
            for row in &rows {
                fold(&mut kitchen, row, &mut changed).map_err(ForgetError::Damaged)?;
            }
            let orders = at_rest(&kitchen, changed);
            let step = Forgetting { from, state: kitchen.parts(), orders };
            // Somebody else forgets, too: go on from where they are.
            let Some(orders) = store.forget(restaurant, step).await? else { continue 'anew };
            let forgotten = Forgotten { events: kitchen.version().0 - from.0, orders };
            (all.events, all.orders) = (all.events + forgotten.events, all.orders + forgotten.orders);
            progress(forgotten, kitchen.last_at());
            if !more {
                return Ok(all);
            }
        }
    }
}

/// The orders that changed and are no longer live.
fn at_rest(kitchen: &Kitchen, changed: Rows) -> Vec<Arc<Order>> {
    let changed: HashMap<OrderId, Arc<Order>> = changed.orders.into_iter().collect();
    changed.into_values().filter(|order| kitchen.order(order.id()).is_none()).collect()
}

/// Folds the events of one commit, and notes the rows that it changed.
pub(crate) fn fold(kitchen: &mut Kitchen, row: &EventRow, changed: &mut Rows) -> Result<(), String> {
    let (before, EventRow { first, last, .. }) = (kitchen.version().0, row);
    if *first != before + 1 {
        let what = if *first > before { "some are missing" } else { "some are there twice" };
        return Err(format!("the row of events {first} to {last} follows event {before}: {what}"));
    }
    let events = decode_events(&row.payload).map_err(|error| format!("events {first} to {last}: {error}"))?;
    if events.first().map(|event| event.version.0) != Some(*first)
        || events.last().map(|event| event.version.0) != Some(*last)
    {
        return Err(format!("the row of events {first} to {last} holds others"));
    }
    for event in &events {
        kitchen.apply_noting(event, changed).map_err(|corrupt| corrupt.to_string())?;
    }
    Ok(())
}
