//! The promises about order numbers: unique, rising, without a gap.

use std::collections::HashSet;

use crate::check::{Check, Rule};

/// What had been acknowledged when a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked(Option<u64>);

/// The numbers that the server acknowledged.
///
/// If A was acknowledged before B was asked for, A's number is smaller. It is enough to remember, for each
/// request, the largest number acknowledged when it was sent: B breaks the promise with some A exactly if it
/// breaks it with that one. A connection asks again only after its answer, so this holds each connection's own
/// numbers to rising, too.
#[derive(Debug)]
pub(crate) struct Acknowledged {
    largest: Option<u64>,
    seen: HashSet<u64>,
    unique: Check,
    increase: Check,
}

impl Acknowledged {
    pub(crate) fn new() -> Self {
        Self {
            largest: None,
            seen: HashSet::new(),
            unique: Check::new(Rule::NumbersUnique),
            increase: Check::new(Rule::NumbersIncrease),
        }
    }

    /// Call this before a request is sent.
    pub(crate) fn ask(&self) -> Asked {
        Asked(self.largest)
    }

    /// Call this with the answer to what was asked.
    pub(crate) fn acknowledge(&mut self, asked: Asked, number: u64) {
        self.unique.expect(self.seen.insert(number), || format!("number {number} was acknowledged twice"));
        self.increase.expect(asked.0.is_none_or(|earlier| earlier < number), || {
            let earlier = asked.0.unwrap_or_default();
            format!("{number} was asked for after {earlier} was acknowledged")
        });
        self.largest = self.largest.max(Some(number));
    }

    /// The smallest number that was acknowledged.
    pub(crate) fn smallest(&self) -> Option<u64> {
        self.seen.iter().min().copied()
    }

    pub(crate) fn into_checks(self) -> [Check; 2] {
        [self.unique, self.increase]
    }
}

/// The numbers of the orders placed, by us or by others, as one screen sees them.
#[derive(Debug)]
pub(crate) struct Sequence {
    latest: Option<u64>,
    gap_free: Check,
}

impl Sequence {
    pub(crate) fn new() -> Self {
        Self { latest: None, gap_free: Check::new(Rule::NumbersGapFree) }
    }

    pub(crate) fn placed(&mut self, number: u64) {
        if let Some(latest) = self.latest.replace(number) {
            self.gap_free.expect(number == latest + 1, || format!("{number} was placed after {latest}"));
        }
    }

    /// The next number may be any: the screen missed some orders, or the restaurant skipped numbers.
    pub(crate) fn start_anew(&mut self) {
        self.latest = None;
    }

    pub(crate) fn into_check(self) -> Check {
        self.gap_free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_may_overtake_each_other_but_not_the_past() {
        let mut acknowledged = Acknowledged::new();
        let (first, second) = (acknowledged.ask(), acknowledged.ask());
        acknowledged.acknowledge(second, 2);
        acknowledged.acknowledge(first, 1);
        assert!(acknowledged.increase.held(), "both were under way at once");

        let third = acknowledged.ask();
        acknowledged.acknowledge(third, 1);
        assert_eq!(acknowledged.increase.examples, ["1 was asked for after 2 was acknowledged"]);
        assert_eq!(acknowledged.unique.examples, ["number 1 was acknowledged twice"]);
    }

    #[test]
    fn a_gap_and_a_repetition_break_the_sequence() {
        let mut sequence = Sequence::new();
        for number in [7, 8, 10, 10] {
            sequence.placed(number);
        }
        let check = sequence.into_check();
        assert_eq!((check.examined, check.violations), (3, 2));
        assert_eq!(check.examples, ["10 was placed after 8", "10 was placed after 10"]);
    }

    #[test]
    fn numbers_skipped_on_purpose_are_no_gap() {
        let mut sequence = Sequence::new();
        sequence.placed(7);
        sequence.start_anew();
        sequence.placed(1008);
        assert!(sequence.into_check().held());
    }
}
