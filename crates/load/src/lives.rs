//! Each order of ours from the request to the screens: the times between, and whether it got there.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use crate::check::{Check, Rule};
use crate::meter::Latencies;
use crate::versions::Shown;

/// How far an order must get before the run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// All screens show it.
    Shown,
    /// It is complete, too.
    Completed,
}

/// The orders that have not got where they should, ours and (until we know better) those of others.
///
/// An order may come to the screens before its answer comes to us, so either may be first.
#[derive(Debug)]
pub(crate) struct Lives {
    goal: Goal,
    open: HashMap<u64, Life>,
    /// How many of them are ours.
    waiting: usize,
    ours: u64,
    news: u64,
    completed: u64,
    last_completed: Option<Instant>,
    /// Numbers of all orders that were completed, for as long as the run lasts.
    ever_completed: HashSet<u64>,
    pub(crate) latencies: LifeLatencies,
    completed_once: Check,
    never_early: Check,
}

/// What is known of one order.
#[derive(Debug, Default)]
struct Life {
    /// When it was asked for; `None` while it is not known to be ours.
    asked: Option<Instant>,
    shown: Option<Shown>,
    was_shown: bool,
    started: Option<Instant>,
    completed: Option<Instant>,
}

/// How long it took, all from the moment an order was due to be asked for.
#[derive(Debug)]
pub(crate) struct LifeLatencies {
    /// Until the last screen showed it.
    pub(crate) last_screen: Latencies,
    /// Until each screen showed it.
    pub(crate) every_screen: Latencies,
    /// Until the screen showed it started.
    pub(crate) started: Latencies,
    /// Until the screen showed it complete.
    pub(crate) completed: Latencies,
    /// Between the two.
    pub(crate) cooking: Latencies,
}

impl Lives {
    pub(crate) fn new(goal: Goal) -> Self {
        Self {
            goal,
            open: HashMap::new(),
            waiting: 0,
            ours: 0,
            news: 0,
            completed: 0,
            last_completed: None,
            ever_completed: HashSet::new(),
            latencies: LifeLatencies {
                last_screen: Latencies::new(),
                every_screen: Latencies::new(),
                started: Latencies::new(),
                completed: Latencies::new(),
                cooking: Latencies::new(),
            },
            completed_once: Check::new(Rule::CompletedOnce),
            never_early: Check::new(Rule::NeverEarly),
        }
    }

    /// An order was acknowledged that was to be asked for at `at`.
    pub(crate) fn asked(&mut self, number: u64, at: Instant) {
        let life = self.open.entry(number).or_default();
        // A number given twice is told by another check; it must not be waited for twice.
        if life.asked.replace(at).is_none() {
            self.waiting += 1;
            self.ours += 1;
        }
        self.look_at(number);
    }

    pub(crate) fn shown(&mut self, shown: Shown) {
        self.news += 1;
        let number = shown.number;
        let life = self.open.entry(number).or_default();
        life.was_shown = true;
        life.shown = Some(shown);
        self.look_at(number);
    }

    pub(crate) fn started(&mut self, number: u64, at: Instant) {
        if self.goal == Goal::Completed {
            self.open.entry(number).or_default().started.get_or_insert(at);
        }
    }

    /// `due` and `done` are the server's times: RFC 3339 in UTC with milliseconds, which sort as text.
    pub(crate) fn completed(&mut self, number: u64, at: Instant, due: Option<&str>, done: Option<&str>) {
        if self.goal == Goal::Completed {
            self.news += 1;
            let first = self.ever_completed.insert(number);
            self.completed_once.expect(first, || format!("order {number} was completed again"));
            if let (Some(due), Some(done)) = (due, done) {
                self.never_early
                    .expect(due <= done, || format!("order {number} was completed at {done} but due at {due}"));
            }
            if first {
                self.open.entry(number).or_default().completed = Some(at);
                self.look_at(number);
            }
        }
    }

    /// An order was on the board of a snapshot that came in place of events: when it got there is not known.
    pub(crate) fn on_board(&mut self, number: u64, complete: bool, now: Instant) {
        self.news += 1;
        let life = self.open.entry(number).or_default();
        life.was_shown = true;
        if complete && self.goal == Goal::Completed && self.ever_completed.insert(number) {
            life.completed = Some(now);
        }
        self.look_at(number);
    }

    /// Grows with each order, of ours or of others, that got a step further. Bots may be busy with the orders of
    /// others before they come to ours, so these are news, too.
    pub(crate) fn news(&self) -> u64 {
        self.news
    }

    /// How many of our orders have not got where they should.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many of our orders were completed, and when the last of them.
    pub(crate) fn completions(&self) -> (u64, Option<Instant>) {
        (self.completed, self.last_completed)
    }

