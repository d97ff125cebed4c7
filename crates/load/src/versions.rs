//! Every event on every screen: did each screen get it, right after the one before, with the same bytes, and
//! when had the last one got it?

use std::collections::VecDeque;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;
use std::time::{Duration, Instant};

use crate::check::{Check, Rule};
use crate::sse::Position;

/// An order came to all screens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) number: u64,
    /// When the first screen had it.
    pub(crate) first: Instant,
    /// When each screen had it, in microseconds since `first`: 71 minutes at most.
    pub(crate) arrivals: Vec<u32>,
}

/// The events that some screens have and others do not, oldest first.
#[derive(Debug)]
pub(crate) struct Versions {
    /// Where each screen stands; `None` until its first snapshot.
    screens: Vec<Option<Position>>,
    epoch: u64,
    /// The version of the first entry.
    base: u64,
    entries: VecDeque<Entry>,
    contiguous: Check,
    equal: Check,
}

/// One event.
#[derive(Debug, Default)]
struct Entry {
    /// Screens that have it, or that a snapshot took beyond it.
    passed: usize,
    /// Its bytes as the first screen got them; `None` until then.
    hash: Option<u64>,
    /// For a placed order.
    number: Option<u64>,
    first: Option<Instant>,
    arrivals: Vec<u32>,
}

impl Versions {
    pub(crate) fn new(screens: usize) -> Self {
        Self {
            screens: vec![None; screens],
            epoch: 0,
            base: 0,
            entries: VecDeque::new(),
            contiguous: Check::new(Rule::EventsContiguous),
            equal: Check::new(Rule::EventsEqual),
        }
    }

    /// Where a screen stands.
    pub(crate) fn position(&self, screen: usize) -> Option<Position> {
        self.screens[screen]
    }

    /// A screen got a snapshot: what it has not seen until then it will not see.
    pub(crate) fn snapshot(&mut self, screen: usize, at: Position) {
        if let Some(before) = self.screens[screen].filter(|before| before.epoch == at.epoch) {
            self.contiguous.expect(at.version >= before.version, || {
                format!("screen {screen}: a snapshot of {} came after {}", at.version, before.version)
            });
        }
        if self.screens.iter().all(|position| position.is_none_or(|position| position.epoch != at.epoch)) {
            // The first screen of another history: what the others have not seen of the old one is gone.
            self.entries.clear();
            self.epoch = at.epoch;
            self.base = at.version + 1;
        }
        let from = self.screens[screen].filter(|before| before.epoch == at.epoch).map_or(0, |before| before.version);
        self.screens[screen] = Some(at);
        if at.epoch == self.epoch {
            self.pass(from, at.version);
        }
    }

    /// A screen got an event.
    pub(crate) fn event(&mut self, screen: usize, at: Position, bytes: &[u8], now: Instant) {
        let Some(before) = self.screens[screen] else {
            self.contiguous.expect(false, || format!("screen {screen}: {at} came before any snapshot"));
            return;
        };
        let follows = at.epoch == before.epoch && at.version == before.version + 1;
        self.contiguous.expect(follows, || format!("screen {screen}: {at} came after {before}"));
        if at.epoch != before.epoch || at.version <= before.version {
            return;
        }
        self.screens[screen] = Some(at);
        if at.epoch != self.epoch {
            return;
        }
        self.pass(before.version, at.version);
        if at.version < self.base {
            return;
        }
        let several = self.screens.len() > 1;
        let index = usize::try_from(at.version - self.base).expect("entries fit in memory");
        let entry = &mut self.entries[index];
        let first = *entry.first.get_or_insert(now);
        entry.arrivals.push(u32::try_from(now.duration_since(first).as_micros()).unwrap_or(u32::MAX));
        if several {
            let hash = hash(bytes);
            let known = *entry.hash.get_or_insert(hash);
            self.equal.expect(known == hash, || format!("screen {screen}: {at} differs from what another screen got"));
        }
    }

    /// The event is an order that was placed.
    pub(crate) fn placed(&mut self, at: Position, number: u64) {
        if at.epoch == self.epoch
            && let Some(index) = at.version.checked_sub(self.base)
            && let Some(entry) = usize::try_from(index).ok().and_then(|index| self.entries.get_mut(index))
        {
            entry.number = Some(number);
        }
    }

    /// Forgets the events that all screens have, and hands on the orders among them.
    pub(crate) fn settle(&mut self, mut on_shown: impl FnMut(Shown)) {
        while self.entries.front().is_some_and(|entry| entry.passed >= self.screens.len()) {
            let Some(Entry { number, first, arrivals, .. }) = self.entries.pop_front() else { break };
            self.base += 1;
            // An order that some screen saw in a snapshot only cannot be timed, but it was shown.
            if let (Some(number), Some(first)) = (number, first) {
                on_shown(Shown { number, first, arrivals });
            }
        }
    }

