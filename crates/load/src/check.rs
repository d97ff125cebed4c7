//! What the server promised, and whether it held.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// Violations told in words; the rest are counted. The first few show the pattern, more only scroll it away.
const EXAMPLES_MAX: usize = 5;

/// A promise of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Rule {
    /// No order number was acknowledged twice.
    NumbersUnique,
    /// What was asked for after an acknowledgement has a larger number than what was acknowledged.
    NumbersIncrease,
    /// The numbers placed, by us and others, follow each other without a gap.
    NumbersGapFree,
    /// Every acknowledged order came to the screens.
    OrdersShown,
    /// On every screen each event follows the one before it.
    EventsContiguous,
    /// Events about orders can be read.
    EventsReadable,
    /// Every screen received the same bytes for an event.
    EventsEqual,
    /// Every acknowledged order was completed.
    OrdersCompleted,
    /// No order was completed twice.
    CompletedOnce,
    /// No order was completed before it was due.
    NeverEarly,
    /// No answer shows an older board than one that somebody had already seen when it was asked for.
    NeverBack,
    /// The bots and the cook time of the run were taken back.
    LeftAsFound,
    /// All that was told and shown can have happened together.
    HistoryPossible,
}

impl Rule {
    /// The promise in words, as the report shows it.
    pub fn title(self) -> &'static str {
        match self {
            Self::NumbersUnique => "numbers are unique",
            Self::NumbersIncrease => "numbers rise in the order asked",
            Self::NumbersGapFree => "numbers have no gap",
            Self::OrdersShown => "every order came to the screens",
            Self::EventsContiguous => "events are contiguous on every screen",
            Self::EventsReadable => "events about orders can be read",
            Self::EventsEqual => "every screen got the same events",
            Self::OrdersCompleted => "every order was completed",
            Self::CompletedOnce => "no order was completed twice",
            Self::NeverEarly => "no order was completed early",
            Self::NeverBack => "the board never went back",
            Self::LeftAsFound => "bots and settings are as before",
            Self::HistoryPossible => "the whole history holds together",
        }
    }
}

/// A promise, how often it was put to the test, and how often it was broken.
///
/// JSON: `{rule, held, examined, violations, examples}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which promise.
    pub rule: Rule,
    /// How many things were examined; a check of nothing proves nothing.
    pub examined: u64,
    /// How many of them broke the promise.
    pub violations: u64,
    /// The first violations in words.
    pub examples: Vec<String>,
}

impl Check {
    /// A check that has seen nothing yet.
    pub fn new(rule: Rule) -> Self {
        Self { rule, examined: 0, violations: 0, examples: Vec::new() }
    }

    /// Whether nothing broke the promise.
    pub fn held(&self) -> bool {
        self.violations == 0
    }

    /// What was found in so many things that were examined elsewhere.
    pub(crate) fn of(rule: Rule, examined: u64, mut found: Vec<String>) -> Self {
        let violations = found.len() as u64;
        found.truncate(EXAMPLES_MAX);
        Self { rule, examined, violations, examples: found }
    }

    /// Puts the promise to the test once. `tell` words the violation, and is asked for the first few only.
    pub(crate) fn expect(&mut self, kept: bool, tell: impl FnOnce() -> String) {
        self.examined += 1;
        if !kept {
            self.violations += 1;
            if self.examples.len() < EXAMPLES_MAX {
                self.examples.push(tell());
            }
        }
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut check = serializer.serialize_struct("Check", 5)?;
        check.serialize_field("rule", &self.rule)?;
        check.serialize_field("held", &self.held())?;
        check.serialize_field("examined", &self.examined)?;
        check.serialize_field("violations", &self.violations)?;
        check.serialize_field("examples", &self.examples)?;
        check.end()
    }
}
