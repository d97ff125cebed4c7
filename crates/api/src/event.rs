//! Live events: their payloads, and the frames they travel in.

use std::io::Write as _;

use feedme_kitchen::{self as kitchen, Change, Event, OrderId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;
use crate::board::{Board, Epoch};
use crate::bot::Bot;
use crate::order::Order;
use crate::settings::Settings;

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[schema(example = json!({ "kind": "timer" }))]
pub enum Actor {
    /// Anybody: the server runs without accounts.
    Open,
    /// An account.
    #[serde(rename_all = "camelCase")]
    User {
        /// Which.
        user_id: Uuid,
    },
    /// A device, by its API key.
    #[serde(rename_all = "camelCase")]
    Key {
        /// Which.
        key_id: Uuid,
    },
    /// The timer of an automatic bot.
    Timer,
    /// The kitchen itself.
    Kitchen,
    /// The operator, by a command on the server.
    Operator,
}

/// `order.placed`, `.started`, `.completed`, `.returned`, `.cancelled`, `.collected`, `.deleted`, `.restored`
/// and `.archived`.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderEvent<'a> {
    /// The event's number, and the restaurant's version after it.
    pub version: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// Whether the order is on the board after the event: then show it there as it is now, else take it off.
    pub on_board: bool,
    /// The order as it is after the event.
    pub order: Order<'a>,
}

/// `orders.cleared`: what waited or cooked is cancelled, what was ready left the board, bots are idle.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrdersClearedEvent<'a> {
    /// The event's number, and the restaurant's version after it.
    pub version: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// Orders that waited or cooked.
    #[schema(value_type = Vec<Uuid>)]
    pub cancelled_ids: Ids<'a>,
    /// Orders that were ready.
    #[schema(value_type = Vec<Uuid>)]
    pub archived_ids: Ids<'a>,
}

/// `bot.added`, `bot.idle` and `bot.removed`.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct BotEvent {
    /// The event's number, and the restaurant's version after it.
    pub version: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// The bot as it is after the event.
    pub bot: Bot,
}

/// `settings.changed`.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SettingsChangedEvent {
    /// The event's number, and the restaurant's version after it.
    pub version: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// The settings after the event.
    pub settings: Settings,
}

/// `restaurant.renamed`.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RestaurantRenamedEvent<'a> {
    /// The event's number, and the restaurant's version after it.
    pub version: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// The restaurant's name after the event.
    pub name: &'a str,
}

/// `restaurant.archived` and `restaurant.restored`.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestaurantStandingEvent {
    /// The event's number, and the restaurant's version after it.
    pub version: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// When the restaurant was archived; null while it is run.
    #[schema(required)]
    pub archived_at: Option<Timestamp>,
}

/// `numbers.skipped`: numbers were passed over, so that none is given out twice after a restore.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NumbersSkippedEvent {
    /// The event's number, and the restaurant's version after it.
    pub version: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// The next order's number.
    pub next_order_number: u64,
    /// The next bot's number.
    pub next_bot_number: u64,
    /// The next start's claim.
    pub next_claim: u64,
}

/// `heartbeat`: it has no id, and changes nothing but how fresh the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// The history that the version belongs to.
    #[schema(value_type = String)]
    pub epoch: Epoch,
    /// The latest event that this stream has carried.
    pub version: u64,
    /// Now, by the server's clock.
    pub server_time: Timestamp,
    /// The start of the last successful check against the database.
    pub confirmed_at: Timestamp,
}

/// The payload of every live event, by the event's name.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it documents the events for the contract; frames are written by `write_frames`")]
pub struct LiveEvents<'a> {
    /// The whole state: forget what you know. Always the first event, unless the stream could be resumed.
    #[schema(rename = "snapshot")]
    snapshot: Board<'a>,
    /// A new order waits.
    #[schema(rename = "order.placed")]
    order_placed: OrderEvent<'a>,
    /// A bot took an order; the bot cooks it now.
    #[schema(rename = "order.started")]
    order_started: OrderEvent<'a>,
    /// An order is ready; its bot is idle until a start says otherwise.
    #[schema(rename = "order.completed")]
    order_completed: OrderEvent<'a>,
    /// An order went back to its place in the queue; its bot is idle.
    #[schema(rename = "order.returned")]
    order_returned: OrderEvent<'a>,
    /// An order was called off; its bot, if any, is idle.
    #[schema(rename = "order.cancelled")]
    order_cancelled: OrderEvent<'a>,
    /// An order was handed over.
    #[schema(rename = "order.collected")]
    order_collected: OrderEvent<'a>,
    /// An order was deleted.
    #[schema(rename = "order.deleted")]
    order_deleted: OrderEvent<'a>,
    /// A deletion or cancellation was undone.
    #[schema(rename = "order.restored")]
    order_restored: OrderEvent<'a>,
    /// A COMPLETE order left the board for the history.
    #[schema(rename = "order.archived")]
    order_archived: OrderEvent<'a>,
    /// The board was cleared.
    #[schema(rename = "orders.cleared")]
    orders_cleared: OrdersClearedEvent<'a>,
    /// A bot joined.
    #[schema(rename = "bot.added")]
    bot_added: BotEvent,
    /// A bot has nothing to do.
    #[schema(rename = "bot.idle")]
    bot_idle: BotEvent,
    /// A bot left.
    #[schema(rename = "bot.removed")]
    bot_removed: BotEvent,
    /// The settings are now these.
    #[schema(rename = "settings.changed")]
    settings_changed: SettingsChangedEvent,
    /// The restaurant is now called this.
    #[schema(rename = "restaurant.renamed")]
    restaurant_renamed: RestaurantRenamedEvent<'a>,
    /// The restaurant is archived from now on: it takes nothing until it is restored.
    #[schema(rename = "restaurant.archived")]
    restaurant_archived: RestaurantStandingEvent,
    /// The restaurant is run again.
    #[schema(rename = "restaurant.restored")]
    restaurant_restored: RestaurantStandingEvent,
    /// Numbers were passed over.
    #[schema(rename = "numbers.skipped")]
    numbers_skipped: NumbersSkippedEvent,
    /// Every two seconds.
    #[schema(rename = "heartbeat")]
    heartbeat: Heartbeat,
}

