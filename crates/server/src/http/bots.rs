//! Bots: joining, leaving, asking for orders and giving them back.

use axum::response::Response;
use feedme_api::bot::{AddBot, Bot, BotAnswer, BotList, BotRemoved, ClaimAnswer, ReturnOrder};
use feedme_api::order::OrderAnswer;
use feedme_engine::Snapshot;
use feedme_kitchen::Command;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::answer;
use crate::app::App;
use crate::call::Call;
use crate::conditional::{self, Rendering};
use crate::path::BotPath;
use crate::problem::Refused;
use crate::site::Read;

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![
        routes!(list_bots, add_bot),
        routes!(remove_newest_bot),
        routes!(remove_bot),
        routes!(claim_order),
        routes!(return_order),
    ]
}

/// List the bots, newest first
#[utoipa::path(get, path = "/api/bots", tag = "bots", responses(
    (status = 200, description = "The bots", body = BotList),
    (status = 304, description = "They are still those that `If-None-Match` names"),
))]
async fn list_bots(read: Read) -> Response {
    conditional::read(&read, Rendering::Bots, render_bots)
}

fn render_bots(snapshot: &Snapshot) -> Vec<u8> {
    let bots = snapshot.bots.iter().rev().map(Bot::from).collect();
    answer::to_json(&BotList { bots, version: snapshot.version.0 })
}

/// Add a bot
///
/// An automatic one already cooks when an order waited.
#[utoipa::path(post, path = "/api/bots", tag = "bots", request_body(content = Option<AddBot>), responses(
    (status = 201, description = "The bot", body = BotAnswer),
))]
async fn add_bot(call: Call) -> Result<Response, Refused> {
    let body: AddBot = call.json_or_default()?;
    let engine = call.site.engine();
    let command = body.into_command(engine.ids().bot(engine.now()));
    call.execute(command, answer::bot_added).await
}

/// Remove a bot
///
/// What it cooks goes back to its place in the queue, and starts elsewhere at once when a bot is idle.
#[utoipa::path(delete, path = "/api/bots/{id}", tag = "bots", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "The bot, and the order it cooked", body = BotRemoved<'static>),
    (status = 404, description = "There is no such bot"),
))]
async fn remove_bot(BotPath(id): BotPath, call: Call) -> Result<Response, Refused> {
    call.no_body()?;
    call.execute(Command::RemoveBot(id), answer::bot_removed).await
}

/// Remove the bot that was added last
#[utoipa::path(delete, path = "/api/bots/newest", tag = "bots", responses(
    (status = 200, description = "The bot, and the order it cooked", body = BotRemoved<'static>),
    (status = 404, description = "There is no bot"),
))]
async fn remove_newest_bot(call: Call) -> Result<Response, Refused> {
    call.no_body()?;
    call.execute(Command::RemoveNewestBot, answer::bot_removed).await
}

/// Ask for the next order
///
/// For pull bots. The answer carries the `claim` by which the order is completed or given back.
#[utoipa::path(post, path = "/api/bots/{id}/claim", tag = "bots", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "The order; null when nothing waits", body = ClaimAnswer<'static>),
    (status = 404, description = "There is no such bot"),
    (status = 409, description = "The bot is busy"),
))]
async fn claim_order(BotPath(id): BotPath, call: Call) -> Result<Response, Refused> {
    call.no_body()?;
    call.site.is_bot(id)?;
    call.execute(Command::ClaimOrder(id), answer::claimed).await
}

/// Give an order back
///
/// For pull bots. It goes back to its place in the queue.
#[utoipa::path(post, path = "/api/bots/{id}/return", tag = "bots", params(("id" = uuid::Uuid, Path)),
    request_body = ReturnOrder, responses(
    (status = 200, description = "The order", body = OrderAnswer<'static>),
    (status = 404, description = "There is no such bot"),
    (status = 409, description = "The bot is automatic, or the claim is not its current one"),
))]
async fn return_order(BotPath(id): BotPath, call: Call) -> Result<Response, Refused> {
    let body: ReturnOrder = call.json()?;
    call.site.is_bot(id)?;
    call.execute(body.into_command(id), answer::order).await
}
