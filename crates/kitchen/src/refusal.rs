//! Why a command was refused. A refused command changed nothing.

use crate::{BotNumber, Mode, OrderNumber, Status, Time};

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such order, or it is deleted.
    #[error("there is no such order")]
    UnknownOrder,
    /// There is no such bot.
    #[error("there is no such bot")]
    UnknownBot,
    /// There is no bot at all.
    #[error("there is no bot to remove")]
    NoBots,
    /// The manager paused ordering.
    #[error("ordering is paused")]
    OrderingPaused,
    /// Orders wait or cook, so the restaurant cannot be archived.
    #[error("{waiting} orders wait and {cooking} cook")]
    OrdersActive {
        /// How many wait.
        waiting: usize,
        /// How many cook.
        cooking: usize,
    },
    /// The restaurant is archived.
    #[error("the restaurant is archived")]
    RestaurantArchived,
    /// The order is not in a status that allows this.
    #[error("order {number} is {status:?}, which does not allow this")]
    WrongStatus {
        /// Which order.
        number: OrderNumber,
        /// Where it stands.
        status: Status,
    },
    /// A cancellation can be undone for a minute only.
    #[error("order {number} was cancelled more than {window_ms} ms ago")]
    TooLateToRestore {
        /// Which order.
        number: OrderNumber,
        /// For how long a cancellation can be undone.
        window_ms: u64,
    },
    /// An automatic bot's order is not done yet.
    #[error("order {number} is due at {due_at}")]
    TooEarly {
        /// Which order.
        number: OrderNumber,
        /// When it will be done.
        due_at: Time,
    },
    /// The bot already cooks.
    #[error("bot {number} is busy")]
    BotBusy {
        /// Which bot.
        number: BotNumber,
    },
    /// The bot does not hold the order under this claim.
    #[error("bot {number} does not hold an order under this claim")]
    StaleClaim {
        /// Which bot.
        number: BotNumber,
    },
    /// Only pull bots may do this.
    #[error("bot {number} is in mode {mode:?}, which does not allow this")]
    WrongMode {
        /// Which bot.
        number: BotNumber,
        /// Its mode.
        mode: Mode,
    },
}