/// Ids of orders.
#[derive(Clone, Copy, Debug)]
pub struct Ids<'a>(&'a [OrderId]);

impl Serialize for Ids<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|id| id.0))
    }
}

/// Bytes of an order's frame, roughly: what a chunk's buffer begins with for each event.
const FRAME_BYTES: usize = 768;

/// The frames of consecutive events, one an event.
#[must_use]
pub fn frames<'a>(epoch: Epoch, events: impl ExactSizeIterator<Item = &'a Event>) -> Vec<u8> {
    let mut frames = Vec::with_capacity(events.len() * FRAME_BYTES);
    for event in events {
        begin(&mut frames, Some((epoch, event.version.0)), event.change.name());
        write_payload(&mut frames, event);
        end(&mut frames);
    }
    frames
}

/// The frame of a snapshot.
#[must_use]
pub fn snapshot_frame(board: &Board<'_>) -> Vec<u8> {
    let mut frame = Vec::with_capacity(FRAME_BYTES * (1 + board.orders.0.len()));
    begin(&mut frame, Some((board.epoch, board.version)), "snapshot");
    write_json(&mut frame, board);
    end(&mut frame);
    frame
}

/// The frame of a heartbeat. It has no id, so a client goes on resuming after the last real event.
#[must_use]
pub fn heartbeat_frame(heartbeat: &Heartbeat) -> Vec<u8> {
    let mut frame = Vec::with_capacity(FRAME_BYTES / 2);
    begin(&mut frame, None, "heartbeat");
    write_json(&mut frame, heartbeat);
    end(&mut frame);
    frame
}

fn begin(frame: &mut Vec<u8>, id: Option<(Epoch, u64)>, name: &str) {
    let written = match id {
        Some((epoch, version)) => write!(frame, "id: {}-{version}\nevent: {name}\ndata: ", epoch.0),
        None => write!(frame, "event: {name}\ndata: "),
    };
    written.expect("a vector takes everything");
}

fn end(frame: &mut Vec<u8>) {
    frame.extend_from_slice(b"\n\n");
}

fn write_json(frame: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(frame, value).expect("a wire type serialises into memory");
}

/// What an event carries, as JSON.
pub(crate) fn payload(event: &Event) -> Vec<u8> {
    let mut payload = Vec::new();
    write_payload(&mut payload, event);
    payload
}

fn write_payload(frame: &mut Vec<u8>, event: &Event) {
    let (version, at, actor) = (event.version.0, Timestamp(event.at), event.actor.into());
    match &event.change {
        Change::OrderPlaced(order)
        | Change::OrderStarted(order)
        | Change::OrderCompleted(order)
        | Change::OrderReturned(order)
        | Change::OrderCancelled(order)
        | Change::OrderCollected(order)
        | Change::OrderDeleted(order)
        | Change::OrderRestored(order)
        | Change::OrderArchived(order) => {
            let on_board = order.is_live();
            write_json(frame, &OrderEvent { version, at, actor, on_board, order: Order::from(&**order) });
        }
        Change::OrdersCleared { cancelled, archived } => {
            let (cancelled_ids, archived_ids) = (Ids(cancelled), Ids(archived));
            write_json(frame, &OrdersClearedEvent { version, at, actor, cancelled_ids, archived_ids });
        }
        Change::BotAdded(bot) | Change::BotIdle(bot) | Change::BotRemoved(bot) => {
            write_json(frame, &BotEvent { version, at, actor, bot: bot.into() });
        }
        Change::SettingsChanged(settings) => {
            let settings = (*settings).into();
            write_json(frame, &SettingsChangedEvent { version, at, actor, settings });
        }
        Change::RestaurantRenamed(name) => {
            write_json(frame, &RestaurantRenamedEvent { version, at, actor, name });
        }
        Change::RestaurantArchived | Change::RestaurantRestored => {
            let archived_at = matches!(event.change, Change::RestaurantArchived).then_some(at);
            write_json(frame, &RestaurantStandingEvent { version, at, actor, archived_at });
        }
        Change::NumbersSkipped { next_order, next_bot, next_claim } => {
            let (next_order_number, next_bot_number, next_claim) = (next_order.0, next_bot.0, next_claim.0);
            let event = NumbersSkippedEvent { version, at, actor, next_order_number, next_bot_number, next_claim };
            write_json(frame, &event);
        }
    }
}

impl From<kitchen::Actor> for Actor {
    fn from(actor: kitchen::Actor) -> Self {
        match actor {
            kitchen::Actor::Open => Self::Open,
            kitchen::Actor::User(user) => Self::User { user_id: user.0 },
            kitchen::Actor::Key(key) => Self::Key { key_id: key.0 },
            kitchen::Actor::Timer => Self::Timer,
            kitchen::Actor::Kitchen => Self::Kitchen,
            kitchen::Actor::Operator => Self::Operator,
        }
    }
}
