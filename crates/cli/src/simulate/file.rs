//! Reading a scenario's file. Whatever is wrong is said with the key and the line where it stands.

use std::fmt;
use std::ops::Range;

use feedme_kitchen::{OrderNumber, Settings};
use serde::Deserialize;
use toml::Spanned;

use crate::simulate::clock::Clock;
use crate::simulate::number::{Number, Span};
use crate::simulate::policy::PolicyTable;
use crate::simulate::scenario::{Action, Scenario, Step};
use crate::simulate::step::StepTable;

/// Orders and bots in a scenario at most: a big restaurant's year, and a transcript that still fits in memory.
const PLACED_MAX: u64 = 100_000;

/// Where a scenario is wrong, and why.
#[derive(Debug)]
pub(crate) struct Wrong {
    line: usize,
    key: Option<String>,
    why: String,
}

/// Reads a scenario.
pub(crate) fn parse(text: &str) -> Result<Scenario, Wrong> {
    let table: ScenarioTable = toml::from_str(text).map_err(|error| {
        let why = error.message().trim_end().replace('\n', ", ");
        Wrong::at(text, error.span().unwrap_or(0..0), why)
    })?;
    table.check().map_err(|(span, why)| Wrong::at(text, span, why))
}

/// What is wrong with a table that reads well, and where.
pub(crate) type Objection = (Range<usize>, String);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioTable {
    start: Option<Spanned<String>>,
    first_order: Option<Number>,
    cook_seconds: Option<Span>,
    policy: Option<PolicyTable>,
    completed_stays_seconds: Option<Span>,
    end_at: Option<Span>,
    #[serde(default)]
    step: Vec<Spanned<StepTable>>,
}

impl ScenarioTable {
    fn check(self) -> Result<Scenario, Objection> {
        let clock = match self.start {
            None => Clock::parse("09:00:00").expect("nine o'clock is a time of day"),
            Some(start) => Clock::parse(start.get_ref())
                .ok_or_else(|| (start.span(), "a start is a time of day such as \"09:00:00\"".to_owned()))?,
        };
        let usual = Settings::default();
        let settings = Settings {
            cook_ms: self.cook_seconds.map_or(usual.cook_ms, |span| span.0),
            policy: self.policy.map_or(usual.policy, Into::into),
            completed_stays_ms: self.completed_stays_seconds.map_or(usual.completed_stays_ms, |span| span.0),
            ..usual
        };
        Ok(Scenario {
            clock,
            first_order: OrderNumber(self.first_order.map_or(1, |number| number.0)),
            settings,
            end_ms: self.end_at.map(|span| span.0),
            steps: steps(self.step)?,
        })
    }
}

fn steps(tables: Vec<Spanned<StepTable>>) -> Result<Vec<Step>, Objection> {
    let mut steps = Vec::with_capacity(tables.len());
    let mut placed = 0;
    for table in tables {
        let span = table.span();
        let step = table.into_inner().check(&span)?;
        if matches!(step.action, Action::Place { .. } | Action::AddBot(_)) {
            placed += u64::from(step.times);
        }
        if placed > PLACED_MAX {
            return Err((span, format!("a scenario has at most {PLACED_MAX} orders and bots")));
        }
        steps.push(step);
    }
    steps.sort_by_key(|step| step.at_ms);
    Ok(steps)
}

impl Wrong {
    fn at(text: &str, span: Range<usize>, why: String) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        Self { line, key: key(text, span), why }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(key) = &self.key {
            write!(f, ", key `{key}`")?;
        }
        write!(f, ": {}", self.why)
    }
}

/// The key that a span is about: the span itself when it is a key, else the one whose value it is.
fn key(text: &str, span: Range<usize>) -> Option<String> {
    let is_key = |word: &str| !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let (inside, after) = (text.get(span.clone())?, text.get(span.end..)?);
    if is_key(inside) && after.trim_start_matches(' ').starts_with('=') {
        return Some(inside.to_owned());
    }
    let before = text.get(..span.start)?.trim_end_matches(' ').strip_suffix('=')?.trim_end_matches(' ');
    let start = before.rfind(|letter: char| !is_key(&letter.to_string())).map_or(0, |end| end + 1);
    before.get(start..).filter(|word| is_key(word)).map(str::to_owned)
}
