//! Who did what: the events of a restaurant and the log of accounts, as one list.

use std::borrow::Cow;

use feedme_kitchen::{Change, Event, Time};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::history::{MOMENT, once, parse_limit, unknown_parameter};
use crate::{Problem, Timestamp};

/// Characters of a filter at most: more than any name has.
const FILTER_MAX_CHARS: usize = 200;

/// Where an entry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum AuditSource {
    /// The events of the restaurant: what became of orders, bots and settings.
    Event,
    /// The log of accounts: sign-ins, and what was done to accounts and keys.
    Account,
}

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Where it is written down.
    pub source: AuditSource,
    /// What: `order.placed`, `signIn.succeeded`, `user.added` …
    pub kind: String,
    /// Who did it: an account's or key's name, `Open manager`, `operator`, `timer` or `kitchen`; empty when nobody
    /// knows.
    pub actor: String,
    /// To whom or what: an account's or key's name, `order 12`, `bot 3`, `board`, `settings`, `numbers`.
    pub subject: String,
    /// In which restaurant, as addresses name it; null when it was in all of them.
    #[schema(required)]
    pub restaurant: Option<String>,
    /// From which address.
    #[schema(required)]
    pub address: Option<String>,
    /// What the browser says it is.
    #[schema(required)]
    pub device: Option<String>,
}

/// A page of what was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditPage {
    /// Newest first. With filters it may have fewer than were asked for, or none, and go on all the same.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// What an event is about, in few words.
#[must_use]
pub fn subject(event: &Event) -> Cow<'static, str> {
    match &event.change {
        Change::BotAdded(bot) | Change::BotIdle(bot) | Change::BotRemoved(bot) => format!("bot {}", bot.number).into(),
        Change::OrdersCleared { .. } => "board".into(),
        Change::SettingsChanged(_) => "settings".into(),
        Change::RestaurantRenamed(_) | Change::RestaurantArchived | Change::RestaurantRestored => "restaurant".into(),
        Change::NumbersSkipped { .. } => "numbers".into(),
        change => change.order().map_or("".into(), |order| format!("order {}", order.number()).into()),
    }
}

/// How what was asked for is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditFormat {
    /// A page of JSON.
    Page(Option<AuditCursor>, usize),
    /// All of it as a table.
    Csv,
    /// All of it, one JSON object a line.
    JsonLines,
}

/// Which kinds of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditKind {
    /// This one.
    Exactly(String),
    /// Those that begin with this.
    Beginning(String),
}

/// What to list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only what was done at this moment or later.
    pub from: Option<Time>,
    /// Only what was done before this moment.
    pub to: Option<Time>,
    /// Only what somebody with this name did.
    pub who: Option<String>,
    /// Only these kinds.
    pub kind: Option<AuditKind>,
    /// Only what was done to whom or what has this name.
    pub about: Option<String>,
    /// How it is answered.
    pub format: AuditFormat,
}

/// The parameters, for the documentation.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it documents what `AuditQuery::parse` reads")]
pub struct AuditParameters {
    /// Only what was done at this moment or later.
    from: Option<Timestamp>,
    /// Only what was done before this moment.
    to: Option<Timestamp>,
    /// Only what somebody with exactly this name did: the `actor` of an entry.
    #[param(min_length = 1, max_length = 200)]
    who: Option<String>,
    /// Only entries of this kind, or with `*` at its end of all that begin so: `order.*`.
    #[param(min_length = 1, max_length = 200)]
    kind: Option<String>,
    /// Only what was done to exactly this: the `subject` of an entry.
    #[param(min_length = 1, max_length = 200)]
    about: Option<String>,
    /// `csv` or `jsonl`: all that matches, as a file, without `limit` and `cursor`.
    #[param(inline)]
    format: Option<FileFormat>,
    /// How many; 50 unless told otherwise.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The last page's `nextCursor`.
    cursor: Option<String>,
}

/// What a file may be.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "it documents what `AuditQuery::parse` reads")]
enum FileFormat {
    /// A table, for a spreadsheet.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// Where a page ended, in both lists. Opaque to callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditCursor {
    /// Events from this version on were shown, or are newer than the first page.
    pub version: u64,
    /// The same for entries of the log, from this id on.
    pub entry: u64,
}

impl AuditCursor {
    /// The cursor as it stands on the wire.
    #[must_use]
    pub fn to_text(self) -> String {
        format!("a{:x}-{:x}", self.version, self.entry)
    }

    /// Reads what [`AuditCursor::to_text`] wrote, and nothing else.
    fn parse(text: &str) -> Option<Self> {
        let (version, entry) = text.strip_prefix('a')?.split_once('-')?;
        let number = |digits| u64::from_str_radix(digits, 16).ok().filter(|number| *number <= i64::MAX.cast_unsigned());
        let cursor = Self { version: number(version)?, entry: number(entry)? };
        (cursor.to_text() == text).then_some(cursor)
    }
}

impl AuditKind {
    fn parse(text: String) -> Self {
        match text.strip_suffix('*') {
            Some(begin) => Self::Beginning(begin.to_owned()),
            None => Self::Exactly(text),
        }
    }

    fn is(&self, kind: &str) -> bool {
        match self {
            Self::Exactly(exactly) => kind == exactly,
            Self::Beginning(begin) => kind.starts_with(begin.as_str()),
        }
    }
}

