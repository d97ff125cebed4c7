//! Answers as clients get them.

use std::sync::Arc;

use feedme_kitchen::{Completion, Order, OrderId, Outcome};
use serde::Deserialize;

use super::wire::{Stamp, WireBoard, WireBot, WireOrder, WireRestaurant, WireSettings, parse};
use crate::{Board, Entry};

/// The answer to a call that succeeded.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireAnswer {
    order: Option<WireOrder>,
    bot: Option<WireBot>,
    outcome: Option<WireCompletion>,
    cleared: Option<usize>,
    cancelled: Option<usize>,
    returned_order: Option<WireOrder>,
    restaurant: Option<WireRestaurant>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum WireCompletion {
    Completed,
    AlreadyFinal,
    Stale,
}

/// Which kind of answer a call gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Order,
    Completion,
    Cleared,
    BotAdded,
    BotRemoved,
    Claimed,
    Settings,
    Restaurant,
}

/// Reads the answer to a call that succeeded.
pub(super) fn outcome(kind: Kind, body: &[u8]) -> Result<Outcome, String> {
    if kind == Kind::Settings {
        return Ok(Outcome::Settings(parse::<WireSettings>(body)?.into()));
    }
    let answer: WireAnswer = parse(body)?;
    let lacks = || "an answer lacks what it is about".to_owned();
    let order = |order: Option<WireOrder>| order.map(|order| order.read().map(Arc::new)).transpose();
    Ok(match kind {
        Kind::Order => Outcome::Order(order(answer.order)?.ok_or_else(lacks)?),
        Kind::Completion => Outcome::Completion {
            completion: answer.outcome.ok_or_else(lacks)?.into(),
            order: order(answer.order)?.ok_or_else(lacks)?,
        },
        Kind::Cleared => Outcome::Cleared {
            cleared: answer.cleared.ok_or_else(lacks)?,
            cancelled: answer.cancelled.ok_or_else(lacks)?,
        },
        Kind::BotAdded => Outcome::Bot(answer.bot.ok_or_else(lacks)?.read(None)),
        Kind::BotRemoved => Outcome::BotRemoved {
            bot: answer.bot.ok_or_else(lacks)?.read(None),
            returned: order(answer.returned_order)?,
        },
        Kind::Claimed => {
            Outcome::Claimed { order: order(answer.order)?, bot: answer.bot.ok_or_else(lacks)?.read(None) }
        }
        Kind::Restaurant => Outcome::Restaurant(answer.restaurant.ok_or_else(lacks)?.into()),
        Kind::Settings => unreachable!("they were read before"),
    })
}

/// The order that an answer is about.
pub(super) fn made(outcome: &Outcome) -> Option<OrderId> {
    match outcome {
        Outcome::Order(order) | Outcome::Completion { order, .. } => Some(order.id()),
        _ => None,
    }
}

/// Reads a board.
pub(super) fn board(body: &[u8]) -> Result<Board, String> {
    parse::<WireBoard>(body)?.read()
}

/// Reads an order that was looked up.
pub(super) fn order(body: &[u8]) -> Result<Order, String> {
    #[derive(Deserialize)]
    struct Found {
        order: WireOrder,
    }
    parse::<Found>(body)?.order.read()
}

/// Reads a page of the history.
pub(super) fn page(body: &[u8]) -> Result<Vec<Order>, String> {
    #[derive(Deserialize)]
    struct Page {
        orders: Vec<WireOrder>,
    }
    parse::<Page>(body)?.orders.into_iter().map(WireOrder::read).collect()
}

/// Reads the log, which begins with what is newest, and leaves out what accounts did.
pub(super) fn log(lines: &str) -> Result<Vec<Entry>, String> {
    #[derive(Deserialize)]
    struct Line {
        at: Stamp,
        source: String,
        kind: String,
        subject: String,
    }
    let mut entries = Vec::new();
    for line in lines.lines().rev() {
        let Line { at, source, kind, subject } = parse(line.as_bytes())?;
        if source == "event" {
            entries.push(Entry { at: at.0, kind, subject });
        }
    }
    Ok(entries)
}

impl From<WireCompletion> for Completion {
    fn from(completion: WireCompletion) -> Self {
        match completion {
            WireCompletion::Completed => Self::Completed,
            WireCompletion::AlreadyFinal => Self::AlreadyFinal,
            WireCompletion::Stale => Self::Stale,
        }
    }
}
