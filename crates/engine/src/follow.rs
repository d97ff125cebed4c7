//! Catching up with a database that is, or may be, ahead of what is shown, or has lost some of it.

use std::sync::Arc;

use feedme_kitchen::{Contradiction, Event, Kitchen, Time};
use feedme_store::{Held, Store, StoreError};

use crate::clock::Clock;
use crate::feed::Feed;
use crate::lost::{self, begin_anew, load_certain};

/// Events read at a time while catching up.
const EVENTS_A_READ: usize = 1024;

/// How often others may be quicker to begin a new history.
const TRIES: u32 = 5;

/// Brings a feed to where the database stands: by the events it lacks, or by loading everything when the
/// restaurant has another history now. Returns what contradicts itself in a loaded state.
///
/// Where another server answers than before, it first looks whether what is shown is so there, too. What was lost is
/// reported, and begins a new history, so that nobody takes what comes next for what was lost.
pub(crate) async fn catch_up(store: &dyn Store, clock: &Clock, feed: &Feed) -> Result<Vec<Contradiction>, StoreError> {
    let restaurant = feed.restaurant().id;
    let gone = || StoreError::Corrupt("the restaurant is gone".into());
    for _ in 0..TRIES {
        let (asked_at, generation) = (clock.now(), store.generation());
        let stands = store.confirm(&[restaurant]).await?.restaurants.first().copied().ok_or_else(gone)?;
        let shown = feed.position();
        let is_same = stands.epoch == shown.epoch;
        let mut lost = None;
        if !(is_same && feed.is_of(generation) && stands.version >= shown.version) {
            lost = lost::look(store, feed, stands).await?;
        }
        if is_same && (lost.is_some() || stands.is_doubtful) {
            if begin_anew(store, stands, feed.with(Kitchen::counters)).await? {
                if let Some(lost) = lost {
                    lost.report(feed);
                }
                return load_anew(store, clock, feed, asked_at, generation).await;
            }
            continue;
        }
        if !is_same {
            if let Some(lost) = lost {
                lost.report(feed);
            }
            return load_anew(store, clock, feed, asked_at, generation).await;
        }
        feed.note_generation(generation);
        while feed.position().version < stands.version {
            let events = store.events(restaurant, feed.position().version, EVENTS_A_READ).await?;
            if is_forgotten(feed, &events) {
                return load_anew(store, clock, feed, asked_at, generation).await;
            }
            follow(feed, events, asked_at)?;
        }
        feed.confirm(asked_at);
        clock.not_before(feed.with(Kitchen::last_at));
        return Ok(Vec::new());
    }
    Err(StoreError::Unavailable("others are just beginning a new history".into()))
}

/// The same of a restaurant that is held, and so goes nowhere meanwhile, where events lead from what is shown.
pub(crate) async fn catch_up_holding(
    store: &dyn Store,
    held: &mut dyn Held,
    clock: &Clock,
    feed: &Feed,
) -> Result<Vec<Contradiction>, StoreError> {
    let (asked_at, stands) = (clock.now(), held.stands());
    while feed.position().version < stands.version {
        let events = held.events(feed.position().version, EVENTS_A_READ).await?;
        if is_forgotten(feed, &events) {
            return load_anew(store, clock, feed, asked_at, held.generation()).await;
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

/// Loads everything. Numbers that are known to be given out are passed over by whoever began the new history; one that
/// did not know of all of them is begun once more.
async fn load_anew(
    store: &dyn Store,
    clock: &Clock,
    feed: &Feed,
    asked_at: Time,
    generation: u64,
) -> Result<Vec<Contradiction>, StoreError> {
    let gone = || StoreError::Corrupt("the restaurant is gone".into());
    let given_out = Some(feed.with(Kitchen::counters));
    let loaded = load_certain(store, feed.restaurant().id, given_out).await?.ok_or_else(gone)?;
    clock.not_before(loaded.parts.last_at);
    let (kitchen, contradictions) = Kitchen::load(loaded.parts);
    feed.replace(loaded.restaurant, kitchen, asked_at);
    feed.note_generation(generation);
    Ok(contradictions)
}
