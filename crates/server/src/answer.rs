//! Outcomes as answers. They are rendered once: what is sent is what an idempotency key keeps.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use feedme_api::bot::{Bot, BotAnswer, BotRemoved, ClaimAnswer};
use feedme_api::order::{Cleared, CompletionAnswer, Order, OrderAnswer};
use feedme_api::restaurant::{RestaurantAnswer, RestaurantView};
use feedme_api::settings::Settings;
use feedme_api::{Code, Problem, Timestamp};
use feedme_engine::RenderedAnswer;
use feedme_kitchen::Outcome;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// The media type of every answer that is no problem.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Renders an outcome; `base` is what the restaurant's addresses begin with.
pub(crate) type Render = fn(outcome: &Outcome, base: &str) -> RenderedAnswer;

/// The order that was placed: 201 and where it stands.
pub(crate) fn placed(outcome: &Outcome, base: &str) -> RenderedAnswer {
    let Outcome::Order(order) = outcome else { return unexpected(outcome) };
    let location = Some(format!("{base}/orders/{}", order.id()));
    RenderedAnswer { status: 201, location, ..ok(&OrderAnswer { order: Order::from(&**order) }) }
}

/// The order as it is now.
pub(crate) fn order(outcome: &Outcome, _: &str) -> RenderedAnswer {
    let Outcome::Order(order) = outcome else { return unexpected(outcome) };
    ok(&OrderAnswer { order: Order::from(&**order) })
}

/// What became of a completion.
pub(crate) fn completion(outcome: &Outcome, _: &str) -> RenderedAnswer {
    let Outcome::Completion { completion, order } = outcome else { return unexpected(outcome) };
    ok(&CompletionAnswer { outcome: (*completion).into(), order: Order::from(&**order) })
}

/// What clearing the board did.
pub(crate) fn cleared(outcome: &Outcome, _: &str) -> RenderedAnswer {
    let Outcome::Cleared { cleared, cancelled } = *outcome else { return unexpected(outcome) };
    ok(&Cleared { cleared, cancelled })
}

/// The bot that was added: 201.
pub(crate) fn bot_added(outcome: &Outcome, _: &str) -> RenderedAnswer {
    let Outcome::Bot(bot) = outcome else { return unexpected(outcome) };
    RenderedAnswer { status: 201, ..ok(&BotAnswer { bot: Bot::from(bot) }) }
}

/// The bot that was removed.
pub(crate) fn bot_removed(outcome: &Outcome, _: &str) -> RenderedAnswer {
    let Outcome::BotRemoved { bot, returned } = outcome else { return unexpected(outcome) };
    ok(&BotRemoved { bot: Bot::from(bot), returned_order: returned.as_deref().map(Order::from) })
}

/// What a bot got.
pub(crate) fn claimed(outcome: &Outcome, _: &str) -> RenderedAnswer {
    let Outcome::Claimed { order, bot } = outcome else { return unexpected(outcome) };
    ok(&ClaimAnswer { order: order.as_deref().map(Order::from), bot: Bot::from(bot) })
}

/// The settings as they are now.
pub(crate) fn settings(outcome: &Outcome, _: &str) -> RenderedAnswer {
    let Outcome::Settings(settings) = *outcome else { return unexpected(outcome) };
    ok(&Settings::from(settings))
}

/// The restaurant as it is now. Its slug ends what its addresses begin with.
pub(crate) fn restaurant(outcome: &Outcome, base: &str) -> RenderedAnswer {
    let Outcome::Restaurant(profile) = outcome else { return unexpected(outcome) };
    let slug = base.rsplit('/').next().unwrap_or_default().to_owned();
    let (name, archived_at) = (profile.name.to_string(), profile.archived_at.map(Timestamp));
    ok(&RestaurantAnswer { restaurant: RestaurantView { slug, name, archived_at } })
}

fn ok(answer: &impl Serialize) -> RenderedAnswer {
    RenderedAnswer { status: 200, location: None, body: to_json(answer) }
}

/// A command has one kind of outcome, so this is a bug. It is rendered within a commit, where a panic would
/// take the lane down.
fn unexpected(outcome: &Outcome) -> RenderedAnswer {
    tracing::error!(?outcome, "a command has an outcome that its route does not expect");
    let problem = Problem::new(Code::InternalError, "it was done, but there is no answer for it");
    RenderedAnswer { status: problem.status(), ..ok(&problem) }
}

/// Bytes of an answer about one order, roughly.
const ANSWER_BYTES: usize = 640;

/// A value as JSON.
pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    let mut json = Vec::with_capacity(ANSWER_BYTES);
    serde_json::to_writer(&mut json, value).expect("a wire type serialises into memory");
    json
}

/// A rendered answer as a response.
pub(crate) fn respond(status: u16, location: Option<String>, body: Vec<u8>) -> Response {
    let mut response = json(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// 200 with a body of JSON.
pub(crate) fn json(body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}
