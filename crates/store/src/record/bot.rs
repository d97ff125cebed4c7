//! Bots.

use feedme_kitchen::{Bot, BotId, BotNumber, Mode, OrderId, Time};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A bot as it is written down. In events it holds nothing.
#[derive(Serialize, Deserialize)]
pub(crate) struct BotRecord {
    id: Uuid,
    number: u64,
    mode: ModeRecord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Uuid>,
    created: i64,
    updated: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ModeRecord {
    Auto,
    Pull,
}

/// A mode as columns have it.
pub(crate) const fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Auto => "auto",
        Mode::Pull => "pull",
    }
}

impl From<&Bot> for BotRecord {
    fn from(bot: &Bot) -> Self {
        Self {
            id: bot.id.0,
            number: bot.number.0,
            mode: match bot.mode {
                Mode::Auto => ModeRecord::Auto,
                Mode::Pull => ModeRecord::Pull,
            },
            order: bot.current.map(|order| order.0),
            created: bot.created_at.0,
            updated: bot.updated_at.0,
            deleted: bot.deleted_at.map(|at| at.0),
        }
    }
}

impl From<BotRecord> for Bot {
    fn from(record: BotRecord) -> Self {
        Self {
            id: BotId(record.id),
            number: BotNumber(record.number),
            mode: match record.mode {
                ModeRecord::Auto => Mode::Auto,
                ModeRecord::Pull => Mode::Pull,
            },
            current: record.order.map(OrderId),
            created_at: Time(record.created),
            updated_at: Time(record.updated),
            deleted_at: record.deleted.map(Time),
        }
    }
}
