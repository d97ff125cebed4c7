//! What a scenario is, once it has been read and found sound.

use std::fmt;

use feedme_kitchen::{BotNumber, Claim, Line, Mode, OrderNumber, OrderType, Settings, SettingsPatch};

use crate::simulate::clock::Clock;

/// What is to happen in a kitchen, and when.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// What the clock shows when it begins.
    pub(crate) clock: Clock,
    pub(crate) first_order: OrderNumber,
    pub(crate) settings: Settings,
    /// When to stop, though something may still cook.
    pub(crate) end_ms: Option<u64>,
    /// By time; those of one moment as they stand in the file.
    pub(crate) steps: Vec<Step>,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// When, in milliseconds after the start.
    pub(crate) at_ms: u64,
    pub(crate) action: Action,
    /// How often.
    pub(crate) times: u32,
}

/// Something that people, tills and machines do.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Place {
        order_type: OrderType,
        note: Option<String>,
        lines: Vec<Line>,
        external_ref: Option<String>,
    },
    AddBot(Mode),
    RemoveNewestBot,
    RemoveBot(BotNumber),
    Cancel(OrderNumber),
    Collect(OrderNumber),
    Delete(OrderNumber),
    Restore(OrderNumber),
    Claim(BotNumber),
    /// Without an order or a claim, those that the bot holds.
    Complete {
        bot: BotNumber,
        order: Option<OrderNumber>,
        claim: Option<Claim>,
    },
    GiveBack {
        bot: BotNumber,
        claim: Option<Claim>,
    },
    Clear,
    Change(SettingsPatch),
    SkipNumbers(u64),
}

/// The action as the subject of a sentence.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place { order_type, .. } => write!(f, "placing a {} order", class(*order_type)),
            Self::AddBot(_) => write!(f, "adding a bot"),
            Self::RemoveNewestBot => write!(f, "removing the newest bot"),
            Self::RemoveBot(bot) => write!(f, "removing Bot {bot}"),
            Self::Cancel(order) => write!(f, "cancelling order #{order}"),
            Self::Collect(order) => write!(f, "handing over order #{order}"),
            Self::Delete(order) => write!(f, "deleting order #{order}"),
            Self::Restore(order) => write!(f, "restoring order #{order}"),
            Self::Claim(bot) => write!(f, "asking for an order for Bot {bot}"),
            Self::Complete { bot, order: Some(order), .. } => write!(f, "completing order #{order} by Bot {bot}"),
            Self::Complete { bot, order: None, .. } => write!(f, "completing the order of Bot {bot}"),
            Self::GiveBack { bot, .. } => write!(f, "giving back the order of Bot {bot}"),
            Self::Clear => write!(f, "clearing the board"),
            Self::Change(_) => write!(f, "changing settings"),
            Self::SkipNumbers(_) => write!(f, "skipping numbers"),
        }
    }
}

/// A class as people read it.
pub(crate) fn class(order_type: OrderType) -> &'static str {
    match order_type {
        OrderType::Normal => "NORMAL",
        OrderType::Vip => "VIP",
    }
}
