//! What may be asked of a kitchen, and what it answers.

use std::sync::Arc;

use crate::{
    Actor, Bot, BotId, Claim, Contradiction, Line, Mode, Order, OrderId, OrderType, Profile, Settings, SettingsPatch,
    Time, UserId,
};

/// Something asked of a kitchen. New ids come in with it; they must never have been used before, which is
/// what a `UUIDv7` is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Take an order.
    PlaceOrder {
        /// The new order's id.
        id: OrderId,
        /// The class it waits in.
        order_type: OrderType,
        /// The account that places it.
        user: Option<UserId>,
        /// What the cook should know.
        note: Option<String>,
        /// What to cook.
        lines: Vec<Line>,
        /// The till's own reference.
        external_ref: Option<String>,
    },
    /// Call an order off.
    CancelOrder(OrderId),
    /// A customer calls an order of their own off, which they may while it waits.
    CancelOwnOrder {
        /// Which order.
        order: OrderId,
        /// Who asks.
        customer: UserId,
    },
    /// A customer undoes that.
    UndoOwnCancellation {
        /// Which order.
        order: OrderId,
        /// Who asks.
        customer: UserId,
    },
    /// Hand a COMPLETE order over.
    CollectOrder(OrderId),
    /// Delete a final order.
    DeleteOrder(OrderId),
    /// Undo a deletion or a recent cancellation.
    RestoreOrder(OrderId),
    /// Say that an order is done.
    CompleteOrder {
        /// Which order.
        order: OrderId,
        /// Who cooked it.
        bot: BotId,
        /// Under which claim.
        claim: Claim,
    },
    /// Say that the time of an automatic bot's order is up. What a pull bot holds is not completed this way.
    CompleteDue {
        /// Which order.
        order: OrderId,
        /// Who cooks it.
        bot: BotId,
        /// Under which claim; without one, under whichever it is now.
        claim: Option<Claim>,
    },
    /// Cancel what waits or cooks and take what is ready off the board.
    ClearOrders,
    /// Take off the board what has stood there long enough.
    ArchiveOrders,
    /// Add a bot.
    AddBot {
        /// The new bot's id.
        id: BotId,
        /// How it comes by its orders.
        mode: Mode,
    },
    /// Remove a bot; what it cooks goes back to its place.
    RemoveBot(BotId),
    /// Remove the bot added last.
    RemoveNewestBot,
    /// A bot asks for the next order.
    ClaimOrder(BotId),
    /// A pull bot gives its order back.
    ReturnOrder {
        /// Which bot.
        bot: BotId,
        /// Under which claim it holds the order.
        claim: Claim,
    },
    /// Change settings.
    ChangeSettings(SettingsPatch),
    /// Give the restaurant another name.
    RenameRestaurant(Arc<str>),
    /// Take the restaurant out of those that are run, once nothing waits or cooks.
    ArchiveRestaurant,
    /// Bring an archived restaurant back.
    RestoreRestaurant,
    /// Pass over numbers that may have been given out before a restore.
    SkipNumbers {
        /// How many order, bot and claim numbers to pass over.
        count: u64,
    },
    /// Put right what contradicted itself when the state was loaded.
    Reconcile(Vec<Contradiction>),
}

impl Command {
    /// The order this names, which may no longer be part of the live state.
    #[must_use]
    pub fn order(&self) -> Option<OrderId> {
        match self {
            Self::CancelOrder(id)
            | Self::CollectOrder(id)
            | Self::DeleteOrder(id)
            | Self::RestoreOrder(id)
            | Self::CompleteOrder { order: id, .. }
            | Self::CompleteDue { order: id, .. }
            | Self::CancelOwnOrder { order: id, .. }
            | Self::UndoOwnCancellation { order: id, .. } => Some(*id),
            _ => None,
        }
    }
}

/// What comes with a command: when, by whom, and the row of an order that is no longer live.
#[derive(Clone, Debug)]
pub struct Context {
    /// Kitchen time. Moments before the last event count as that event's time.
    pub at: Time,
    /// Who asks.
    pub actor: Actor,
    /// The order that the command names, if it exists but is not part of the live state.
    pub stored: Option<Arc<Order>>,
}

/// What became of a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The order is complete now.
    Completed,
    /// It was complete or cancelled before; nothing changed.
    AlreadyFinal,
    /// The bot does not hold the order under this claim; nothing changed.
    Stale,
}

/// What a kitchen answers to a command that it did not refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The order as it is now.
    Order(Arc<Order>),
    /// What became of a completion.
    Completion {
        /// What became of it.
        completion: Completion,
        /// The order as it is now.
        order: Arc<Order>,
    },
    /// The board was cleared.
    Cleared {
        /// How many COMPLETE orders left the board.
        cleared: usize,
        /// How many orders were cancelled.
        cancelled: usize,
    },
    /// The bot as it is now.
    Bot(Bot),
    /// The bot that was removed.
    BotRemoved {
        /// The bot as it was.
        bot: Bot,
        /// The order it cooked, as it is now.
        returned: Option<Arc<Order>>,
    },
    /// What a bot got when it asked for the next order.
    Claimed {
        /// The order; `None` when nothing waits.
        order: Option<Arc<Order>>,
        /// The bot as it is now.
        bot: Bot,
    },
    /// The settings as they are now.
    Settings(Settings),
    /// The restaurant's name and standing as they are now.
    Restaurant(Profile),
    /// It was done; there is nothing to say about it.
    Done,
}
