//! The live state of a restaurant.

use std::borrow::Cow;

use feedme_kitchen::{
    Bot, BotNumber, Claim, Counters, Order, OrderNumber, Parts, Profile, Settings, Time, Turn, Version,
};
use serde::{Deserialize, Serialize};

use super::bot::BotRecord;
use super::damaged;
use super::order::OrderRecord;
use super::settings::{SettingsRecord, TurnRecord};
use crate::StoreError;

#[derive(Serialize, Deserialize)]
struct StateRecord<'a> {
    version: u64,
    last_at: i64,
    next_order: u64,
    next_bot: u64,
    next_claim: u64,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    archived: Option<i64>,
    settings: SettingsRecord,
    turn: TurnRecord,
    #[serde(borrow)]
    orders: Vec<OrderRecord<'a>>,
    bots: Vec<BotRecord>,
}

/// A live state as a column.
#[must_use]
pub fn encode_state(state: &Parts) -> String {
    let Parts { version, last_at, counters, profile, settings, turn, orders, bots } = state;
    let record = StateRecord {
        version: version.0,
        last_at: last_at.0,
        next_order: counters.next_order.0,
        next_bot: counters.next_bot.0,
        next_claim: counters.next_claim.0,
        name: (&*profile.name).into(),
        archived: profile.archived_at.map(|at| at.0),
        settings: (*settings).into(),
        turn: (*turn).into(),
        orders: orders.iter().map(OrderRecord::from).collect(),
        bots: bots.iter().map(BotRecord::from).collect(),
    };
    serde_json::to_string(&record).expect("strings and numbers can always be written")
}

/// A live state from its column.
pub fn decode_state(column: &str) -> Result<Parts, StoreError> {
    let record: StateRecord<'_> = serde_json::from_str(column).map_err(damaged)?;
    Ok(Parts {
        version: Version(record.version),
        last_at: Time(record.last_at),
        counters: Counters {
            next_order: OrderNumber(record.next_order),
            next_bot: BotNumber(record.next_bot),
            next_claim: Claim(record.next_claim),
        },
        profile: Profile { name: (&*record.name).into(), archived_at: record.archived.map(Time) },
        settings: Settings::from(record.settings),
        turn: Turn::from(record.turn),
        orders: record.orders.into_iter().map(Order::try_from).collect::<Result<_, _>>()?,
        bots: record.bots.into_iter().map(Bot::from).collect(),
    })
}
