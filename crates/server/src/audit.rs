//! What was done, newest first: the events of a restaurant and the log of accounts as one list.
//!
//! Each of the two has an order of its own, and a position in it. A page ends at a pair of positions, so the next goes on
//! without a hole or repeat, whatever is added meanwhile. Both are read in portions on connections of their own: a
//! long list keeps no order waiting.

mod file;
mod names;

use std::collections::VecDeque;
use std::sync::Arc;

use feedme_api::Timestamp;
use feedme_api::audit::{AuditCursor, AuditEntry, AuditQuery, AuditSource, subject};
use feedme_kitchen::{Event, Version};
use feedme_store::accounts::LogEntry;
use feedme_store::{RestaurantId, StoreError};

use crate::app::App;
pub(crate) use file::file;
use names::Names;

/// Entries read at a time: a few milliseconds of work.
const PORTION: usize = 500;

/// Entries looked at for one page at most. Beyond it the page ends, however few match: the next goes on.
const LOOKED_AT_MAX: usize = 20_000;

/// How much later an entry of the log may be written than what it tells of: its time is taken before a password is
/// judged, and passwords wait for their turn for seconds.
const LATE_AT_MOST_MS: u64 = 60_000;

/// Reads what was done in a restaurant, from a position on.
#[derive(Debug)]
pub(crate) struct Trail {
    app: App,
    restaurant: RestaurantId,
    /// With what is of no one restaurant.
    everywhere: bool,
    query: AuditQuery,
    names: Names,
    at: AuditCursor,
    events: Portion<Arc<Event>>,
    log: Portion<(i64, LogEntry)>,
}

/// What was read of a list and not yet looked at.
#[derive(Debug)]
struct Portion<T> {
    entries: VecDeque<T>,
    is_last: bool,
}

impl<T> Portion<T> {
    /// Nothing, with or without more to come.
    fn nothing(is_last: bool) -> Self {
        Self { entries: VecDeque::new(), is_last }
    }

    fn of(entries: Vec<T>) -> Self {
        Self { is_last: entries.len() < PORTION, entries: entries.into() }
    }
}

/// The next entry of the two lists.
enum Next {
    Event(Arc<Event>),
    Log(i64, LogEntry),
}

impl Trail {
    /// Begins at a cursor, or with the newest that there is now.
    pub(crate) async fn begin(
        app: App,
        restaurant: RestaurantId,
        everywhere: bool,
        query: AuditQuery,
        cursor: Option<AuditCursor>,
    ) -> Result<Self, StoreError> {
        let names = Names::new(&app, restaurant);
        let at = AuditCursor { version: 0, entry: 0 };
        // Kinds of events are all known, so it is known which filters none of them passes.
        let events = Portion::nothing(!query.may_ask_for_events());
        let mut trail = Self { app, restaurant, everywhere, query, names, at, events, log: Portion::nothing(false) };
        trail.at = match cursor {
            Some(cursor) => cursor,
            None => trail.newest().await?,
        };
        Ok(trail)
    }

    /// The next entries that match, and where the page after them begins.
    pub(crate) async fn page(&mut self, limit: usize) -> Result<(Vec<AuditEntry>, Option<AuditCursor>), StoreError> {
        let mut found = Vec::new();
        for _ in 0..LOOKED_AT_MAX {
            let here = self.at;
            let Some(next) = self.next().await? else { return Ok((found, None)) };
            let Some(entry) = self.entry(&next).await? else { continue };
            if found.len() == limit {
                self.put_back(next, here);
                break;
            }
            found.push(entry);
        }
        Ok((found, Some(self.at)))
    }

    /// The next entry, of whichever list has the newer one.
    async fn next(&mut self) -> Result<Option<Next>, StoreError> {
        self.fill().await?;
        let event = self.events.entries.front().map(|event| event.at);
        let entry = self.log.entries.front().map(|(_, entry)| entry.at);
        Ok(if event > entry {
            let event = self.events.entries.pop_front();
            event.inspect(|event| self.at.version = event.version.0).map(Next::Event)
        } else {
            let entry = self.log.entries.pop_front();
            entry.map(|(id, entry)| {
                self.at.entry = id.unsigned_abs();
                Next::Log(id, entry)
            })
        })
    }

    fn put_back(&mut self, next: Next, at: AuditCursor) {
        self.at = at;
        match next {
            Next::Event(event) => self.events.entries.push_front(event),
            Next::Log(id, entry) => self.log.entries.push_front((id, entry)),
        }
    }

