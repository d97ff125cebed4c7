//! The keys of a restaurant's devices.

use axum::extract::{Extension, State};
use axum::response::Response;
use feedme_access::token::Secret;
use feedme_api::text::{Id, Whole};
use feedme_api::user::{AddKey, KeyAnswer, KeyList, KeyView, NewKey};
use feedme_api::{Code, Problem, Timestamp};
use feedme_kitchen::{BotId, Time};
use feedme_store::RestaurantId;
use feedme_store::accounts::{ApiKey, Role};
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::access::Granted;
use crate::access::sign_in::Origin;
use crate::answer;
use crate::app::App;
use crate::body::Body;
use crate::http::users::{role, role_of};
use crate::path::{IdPath, unknown_bot};
use crate::problem::Refused;

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![routes!(list_keys, add_key), routes!(revoke_key)]
}

fn unknown_key() -> Problem {
    Problem::new(Code::UnknownKey, "there is no such key")
}

pub(super) fn restaurant(granted: &Granted) -> Result<RestaurantId, Problem> {
    granted.restaurant.ok_or_else(unknown_key)
}

pub(super) fn view(key: &ApiKey) -> KeyView {
    KeyView {
        id: key.id,
        name: key.name.clone(),
        shown: key.shown.clone(),
        role: role(key.role),
        bot_id: key.bot.map(|bot| bot.0),
        created_at: Timestamp(key.created_at),
        expires_at: key.expires_at.map(Timestamp),
        seen_at: key.seen_at.map(Timestamp),
        revoked_at: key.revoked_at.map(Timestamp),
    }
}

/// The bot that a device with this role is: one of the restaurant for `BOT`, and none for others.
pub(super) async fn bot_of(
    app: &App,
    restaurant: RestaurantId,
    role: Role,
    bot: Option<Id>,
) -> Result<Option<BotId>, Refused> {
    let bot = bot.map(|id| BotId(id.0));
    if (role == Role::Bot) != bot.is_some() {
        return Err(Problem::invalid("botId", "the bot that the device is for `BOT`, and nothing for others").into());
    }
    if let Some(bot) = bot {
        let feed = app.feed(restaurant).await?;
        // It may have been added elsewhere a moment ago.
        let current = app.engine().current(restaurant).await;
        current.map_err(|failure| Refused::of(&failure, app.engine().now()))?;
        if !feed.is_some_and(|feed| feed.with(|kitchen| kitchen.bot(bot).is_some())) {
            return Err(unknown_bot().into());
        }
    }
    Ok(bot)
}

/// Until when a key is good.
pub(super) fn expiry(now: Time, days: Option<Whole<1, 3650>>) -> Option<Time> {
    days.map(|days| now.plus_ms(days.0 * 24 * 60 * 60_000))
}

/// List the keys
#[utoipa::path(get, path = "/api/keys", tag = "users", responses(
    (status = 200, description = "The keys, without their secrets", body = KeyList),
))]
async fn list_keys(
    State(app): State<App>,
    Extension(granted): Extension<Granted>,
    body: Body,
) -> Result<Response, Refused> {
    body.no_parameters()?;
    let keys = app.access().accounts().keys(restaurant(&granted)?).await?;
    let keys = keys.iter().map(view).collect();
    Ok(answer::json(answer::to_json(&KeyList { keys }).into()))
}

/// Make a key for a device
///
/// Its secret is in this answer and nowhere else. A device may have two at a time, so that one can be exchanged for
/// the other without a pause.
#[utoipa::path(post, path = "/api/keys", tag = "users", request_body = AddKey, responses(
    (status = 201, description = "The key and its secret", body = NewKey),
    (status = 404, description = "There is no such bot"),
))]
async fn add_key(
    State(app): State<App>,
    Extension(granted): Extension<Granted>,
    origin: Origin,
    body: Body,
) -> Result<Response, Refused> {
    let asked: AddKey = body.json()?;
    let restaurant = restaurant(&granted)?;
    let role = role_of(asked.role);
    let bot = bot_of(&app, restaurant, role, asked.bot_id).await?;
    let now = app.engine().now();
    let secret = Secret::api_key();
    let key = ApiKey {
        id: app.engine().ids().uuid(now),
        digest: secret.digest().0,
        shown: secret.shown().to_owned(),
        name: asked.name.0,
        restaurant,
        role,
        bot,
        created_at: now,
        expires_at: expiry(now, asked.expires_in_days),
        seen_at: None,
        revoked_at: None,
    };
    app.access().accounts().save_key(&key).await?;
    app.access().note(origin.entry(now, "key.added", Some(restaurant), granted.caller.name(), &key.name)).await;
    let answer = NewKey { key: view(&key), secret: secret.reveal().to_owned() };
    Ok(answer::respond(201, None, answer::to_json(&answer)))
}

/// Revoke a key
///
/// Its device is nobody from then on, and its streams end.
#[utoipa::path(delete, path = "/api/keys/{id}", tag = "users", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The key as it is now", body = KeyAnswer),
    (status = 404, description = "There is no such key"),
))]
async fn revoke_key(
    State(app): State<App>,
    IdPath(id): IdPath,
    Extension(granted): Extension<Granted>,
    origin: Origin,
    body: Body,
) -> Result<Response, Refused> {
    body.nothing()?;
    let (access, now) = (app.access(), app.engine().now());
    let restaurant = restaurant(&granted)?;
    let keys = access.accounts().keys(restaurant).await?;
    let mut key = keys.into_iter().find(|key| Some(key.id) == id).ok_or_else(unknown_key)?;
    let is_new = key.revoked_at.is_none();
    key.revoked_at = key.revoked_at.or(Some(now));
    access.revoke(key.clone()).await?;
    if is_new {
        access.note(origin.entry(now, "key.revoked", Some(restaurant), granted.caller.name(), &key.name)).await;
    }
    Ok(answer::json(answer::to_json(&KeyAnswer { key: view(&key) }).into()))
}
