//! The caller's second factor.

use axum::extract::{Extension, State};
use axum::response::Response;
use feedme_access::second_factor::{self, RECOVERY_CODES};
use feedme_access::token::{Digest, Secret};
use feedme_api::factor::{
    BeginSecondFactor, ConfirmSecondFactor, ProveBoth, RecoveryCodes, SecondFactor as View, SecondFactorOffer,
};
use feedme_api::user::Ended;
use feedme_api::{Code, Problem};
use feedme_store::accounts::{Via, Which};
use feedme_store::factors::SecondFactor;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::access::sign_in::{self, Origin};
use crate::access::{Granted, factor};
use crate::answer;
use crate::app::App;
use crate::body::Body;
use crate::http::auth::person;
use crate::problem::Refused;

/// How long an offer is good: somebody who sets it up has the telephone in the hand.
const OFFERED_MS: u64 = 10 * 60_000;

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![
        routes!(get_second_factor, begin_second_factor, remove_second_factor),
        routes!(confirm_second_factor),
        routes!(renew_recovery_codes),
    ]
}

/// Do I have a second factor?
#[utoipa::path(get, path = "/api/auth/second-factor", tag = "auth", responses(
    (status = 200, description = "Whether the caller has one", body = View),
    (status = 403, description = "The caller is nobody who signs in"),
))]
async fn get_second_factor(
    State(app): State<App>,
    Extension(Granted { caller, .. }): Extension<Granted>,
    body: Body,
) -> Result<Response, Refused> {
    body.no_parameters()?;
    let account = &person(&caller)?.account;
    let view = View {
        enabled: account.has_second_factor,
        required: app.access().must_have_second_factor(account),
        recovery_codes_left: app.access().accounts().recovery_codes(account.id).await?,
    };
    Ok(answer::json(answer::to_json(&view).into()))
}

/// Ask for a second factor
///
/// It is not asked for before a code of it was shown at `/api/auth/second-factor/confirm`. Asking again makes another.
#[utoipa::path(post, path = "/api/auth/second-factor", tag = "auth", request_body = BeginSecondFactor, responses(
    (status = 201, description = "What to give to an authenticator", body = SecondFactorOffer),
    (status = 401, description = "The password is wrong"),
    (status = 403, description = "The caller has no password"),
    (status = 409, description = "The caller has a second factor"),
))]
async fn begin_second_factor(
    State(app): State<App>,
    Extension(Granted { caller, .. }): Extension<Granted>,
    origin: Origin,
    body: Body,
) -> Result<Response, Refused> {
    let asked: BeginSecondFactor = body.json()?;
    let name = &person(&caller)?.account.name;
    let account = sign_in::prove(&app, name, asked.password.reveal(), &origin, body.headers()).await?;
    let secret = second_factor::random();
    let offered = SecondFactor { secret: secret.clone(), made_at: app.engine().now(), confirmed_at: None };
    if !app.access().accounts().offer_second_factor(account.id, &offered).await? {
        return Err(Problem::new(Code::SecondFactorExists, "remove the present one first").into());
    }
    let feed = match caller.home(&app).await? {
        Some(restaurant) => app.feed(restaurant).await?,
        None => None,
    };
    let issuer = feed.map_or_else(|| "FeedMe".to_owned(), |feed| feed.restaurant().name);
    let uri = second_factor::to_uri(&secret, &issuer, &account.name);
    let offer = SecondFactorOffer { secret: second_factor::to_base32(&secret), uri };
    Ok(answer::respond(201, None, answer::to_json(&offer)))
}

