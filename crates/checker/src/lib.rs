//! What was seen of a run, and whether it could have been so.
//!
//! Whoever runs something writes down every call with its start, end and outcome, every delivery to every screen, and what
//! the database holds in the end. [`History::violations`] then says which promise was broken. Every check
//! takes time near-linear in what was written down, so that histories of any length can be judged.
//!
//! A history is filled in either of two ways: by a simulation that sees the engine and the store themselves, or by a
//! [`Recorder`], which takes what clients of a server see: answers, event streams, and what can be asked for in the end.
//!
//! | promise | looked at in | by a client |
//! |---|---|---|
//! | acknowledged is kept, refused changed nothing, unknown happened once or not at all | `calls` | yes |
//! | a key acts once and answers the same | `keys` | yes, but for what the database keeps of it |
//! | numbers; no order is of two restaurants | `numbers` | yes |
//! | legal paths, tables equal the fold, counts | `paths` | orders and boards; not the counters behind them |
//! | bots and claims | `bots` | yes |
//! | who goes first | `queue` | yes |
//! | screens and boards | `screens` | yes |
//! | orders looked up | `lookups` | yes |
//! | on time | `due` | yes |
//! | the log names every event | `log` | yes |
//!
//! Not judged here: who may do what, and that no secret is in a log or an answer.

mod board;
mod bots;
mod calls;
mod due;
mod keys;
mod log;
mod lookups;
mod numbers;
mod part;
mod paths;
mod queue;
pub mod recorder;
mod screens;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use feedme_kitchen::{Command, Contradiction, Event, Kitchen, Order, OrderId, Outcome, Time, UserId, Version};

pub use board::Board;
pub use log::Entry;
pub use recorder::Recorder;

use part::Part;

/// A moment of the run: the moments of a history are all different, so that "before" has one meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub u64);

/// Names a restaurant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Restaurant(pub Arc<str>);

/// An idempotency key, with whatever keeps the keys of different callers apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub Arc<str>);

/// Names a history of a restaurant: a restored database begins another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub i64);

/// Where a screen stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// In which history.
    pub epoch: Epoch,
    /// The last event it knows.
    pub version: Version,
}

/// Everything that was seen of a run.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The calls, in any order.
    pub calls: Vec<Call>,
    /// Boards that were read, in any order.
    pub looks: Vec<Look>,
    /// Orders that were looked up, in any order.
    pub lookups: Vec<Lookup>,
    /// What each screen received.
    pub screens: Vec<ScreenLog>,
    /// What the database holds in the end.
    pub finals: BTreeMap<Restaurant, Final>,
    /// When completions may be late: no node lived, or the store was away or slow.
    pub troubles: Vec<Trouble>,
    /// What was wrong by itself, such as an answer that nobody can read.
    pub wrong: Vec<String>,
}

/// Something that was asked.
#[derive(Clone, Debug)]
pub struct Call {
    /// Of which restaurant.
    pub restaurant: Restaurant,
    /// What.
    pub command: Command,
    /// By whom. The events of a call are found by it, so no two calls share one.
    pub caller: UserId,
    /// Under which idempotency key.
    pub key: Option<Key>,
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
        /// The version after it; `None` where the answer does not say.
        version: Option<Version>,
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
#[derive(Clone, Debug)]
pub struct Look {
    /// Of which restaurant.
    pub restaurant: Restaurant,
    /// When it was asked for.
    pub start: Moment,
    /// When it was shown.
    pub end: Moment,
    /// The version that was shown.
    pub version: Version,
    /// What was shown, if it was written down.
    pub board: Option<Arc<Board>>,
}

/// An order that was looked up.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// In which restaurant.
    pub restaurant: Restaurant,
    /// When it was asked for.
    pub start: Moment,
    /// When it was shown.
    pub end: Moment,
    /// Which order.
    pub order: OrderId,
    /// What was shown, but for when it left the board; `None` when there was no such order.
    pub found: Option<Arc<Order>>,
}

/// What one screen received.
#[derive(Clone, Debug)]
pub struct ScreenLog {
    /// Of which restaurant.
    pub restaurant: Restaurant,
    /// What, in order.
    pub frames: Vec<Seen>,
}

/// One thing that a screen saw.
#[derive(Clone, Debug)]
pub enum Seen {
    /// It connected, from a position of its own.
    Connected(Option<Position>),
    /// All of it.
    Snapshot(Arc<Board>),
    /// What followed.
    Events(Epoch, Vec<Arc<Event>>),
    /// How far it should be.
    Heartbeat(Position),
    /// The connection ended.
    Gone,
}

/// What the database holds of a restaurant in the end.
#[derive(Clone, Debug)]
pub struct Final {
    /// What it was before the first of the events: new, or what somebody saw who came later.
    pub first: Kitchen,
    /// Every event since.
    pub events: Vec<Arc<Event>>,
    /// Whose call caused which event, as far as that is known.
    pub callers: HashMap<Version, UserId>,
    /// What a start would load, where that can be known.
    pub loaded: Option<Kitchen>,
    /// What contradicts itself in it.
    pub contradictions: Vec<Contradiction>,
    /// Every order's row.
    pub rows: Vec<Arc<Order>>,
    /// Every answer that is kept, where that can be known.
    pub answers: Option<BTreeMap<Key, Vec<u8>>>,
    /// The epochs, each with the version at which it began.
    pub epochs: Vec<(Version, Epoch)>,
    /// What the log says happened, oldest first, where it was asked.
    pub log: Option<Vec<Entry>>,
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
        let mut found = self.wrong.clone();
        numbers::check_owners(self, &mut found);
        let parts = self.parts(&mut found);
        for (restaurant, part) in &parts {
            let mut here = Vec::new();
            calls::check(part, &mut here);
            keys::check(part, &mut here);
            numbers::check(part, &mut here);
            screens::check(part, &mut here);
            lookups::check(part, &mut here);
            paths::check(part, &mut here);
            bots::check(part, &mut here);
            queue::check(part.last, &mut here);
            due::check(part.last, &self.troubles, &mut here);
            log::check(part.last, &mut here);
            found.extend(here.into_iter().map(|what| format!("restaurant {restaurant}: {what}")));
        }
        found
    }

    /// What is still unsettled although all faults have stopped: orders that wait or cook, screens that show
    /// something else than the others.
    #[must_use]
    pub fn unsettled(&self) -> Vec<String> {
        let mut found = Vec::new();
        for part in self.parts(&mut Vec::new()).values() {
            screens::check_agreement(part, &mut found);
            for order in part.last.rows.iter().filter(|order| !order.is_final()) {
                found.push(format!("order {} is still {:?}", order.number(), order.status()));
            }
        }
        found
    }

    /// How much there is to judge: calls, reads, and frames of screens.
    #[must_use]
    pub fn size(&self) -> usize {
        let frames: usize = self.screens.iter().map(|screen| screen.frames.len()).sum();
        self.calls.len() + self.looks.len() + self.lookups.len() + frames
    }
}

impl Final {
    /// The event of a version, if it is one of those that were seen.
    fn event(&self, version: Version) -> Option<&Arc<Event>> {
        let index = version.0.checked_sub(self.first.version().0 + 1)?;
        self.events.get(usize::try_from(index).ok()?)
    }

    /// Whose call an event belongs to.
    fn caller(&self, event: &Event) -> Option<UserId> {
        self.callers.get(&event.version).copied()
    }
}

impl fmt::Display for Restaurant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Notes a broken promise.
fn demand(found: &mut Vec<String>, holds: bool, what: impl FnOnce() -> String) {
    if !holds {
        found.push(what());
    }
}
