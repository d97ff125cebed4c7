//! Orders, bots, settings and boards as clients get them, read into the kitchen's own types.

use std::sync::Arc;

use feedme_kitchen::{
    Bot, BotId, BotNumber, Claim, Line, Mode, Order, OrderId, OrderNumber, OrderType, Policy, Profile, Settings, State,
    Ticket, Time, UserId, Version, Work,
};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::{Board, Epoch};

/// A moment, in RFC 3339.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp(pub(super) Time);

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Self(Time(moment.as_millisecond())))
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum WireType {
    Normal,
    Vip,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum WireStatus {
    Pending,
    Processing,
    Complete,
    Cancelled,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct WireLine {
    name: String,
    quantity: u8,
    note: Option<String>,
}

/// An order. When it left the board and when it was deleted is not shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireOrder {
    id: Uuid,
    number: u64,
    #[serde(rename = "type")]
    order_type: WireType,
    status: WireStatus,
    user_id: Option<Uuid>,
    bot_id: Option<Uuid>,
    claim: Option<u64>,
    note: Option<String>,
    lines: Vec<WireLine>,
    external_ref: Option<String>,
    created_at: Stamp,
    processing_started_at: Option<Stamp>,
    due_at: Option<Stamp>,
    completed_at: Option<Stamp>,
    cancelled_at: Option<Stamp>,
    collected_at: Option<Stamp>,
    updated_at: Stamp,
}

impl WireOrder {
    pub(super) fn read(self) -> Result<Order, String> {
        let lacks = |what: &str| format!("order {} is {:?} without {what}", self.number, self.status);
        let work = || {
            Ok::<_, String>(Work {
                bot: self.bot_id.map(BotId),
                claim: Claim(self.claim.ok_or_else(|| lacks("a claim"))?),
                started_at: self.processing_started_at.ok_or_else(|| lacks("a start"))?.0,
                due_at: self.due_at.map(|at| at.0),
            })
        };
        let state = match self.status {
            WireStatus::Pending => State::Pending,
            WireStatus::Processing => State::Processing(work()?),
            WireStatus::Complete => State::Complete {
                work: work()?,
                completed_at: self.completed_at.ok_or_else(|| lacks("its end"))?.0,
                collected_at: self.collected_at.map(|at| at.0),
            },
            WireStatus::Cancelled => {
                State::Cancelled { at: self.cancelled_at.ok_or_else(|| lacks("when that was"))?.0 }
            }
        };
        let ticket = Ticket {
            id: OrderId(self.id),
            number: OrderNumber(self.number),
            order_type: self.order_type.into(),
            user: self.user_id.map(UserId),
            note: self.note,
            lines: self.lines.into_iter().map(Into::into).collect(),
            external_ref: self.external_ref,
            created_at: self.created_at.0,
        };
        let updated_at = self.updated_at.0;
        Ok(Order { ticket: Arc::new(ticket), state, updated_at, archived_at: None, deleted_at: None })
    }
}

/// A bot. When it last changed is not shown.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireBot {
    id: Uuid,
    number: u64,
    mode: WireMode,
    current_order_id: Option<Uuid>,
    created_at: Stamp,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum WireMode {
    #[default]
    Auto,
    Pull,
}

impl WireBot {
    pub(super) fn read(self, updated_at: Option<Time>) -> Bot {
        let created_at = self.created_at.0;
        Bot {
            id: BotId(self.id),
            number: BotNumber(self.number),
            mode: self.mode.into(),
            current: self.current_order_id.map(OrderId),
            created_at,
            updated_at: updated_at.unwrap_or(created_at),
            deleted_at: None,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireSettings {
    cook_ms: u64,
    policy: WirePolicy,
    completed_stays_ms: u64,
    accepting_orders: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum WirePolicy {
    Strict,
    Ageing { after_ms: u64 },
    Ratio { vip: u32, normal: u32 },
    Deadline { vip_ms: u64, normal_ms: u64 },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireRestaurant {
    name: String,
    archived_at: Option<Stamp>,
}

/// What a screen shows.
#[derive(Debug, Deserialize)]
pub(super) struct WireBoard {
    restaurant: WireRestaurant,
    #[serde(deserialize_with = "epoch")]
    epoch: Epoch,
    version: u64,
    orders: Vec<WireOrder>,
    /// Newest first.
    bots: Vec<WireBot>,
    settings: WireSettings,
}

fn epoch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Epoch, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Epoch).map_err(serde::de::Error::custom)
}

impl WireBoard {
    pub(super) fn read(self) -> Result<Board, String> {
        let orders: Result<Vec<_>, _> = self.orders.into_iter().map(|order| order.read().map(Arc::new)).collect();
        Ok(Board {
            epoch: self.epoch,
            version: Version(self.version),
            orders: orders?,
            bots: self.bots.into_iter().rev().map(|bot| bot.read(None)).collect(),
            settings: self.settings.into(),
            profile: self.restaurant.into(),
        })
    }
}

/// Reads JSON, or says how it begins.
pub(super) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| {
        let start = &body[..body.len().min(100)];
        format!("{error}: {}", start.escape_ascii())
    })
}

impl From<WireType> for OrderType {
    fn from(order_type: WireType) -> Self {
        match order_type {
            WireType::Normal => Self::Normal,
            WireType::Vip => Self::Vip,
        }
    }
}

impl From<WireLine> for Line {
    fn from(WireLine { name, quantity, note }: WireLine) -> Self {
        Self { name, quantity, note }
    }
}

impl From<WireMode> for Mode {
    fn from(mode: WireMode) -> Self {
        match mode {
            WireMode::Auto => Self::Auto,
            WireMode::Pull => Self::Pull,
        }
    }
}

impl From<WireSettings> for Settings {
    fn from(settings: WireSettings) -> Self {
        let WireSettings { cook_ms, policy, completed_stays_ms, accepting_orders } = settings;
        Self { cook_ms, policy: policy.into(), completed_stays_ms, accepting_orders }
    }
}

impl From<WirePolicy> for Policy {
    fn from(policy: WirePolicy) -> Self {
        match policy {
            WirePolicy::Strict => Self::Strict,
            WirePolicy::Ageing { after_ms } => Self::Ageing { after_ms },
            WirePolicy::Ratio { vip, normal } => Self::Ratio { vip, normal },
            WirePolicy::Deadline { vip_ms, normal_ms } => Self::Deadline { vip_ms, normal_ms },
        }
    }
}

impl From<WireRestaurant> for Profile {
    fn from(restaurant: WireRestaurant) -> Self {
        Self { name: restaurant.name.into(), archived_at: restaurant.archived_at.map(|at| at.0) }
    }
}
