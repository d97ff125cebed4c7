//! Catching up with a database that is, or may be, ahead of what is shown.

use std::sync::Arc;

use feedme_kitchen::{Contradiction, Event, Kitchen, Time};
use feedme_store::{Held, Store, StoreError};

use crate::clock::Clock;
use crate::feed::Feed;

/// Events read at a time while catching up.
const EVENTS_A_READ: usize = 1024;

/// Brings a feed to where the database stands: by the events it lacks, or by loading everything when the
/// restaurant has another history now. Returns what contradicts itself in a loaded state.
pub(crate) async fn catch_up(store: &dyn Store, clock: &Clock, feed: &Feed) -> Result<Vec<Contradiction>, StoreError> {
    let restaurant = feed.restaurant().id;
    let asked_at = clock.now();
    let gone = || StoreError::Corrupt("the restaurant is gone".into());
    let stands = store.confirm(&[restaurant]).await?.restaurants.first().copied().ok_or_else(gone)?;
    if stands.epoch == feed.position().epoch && stands.version >= feed.position().version {
        while feed.position().version < stands.version {
            let events = store.events(restaurant, feed.position().version, EVENTS_A_READ).await?;
            if is_forgotten(feed, &events) {
                return load_anew(store, clock, feed, asked_at).await;
            }
            follow(feed, events, asked_at)?;
        }
        feed.confirm(asked_at);
        clock.not_before(feed.with(Kitchen::last_at));
        return Ok(Vec::new());
    }
    load_anew(store, clock, feed, asked_at).await
}

/// The same of a restaurant that is held, and so goes nowhere meanwhile.
pub(crate) async fn catch_up_holding(
    store: &dyn Store,
    held: &mut dyn Held,
    clock: &Clock,
    feed: &Feed,
) -> Result<Vec<Contradiction>, StoreError> {
    let (asked_at, stands) = (clock.now(), held.stands());
    if stands.epoch != feed.position().epoch || stands.version < feed.position().version {
        return load_anew(store, clock, feed, asked_at).await;
    }
    while feed.position().version < stands.version {
        let events = held.events(feed.position().version, EVENTS_A_READ).await?;
        if is_forgotten(feed, &events) {
            return load_anew(store, clock, feed, asked_at).await;
        }
        follow(feed, events, asked_at)?;
    }
    feed.confirm(asked_at);
    clock.not_before(feed.with(Kitchen::last_at));
    Ok(Vec::new())
}

/// Whether the events that would come next are forgotten: this process slept for longer than they are kept.
fn is_forgotten(feed: &Feed, events: &[Arc<Event>]) -> bool {
    events.first().is_some_and(|first| first.version > feed.position().version.next())
}

fn follow(feed: &Feed, events: Vec<Arc<Event>>, asked_at: Time) -> Result<(), StoreError> {
    if events.is_empty() {
        return Err(StoreError::Corrupt(format!("no events follow event {}", feed.position().version)));
    }
    feed.publish(events, asked_at).map_err(|error| StoreError::Corrupt(error.to_string()))
}

async fn load_anew(
    store: &dyn Store,
    clock: &Clock,
    feed: &Feed,
    asked_at: Time,
) -> Result<Vec<Contradiction>, StoreError> {
    let gone = || StoreError::Corrupt("the restaurant is gone".into());
    let loaded = store.load(feed.restaurant().id).await?.ok_or_else(gone)?;
    clock.not_before(loaded.parts.last_at);
    let (kitchen, contradictions) = Kitchen::load(loaded.parts);
    feed.replace(loaded.restaurant, kitchen, asked_at);
    Ok(contradictions)
}
