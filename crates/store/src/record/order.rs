//! Orders, flat as a row.

use std::borrow::Cow;
use std::sync::Arc;

use feedme_kitchen::{
    BotId, Claim, Line, Order, OrderId, OrderNumber, OrderType, State, Status, Ticket, Time, UserId, Work,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::damaged;
use crate::StoreError;

/// An order with its state laid flat: the columns of its row, and its form within an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are the columns of the schema, where they are described")]
pub struct OrderRecord<'a> {
    pub id: Uuid,
    pub number: u64,
    #[serde(rename = "type", borrow)]
    pub order_type: Cow<'a, str>,
    #[serde(borrow)]
    pub status: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    pub note: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", borrow)]
    pub lines: Vec<LineRecord<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    pub external_ref: Option<Cow<'a, str>>,
    pub created: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<i64>,
    pub updated: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<i64>,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRecord<'a> {
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    pub quantity: u8,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    pub note: Option<Cow<'a, str>>,
}

impl<'a> From<&'a Order> for OrderRecord<'a> {
    fn from(order: &'a Order) -> Self {
        let ticket = &*order.ticket;
        let (status, work) = match &order.state {
            State::Pending => ("PENDING", None),
            State::Processing(work) => ("PROCESSING", Some(work)),
            State::Complete { work, .. } => ("COMPLETE", Some(work)),
            State::Cancelled { .. } => ("CANCELLED", None),
        };
        let (completed, collected, cancelled) = match order.state {
            State::Complete { completed_at, collected_at, .. } => (Some(completed_at), collected_at, None),
            State::Cancelled { at } => (None, None, Some(at)),
            State::Pending | State::Processing(_) => (None, None, None),
        };
        let ms = |time: Option<Time>| time.map(|time| time.0);
        Self {
            id: ticket.id.0,
            number: ticket.number.0,
            order_type: type_name(ticket.order_type).into(),
            status: status.into(),
            user: ticket.user.map(|user| user.0),
            bot: work.and_then(|work| work.bot).map(|bot| bot.0),
            claim: work.map(|work| work.claim.0),
            note: ticket.note.as_deref().map(Cow::from),
            lines: ticket.lines.iter().map(LineRecord::from).collect(),
            external_ref: ticket.external_ref.as_deref().map(Cow::from),
            created: ticket.created_at.0,
            started: work.map(|work| work.started_at.0),
            due: ms(work.and_then(|work| work.due_at)),
            completed: ms(completed),
            cancelled: ms(cancelled),
            collected: ms(collected),
            archived: ms(order.archived_at),
            updated: order.updated_at.0,
            deleted: ms(order.deleted_at),
        }
    }
}

impl TryFrom<OrderRecord<'_>> for Order {
    type Error = StoreError;

    fn try_from(record: OrderRecord<'_>) -> Result<Self, StoreError> {
        let number = record.number;
        let missing = |what: &str| damaged(format_args!("order {number} is {} without {what}", record.status));
        let work = || {
            Ok::<_, StoreError>(Work {
                bot: record.bot.map(BotId),
                claim: Claim(record.claim.ok_or_else(|| missing("a claim"))?),
                started_at: Time(record.started.ok_or_else(|| missing("a start"))?),
                due_at: record.due.map(Time),
            })
        };
        let state = match &*record.status {
            "PENDING" => State::Pending,
            "PROCESSING" => State::Processing(work()?),
            "COMPLETE" => State::Complete {
                work: work()?,
                completed_at: Time(record.completed.ok_or_else(|| missing("a completion"))?),
                collected_at: record.collected.map(Time),
            },
            "CANCELLED" => State::Cancelled { at: Time(record.cancelled.ok_or_else(|| missing("a cancellation"))?) },
            other => return Err(damaged(format_args!("order {number} has the unknown status {other}"))),
        };
        let order_type = match &*record.order_type {
            "NORMAL" => OrderType::Normal,
            "VIP" => OrderType::Vip,
            other => return Err(damaged(format_args!("order {number} has the unknown type {other}"))),
        };
        Ok(Self {
            ticket: Arc::new(Ticket {
                id: OrderId(record.id),
                number: OrderNumber(number),
                order_type,
                user: record.user.map(UserId),
                note: record.note.map(Cow::into_owned),
                lines: record.lines.into_iter().map(Line::from).collect(),
                external_ref: record.external_ref.map(Cow::into_owned),
                created_at: Time(record.created),
            }),
            state,
            updated_at: Time(record.updated),
            archived_at: record.archived.map(Time),
            deleted_at: record.deleted.map(Time),
        })
    }
}

impl<'a> From<&'a Line> for LineRecord<'a> {
    fn from(line: &'a Line) -> Self {
        Self { name: Cow::from(&line.name), quantity: line.quantity, note: line.note.as_deref().map(Cow::from) }
    }
}

impl From<LineRecord<'_>> for Line {
    fn from(line: LineRecord<'_>) -> Self {
        Self { name: line.name.into_owned(), quantity: line.quantity, note: line.note.map(Cow::into_owned) }
    }
}

/// The type's name in rows and events.
pub(crate) fn type_name(order_type: OrderType) -> &'static str {
    match order_type {
        OrderType::Normal => "NORMAL",
        OrderType::Vip => "VIP",
    }
}

/// The status's name in rows and events.
pub(crate) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Pending => "PENDING",
        Status::Processing => "PROCESSING",
        Status::Complete => "COMPLETE",
        Status::Cancelled => "CANCELLED",
    }
}

/// An order's lines as a column; `None` when it has none.
#[must_use]
pub fn encode_lines(lines: &[LineRecord<'_>]) -> Option<String> {
    (!lines.is_empty()).then(|| serde_json::to_string(lines).expect("strings and numbers can always be written"))
}

/// An order's lines from their column.
pub fn decode_lines(column: &str) -> Result<Vec<LineRecord<'_>>, StoreError> {
    serde_json::from_str(column).map_err(damaged)
}
