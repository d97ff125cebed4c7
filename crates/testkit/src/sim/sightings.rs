//! What a campaign must have provoked: one that never saw a lost reply proves nothing about lost replies.

use std::collections::BTreeMap;

use parking_lot::Mutex;

/// Everything that has to be seen sometimes.
pub const SOMETIMES: [&str; 35] = [
    TWO_HELD_A_LEASE,
    A_RESTAURANT_WAS_TAKEN,
    A_BOARD_COULD_NOT_BE_CONFIRMED,
    A_RIVAL_WAS_QUICKER,
    A_RIVAL_TOOK_THE_KEY,
    A_RIVAL_COMMITTED_BESIDE_US,
    NOTHING_WAS_WRITTEN,
    A_REPLY_WAS_LOST_AFTER_THE_WRITE,
    A_REQUEST_WAS_LOST_BEFORE_THE_WRITE,
    A_LATE_WRITE_WON,
    A_LATE_WRITE_LOST,
    SETTLED_AS_WRITTEN,
    SETTLED_AS_NOT_WRITTEN,
    THE_STORE_FAILED_FOR_GOOD,
    THE_STORE_WAS_AWAY,
    A_READ_FAILED,
    CRASHED_BEFORE_A_WRITE,
    CRASHED_AFTER_A_WRITE,
    STOPPED_IN_GOOD_ORDER,
    THE_CLOCK_JUMPED,
    A_NEW_EPOCH,
    UNKNOWN_AND_IT_HAPPENED,
    UNKNOWN_AND_IT_DID_NOT,
    THE_SWEEP_COMPLETED,
    A_KEY_WAS_REPLAYED,
    A_KEY_WAS_IN_USE,
    A_KEY_WAS_REUSED,
    A_SCREEN_RESUMED,
    A_SNAPSHOT_FOR_AN_OLD_EPOCH,
    A_SNAPSHOT_FOR_AN_OLD_POSITION,
    A_SNAPSHOT_FOR_A_POSITION_AHEAD,
    A_SLOW_SCREEN_WAS_CUT,
    ADOPTED_WHEN_ASKED_FOR,
    AN_ADOPTION_FAILED,
    A_RESTAURANT_WAS_ARCHIVED,
];

macro_rules! sightings {
    ($($name:ident = $text:literal;)+) => {
        $(pub(super) const $name: &str = $text;)+
    };
}

sightings! {
    A_RESTAURANT_WAS_TAKEN = "a restaurant was taken for one process alone";
    TWO_HELD_A_LEASE = "two nodes held one lease";
    A_BOARD_COULD_NOT_BE_CONFIRMED = "a board could not be confirmed";
    A_RIVAL_WAS_QUICKER = "another process committed first";
    A_RIVAL_TOOK_THE_KEY = "another process carried out the same request first";
    A_RIVAL_COMMITTED_BESIDE_US = "another process committed while ours was idle";
    NOTHING_WAS_WRITTEN = "a commit failed and wrote nothing";
    A_REPLY_WAS_LOST_AFTER_THE_WRITE = "a reply was lost after the write";
    A_REQUEST_WAS_LOST_BEFORE_THE_WRITE = "a request was lost before the write";
    A_LATE_WRITE_WON = "a write that was given up arrived late and won";
    A_LATE_WRITE_LOST = "a write that was given up arrived late and lost";
    SETTLED_AS_WRITTEN = "an unknown outcome was settled as written";
    SETTLED_AS_NOT_WRITTEN = "an unknown outcome was settled as not written";
    THE_STORE_FAILED_FOR_GOOD = "the store failed for good";
    THE_STORE_WAS_AWAY = "the store was away";
    A_READ_FAILED = "a read failed";
    CRASHED_BEFORE_A_WRITE = "a node crashed before its write";
    CRASHED_AFTER_A_WRITE = "a node crashed between its write and the reply";
    STOPPED_IN_GOOD_ORDER = "a node stopped in good order";
    THE_CLOCK_JUMPED = "the wall clock jumped by days";
    A_NEW_EPOCH = "a restaurant began a new history";
    UNKNOWN_AND_IT_HAPPENED = "a caller was told unknown, and it had happened";
    UNKNOWN_AND_IT_DID_NOT = "a caller was told unknown, and it had not";
    THE_SWEEP_COMPLETED = "the sweep completed an order whose timer was lost";
    A_KEY_WAS_REPLAYED = "an idempotency key was replayed";
    A_KEY_WAS_IN_USE = "an idempotency key was in use";
    A_KEY_WAS_REUSED = "an idempotency key was reused for another request";
    A_SCREEN_RESUMED = "a screen resumed where it had been";
    A_SNAPSHOT_FOR_AN_OLD_EPOCH = "a screen of an old epoch got a snapshot";
    A_SNAPSHOT_FOR_AN_OLD_POSITION = "a screen too far behind got a snapshot";
    A_SNAPSHOT_FOR_A_POSITION_AHEAD = "a screen ahead of the node got a snapshot";
    A_SLOW_SCREEN_WAS_CUT = "a slow screen was cut";
    ADOPTED_WHEN_ASKED_FOR = "a restaurant was adopted when it was asked for";
    A_RESTAURANT_WAS_ARCHIVED = "a restaurant was archived";
    AN_ADOPTION_FAILED = "a restaurant could not be adopted at once";
}

/// How often each thing was seen.
#[derive(Debug, Default)]
pub struct Sightings(Mutex<BTreeMap<&'static str, u64>>);

impl Sightings {
    /// Adds what another run saw.
    pub fn add(&mut self, other: &Self) {
        for (what, times) in &*other.0.lock() {
            *self.0.get_mut().entry(what).or_default() += times;
        }
    }

    /// What should have been seen and never was.
    #[must_use]
    pub fn never(&self) -> Vec<&'static str> {
        SOMETIMES.into_iter().filter(|what| !self.0.lock().contains_key(what)).collect()
    }

    pub(super) fn note(&self, what: &'static str) {
        *self.0.lock().entry(what).or_default() += 1;
    }
}

impl std::fmt::Display for Sightings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        SOMETIMES.iter().try_for_each(|what| {
            writeln!(f, "{:>8} times {what}", self.0.lock().get(what).copied().unwrap_or_default())
        })
    }
}
