//! What was seen of a run, and whether it could have been so.
//!
//! A harness writes down every call with its start, end and outcome, every delivery to every screen, and what
//! the database holds in the end. [`History::violations`] then says which promise was broken. Every check
//! takes time near-linear in what was written down, so that histories of any length can be judged.
//!
//! | promise | looked at in |
//! |---|---|
//! | acknowledged is kept, refused changed nothing, unknown happened once or not at all | `calls` |
//! | a key acts once and answers the same | `keys` |
//! | numbers | `numbers` |
//! | legal paths, tables equal the fold, counts | `paths` |
//! | bots and claims | `bots` |
//! | who goes first | `queue` |
//! | screens | `screens` |
//! | on time | `due` |

mod bots;
#[cfg(test)]
mod broken;
mod calls;
mod due;
mod keys;
mod numbers;
mod paths;
mod queue;
mod screens;

use std::collections::BTreeMap;
use std::sync::Arc;

use feedme_engine::{Chunk, Position, Snapshot};
use feedme_kitchen::{Actor, Command, Contradiction, Event, Kitchen, Order, Outcome, Time, UserId, Version};
use feedme_store::{Epoch, KeptAnswer, KeyScope, RestaurantId};

/// A moment of the run: the moments of a history are all different, so that "before" has one meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub u64);

/// Everything that was seen of a run.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The calls, in any order.
    pub calls: Vec<Call>,
    /// Boards that were read, in any order.
    pub looks: Vec<Look>,
    /// What each screen received.
    pub screens: Vec<ScreenLog>,
    /// What the database holds in the end.
    pub finals: BTreeMap<RestaurantId, Final>,
    /// When completions may be late: no node lived, or the store was away or slow.
    pub troubles: Vec<Trouble>,
}

/// Something that was asked.
#[derive(Clone, Debug)]
pub struct Call {
    /// Of which restaurant.
    pub restaurant: RestaurantId,
    /// What.
    pub command: Command,
    /// By whom. The events of a call are found by it, so no two calls share one.
    pub caller: UserId,
    /// Under which idempotency key.
    pub key: Option<KeyScope>,
    /// When it was asked.
    pub start: Moment,
    /// When the answer came, or nobody waited for it any more.
    pub end: Moment,
    /// What was answered.
    pub outcome: Ended,
}

/// How a call ended.
#[derive(Clone, Debug)]
pub enum Ended {
    /// It was carried out.
    Ok {
        /// What was answered.
        outcome: Outcome,
        /// The version after it.
        version: Version,
        /// The body that was kept, with a key.
        body: Option<Vec<u8>>,
    },
    /// It had been carried out before; this is the kept body.
    Replayed(Vec<u8>),
    /// It changed nothing.
    Refused(String),
    /// Nobody knows.
    Unknown,
}

/// A board that was read.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Of which restaurant.
    pub restaurant: RestaurantId,
    /// When it was asked for.
    pub start: Moment,
    /// When it was shown.
    pub end: Moment,
    /// The version that was shown.
    pub version: Version,
}

/// What one screen received.
#[derive(Clone, Debug)]
pub struct ScreenLog {
    /// Of which restaurant.
    pub restaurant: RestaurantId,
    /// What, in order.
    pub frames: Vec<Seen>,
}

/// One thing that a screen saw.
#[derive(Clone, Debug)]
pub enum Seen {
    /// It connected, from a position of its own.
    Connected(Option<Position>),
    /// All of it.
    Snapshot(Arc<Snapshot>),
    /// What followed.
    Events(Arc<Chunk>),
    /// The connection ended.
    Gone,
}

/// What the database holds of a restaurant in the end.
#[derive(Clone, Debug)]
pub struct Final {
    /// Every event.
    pub events: Vec<Arc<Event>>,
    /// What it was called when it opened.
    pub opened_as: String,
    /// What a start would load.
    pub loaded: Kitchen,
    /// What contradicts itself in it.
    pub contradictions: Vec<Contradiction>,
    /// Every order's row.
    pub rows: Vec<Arc<Order>>,
    /// Every answer that is kept.
    pub answers: BTreeMap<KeyScope, KeptAnswer>,
    /// The epochs, each with the version at which it began.
    pub epochs: Vec<(Version, Epoch)>,
}

/// A stretch of kitchen time in which completions may be late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trouble {
    /// From when.
    pub from: Time,
    /// Until when.
    pub to: Time,
}

impl History {
    /// Which promises were broken; nothing, if all were kept.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        calls::check(self, &mut found);
        keys::check(self, &mut found);
        numbers::check(self, &mut found);
        screens::check(self, &mut found);
        for (id, last) in &self.finals {
            let mut here = Vec::new();
            paths::check(last, self.screens.iter().filter(|screen| screen.restaurant == *id), &mut here);
            bots::check(last, self.calls.iter().filter(|call| call.restaurant == *id), &mut here);
            queue::check(last, &mut here);
            due::check(last, &self.troubles, &mut here);
            found.extend(here.into_iter().map(|what| format!("restaurant {}: {what}", id.0.as_u64_pair().1)));
        }
        found
    }

    /// What is still unsettled although all faults have stopped: orders that wait or cook, screens that show
    /// something else than the others.
    #[must_use]
    pub fn unsettled(&self) -> Vec<String> {
        let mut found = Vec::new();
        screens::check_agreement(self, &mut found);
        for last in self.finals.values() {
            for order in last.loaded.board().filter(|order| !order.is_final()) {
                found.push(format!("order {} is still {:?}", order.number(), order.status()));
            }
        }
        found
    }

    /// The calls of one restaurant, by their start.
    fn calls_of(&self, restaurant: RestaurantId) -> Vec<&Call> {
        let mut calls: Vec<_> = self.calls.iter().filter(|call| call.restaurant == restaurant).collect();
        calls.sort_by_key(|call| call.start);
        calls
    }
}

/// Whose call an event belongs to.
pub(crate) fn caller(event: &Event) -> Option<UserId> {
    match event.actor {
        Actor::User(caller) => Some(caller),
        _ => None,
    }
}

/// Notes a broken promise.
fn demand(found: &mut Vec<String>, holds: bool, what: impl FnOnce() -> String) {
    if !holds {
        found.push(what());
    }
}
