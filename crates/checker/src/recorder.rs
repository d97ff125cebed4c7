//! Writing down what clients see of a server, as they see it: answers, event streams, and in the end the board, the
//! history and the log.
//!
//! | to find | look in |
//! |---|---|
//! | what a request asks for | `request` |
//! | how JSON becomes orders, bots and boards; answers; events | `wire`, `answer`, `event` |
//! | a screen's stream | [`Screen`] |
//! | whose call caused which event | `callers` |
//! | how all of it becomes a history | `finish` |
//!
//! A client knows less than the database. A history begins with the oldest board that anybody saw, and every later event
//! must have been seen by some screen. When an order left the board is known from its events alone, and deleted orders
//! are shown nowhere: both are taken from the events. A restaurant keeps one epoch while it is recorded.

mod answer;
mod callers;
mod event;
mod finish;
mod request;
mod screen;
mod wire;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use feedme_kitchen::{Order, OrderId, Refusal, Time};
use parking_lot::Mutex;
use serde::Deserialize;

use crate::{Board, Ended, Entry, History, Key, Look, Lookup, Moment, Restaurant, Trouble};

use event::Shown;
use request::{Asked, What};
pub use screen::Screen;

/// Whose calls are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Everybody's: whatever happens must have been asked for.
    All,
    /// Some: others may ask, too.
    Some,
}

/// Writes down what clients see.
#[derive(Debug)]
pub struct Recorder {
    callers: Callers,
    moments: AtomicU64,
    seen: Mutex<Written>,
}

/// A call or a read that is on its way. Nobody knows what became of it until [`Recorder::answered`].
#[derive(Debug)]
#[must_use = "a call that is never answered has an unknown outcome"]
pub struct Asking(usize);

/// What was written down so far.
#[derive(Debug, Default)]
struct Written {
    asked: Vec<Noted>,
    places: BTreeMap<Restaurant, Place>,
    screens: Vec<(Restaurant, Vec<screen::Frame>)>,
    troubles: Vec<Trouble>,
    wrong: Vec<String>,
}

/// What was asked, and what came of it.
#[derive(Debug)]
struct Noted {
    asked: Asked,
    key: Option<Key>,
    start: Moment,
    end: Moment,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    /// To a call.
    Ended(Ended),
    /// The order that a call was answered with before.
    Replayed(Vec<u8>, Option<OrderId>),
    Board(Arc<Board>),
    Order(Option<Arc<Order>>),
    Page(Vec<Arc<Order>>),
    /// To a read that failed, or of which nothing is written down.
    Nothing,
}

/// What was seen of a restaurant besides.
#[derive(Debug, Default)]
struct Place {
    /// The events by their version, each as often as it was shown differently, by a digest of what was shown.
    events: HashMap<u64, Vec<(u64, Shown)>>,
    /// The orders in the end, if they were asked for then.
    rows: Option<HashMap<OrderId, Arc<Order>>>,
    log: Option<Vec<Entry>>,
}

/// A problem, as much of it as is needed.
#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
}

impl Recorder {
    /// Nothing is written down yet.
    #[must_use]
    pub fn new(callers: Callers) -> Self {
        Self { callers, moments: AtomicU64::new(1), seen: Mutex::default() }
    }

    /// Call this before a request is sent: to which path (`/api/…`), under which idempotency key, with which body.
    pub fn ask(&self, method: &str, path: &str, key: Option<&str>, body: &[u8]) -> Asking {
        let asked = request::read(method, path, body);
        let mut seen = self.seen.lock();
        let asked = asked.unwrap_or_else(|why| {
            seen.wrong.push(format!("{method} {path}: {why}"));
            Asked { restaurant: Restaurant("".into()), what: What::Other }
        });
        let (start, key) = (self.moment(), key.map(|key| Key(key.into())));
        let answer = if asked.is_call() { Answer::Ended(Ended::Unknown) } else { Answer::Nothing };
        seen.asked.push(Noted { asked, key, start, end: Moment(u64::MAX), answer });
        Asking(seen.asked.len() - 1)
    }

    /// Call this with the answer; `replayed` is what `Idempotency-Replayed` says.
    pub fn answered(&self, Asking(index): Asking, status: u16, replayed: bool, body: &[u8]) {
        let end = self.moment();
        let mut seen = self.seen.lock();
        let noted = &mut seen.asked[index];
        noted.end = end;
        match noted.asked.answer(status, replayed, noted.key.is_some(), body) {
            Ok(answer) => noted.answer = answer,
            Err(why) => seen.wrong.push(format!("an answer ({status}) cannot be read: {why}")),
        }
    }

