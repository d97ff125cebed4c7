//! Orders: placing them, finding them, and what may happen to them.

use std::borrow::Cow;

use axum::extract::{FromRequest as _, Query, Request, State};
use axum::response::Response;
use feedme_access::{Grant, Right};
use feedme_api::history::{Cursor, HistoryParameters, HistoryQuery};
use feedme_api::order::{Cleared, CompletionAnswer, Order, OrderAnswer, OrderLookup, OrderPage, OrderType};
use feedme_api::place::{CompleteOrder, PlaceOrder};
use feedme_api::{Code, Problem};
use feedme_kitchen::{BotId, Command, UserId};
use feedme_store::HistoryFilter;
use feedme_store::accounts::{Account, Role};
use http::Uri;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::access::rights_in;
use crate::answer;
use crate::app::App;
use crate::call::Call;
use crate::callback;
use crate::conditional::{self, Rendering};
use crate::http::board::{self, OrderListing};
use crate::path::{OrderPath, unknown_order};
use crate::problem::Refused;
use crate::site::{Read, Search, Site};

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![
        routes!(place_order, list_orders),
        routes!(clear_orders),
        routes!(complete_order),
        routes!(get_order, delete_order),
        routes!(cancel_order),
        routes!(collect_order),
        routes!(restore_order),
    ]
}

/// Place an order
///
/// It is numbered, queued, and started at once when an automatic bot is idle.
#[utoipa::path(post, path = "/api/orders", tag = "orders", request_body = PlaceOrder, responses(
    (status = 201, description = "The order", body = OrderAnswer<'static>,
        headers(("Location" = String, description = "Where the order stands"))),
))]
async fn place_order(call: Call) -> Result<Response, Refused> {
    let body: PlaceOrder = call.json()?;
    let user = customer(&call.site, &body).await?;
    let engine = call.site.engine();
    let command = body.into_command(engine.ids().order(engine.now()), user)?;
    call.execute(command, answer::placed).await
}

/// Whose order it is: the caller's own, unless a manager names somebody else. Customers order of their own class alone.
async fn customer(site: &Site, body: &PlaceOrder) -> Result<Option<UserId>, Refused> {
    let own = site.caller.user();
    if site.grant != Grant::Any {
        let class = match site.caller.role_in(site.restaurant) {
            Some(Role::Vip) => OrderType::Vip,
            _ => OrderType::Normal,
        };
        if body.order_type.is_some_and(|order_type| order_type != class) {
            let detail = "type: NORMAL accounts place NORMAL orders, VIP accounts VIP orders";
            return Err(Problem::new(Code::Forbidden, detail).into());
        }
        if body.user().is_some_and(|user| Some(user) != own) {
            return Err(Problem::new(Code::Forbidden, "userId: only a manager orders for somebody else").into());
        }
    }
    let Some(named) = body.user().filter(|user| Some(*user) != own) else { return Ok(own) };
    let account = site.app.access().accounts().account(named).await?;
    let is_ours = |account: &Account| account.is_active() && account.role_in(site.restaurant).is_some();
    if !account.as_ref().is_some_and(is_ours) {
        return Err(Problem::invalid("userId", "the id of an account of this restaurant").into());
    }
    Ok(Some(named))
}

/// List the board, or search the history
///
/// Without parameters: the orders of the board, PENDING VIP, PENDING NORMAL by number, PROCESSING, then
/// COMPLETE with the newest first (at most 200), with `ETag` and 304. With any parameter: the history, newest
/// first, `{orders, nextCursor}`.
#[utoipa::path(get, path = "/api/orders", tag = "orders", params(HistoryParameters), responses(
    (status = 200, description = "The board, or a page of the history", body = OrderListing<'static>),
    (status = 304, description = "The board is still the one that `If-None-Match` names"),
    (status = 422, description = "A parameter is unknown or out of range"),
))]
async fn list_orders(Search(read): Search) -> Result<Response, Refused> {
    match query(&read.parts.uri)? {
        None => Ok(conditional::read(&read, Rendering::Orders, board::render_orders)),
        Some(query) => {
            // What is past is another right than what is on the board.
            let grant = rights_in(&read.site.caller, read.site.restaurant, Right::SeeHistory)?;
            let Read { site, .. } = read;
            history(&Site { grant, ..site }, query).await
        }
    }
}

fn query(uri: &Uri) -> Result<Option<HistoryQuery>, Problem> {
    if uri.query().is_none() {
        return Ok(None);
    }
    let malformed = |_| Problem::new(Code::InvalidField, "the parameters are not encoded as an address demands");
    let Query(pairs) = Query::<Vec<(Cow<'_, str>, Cow<'_, str>)>>::try_from_uri(uri).map_err(malformed)?;
    HistoryQuery::parse(pairs.iter().map(|(name, value)| (&**name, &**value)))
}

async fn history(site: &Site, query: HistoryQuery) -> Result<Response, Refused> {
    let HistoryQuery { status, order_type, number, from, to, cursor, limit } = query;
    let below = cursor.map(|cursor| cursor.0);
    let filter = HistoryFilter { status, order_type, number, from, to, user: site.only_of(), below, limit };
    let page = site.engine().history(site.restaurant, &filter).await?;
    let orders = page.orders.iter().map(|order| Order::from(&**order)).collect();
    let next_cursor = page.next.map(|next| Cursor(next).to_text());
    Ok(answer::json(answer::to_json(&OrderPage { orders, next_cursor }).into()))
}

