//! What a bot is.

use crate::{BotId, BotNumber, OrderId, Time};

/// How a bot comes by its orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The kitchen hands it the next order and completes it when the cook time is over.
    Auto,
    /// A machine or a person: it asks for the next order and says itself when it is done.
    Pull,
}

/// A cooking bot. It is idle when it holds no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bot {
    /// The bot's id.
    pub id: BotId,
    /// The bot's number.
    pub number: BotNumber,
    /// How it comes by its orders.
    pub mode: Mode,
    /// The order it cooks.
    pub current: Option<OrderId>,
    /// When it was added.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// When it was removed, if it was.
    pub deleted_at: Option<Time>,
}
