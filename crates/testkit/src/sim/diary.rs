//! Writing down what is seen, as it is seen.

use std::sync::atomic::{AtomicU64, Ordering};

use feedme_checker::{Call, History, Look, Moment, Trouble};
use feedme_kitchen::Time;
use parking_lot::Mutex;

use super::Sightings;

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Diary {
    moments: AtomicU64,
    history: Mutex<History>,
    wrong: Mutex<Vec<String>>,
    pub(super) sightings: Sightings,
}

impl Diary {
    /// A new moment, after all others.
    pub(super) fn moment(&self) -> Moment {
        Moment(self.moments.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn note(&self, what: &'static str) {
        self.sightings.note(what);
    }

    pub(super) fn call(&self, call: Call) {
        self.history.lock().calls.push(call);
    }

    pub(super) fn look(&self, look: Look) {
        self.history.lock().looks.push(look);
    }

    /// Completions may be late in this stretch of kitchen time.
    pub(super) fn trouble(&self, from: Time, to: Time) {
        self.history.lock().troubles.push(Trouble { from: from.min(to), to: to.max(from) });
    }

    /// Something that must not be, and that no history shows.
    pub(super) fn wrong(&self, what: String) {
        self.wrong.lock().push(what);
    }

    /// What was written down, and what was found wrong on the way.
    pub(super) fn close(&self) -> (History, Vec<String>) {
        (std::mem::take(&mut *self.history.lock()), std::mem::take(&mut *self.wrong.lock()))
    }
}