/// Look up an order
#[utoipa::path(get, path = "/api/orders/{id}", tag = "orders", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "The order, and its place in the queue if it waits", body = OrderLookup<'static>),
    (status = 404, description = "There is no such order, or it is deleted"),
))]
async fn get_order(OrderPath(id): OrderPath, Read { site, .. }: Read) -> Result<Response, Refused> {
    let found = site.engine().order(site.restaurant, id).await?;
    let (order, queue_position) = found
        .filter(|(order, _)| order.deleted_at.is_none())
        .filter(|(order, _)| site.only_of().is_none_or(|user| order.ticket.user == Some(user)))
        .ok_or_else(unknown_order)?;
    let answer = OrderLookup { order: Order::from(&*order), queue_position };
    Ok(answer::json(answer::to_json(&answer).into()))
}

/// Call an order off
///
/// The bot that cooked it takes the next. Again: 200, unchanged.
#[utoipa::path(post, path = "/api/orders/{id}/cancel", tag = "orders", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "The order", body = OrderAnswer<'static>),
    (status = 404, description = "There is no such order"),
    (status = 409, description = "The order is COMPLETE"),
))]
async fn cancel_order(OrderPath(id): OrderPath, call: Call) -> Result<Response, Refused> {
    call.no_body()?;
    let command = match call.site.only_of() {
        Some(customer) => Command::CancelOwnOrder { order: id, customer },
        None => Command::CancelOrder(id),
    };
    call.execute(command, answer::order).await
}

/// Note that a COMPLETE order was handed over
///
/// It leaves the ready board. Again: 200, unchanged.
#[utoipa::path(post, path = "/api/orders/{id}/collect", tag = "orders", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "The order", body = OrderAnswer<'static>),
    (status = 404, description = "There is no such order"),
    (status = 409, description = "The order is not COMPLETE"),
))]
async fn collect_order(OrderPath(id): OrderPath, call: Call) -> Result<Response, Refused> {
    call.no_body()?;
    call.execute(Command::CollectOrder(id), answer::order).await
}

/// Delete a final order
///
/// Its row and its number stay, it can be restored; `GET` and `DELETE` answer 404 from then on.
#[utoipa::path(delete, path = "/api/orders/{id}", tag = "orders", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "The order", body = OrderAnswer<'static>),
    (status = 404, description = "There is no such order, or it is deleted"),
    (status = 409, description = "The order waits or cooks"),
))]
async fn delete_order(OrderPath(id): OrderPath, call: Call) -> Result<Response, Refused> {
    call.no_body()?;
    call.execute(Command::DeleteOrder(id), answer::order).await
}

/// Undo a deletion, or a cancellation of the last minute
///
/// A cancelled order waits again, at its old place.
#[utoipa::path(post, path = "/api/orders/{id}/restore", tag = "orders", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "The order", body = OrderAnswer<'static>),
    (status = 404, description = "There is no such order"),
    (status = 409, description = "There is nothing to undo, or it is too late"),
))]
async fn restore_order(OrderPath(id): OrderPath, call: Call) -> Result<Response, Refused> {
    call.no_body()?;
    let command = match call.site.only_of() {
        Some(customer) => Command::UndoOwnCancellation { order: id, customer },
        None => Command::RestoreOrder(id),
    };
    call.execute(command, answer::order).await
}

/// Clear the board
///
/// What waits or cooks is cancelled (and can be restored for a minute), bots go idle, COMPLETE orders leave
/// the board. All stay in the history; numbers go on.
#[utoipa::path(delete, path = "/api/orders/clear", tag = "orders", responses(
    (status = 200, description = "How many orders it was", body = Cleared),
))]
async fn clear_orders(call: Call) -> Result<Response, Refused> {
    call.no_body()?;
    call.execute(Command::ClearOrders, answer::cleared).await
}

/// Say that an order is done
///
/// Only the bot that holds the order under this claim completes it. A completion that comes late or twice
/// changes nothing and says so: `stale`, `alreadyFinal`. A request with `Upstash-Signature` is a callback of the
/// delayed-message service: it is judged by its signature alone, and may come without `claim`.
#[utoipa::path(post, path = "/api/orders/complete", tag = "orders", request_body = CompleteOrder, params(
    ("Upstash-Signature" = Option<String>, Header, description = "The delayed-message service's signature"),
), responses(
    (status = 200, description = "What became of it", body = CompletionAnswer<'static>),
    (status = 403, description = "The signature is not good"),
    (status = 404, description = "There is no such order"),
    (status = 425, description = "An automatic bot's order before its due time"),
))]
async fn complete_order(State(app): State<App>, request: Request) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let is_callback = callback::is_one(&parts);
    let request = Request::from_parts(parts, body);
    if is_callback {
        return callback::complete(request, &app).await;
    }
    let call = Call::from_request(request, &app).await?;
    let body: CompleteOrder = call.json()?;
    call.site.is_bot(BotId(body.bot_id.0))?;
    call.execute(body.into(), answer::completion).await
}