    /// Sees to it that neither list is empty that goes on.
    async fn fill(&mut self) -> Result<(), StoreError> {
        if self.events.entries.is_empty() && !self.events.is_last {
            self.events = Portion::of(self.events_before(self.at.version, PORTION).await?);
            let is_over = |event: &Arc<Event>| self.query.from.is_some_and(|from| event.at < from);
            if self.events.entries.back().is_some_and(is_over) {
                self.events.is_last = true;
                self.events.entries.retain(|event| !is_over(event));
            }
        }
        if self.log.entries.is_empty() && !self.log.is_last {
            self.log = Portion::of(self.log_before(self.at.entry, PORTION).await?);
            let from = self.query.from.map(|from| from.minus_ms(LATE_AT_MOST_MS));
            if self.log.entries.back().is_some_and(|(_, entry)| from.is_some_and(|from| entry.at < from)) {
                self.log.is_last = true;
            }
        }
        Ok(())
    }

    /// An entry as it is shown; `None` when it was not asked for.
    async fn entry(&mut self, next: &Next) -> Result<Option<AuditEntry>, StoreError> {
        Ok(match next {
            Next::Event(event) => {
                let (kind, subject) = (event.change.name(), subject(event));
                if !self.query.asks_for(event.at, kind, &subject) {
                    return Ok(None);
                }
                let actor = self.names.of_actor(event.actor).await?;
                let slug = self.names.of_restaurant(self.restaurant).await?;
                self.query.asks_for_whom(&actor).then(|| AuditEntry {
                    at: Timestamp(event.at),
                    source: AuditSource::Event,
                    kind: kind.to_owned(),
                    actor: (*actor).to_owned(),
                    subject: subject.into_owned(),
                    restaurant: slug,
                    address: None,
                    device: None,
                })
            }
            Next::Log(_, entry) => {
                let slug = match entry.restaurant {
                    Some(restaurant) => self.names.of_restaurant(restaurant).await?,
                    None => None,
                };
                let is_asked_for = self.query.asks_for(entry.at, &entry.kind, &entry.subject);
                (is_asked_for && self.query.asks_for_whom(&entry.actor)).then(|| AuditEntry {
                    at: Timestamp(entry.at),
                    source: AuditSource::Account,
                    kind: entry.kind.clone(),
                    actor: entry.actor.clone(),
                    subject: entry.subject.clone(),
                    restaurant: slug,
                    address: entry.address.clone(),
                    device: entry.device.clone(),
                })
            }
        })
    }

    /// Where both lists begin that were asked for: after the newest, or where `to` is.
    async fn newest(&self) -> Result<AuditCursor, StoreError> {
        let stands = self.app.engine().store().confirm(&[self.restaurant]).await?;
        let version = stands.restaurants.first().map_or(0, |stands| stands.version.0);
        let entry = self.log_before(i64::MAX.unsigned_abs(), 1).await?.first().map_or(0, |(id, _)| id.unsigned_abs());
        let Some(to) = self.query.to else { return Ok(AuditCursor { version: version + 1, entry: entry + 1 }) };
        // Within a list times do not fall, so what is later is found in twenty looks, however much it is.
        let mut versions = Search::up_to(version + 1);
        while let Some(before) = versions.middle() {
            let event = self.events_before(before, 1).await?.into_iter().next();
            versions.narrow(event.is_some_and(|event| event.at >= to));
        }
        let late = to.plus_ms(LATE_AT_MOST_MS);
        let mut entries = Search::up_to(entry + 1);
        while let Some(before) = entries.middle() {
            let entry = self.log_before(before, 1).await?.into_iter().next();
            entries.narrow(entry.is_some_and(|(_, entry)| entry.at >= late));
        }
        Ok(AuditCursor { version: versions.late, entry: entries.late })
    }

    async fn events_before(&self, version: u64, limit: usize) -> Result<Vec<Arc<Event>>, StoreError> {
        self.app.engine().store().events_before(self.restaurant, Version(version), limit).await
    }

    async fn log_before(&self, entry: u64, limit: usize) -> Result<Vec<(i64, LogEntry)>, StoreError> {
        let before = i64::try_from(entry).unwrap_or(i64::MAX);
        self.app.access().accounts().log_before(self.restaurant, self.everywhere, Some(before), limit).await
    }
}

/// Looks for the smallest number up to an end before which something is late; from then on it is.
#[derive(Debug)]
struct Search {
    early: u64,
    late: u64,
}

impl Search {
    fn up_to(end: u64) -> Self {
        Self { early: 0, late: end }
    }

    /// Where to look; `None` when it is found, and `late`.
    fn middle(&self) -> Option<u64> {
        (self.early < self.late).then(|| self.early.midpoint(self.late))
    }

    fn narrow(&mut self, is_late: bool) {
        let middle = self.early.midpoint(self.late);
        if is_late { self.late = middle } else { self.early = middle + 1 }
    }
}
