//! What happened.

use std::sync::Arc;

use crate::{Bot, BotNumber, Claim, KeyId, Order, OrderId, OrderNumber, Settings, Time, UserId, Version};

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Anybody: the server runs in open mode and every caller is the open manager.
    Open,
    /// An account.
    User(UserId),
    /// A device, by its API key.
    Key(KeyId),
    /// The timer of an automatic bot, the service that drives it from outside, or the sweep that stands in for a
    /// lost one.
    Timer,
    /// The kitchen itself: orders leave the board, contradictions are put right.
    Kitchen,
    /// The operator, by a command on the server.
    Operator,
}

/// One thing that happened to a restaurant. Events are numbered 1, 2, 3 … without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The event's number, and the restaurant's version after it.
    pub version: Version,
    /// When it happened, in kitchen time.
    pub at: Time,
    /// Who caused it.
    pub actor: Actor,
    /// What changed.
    pub change: Change,
}

/// What an event changed. An order or bot stands here as it is *after* the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new order waits.
    OrderPlaced(Arc<Order>),
    /// A bot took an order.
    OrderStarted(Arc<Order>),
    /// An order is ready; its bot holds nothing until a start says otherwise.
    OrderCompleted(Arc<Order>),
    /// An order went back to its place in the queue; its bot holds nothing.
    OrderReturned(Arc<Order>),
    /// An order was called off; its bot, if any, holds nothing.
    OrderCancelled(Arc<Order>),
    /// An order was handed over.
    OrderCollected(Arc<Order>),
    /// An order was deleted.
    OrderDeleted(Arc<Order>),
    /// A deletion or cancellation was undone.
    OrderRestored(Arc<Order>),
    /// A COMPLETE order left the board for the history.
    OrderArchived(Arc<Order>),
    /// The board was cleared: what waited or cooked is cancelled, what was ready is archived, bots are idle.
    OrdersCleared {
        /// Orders that waited or cooked.
        cancelled: Vec<OrderId>,
        /// Orders that were ready.
        archived: Vec<OrderId>,
    },
    /// A bot joined.
    BotAdded(Bot),
    /// A bot has nothing to do.
    BotIdle(Bot),
    /// A bot left.
    BotRemoved(Bot),
    /// The settings are now these.
    SettingsChanged(Settings),
    /// The restaurant is now called this.
    RestaurantRenamed(Arc<str>),
    /// The restaurant is archived from now on.
    RestaurantArchived,
    /// The restaurant is run again.
    RestaurantRestored,
    /// Numbers were passed over, so that none already given out is given out again after a restore.
    NumbersSkipped {
        /// The next order's number.
        next_order: OrderNumber,
        /// The next bot's number.
        next_bot: BotNumber,
        /// The next start's claim.
        next_claim: Claim,
    },
}

impl Change {
    /// The order this is about, as it is afterwards.
    #[must_use]
    pub fn order(&self) -> Option<&Arc<Order>> {
        match self {
            Self::OrderPlaced(order)
            | Self::OrderStarted(order)
            | Self::OrderCompleted(order)
            | Self::OrderReturned(order)
            | Self::OrderCancelled(order)
            | Self::OrderCollected(order)
            | Self::OrderDeleted(order)
            | Self::OrderRestored(order)
            | Self::OrderArchived(order) => Some(order),
            _ => None,
        }
    }

    /// Every name that an event can have.
    pub const NAMES: [&'static str; 18] = [
        "order.placed",
        "order.started",
        "order.completed",
        "order.returned",
        "order.cancelled",
        "order.collected",
        "order.deleted",
        "order.restored",
        "order.archived",
        "orders.cleared",
        "bot.added",
        "bot.idle",
        "bot.removed",
        "settings.changed",
        "restaurant.renamed",
        "restaurant.archived",
        "restaurant.restored",
        "numbers.skipped",
    ];

    /// The event's name, as screens and integrations know it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::OrderPlaced(_) => "order.placed",
            Self::OrderStarted(_) => "order.started",
            Self::OrderCompleted(_) => "order.completed",
            Self::OrderReturned(_) => "order.returned",
            Self::OrderCancelled(_) => "order.cancelled",
            Self::OrderCollected(_) => "order.collected",
            Self::OrderDeleted(_) => "order.deleted",
            Self::OrderRestored(_) => "order.restored",
            Self::OrderArchived(_) => "order.archived",
            Self::OrdersCleared { .. } => "orders.cleared",
            Self::BotAdded(_) => "bot.added",
            Self::BotIdle(_) => "bot.idle",
            Self::BotRemoved(_) => "bot.removed",
            Self::SettingsChanged(_) => "settings.changed",
            Self::RestaurantRenamed(_) => "restaurant.renamed",
            Self::RestaurantArchived => "restaurant.archived",
            Self::RestaurantRestored => "restaurant.restored",
            Self::NumbersSkipped { .. } => "numbers.skipped",
        }
    }
}