    /// The checks. `waited` says whether the orders were given the time to get where they should.
    pub(crate) fn into_checks(self, waited: bool) -> (LifeLatencies, Vec<Check>) {
        let mut shown = Check { examined: self.ours, ..Check::new(Rule::OrdersShown) };
        let mut completed = Check { examined: self.ours, ..Check::new(Rule::OrdersCompleted) };
        let mut left: Vec<_> = self.open.into_iter().filter(|(_, life)| life.asked.is_some()).collect();
        left.sort_by_key(|(number, _)| *number);
        for (number, life) in left {
            // Both were counted as examined when they were acknowledged.
            shown.examined -= 1;
            completed.examined -= 1;
            shown.expect(life.was_shown, || format!("order {number} was acknowledged but never shown"));
            completed.expect(life.completed.is_some(), || format!("order {number} was never completed"));
        }
        let mut checks = vec![shown];
        if self.goal == Goal::Completed {
            checks.extend(waited.then_some(completed));
            checks.extend([self.completed_once, self.never_early]);
        }
        (self.latencies, checks)
    }

    /// Takes stock of an order of ours that got where it should.
    fn look_at(&mut self, number: u64) {
        let Some(life) = self.open.get_mut(&number) else { return };
        let Some(asked) = life.asked else { return };
        if let Some(shown) = life.shown.take() {
            self.latencies.last_screen.record(asked, shown.last());
            if shown.arrivals.len() > 1 {
                shown.each().for_each(|at| self.latencies.every_screen.record(asked, at));
            }
        }
        let arrived = life.was_shown && (self.goal == Goal::Shown || life.completed.is_some());
        if arrived && let Some(life) = self.open.remove(&number) {
            self.waiting -= 1;
            self.completed += u64::from(life.completed.is_some());
            if let Some(started) = life.started {
                self.latencies.started.record(asked, started);
            }
            if let Some(completed) = life.completed {
                self.last_completed = self.last_completed.max(Some(completed));
                self.latencies.completed.record(asked, completed);
                if let Some(started) = life.started {
                    self.latencies.cooking.record(started, completed);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn shown(number: u64, first: Instant) -> Shown {
        Shown { number, first, arrivals: vec![0] }
    }

    #[test]
    fn an_order_may_be_shown_before_it_is_acknowledged() {
        let (mut lives, start) = (Lives::new(Goal::Shown), Instant::now());
        lives.shown(shown(1, start + Duration::from_millis(2)));
        lives.shown(shown(2, start));
        lives.asked(1, start);
        assert_eq!(lives.waiting(), 0);
        let (latencies, checks) = lives.into_checks(true);
        assert_eq!(latencies.last_screen.max(), 2000);
        assert_eq!((checks[0].examined, checks[0].violations), (1, 0), "the order of another is none of our business");
    }

    #[test]
    fn an_order_that_never_comes_to_the_screen_is_told() {
        let mut lives = Lives::new(Goal::Shown);
        lives.asked(1, Instant::now());
        lives.asked(2, Instant::now());
        lives.shown(shown(2, Instant::now()));
        let (_, checks) = lives.into_checks(true);
        assert_eq!((checks[0].examined, checks[0].violations), (2, 1));
        assert_eq!(checks[0].examples, ["order 1 was acknowledged but never shown"]);
    }

    #[test]
    fn a_life_is_timed_from_the_request_to_the_end() {
        let (mut lives, start) = (Lives::new(Goal::Completed), Instant::now());
        let after = |millis| start + Duration::from_millis(millis);
        lives.asked(1, start);
        lives.shown(shown(1, after(1)));
        lives.started(1, after(2));
        assert_eq!(lives.waiting(), 1);
        lives.completed(1, after(102), Some("2026-01-01T00:00:00.100Z"), Some("2026-01-01T00:00:00.101Z"));
        assert_eq!((lives.waiting(), lives.completions()), (0, (1, Some(after(102)))));
        lives.completed(1, after(103), Some("2026-01-01T00:00:00.100Z"), Some("2026-01-01T00:00:00.099Z"));
        let (latencies, checks) = lives.into_checks(true);
        assert_eq!(latencies.started.max(), 2000);
        assert_eq!(latencies.cooking.max() / 1000, 100);
        assert_eq!(latencies.completed.max() / 1000, 102);
        let told: Vec<_> = checks.iter().flat_map(|check| &check.examples).collect();
        assert_eq!(
            told,
            [
                "order 1 was completed again",
                "order 1 was completed at 2026-01-01T00:00:00.099Z but due at 2026-01-01T00:00:00.100Z"
            ]
        );
    }

    #[test]
    fn what_was_cut_short_is_not_blamed_for_being_incomplete() {
        let mut lives = Lives::new(Goal::Completed);
        lives.asked(1, Instant::now());
        lives.shown(shown(1, Instant::now()));
        let (_, checks) = lives.into_checks(false);
        assert!(checks.iter().all(|check| check.rule != Rule::OrdersCompleted && check.held()));
    }
}
