//! An order on the wire.

use feedme_kitchen::{self as kitchen, Completion, State};
use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;

/// The class an order waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum OrderType {
    /// Served in turn.
    Normal,
    /// Served before NORMAL, as far as the restaurant's policy says.
    Vip,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// It waits.
    Pending,
    /// A bot cooks it.
    Processing,
    /// It is ready.
    Complete,
    /// It was called off.
    Cancelled,
}

/// An order.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Order<'a> {
    /// Names the order everywhere.
    pub id: Uuid,
    /// What customers and cooks call it by: 1, 2, 3 … within a restaurant, never used twice.
    pub number: u64,
    /// The same as `number`.
    pub order_number: u64,
    /// The class it waits in.
    #[serde(rename = "type")]
    pub order_type: OrderType,
    /// Where it stands.
    pub status: Status,
    /// The account that placed it.
    #[schema(required)]
    pub user_id: Option<Uuid>,
    /// The bot that cooks, or cooked, it.
    #[schema(required)]
    pub bot_id: Option<Uuid>,
    /// The ownership token of the latest start: a completion must name it.
    #[schema(required)]
    pub claim: Option<u64>,
    /// What the cook should know about the whole order.
    #[schema(required)]
    pub note: Option<&'a str>,
    /// What to cook.
    #[serde(serialize_with = "serialize_lines")]
    #[schema(value_type = Vec<Line<'_>>)]
    pub lines: &'a [kitchen::Line],
    /// The till's own reference.
    #[schema(required)]
    pub external_ref: Option<&'a str>,
    /// When it was placed.
    pub created_at: Timestamp,
    /// When cooking began.
    #[schema(required)]
    pub processing_started_at: Option<Timestamp>,
    /// When it will be done; null when a pull bot cooks.
    #[schema(required)]
    pub due_at: Option<Timestamp>,
    /// When it was ready.
    #[schema(required)]
    pub completed_at: Option<Timestamp>,
    /// When it was called off.
    #[schema(required)]
    pub cancelled_at: Option<Timestamp>,
    /// When it was handed over.
    #[schema(required)]
    pub collected_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// One line of an order.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Line<'a> {
    /// The dish.
    pub name: &'a str,
    /// How many of it.
    pub quantity: u8,
    /// What the cook should know about it.
    #[schema(required)]
    pub note: Option<&'a str>,
}

/// An answer that is about one order.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct OrderAnswer<'a> {
    /// The order as it is now.
    pub order: Order<'a>,
}

/// An order, and its place in the queue if it waits.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderLookup<'a> {
    /// The order as it is now.
    pub order: Order<'a>,
    /// How many picks away it is if nothing more came in, from 1. Missing unless the order waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<usize>,
}

/// A page of the history.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderPage<'a> {
    /// The orders, newest first.
    pub orders: Vec<Order<'a>>,
    /// Ask with it as `cursor` for the next page; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// What clearing the board did.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Cleared {
    /// COMPLETE orders that left the board.
    pub cleared: usize,
    /// Orders that waited or cooked and are cancelled.
    pub cancelled: usize,
}

/// What became of a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum CompletionOutcome {
    /// The order is complete now.
    Completed,
    /// It was complete or cancelled before; nothing changed.
    AlreadyFinal,
    /// The bot does not hold the order under this claim; nothing changed.
    Stale,
}

/// The answer to a completion.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct CompletionAnswer<'a> {
    /// What became of it.
    pub outcome: CompletionOutcome,
    /// The order as it is now.
    pub order: Order<'a>,
}

impl<'a> From<&'a kitchen::Order> for Order<'a> {
    fn from(order: &'a kitchen::Order) -> Self {
        let ticket = &*order.ticket;
        let (work, completed_at, collected_at, cancelled_at) = match order.state {
            State::Pending => (None, None, None, None),
            State::Processing(work) => (Some(work), None, None, None),
            State::Complete { work, completed_at, collected_at } => {
                (Some(work), Some(completed_at), collected_at, None)
            }
            State::Cancelled { at } => (None, None, None, Some(at)),
        };
        Self {
            id: ticket.id.0,
            number: ticket.number.0,
            order_number: ticket.number.0,
            order_type: ticket.order_type.into(),
            status: order.status().into(),
            user_id: ticket.user.map(|user| user.0),
            bot_id: work.and_then(|work| work.bot).map(|bot| bot.0),
            claim: work.map(|work| work.claim.0),
            note: ticket.note.as_deref(),
            lines: &ticket.lines,
            external_ref: ticket.external_ref.as_deref(),
            created_at: Timestamp(ticket.created_at),
            processing_started_at: work.map(|work| Timestamp(work.started_at)),
            due_at: work.and_then(|work| work.due_at).map(Timestamp),
            completed_at: completed_at.map(Timestamp),
            cancelled_at: cancelled_at.map(Timestamp),
            collected_at: collected_at.map(Timestamp),
            updated_at: Timestamp(order.updated_at),
        }
    }
}

impl<'a> From<&'a kitchen::Line> for Line<'a> {
    fn from(line: &'a kitchen::Line) -> Self {
        Self { name: &line.name, quantity: line.quantity, note: line.note.as_deref() }
    }
}

fn serialize_lines<S: Serializer>(lines: &[kitchen::Line], serializer: S) -> Result<S::Ok, S::Error> {
    let mut sequence = serializer.serialize_seq(Some(lines.len()))?;
    for line in lines {
        sequence.serialize_element(&Line::from(line))?;
    }
    sequence.end()
}

impl From<kitchen::OrderType> for OrderType {
    fn from(order_type: kitchen::OrderType) -> Self {
        match order_type {
            kitchen::OrderType::Normal => Self::Normal,
            kitchen::OrderType::Vip => Self::Vip,
        }
    }
}

impl From<OrderType> for kitchen::OrderType {
    fn from(order_type: OrderType) -> Self {
        match order_type {
            OrderType::Normal => Self::Normal,
            OrderType::Vip => Self::Vip,
        }
    }
}

impl From<kitchen::Status> for Status {
    fn from(status: kitchen::Status) -> Self {
        match status {
            kitchen::Status::Pending => Self::Pending,
            kitchen::Status::Processing => Self::Processing,
            kitchen::Status::Complete => Self::Complete,
            kitchen::Status::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Status> for kitchen::Status {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Processing => Self::Processing,
            Status::Complete => Self::Complete,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Completion> for CompletionOutcome {
    fn from(completion: Completion) -> Self {
        match completion {
            Completion::Completed => Self::Completed,
            Completion::AlreadyFinal => Self::AlreadyFinal,
            Completion::Stale => Self::Stale,
        }
    }
}