/// Show that the authenticator has it
///
/// From then on it is asked for. All other sessions of the account end.
#[utoipa::path(post, path = "/api/auth/second-factor/confirm", tag = "auth", request_body = ConfirmSecondFactor, responses(
    (status = 200, description = "Codes for when the authenticator is lost", body = RecoveryCodes),
    (status = 401, description = "The code is wrong"),
    (status = 403, description = "The caller is nobody who signs in"),
    (status = 409, description = "The caller has a second factor, or asked for none"),
))]
async fn confirm_second_factor(
    State(app): State<App>,
    Extension(Granted { caller, .. }): Extension<Granted>,
    origin: Origin,
    body: Body,
) -> Result<Response, Refused> {
    let asked: ConfirmSecondFactor = body.json()?;
    let person = person(&caller)?;
    if person.via == Via::Pin {
        return Err(Problem::new(Code::PasswordNeeded, "a second factor takes more than a PIN").into());
    }
    let (access, now, user) = (app.access(), app.engine().now(), person.account.id);
    let factor = access.accounts().second_factor(user).await?;
    let nothing_to_confirm = || Problem::new(Code::SecondFactorExists, "there is none to confirm: ask for one first");
    let is_open = |factor: &SecondFactor| factor.confirmed_at.is_none() && now.since_ms(factor.made_at) < OFFERED_MS;
    let offered = factor.filter(is_open).ok_or_else(nothing_to_confirm)?;
    let step = factor::judge(&app, &person.account, asked.code.reveal(), &origin, body.headers()).await?;
    let codes = recovery_codes();
    let digests = digests(&codes);
    if !access.accounts().confirm_second_factor(user, &offered.secret, step, now, &digests).await? {
        return Err(nothing_to_confirm().into());
    }
    access.end_sessions(user, Which::AllBut(Some(person.session))).await?;
    access.known().forget_user(user, None);
    access.note(origin.own_entry(now, "secondFactor.added", &person.account)).await;
    Ok(shown(&codes))
}

/// Make new recovery codes
///
/// The former ones are good no more.
#[utoipa::path(post, path = "/api/auth/second-factor/recovery-codes", tag = "auth", request_body = ProveBoth, responses(
    (status = 200, description = "The codes", body = RecoveryCodes),
    (status = 401, description = "The password or the code is wrong"),
    (status = 403, description = "The caller has no second factor"),
))]
async fn renew_recovery_codes(
    State(app): State<App>,
    Extension(granted): Extension<Granted>,
    origin: Origin,
    body: Body,
) -> Result<Response, Refused> {
    let account = prove_both(&app, &granted, &origin, &body).await?;
    let codes = recovery_codes();
    app.access().accounts().save_recovery_codes(account.id, &digests(&codes)).await?;
    app.access().note(origin.own_entry(app.engine().now(), "recoveryCodes.renewed", &account)).await;
    Ok(shown(&codes))
}

/// Do without a second factor
///
/// All other sessions of the account end.
#[utoipa::path(delete, path = "/api/auth/second-factor", tag = "auth", request_body = ProveBoth, responses(
    (status = 200, description = "How many other sessions ended", body = Ended),
    (status = 401, description = "The password or the code is wrong"),
    (status = 403, description = "The caller has no second factor"),
))]
async fn remove_second_factor(
    State(app): State<App>,
    Extension(granted): Extension<Granted>,
    origin: Origin,
    body: Body,
) -> Result<Response, Refused> {
    let session = person(&granted.caller)?.session;
    let account = prove_both(&app, &granted, &origin, &body).await?;
    let access = app.access();
    access.accounts().remove_second_factor(account.id).await?;
    let ended = access.end_sessions(account.id, Which::AllBut(Some(session))).await?;
    access.known().forget_user(account.id, None);
    access.note(origin.own_entry(app.engine().now(), "secondFactor.removed", &account)).await;
    Ok(answer::json(answer::to_json(&Ended { ended }).into()))
}

async fn prove_both(
    app: &App,
    Granted { caller, .. }: &Granted,
    origin: &Origin,
    body: &Body,
) -> Result<feedme_store::accounts::Account, Refused> {
    let asked: ProveBoth = body.json()?;
    let account = &person(caller)?.account;
    if !account.has_second_factor {
        return Err(Problem::new(Code::Forbidden, "the account has no second factor").into());
    }
    let account = sign_in::prove(app, &account.name, asked.password.reveal(), origin, body.headers()).await?;
    factor::demand(app, &account, Some(&asked.code), origin, body.headers()).await?;
    Ok(account)
}

fn recovery_codes() -> Vec<Secret> {
    (0..RECOVERY_CODES).map(|_| Secret::recovery_code()).collect()
}

fn digests(codes: &[Secret]) -> Vec<[u8; 32]> {
    codes.iter().map(|code| Digest::of_code(code.reveal()).0).collect()
}

fn shown(codes: &[Secret]) -> Response {
    let recovery_codes = codes.iter().map(|code| code.reveal().to_owned()).collect();
    answer::json(answer::to_json(&RecoveryCodes { recovery_codes }).into())
}
