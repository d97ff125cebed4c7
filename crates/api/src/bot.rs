//! Bots on the wire, and what may be asked of them.

use feedme_kitchen::{self as kitchen, BotId, Claim, Command};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;
use crate::order::Order;
use crate::place::CLAIM_MAX;
use crate::text::Whole;

/// How a bot comes by its orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The kitchen hands it the next order and completes it when the cook time is over.
    #[default]
    Auto,
    /// A machine or a person: it asks for the next order and says itself when it is done.
    Pull,
}

/// What a bot does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum BotStatus {
    /// Nothing.
    Idle,
    /// It cooks its current order.
    Processing,
}

/// A cooking bot.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bot {
    /// Names the bot everywhere.
    pub id: Uuid,
    /// What people call it by: Bot 1, Bot 2 … within a restaurant, never used twice.
    pub number: u64,
    /// How it comes by its orders.
    pub mode: Mode,
    /// What it does.
    pub status: BotStatus,
    /// The order it cooks.
    #[schema(required)]
    pub current_order_id: Option<Uuid>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Every bot of a restaurant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BotList {
    /// The bots, newest first.
    pub bots: Vec<Bot>,
    /// The version that this shows.
    pub version: u64,
}

/// An answer that is about one bot.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct BotAnswer {
    /// The bot as it is now.
    pub bot: Bot,
}

/// A bot that was removed.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BotRemoved<'a> {
    /// The bot as it was when it left.
    pub bot: Bot,
    /// The order it cooked, as it is now. Missing when the bot was idle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned_order: Option<Order<'a>>,
}

/// What a bot got when it asked for the next order.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ClaimAnswer<'a> {
    /// The order, with the `claim` to complete it by; null when nothing waits.
    #[schema(required)]
    pub order: Option<Order<'a>>,
    /// The bot as it is now.
    pub bot: Bot,
}

/// Adds a bot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "mode": "pull" }))]
pub struct AddBot {
    /// How it comes by its orders; `auto` when missing.
    pub mode: Option<Mode>,
}

/// Gives an order back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "claim": 12 }))]
pub struct ReturnOrder {
    /// The order's `claim` as the bot got it.
    #[schema(value_type = u64, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub claim: Whole<1, CLAIM_MAX>,
}

impl AddBot {
    /// The command it stands for.
    pub fn into_command(self, id: BotId) -> Command {
        let mode = match self.mode.unwrap_or_default() {
            Mode::Auto => kitchen::Mode::Auto,
            Mode::Pull => kitchen::Mode::Pull,
        };
        Command::AddBot { id, mode }
    }
}

impl ReturnOrder {
    /// The command it stands for.
    pub fn into_command(self, bot: BotId) -> Command {
        Command::ReturnOrder { bot, claim: Claim(self.claim.0) }
    }
}

impl From<&kitchen::Bot> for Bot {
    fn from(bot: &kitchen::Bot) -> Self {
        Self {
            id: bot.id.0,
            number: bot.number.0,
            mode: match bot.mode {
                kitchen::Mode::Auto => Mode::Auto,
                kitchen::Mode::Pull => Mode::Pull,
            },
            status: if bot.current.is_some() { BotStatus::Processing } else { BotStatus::Idle },
            current_order_id: bot.current.map(|order| order.0),
            created_at: Timestamp(bot.created_at),
        }
    }
}
