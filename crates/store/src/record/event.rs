//! Events: those of one commit are one JSON array.

use std::borrow::Cow;
use std::sync::Arc;

use feedme_kitchen::{
    Actor, Bot, BotNumber, Change, Claim, Event, KeyId, Order, OrderId, OrderNumber, Settings, Time, UserId, Version,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bot::BotRecord;
use super::damaged;
use super::order::OrderRecord;
use super::settings::SettingsRecord;
use crate::StoreError;

#[derive(Serialize, Deserialize)]
struct EventRecord<'a> {
    seq: u64,
    at: i64,
    #[serde(borrow)]
    by: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    order: Option<OrderRecord<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bot: Option<BotRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settings: Option<SettingsRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cleared: Option<ClearedRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<NumbersRecord>,
}

#[derive(Serialize, Deserialize)]
struct ClearedRecord {
    cancelled: Vec<Uuid>,
    archived: Vec<Uuid>,
}

#[derive(Serialize, Deserialize)]
struct NumbersRecord {
    order: u64,
    bot: u64,
    claim: u64,
}

/// The events of one commit as a column.
#[must_use]
pub fn encode_events(events: &[Arc<Event>]) -> String {
    let records: Vec<_> = events.iter().map(|event| EventRecord::from(&**event)).collect();
    serde_json::to_string(&records).expect("strings and numbers can always be written")
}

/// The events of one commit from their column.
pub fn decode_events(column: &str) -> Result<Vec<Event>, StoreError> {
    let records: Vec<EventRecord<'_>> = serde_json::from_str(column).map_err(damaged)?;
    records.into_iter().map(Event::try_from).collect()
}

impl<'a> From<&'a Event> for EventRecord<'a> {
    fn from(event: &'a Event) -> Self {
        let mut record = Self {
            seq: event.version.0,
            at: event.at.0,
            by: actor_name(event.actor),
            event: event.change.name().into(),
            order: event.change.order().map(|order| OrderRecord::from(&**order)),
            bot: None,
            settings: None,
            name: None,
            cleared: None,
            next: None,
        };
        match &event.change {
            Change::BotAdded(bot) | Change::BotIdle(bot) | Change::BotRemoved(bot) => record.bot = Some(bot.into()),
            Change::SettingsChanged(settings) => record.settings = Some((*settings).into()),
            Change::RestaurantRenamed(name) => record.name = Some((&**name).into()),
            Change::OrdersCleared { cancelled, archived } => {
                let ids = |ids: &[OrderId]| ids.iter().map(|id| id.0).collect();
                record.cleared = Some(ClearedRecord { cancelled: ids(cancelled), archived: ids(archived) });
            }
            Change::NumbersSkipped { next_order, next_bot, next_claim } => {
                record.next = Some(NumbersRecord { order: next_order.0, bot: next_bot.0, claim: next_claim.0 });
            }
            _ => {}
        }
        record
    }
}

impl TryFrom<EventRecord<'_>> for Event {
    type Error = StoreError;

    fn try_from(record: EventRecord<'_>) -> Result<Self, StoreError> {
        let EventRecord { seq, at, by, event, order, bot, settings, name, cleared, next } = record;
        let missing = || damaged(format_args!("event {seq} ({event}) is incomplete"));
        let order = || Order::try_from(order.ok_or_else(missing)?).map(Arc::new);
        let bot = || Ok::<_, StoreError>(Bot::from(bot.ok_or_else(missing)?));
        let change = match &*event {
            "order.placed" => Change::OrderPlaced(order()?),
            "order.started" => Change::OrderStarted(order()?),
            "order.completed" => Change::OrderCompleted(order()?),
            "order.returned" => Change::OrderReturned(order()?),
            "order.cancelled" => Change::OrderCancelled(order()?),
            "order.collected" => Change::OrderCollected(order()?),
            "order.deleted" => Change::OrderDeleted(order()?),
            "order.restored" => Change::OrderRestored(order()?),
            "order.archived" => Change::OrderArchived(order()?),
            "orders.cleared" => {
                let ClearedRecord { cancelled, archived } = cleared.ok_or_else(missing)?;
                let ids = |ids: Vec<Uuid>| ids.into_iter().map(OrderId).collect();
                Change::OrdersCleared { cancelled: ids(cancelled), archived: ids(archived) }
            }
            "bot.added" => Change::BotAdded(bot()?),
            "bot.idle" => Change::BotIdle(bot()?),
            "bot.removed" => Change::BotRemoved(bot()?),
            "settings.changed" => Change::SettingsChanged(Settings::from(settings.ok_or_else(missing)?)),
            "restaurant.renamed" => Change::RestaurantRenamed(name.ok_or_else(missing)?.into()),
            "restaurant.archived" => Change::RestaurantArchived,
            "restaurant.restored" => Change::RestaurantRestored,
            "numbers.skipped" => {
                let next = next.ok_or_else(missing)?;
                Change::NumbersSkipped {
                    next_order: OrderNumber(next.order),
                    next_bot: BotNumber(next.bot),
                    next_claim: Claim(next.claim),
                }
            }
            // Written by a newer version, whose meaning cannot be guessed.
            other => return Err(damaged(format_args!("event {seq} is of the unknown kind {other}"))),
        };
        Ok(Self { version: Version(seq), at: Time(at), actor: actor_named(&by)?, change })
    }
}

fn actor_name(actor: Actor) -> Cow<'static, str> {
    match actor {
        Actor::Open => "open".into(),
        Actor::User(id) => format!("user:{id}").into(),
        Actor::Key(id) => format!("key:{id}").into(),
        Actor::Timer => "timer".into(),
        Actor::Kitchen => "kitchen".into(),
        Actor::Operator => "operator".into(),
    }
}

fn actor_named(name: &str) -> Result<Actor, StoreError> {
    let unknown = || damaged(format_args!("unknown actor {name}"));
    Ok(match name {
        "open" => Actor::Open,
        "timer" => Actor::Timer,
        "kitchen" => Actor::Kitchen,
        "operator" => Actor::Operator,
        _ => {
            let (kind, id) = name.split_once(':').ok_or_else(unknown)?;
            let id = id.parse().map_err(|_| unknown())?;
            match kind {
                "user" => Actor::User(UserId(id)),
                "key" => Actor::Key(KeyId(id)),
                _ => return Err(unknown()),
            }
        }
    })
}
