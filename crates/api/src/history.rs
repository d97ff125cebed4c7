//! Questions about orders that are no longer on the board, as they stand in an address.

use feedme_kitchen::{OrderNumber, OrderType, Status, Time};
use utoipa::IntoParams;

use crate::json::shortened;
use crate::{Problem, Timestamp, order};

/// Orders on a page at most.
pub const LIMIT_MAX: usize = 100;
/// Orders on a page unless told otherwise.
pub const LIMIT_DEFAULT: usize = 50;

/// Which orders to list, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Only orders in this status.
    pub status: Option<Status>,
    /// Only orders of this type.
    pub order_type: Option<OrderType>,
    /// Only the order with this number.
    pub number: Option<OrderNumber>,
    /// Only orders placed at this moment or later.
    pub from: Option<Time>,
    /// Only orders placed before this moment.
    pub to: Option<Time>,
    /// Where the last page ended.
    pub cursor: Option<Cursor>,
    /// How many, from 1 to [`LIMIT_MAX`].
    pub limit: usize,
}

/// The parameters, for the documentation.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it documents what `HistoryQuery::parse` reads")]
pub struct HistoryParameters {
    /// Only orders in this status.
    status: Option<order::Status>,
    /// Only orders of this type.
    r#type: Option<order::OrderType>,
    /// Only the order with this number.
    #[param(minimum = 1)]
    number: Option<u64>,
    /// Only orders placed at this moment or later.
    from: Option<Timestamp>,
    /// Only orders placed before this moment.
    to: Option<Timestamp>,
    /// How many; 50 unless told otherwise.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The last page's `nextCursor`.
    cursor: Option<String>,
}

/// Where a page of the history ended. Opaque to callers, so that it may come to hold something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub OrderNumber);

/// Tells a cursor of this form from those of later versions.
const CURSOR_TAG: &str = "n";

impl Cursor {
    /// The cursor as it stands on the wire.
    #[must_use]
    pub fn to_text(self) -> String {
        format!("{CURSOR_TAG}{:011x}", self.0.0)
    }

    /// Reads what [`Cursor::to_text`] wrote, and nothing else.
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(CURSOR_TAG)?;
        let number = u64::from_str_radix(digits, 16).ok().filter(|number| *number <= NUMBER_MAX)?;
        let cursor = Self(OrderNumber(number));
        (cursor.to_text() == text).then_some(cursor)
    }
}

impl HistoryQuery {
    /// Reads the parameters of an address. `None` when there is none: then the board is asked for.
    pub fn parse<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Option<Self>, Problem> {
        let (mut status, mut order_type, mut number, mut from, mut to) = (None, None, None, None, None);
        let (mut limit, mut cursor) = (None, None);
        let mut any = false;
        for (name, value) in parameters {
            any = true;
            match name {
                "status" => once(&mut status, name, parse_status(value), STATUSES)?,
                "type" => once(&mut order_type, name, parse_type(value), "`NORMAL` or `VIP`")?,
                "number" => once(&mut number, name, parse_number(value), "an order's number, from 1")?,
                "from" => once(&mut from, name, Timestamp::parse(value), MOMENT)?,
                "to" => once(&mut to, name, Timestamp::parse(value), MOMENT)?,
                "limit" => once(&mut limit, name, parse_limit(value), "a whole number from 1 to 100")?,
                "cursor" => once(&mut cursor, name, Cursor::parse(value), "the `nextCursor` of an earlier page")?,
                _ => return Err(unknown_parameter(name, NAMES)),
            }
        }
        Ok(any.then(|| Self {
            status,
            order_type,
            number,
            from: from.map(|moment| moment.0),
            to: to.map(|moment| moment.0),
            cursor,
            limit: limit.unwrap_or(LIMIT_DEFAULT),
        }))
    }
}

const NAMES: &str = "`status`, `type`, `number`, `from`, `to`, `limit` and `cursor`";
const STATUSES: &str = "`PENDING`, `PROCESSING`, `COMPLETE` or `CANCELLED`";
pub(crate) const MOMENT: &str = "a moment such as `2026-05-04T09:30:00Z`";

/// The problem of a parameter that a route does not know.
pub fn unknown_parameter(name: &str, known: &'static str) -> Problem {
    let name = shortened(name);
    let detail = format!("{name}: unknown parameter, expected {known}");
    Problem::invalid(name, known).because(detail)
}

pub(crate) fn once<T>(
    slot: &mut Option<T>,
    name: &str,
    value: Option<T>,
    allowed: &'static str,
) -> Result<(), Problem> {
    if slot.is_some() {
        return Err(Problem::invalid(name, "one value"));
    }
    *slot = Some(value.ok_or_else(|| Problem::invalid(name, allowed))?);
    Ok(())
}

fn parse_status(text: &str) -> Option<Status> {
    Some(match text {
        "PENDING" => Status::Pending,
        "PROCESSING" => Status::Processing,
        "COMPLETE" => Status::Complete,
        "CANCELLED" => Status::Cancelled,
        _ => return None,
    })
}

fn parse_type(text: &str) -> Option<OrderType> {
    match text {
        "NORMAL" => Some(OrderType::Normal),
        "VIP" => Some(OrderType::Vip),
        _ => None,
    }
}

/// Numbers are signed in every database.
const NUMBER_MAX: u64 = i64::MAX.cast_unsigned();

fn parse_number(text: &str) -> Option<OrderNumber> {
    digits(text).filter(|number| (1..=NUMBER_MAX).contains(number)).map(OrderNumber)
}

pub(crate) fn parse_limit(text: &str) -> Option<usize> {
    digits(text).and_then(|limit| usize::try_from(limit).ok()).filter(|limit| (1..=LIMIT_MAX).contains(limit))
}

/// Decimal digits and nothing else: `+7` is not how anybody writes a number here.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