impl AuditQuery {
    /// Reads the parameters of an address.
    pub fn parse<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Problem> {
        let (mut from, mut to, mut who, mut kind, mut about) = (None, None, None, None, None);
        let (mut format, mut cursor, mut limit) = (None, None, None);
        for (name, value) in parameters {
            match name {
                "from" => once(&mut from, name, Timestamp::parse(value), MOMENT)?,
                "to" => once(&mut to, name, Timestamp::parse(value), MOMENT)?,
                "who" => once(&mut who, name, parse_text(value), TEXT)?,
                "kind" => once(&mut kind, name, parse_text(value), TEXT)?,
                "about" => once(&mut about, name, parse_text(value), TEXT)?,
                "format" => once(&mut format, name, parse_format(value), "`csv` or `jsonl`")?,
                "limit" => once(&mut limit, name, parse_limit(value), "a whole number from 1 to 100")?,
                "cursor" => once(&mut cursor, name, AuditCursor::parse(value), "the `nextCursor` of an earlier page")?,
                _ => return Err(unknown_parameter(name, NAMES)),
            }
        }
        if format.is_some() {
            for (name, is_there) in [("cursor", cursor.is_some()), ("limit", limit.is_some())] {
                if is_there {
                    return Err(Problem::invalid(name, "nothing where `format` is given: a file has all that matches"));
                }
            }
        }
        Ok(Self {
            from: from.map(|moment| moment.0),
            to: to.map(|moment| moment.0),
            who,
            kind: kind.map(AuditKind::parse),
            about,
            format: format.unwrap_or(AuditFormat::Page(cursor, limit.unwrap_or(crate::history::LIMIT_DEFAULT))),
        })
    }

    /// Whether it asks for what was done then, of this kind, to this.
    #[must_use]
    pub fn asks_for(&self, at: Time, kind: &str, subject: &str) -> bool {
        self.from.is_none_or(|from| at >= from)
            && self.to.is_none_or(|to| at < to)
            && self.kind.as_ref().is_none_or(|asked| asked.is(kind))
            && self.about.as_ref().is_none_or(|about| about == subject)
    }

    /// Whether any event can be of the kind that it asks for.
    #[must_use]
    pub fn may_ask_for_events(&self) -> bool {
        self.kind.as_ref().is_none_or(|asked| Change::NAMES.iter().any(|name| asked.is(name)))
    }

    /// Whether it asks for what whoever has this name did.
    #[must_use]
    pub fn asks_for_whom(&self, actor: &str) -> bool {
        self.who.as_ref().is_none_or(|who| who == actor)
    }
}

const NAMES: &str = "`from`, `to`, `who`, `kind`, `about`, `format`, `limit` and `cursor`";
const TEXT: &str = "text of 1 to 200 characters";

fn parse_text(text: &str) -> Option<String> {
    let length = text.chars().count();
    (1..=FILTER_MAX_CHARS).contains(&length).then(|| text.to_owned())
}

fn parse_format(text: &str) -> Option<AuditFormat> {
    match text {
        "csv" => Some(AuditFormat::Csv),
        "jsonl" => Some(AuditFormat::JsonLines),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<AuditQuery, Problem> {
        AuditQuery::parse(pairs.iter().copied())
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is() {
        for (version, entry) in [(0, 0), (1, 4711), (u64::MAX >> 1, u64::MAX >> 1)] {
            let cursor = AuditCursor { version, entry };
            assert_eq!(AuditCursor::parse(&cursor.to_text()), Some(cursor));
        }
        for text in ["", "a", "a-", "a1", "1-1", "a1-", "a-1", "a01-1", "a1-1-1", "aA-1", "a+1-1", "a1- 1", "b1-1"] {
            assert_eq!(AuditCursor::parse(text), None, "{text}");
        }
        assert_eq!(AuditCursor::parse("a8000000000000000-1"), None, "databases have signed numbers");
    }

    #[test]
    fn kinds_are_asked_for_exactly_or_by_how_they_begin() {
        for (asked, kind, is_it) in [
            ("order.placed", "order.placed", true),
            ("order.placed", "order.placed2", false),
            ("order.*", "order.placed", true),
            ("order.*", "orders.cleared", false),
            ("*", "user.added", true),
            ("user", "user.added", false),
        ] {
            let query = parse(&[("kind", asked)]).expect("it is a filter");
            assert_eq!(query.asks_for(Time(0), kind, ""), is_it, "{asked} {kind}");
        }
    }

    #[test]
    fn a_file_is_not_asked_for_page_by_page() {
        assert_eq!(parse(&[("format", "csv")]).map(|query| query.format), Ok(AuditFormat::Csv));
        assert_eq!(parse(&[]).map(|query| query.format), Ok(AuditFormat::Page(None, 50)));
        for pairs in [[("format", "csv"), ("limit", "1")], [("cursor", "a1-1"), ("format", "jsonl")]] {
            assert!(parse(&pairs).is_err(), "{pairs:?}");
        }
        for pair in [("format", "xml"), ("limit", "0"), ("limit", "101"), ("who", ""), ("kind", ""), ("x", "y")] {
            assert!(parse(&[pair]).is_err(), "{pair:?}");
        }
        assert!(parse(&[("about", &*"x".repeat(201))]).is_err());
    }
}