    /// A screen of a restaurant that begins to follow.
    #[must_use]
    pub fn screen(self: &Arc<Self>, restaurant: &str) -> Screen {
        let mut seen = self.seen.lock();
        seen.screens.push((Restaurant(restaurant.into()), Vec::new()));
        Screen::new(Arc::clone(self), seen.screens.len() - 1)
    }

    /// A page of the history of orders, read when nothing changes any more.
    pub fn page(&self, restaurant: &str, body: &[u8]) {
        let orders = answer::page(body);
        let mut seen = self.seen.lock();
        match orders {
            Ok(orders) => {
                let place = seen.places.entry(Restaurant(restaurant.into())).or_default();
                let rows = place.rows.get_or_insert_default();
                rows.extend(orders.into_iter().map(|order| (order.id(), Arc::new(order))));
            }
            Err(why) => seen.wrong.push(format!("a page of {restaurant} cannot be read: {why}")),
        }
    }

    /// The log of a restaurant, read when nothing changes any more: one JSON object a line, newest first.
    pub fn log(&self, restaurant: &str, lines: &str) {
        let log = answer::log(lines);
        let mut seen = self.seen.lock();
        match log {
            Ok(log) => seen.places.entry(Restaurant(restaurant.into())).or_default().log = Some(log),
            Err(why) => seen.wrong.push(format!("the log of {restaurant} cannot be read: {why}")),
        }
    }

    /// Completions may be late in this stretch of the server's time.
    pub fn trouble(&self, from: Time, to: Time) {
        self.seen.lock().troubles.push(Trouble { from, to });
    }

    /// The history that was written down. Afterwards the recorder is empty.
    #[must_use]
    pub fn finish(&self) -> History {
        let seen = std::mem::take(&mut *self.seen.lock());
        finish::history(seen, self.callers)
    }

    /// A new moment, after all others.
    fn moment(&self) -> Moment {
        Moment(self.moments.fetch_add(1, Ordering::SeqCst))
    }
}

impl Asked {
    fn is_call(&self) -> bool {
        matches!(self.what, What::Command(..))
    }

    fn answer(&self, status: u16, replayed: bool, keyed: bool, body: &[u8]) -> Result<Answer, String> {
        Ok(match (&self.what, status) {
            (What::Command(_, kind), 200..=299) => {
                let outcome = answer::outcome(*kind, body)?;
                if replayed {
                    Answer::Replayed(body.to_vec(), answer::made(&outcome))
                } else {
                    let body = keyed.then(|| body.to_vec());
                    Answer::Ended(Ended::Ok { outcome, version: None, body })
                }
            }
            (What::Command(..), 400..=499 | 503) => Answer::Ended(Ended::Refused(refusal(body))),
            (What::Command(..), _) => Answer::Ended(Ended::Unknown),
            (What::Board, 200) => Answer::Board(Arc::new(answer::board(body)?)),
            (What::Order(_), 200) => Answer::Order(Some(Arc::new(answer::order(body)?))),
            (What::Order(_), 404) => Answer::Order(None),
            (What::Page, 200) => Answer::Page(answer::page(body)?.into_iter().map(Arc::new).collect()),
            (What::Board | What::Order(_) | What::Page | What::Other, _) => Answer::Nothing,
        })
    }
}

/// Why something was refused, in the kitchen's words where they matter.
fn refusal(body: &[u8]) -> String {
    let Problem { code } = serde_json::from_slice(body).unwrap_or_default();
    match code.as_str() {
        "unknownOrder" => Refusal::UnknownOrder.to_string(),
        "unknownBot" => Refusal::UnknownBot.to_string(),
        _ => code,
    }
}

impl Noted {
    /// Adds what was read to a history; tells whether it was a read.
    fn add_read(&self, history: &mut History) -> bool {
        let (restaurant, start, end) = (&self.asked.restaurant, self.start, self.end);
        let mut lookup = |order, found: Option<&Arc<Order>>| {
            let (restaurant, found) = (restaurant.clone(), found.cloned());
            history.lookups.push(Lookup { restaurant, start, end, order, found });
        };
        match (&self.asked.what, &self.answer) {
            (What::Command(..), _) => return false,
            (What::Board, Answer::Board(board)) => {
                let (restaurant, version, board) = (restaurant.clone(), board.version, Some(Arc::clone(board)));
                history.looks.push(Look { restaurant, start, end, version, board });
            }
            (What::Order(order), Answer::Order(found)) => lookup(*order, found.as_ref()),
            (What::Page, Answer::Page(orders)) => orders.iter().for_each(|order| lookup(order.id(), Some(order))),
            _ => {}
        }
        true
    }
}