    pub(crate) fn into_checks(self) -> impl Iterator<Item = Check> {
        // With one screen there is nothing to compare.
        let equal = (self.screens.len() > 1).then_some(self.equal);
        std::iter::once(self.contiguous).chain(equal)
    }

    /// A screen went past the versions after `from` up to `to`.
    fn pass(&mut self, from: u64, to: u64) {
        for version in from.max(self.base.saturating_sub(1)) + 1..=to {
            let index = usize::try_from(version - self.base).expect("entries fit in memory");
            while self.entries.len() <= index {
                self.entries.push_back(Entry::default());
            }
            self.entries[index].passed += 1;
        }
    }
}

impl Shown {
    /// When the last screen had it.
    pub(crate) fn last(&self) -> Instant {
        self.first + Duration::from_micros(self.arrivals.iter().copied().max().unwrap_or(0).into())
    }

    /// When each screen had it.
    pub(crate) fn each(&self) -> impl Iterator<Item = Instant> {
        self.arrivals.iter().map(|&micros| self.first + Duration::from_micros(micros.into()))
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(version: u64) -> Position {
        Position { epoch: 7, version }
    }

    /// Two screens that stand at version 10.
    fn two_screens() -> Versions {
        let mut versions = Versions::new(2);
        versions.snapshot(0, at(10));
        versions.snapshot(1, at(10));
        versions
    }

    fn shown(versions: &mut Versions) -> Vec<u64> {
        let mut numbers = Vec::new();
        versions.settle(|shown| numbers.push(shown.number));
        numbers
    }

    #[test]
    fn an_order_is_shown_when_the_last_screen_has_it() {
        let (mut versions, start) = (two_screens(), Instant::now());
        versions.event(0, at(11), b"placed", start);
        versions.placed(at(11), 41);
        assert_eq!(shown(&mut versions), [0; 0]);
        versions.event(1, at(11), b"placed", start + Duration::from_millis(3));
        let mut last = Vec::new();
        versions.settle(|shown| last.push(shown.last() - start));
        assert_eq!(last, [Duration::from_millis(3)]);
        assert!(versions.into_checks().all(|check| check.held()));
    }

    #[test]
    fn screens_that_open_one_after_the_other_wait_for_what_follows_only() {
        let (mut versions, now) = (Versions::new(2), Instant::now());
        versions.snapshot(0, at(10));
        versions.event(0, at(11), b"early", now);
        versions.snapshot(1, at(12));
        versions.event(0, at(12), b"early", now);
        versions.event(0, at(13), b"both", now);
        versions.event(1, at(13), b"both", now);
        versions.placed(at(13), 5);
        assert_eq!(shown(&mut versions), [5]);
        assert!(versions.entries.is_empty());
        assert!(versions.into_checks().all(|check| check.held()));
    }

    #[test]
    fn a_hole_and_a_repetition_are_told_and_the_rest_goes_on() {
        let (mut versions, now) = (two_screens(), Instant::now());
        for version in [11, 12, 13] {
            versions.event(0, at(version), b"x", now);
        }
        for version in [11, 11, 13] {
            versions.event(1, at(version), b"x", now);
        }
        versions.settle(|_| ());
        assert!(versions.entries.is_empty(), "the event that was left out does not hold up the others");
        let contiguous = versions.into_checks().next().expect("there is one");
        assert_eq!(contiguous.examples, ["screen 1: 7-11 came after 7-11", "screen 1: 7-13 came after 7-11"]);
    }

    #[test]
    fn other_bytes_on_another_screen_are_told() {
        let (mut versions, now) = (two_screens(), Instant::now());
        versions.event(0, at(11), b"one", now);
        versions.event(1, at(11), b"two", now);
        let equal = versions.into_checks().last().expect("there is one");
        assert_eq!(equal.examples, ["screen 1: 7-11 differs from what another screen got"]);
    }

    #[test]
    fn another_history_begins_with_a_snapshot() {
        let (mut versions, now) = (two_screens(), Instant::now());
        versions.event(0, at(11), b"old", now);
        let anew = |version| Position { epoch: 8, version };
        versions.snapshot(0, anew(3));
        versions.event(0, anew(4), b"new", now);
        versions.placed(anew(4), 1);
        versions.event(1, at(11), b"old", now);
        versions.snapshot(1, anew(3));
        versions.event(1, anew(4), b"new", now);
        assert_eq!(shown(&mut versions), [1]);
        assert!(versions.into_checks().all(|check| check.held()));
    }
}
