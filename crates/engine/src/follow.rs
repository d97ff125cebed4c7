//! Catching up with a database that is, or may be, ahead of what is shown.

use feedme_kitchen::{Contradiction, Kitchen};
use feedme_store::{Store, StoreError};

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
            if events.is_empty() {
                return Err(StoreError::Corrupt(format!("no events follow event {}", feed.position().version)));
            }
            feed.publish(events, asked_at).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        }
        feed.confirm(asked_at);
        clock.not_before(feed.with(Kitchen::last_at));
        return Ok(Vec::new());
    }
    let loaded = store.load(restaurant).await?.ok_or_else(gone)?;
    clock.not_before(loaded.parts.last_at);
    let (kitchen, contradictions) = Kitchen::load(loaded.parts);
    feed.replace(loaded.restaurant, kitchen, asked_at);
    Ok(contradictions)
}
