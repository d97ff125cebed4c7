//! Screens that ask to be let in: they show a code, and a manager types it in.

use axum::extract::{Extension, State};
use axum::response::Response;
use feedme_access::token::{Digest, Secret};
use feedme_api::pairing::{
    CollectPairing, Collected, ConfirmPairing, FindPairing, PairingBegun, PairingStatus, PairingView,
};
use feedme_api::user::Ended;
use feedme_api::{Code, Problem, Timestamp};
use feedme_store::accounts::{Account, ApiKey, Role};
use feedme_store::pairing::{Granted as Grants, Pairing};
use http::header;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::access::rate::network;
use crate::access::sign_in::Origin;
use crate::access::{Granted, cookie};
use crate::answer;
use crate::app::App;
use crate::body::Body;
use crate::http::keys::{bot_of, expiry, restaurant, view};
use crate::http::users::role_of;
use crate::problem::Refused;

/// How long a screen waits: long enough to walk to the manager and back.
const WAITS_MS: u64 = 10 * 60_000;

/// Screens that wait in one network at most: a restaurant that is set up has a few.
const WAITING_MAX: usize = 20;

/// The routes for screens.
pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![routes!(begin_pairing), routes!(collect_pairing)]
}

/// The routes for managers.
pub(super) fn routes_of_restaurants() -> Vec<UtoipaMethodRouter<App>> {
    vec![routes!(find_pairing), routes!(confirm_pairing)]
}

fn unknown_pairing() -> Problem {
    Problem::new(Code::UnknownPairing, "no screen waits with this code, or its ten minutes are over")
}

/// Let a screen wait for a manager
#[utoipa::path(post, path = "/api/pairings", tag = "users", responses(
    (status = 201, description = "The code to show, and what to ask with", body = PairingBegun),
    (status = 429, description = "Too many screens wait in this network; see `Retry-After`"),
))]
async fn begin_pairing(State(app): State<App>, origin: Origin, body: Body) -> Result<Response, Refused> {
    body.nothing()?;
    let (code, secret, now) = (Secret::pairing_code(), Secret::token(), app.engine().now());
    let pairing = Pairing {
        code: Digest::of_code(code.reveal()).0,
        secret: secret.digest().0,
        address: origin.address.map(|address| address.to_string()),
        network: origin.address.map(|address| network(address).to_string()),
        device: origin.browser.clone(),
        created_at: now,
        expires_at: now.plus_ms(WAITS_MS),
        granted: None,
    };
    if !app.access().accounts().begin_pairing(&pairing, WAITING_MAX).await? {
        let problem = Problem::new(Code::TooManyTries, "too many screens wait in this network");
        return Err(problem.retry_after_s(60).into());
    }
    let begun = PairingBegun {
        code: code.reveal().to_owned(),
        secret: secret.reveal().to_owned(),
        expires_at: Timestamp(pairing.expires_at),
    };
    Ok(answer::respond(201, None, answer::to_json(&begun)))
}

/// Ask whether a manager let the screen in
///
/// Once one did, this answer has the key, or sets it as a cookie; then the waiting is over.
#[utoipa::path(post, path = "/api/pairings/collect", tag = "users", request_body = CollectPairing, responses(
    (status = 200, description = "What became of it", body = Collected),
    (status = 404, description = "The screen waits no more"),
))]
async fn collect_pairing(State(app): State<App>, origin: Origin, body: Body) -> Result<Response, Refused> {
    let asked: CollectPairing = body.json()?;
    let (access, now, digest) = (app.access(), app.engine().now(), Digest::of(asked.secret.reveal()).0);
    let found = access.accounts().pairing_of_secret(digest).await?;
    let pairing = found.filter(|pairing| now < pairing.expires_at).ok_or_else(unknown_pairing)?;
    let Some(granted) = pairing.granted else {
        let waiting = Collected { status: PairingStatus::Waiting, key: None, secret: None };
        return Ok(answer::json(answer::to_json(&waiting).into()));
    };
    if let Some(granter) = granted.by_id {
        let granter = access.accounts().account(granter).await?;
        let still_may =
            |account: &Account| account.is_active() && account.role_in(granted.restaurant) == Some(Role::Manager);
        granter.filter(still_may).ok_or_else(unknown_pairing)?;
    }
    let secret = Secret::api_key();
    let key = ApiKey {
        id: app.engine().ids().uuid(now),
        digest: secret.digest().0,
        shown: secret.shown().to_owned(),
        name: granted.name,
        restaurant: granted.restaurant,
        role: granted.role,
        bot: granted.bot,
        created_at: now,
        expires_at: granted.key_expires_at,
        seen_at: None,
        revoked_at: None,
    };
    if !access.accounts().end_pairing(digest, &key).await? {
        return Err(unknown_pairing().into());
    }
    access.note(origin.entry(now, "key.added", Some(key.restaurant), &granted.by, &key.name)).await;
    let shown = (!asked.cookie).then(|| secret.reveal().to_owned());
    let collected = Collected { status: PairingStatus::Paired, key: Some(view(&key)), secret: shown };
    let mut response = answer::json(answer::to_json(&collected).into());
    if asked.cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie::KEY.keep(secret.reveal(), origin.tls));
    }
    Ok(response)
}

/// Find the screen that shows a code
///
/// To see where it stands before it is let in.
#[utoipa::path(post, path = "/api/pairings/find", tag = "users", request_body = FindPairing, responses(
    (status = 200, description = "The screen", body = PairingView),
    (status = 404, description = "No screen waits with this code"),
))]
async fn find_pairing(State(app): State<App>, body: Body) -> Result<Response, Refused> {
    let asked: FindPairing = body.json()?;
    let found = app.access().accounts().pairing_of_code(Digest::of_code(asked.code.reveal()).0).await?;
    let waits = |pairing: &Pairing| pairing.granted.is_none() && app.engine().now() < pairing.expires_at;
    let pairing = found.filter(waits).ok_or_else(unknown_pairing)?;
    let view = PairingView {
        address: pairing.address,
        device: pairing.device,
        created_at: Timestamp(pairing.created_at),
        expires_at: Timestamp(pairing.expires_at),
    };
    Ok(answer::json(answer::to_json(&view).into()))
}

/// Let a screen in
///
/// It fetches its key by itself, which is then in the list of keys.
#[utoipa::path(post, path = "/api/pairings/confirm", tag = "users", request_body = ConfirmPairing, responses(
    (status = 200, description = "How many screens were let in: one", body = Ended),
    (status = 404, description = "No screen waits with this code, or there is no such bot"),
))]
async fn confirm_pairing(
    State(app): State<App>,
    Extension(granted): Extension<Granted>,
    origin: Origin,
    body: Body,
) -> Result<Response, Refused> {
    let asked: ConfirmPairing = body.json()?;
    let (restaurant, role, now) = (restaurant(&granted)?, role_of(asked.role), app.engine().now());
    let grants = Grants {
        name: asked.name.0,
        restaurant,
        role,
        bot: bot_of(&app, restaurant, role, asked.bot_id).await?,
        key_expires_at: expiry(now, asked.expires_in_days),
        by: granted.caller.name().to_owned(),
        by_id: granted.caller.user(),
    };
    let code = Digest::of_code(asked.code.reveal()).0;
    if !app.access().accounts().grant_pairing(code, &grants, now).await? {
        return Err(unknown_pairing().into());
    }
    app.access().note(origin.entry(now, "screen.letIn", Some(restaurant), &grants.by, &grants.name)).await;
    Ok(answer::json(answer::to_json(&Ended { ended: 1 }).into()))
}
