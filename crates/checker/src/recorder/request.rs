//! What a request asks for.

use feedme_kitchen::{BotId, Claim, Command, OrderId, OrderType, SettingsPatch, UserId};
use serde::Deserialize;
use uuid::Uuid;

use super::answer::Kind;
use super::wire::{WireLine, WireMode, WirePolicy, WireType, parse};
use crate::Restaurant;

/// The restaurant that is meant where an address names none.
const OWN: &str = "default";

/// What a request asks for, and of which restaurant.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) restaurant: Restaurant,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// To change something. An id that the server makes is nil.
    Command(Command, Kind),
    /// The board.
    Board,
    /// An order.
    Order(OrderId),
    /// A page of the history.
    Page,
    /// Something of which nothing is written down.
    Other,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlaceOrder {
    #[serde(rename = "type")]
    order_type: WireType,
    user_id: Option<Uuid>,
    note: Option<String>,
    #[serde(default)]
    lines: Vec<WireLine>,
    external_ref: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CompleteOrder {
    order_id: Uuid,
    bot_id: Uuid,
    claim: u64,
}

#[derive(Deserialize)]
struct Claimed {
    claim: u64,
}

#[derive(Default, Deserialize)]
struct AddBot {
    #[serde(default)]
    mode: WireMode,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    cook_ms: Option<u64>,
    policy: Option<WirePolicy>,
    completed_stays_ms: Option<u64>,
    accepting_orders: Option<bool>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Reads a request; what it asks for in another way than clients do is an error.
pub(super) fn read(method: &str, path: &str, body: &[u8]) -> Result<Asked, String> {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let route = path.strip_prefix("/api/").ok_or("it is no address of the API")?;
    let (slug, route) = match route.strip_prefix("restaurants/") {
        Some(there) => there.split_once('/').unwrap_or((there, "")),
        None => (OWN, route),
    };
    let steps: Vec<_> = route.split('/').collect();
    let what = what(method, &steps, query.is_some(), body)?;
    Ok(Asked { restaurant: Restaurant(slug.into()), what })
}

fn what(method: &str, steps: &[&str], searches: bool, body: &[u8]) -> Result<What, String> {
    let order = |text: &str| text.parse().map(OrderId).map_err(|_| format!("{text} is no order"));
    let bot = |text: &str| text.parse().map(BotId).map_err(|_| format!("{text} is no bot"));
    let (command, kind) = match (method, steps) {
        ("GET", ["board"]) => return Ok(What::Board),
        ("GET", ["orders"]) if searches => return Ok(What::Page),
        ("GET", ["orders", id]) => return Ok(What::Order(order(id)?)),
        ("POST", ["orders"]) => (place(parse(body)?), Kind::Order),
        ("DELETE", ["orders", "clear"]) => (Command::ClearOrders, Kind::Cleared),
        ("POST", ["orders", "complete"]) => {
            let CompleteOrder { order_id, bot_id, claim } = parse(body)?;
            let (order, bot, claim) = (OrderId(order_id), BotId(bot_id), Claim(claim));
            (Command::CompleteOrder { order, bot, claim }, Kind::Completion)
        }
        ("DELETE", ["orders", id]) => (Command::DeleteOrder(order(id)?), Kind::Order),
        ("POST", ["orders", id, "cancel"]) => (Command::CancelOrder(order(id)?), Kind::Order),
        ("POST", ["orders", id, "collect"]) => (Command::CollectOrder(order(id)?), Kind::Order),
        ("POST", ["orders", id, "restore"]) => (Command::RestoreOrder(order(id)?), Kind::Order),
        ("POST", ["bots"]) => {
            let AddBot { mode } = if body.is_empty() { AddBot::default() } else { parse(body)? };
            (Command::AddBot { id: BotId(Uuid::nil()), mode: mode.into() }, Kind::BotAdded)
        }
        ("DELETE", ["bots", "newest"]) => (Command::RemoveNewestBot, Kind::BotRemoved),
        ("DELETE", ["bots", id]) => (Command::RemoveBot(bot(id)?), Kind::BotRemoved),
        ("POST", ["bots", id, "claim"]) => (Command::ClaimOrder(bot(id)?), Kind::Claimed),
        ("POST", ["bots", id, "return"]) => {
            let Claimed { claim } = parse(body)?;
            (Command::ReturnOrder { bot: bot(id)?, claim: Claim(claim) }, Kind::Order)
        }
        ("PATCH", ["settings"]) => (Command::ChangeSettings(patch(&parse(body)?)), Kind::Settings),
        ("PATCH", [""]) => {
            let Named { name } = parse(body)?;
            (Command::RenameRestaurant(name.into()), Kind::Restaurant)
        }
        ("POST", ["archive"]) => (Command::ArchiveRestaurant, Kind::Restaurant),
        ("POST", ["restore"]) => (Command::RestoreRestaurant, Kind::Restaurant),
        ("GET", _) => return Ok(What::Other),
        _ => return Err("nobody knows what it asks for".into()),
    };
    Ok(What::Command(command, kind))
}

fn place(PlaceOrder { order_type, user_id, note, lines, external_ref }: PlaceOrder) -> Command {
    Command::PlaceOrder {
        id: OrderId(Uuid::nil()),
        order_type: OrderType::from(order_type),
        user: user_id.map(UserId),
        note,
        lines: lines.into_iter().map(Into::into).collect(),
        external_ref,
    }
}

fn patch(settings: &Settings) -> SettingsPatch {
    SettingsPatch {
        cook_ms: settings.cook_ms,
        policy: settings.policy.map(Into::into),
        completed_stays_ms: settings.completed_stays_ms,
        accepting_orders: settings.accepting_orders,
    }
}
