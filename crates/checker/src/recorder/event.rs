//! Events as streams carry them.

use std::sync::Arc;

use feedme_kitchen::{Actor, Bot, BotNumber, Change, Claim, Event, KeyId, OrderId, OrderNumber, UserId, Version};
use serde::Deserialize;
use uuid::Uuid;

use super::wire::{Stamp, WireBot, WireOrder, WireSettings};

/// The payload of any event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireEvent {
    version: u64,
    at: Stamp,
    actor: WireActor,
    on_board: Option<bool>,
    order: Option<WireOrder>,
    bot: Option<WireBot>,
    settings: Option<WireSettings>,
    cancelled_ids: Option<Vec<Uuid>>,
    archived_ids: Option<Vec<Uuid>>,
    name: Option<Arc<str>>,
    next_order_number: Option<u64>,
    next_bot_number: Option<u64>,
    next_claim: Option<u64>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum WireActor {
    Open,
    User { user_id: Uuid },
    Key { key_id: Uuid },
    Timer,
    Kitchen,
    Operator,
}

/// An event as it was shown, and whether its order was on the board after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) event: Event,
    pub(super) on_board: Option<bool>,
}

impl WireEvent {
    pub(super) fn read(self, name: &str) -> Result<Shown, String> {
        let (at, lacks) = (self.at.0, || format!("{name} {} lacks what it is about", self.version));
        let order = || self.order.clone().ok_or_else(lacks)?.read().map(Arc::new);
        let bot = || self.bot.map(|bot| bot.read(Some(at))).ok_or_else(lacks);
        let ids = |ids: &Option<Vec<Uuid>>| {
            let ids = ids.as_ref().ok_or_else(lacks)?;
            Ok::<_, String>(ids.iter().map(|id| OrderId(*id)).collect::<Vec<_>>())
        };
        let change = match name {
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
                Change::OrdersCleared { cancelled: ids(&self.cancelled_ids)?, archived: ids(&self.archived_ids)? }
            }
            "bot.added" => Change::BotAdded(bot()?),
            "bot.idle" => Change::BotIdle(bot()?),
            "bot.removed" => Change::BotRemoved(Bot { deleted_at: Some(at), ..bot()? }),
            "settings.changed" => Change::SettingsChanged(self.settings.ok_or_else(lacks)?.into()),
            "restaurant.renamed" => Change::RestaurantRenamed(self.name.ok_or_else(lacks)?),
            "restaurant.archived" => Change::RestaurantArchived,
            "restaurant.restored" => Change::RestaurantRestored,
            "numbers.skipped" => Change::NumbersSkipped {
                next_order: OrderNumber(self.next_order_number.ok_or_else(lacks)?),
                next_bot: BotNumber(self.next_bot_number.ok_or_else(lacks)?),
                next_claim: Claim(self.next_claim.ok_or_else(lacks)?),
            },
            other => return Err(format!("nobody knows an event {other}")),
        };
        let event = Event { version: Version(self.version), at, actor: self.actor.into(), change };
        Ok(Shown { event, on_board: self.on_board })
    }
}

impl From<WireActor> for Actor {
    fn from(actor: WireActor) -> Self {
        match actor {
            WireActor::Open => Self::Open,
            WireActor::User { user_id } => Self::User(UserId(user_id)),
            WireActor::Key { key_id } => Self::Key(KeyId(key_id)),
            WireActor::Timer => Self::Timer,
            WireActor::Kitchen => Self::Kitchen,
            WireActor::Operator => Self::Operator,
        }
    }
}
