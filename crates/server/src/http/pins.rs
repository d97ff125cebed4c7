//! PINs, by which people change over on a screen that they share.

use axum::extract::{Extension, State};
use axum::response::Response;
use feedme_access::pin;
use feedme_access::token::Digest;
use feedme_api::factor::{SetPin, SwitchUser};
use feedme_api::user::UserAnswer;
use feedme_api::{Code, Problem};
use feedme_kitchen::UserId;
use feedme_store::accounts::{Account, Via};
use feedme_store::factors::Pin;
use http::header;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::access::sign_in::{self, Origin};
use crate::access::{Granted, cookie};
use crate::answer;
use crate::app::App;
use crate::body::Body;
use crate::http::auth::{describe, person, welcome};
use crate::problem::Refused;

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![routes!(set_pin, forget_pin), routes!(switch_user)]
}

/// Set one's PIN on this device
///
/// It is good on this device alone, for whoever keeps the cookie that this answer sets.
#[utoipa::path(post, path = "/api/auth/pin", tag = "auth", request_body = SetPin, responses(
    (status = 200, description = "Who it is", body = UserAnswer<'static>),
    (status = 401, description = "The password is wrong"),
    (status = 403, description = "The caller has no password"),
))]
async fn set_pin(
    State(app): State<App>,
    Extension(Granted { caller, .. }): Extension<Granted>,
    origin: Origin,
    body: Body,
) -> Result<Response, Refused> {
    let asked: SetPin = body.json()?;
    let person = person(&caller)?;
    if person.via == Via::Pin || app.access().must_enrol(&person.account) {
        return Err(
            Problem::new(Code::PasswordNeeded, "sign in with the password, and a second factor if need be").into()
        );
    }
    let digits = asked.pin.reveal();
    pin::judge(digits).map_err(|weak| Problem::invalid("pin", weak.to_string()))?;
    let name = &person.account.name;
    let account = sign_in::prove(&app, name, asked.password.reveal(), &origin, body.headers()).await?;
    let (access, now) = (app.access(), app.engine().now());
    let hash = access.hashing().hash(digits).await?;
    let (device, cookie) = sign_in::remember_device(&app, &account, &origin, body.headers()).await?;
    if !access.accounts().save_pin(&Pin { device: device.0, user: account.id, hash, set_at: now }).await? {
        return Err(Problem::new(Code::Unavailable, "the device was forgotten meanwhile; try again").into());
    }
    access.note(origin.own_entry(now, "pin.set", &account)).await;
    let mut user = describe(&app, &caller, &origin, body.headers()).await?;
    user.pin = true;
    let mut response = answer::json(answer::to_json(&UserAnswer { user }).into());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Forget one's PIN on this device
#[utoipa::path(delete, path = "/api/auth/pin", tag = "auth", responses(
    (status = 200, description = "Who it is", body = UserAnswer<'static>),
    (status = 403, description = "The caller is nobody who signs in"),
))]
async fn forget_pin(
    State(app): State<App>,
    Extension(Granted { caller, .. }): Extension<Granted>,
    origin: Origin,
    body: Body,
) -> Result<Response, Refused> {
    body.nothing()?;
    let account = &person(&caller)?.account;
    if let Some(token) = cookie::DEVICE.read(body.headers(), origin.tls)
        && app.access().accounts().remove_pin(Digest::of(token).0, account.id).await?
    {
        app.access().note(origin.own_entry(app.engine().now(), "pin.forgotten", account)).await;
    }
    let user = describe(&app, &caller, &origin, body.headers()).await?;
    Ok(answer::json(answer::to_json(&UserAnswer { user }).into()))
}

/// Change over to somebody who has a PIN on this device
///
/// The session of this browser ends and theirs begins. After five wrong tries the PIN is gone, and the password is
/// needed.
#[utoipa::path(post, path = "/api/auth/switch", tag = "auth", request_body = SwitchUser, responses(
    (status = 200, description = "Who it is", body = UserAnswer<'static>),
    (status = 401, description = "The PIN is wrong, or there is none any more"),
))]
async fn switch_user(State(app): State<App>, origin: Origin, body: Body) -> Result<Response, Refused> {
    let asked: SwitchUser = body.json()?;
    let (access, user) = (app.access(), UserId(asked.user.0));
    let wrong = || Problem::new(Code::WrongPin, "the PIN is wrong, or was tried too often: sign in with the password");
    let token = cookie::DEVICE.read(body.headers(), origin.tls).ok_or_else(wrong)?;
    let device = Digest::of(token).0;
    let pin = access.accounts().try_pin(device, user, pin::TRIES_MAX).await?.ok_or_else(wrong)?;
    let account = access.accounts().account(user).await?.filter(Account::is_active).ok_or_else(wrong)?;
    if !access.hashing().verify(asked.pin.reveal(), Some(&pin.hash)).await? {
        access.note(origin.own_entry(app.engine().now(), "signIn.failed", &account)).await;
        return Err(wrong().into());
    }
    access.accounts().pin_was_right(device, user).await?;
    let response = welcome(&app, &account, Via::Pin, &origin, &body, 200).await?;
    access.note(origin.own_entry(app.engine().now(), "signIn.byPin", &account)).await;
    Ok(response)
}
