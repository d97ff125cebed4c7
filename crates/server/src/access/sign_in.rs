//! Signing in.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::response::Response;
use feedme_access::token::{Digest, Secret};
use feedme_api::{Code, Problem};
use feedme_kitchen::{Time, UserId};
use feedme_store::accounts::{Account, Device, LogEntry, PasswordHash, Session, Via, Which};
use feedme_store::{RestaurantId, StoreError};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use uuid::Uuid;

use super::guess::Guess;
use super::{Access, SESSION_AT_MOST_MS, cookie};
use crate::app::App;
use crate::problem::Refused;
use crate::transport::Peer;

/// Characters kept of what a browser says it is.
const BROWSER_MAX_CHARS: usize = 200;

/// Sessions of an account at a time: more than somebody has devices. Beyond it the oldest end.
const SESSIONS_MAX: usize = 50;

/// Where a request comes from, for the log and for what is counted against it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) address: Option<IpAddr>,
    pub(crate) browser: Option<String>,
    pub(crate) tls: bool,
}

impl Origin {
    /// An entry of the log.
    pub(crate) fn entry(
        &self,
        at: Time,
        kind: &str,
        restaurant: Option<RestaurantId>,
        actor: &str,
        subject: &str,
    ) -> LogEntry {
        LogEntry {
            at,
            kind: kind.to_owned(),
            restaurant,
            actor: actor.to_owned(),
            subject: subject.to_owned(),
            address: self.address.map(|address| address.to_string()),
            device: self.browser.clone(),
        }
    }

    /// An entry about what somebody did to their own account.
    pub(crate) fn own_entry(&self, at: Time, kind: &str, account: &Account) -> LogEntry {
        self.entry(at, kind, place(account), &account.name, &account.name)
    }
}

/// The restaurant in whose log an account stands; `None` is all of them.
pub(crate) fn place(account: &Account) -> Option<RestaurantId> {
    if account.is_everywhere() { None } else { account.memberships.first().and_then(|it| it.restaurant) }
}

impl FromRequestParts<App> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>();
        let browser = parts.headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Ok(Self {
            address: peer.map(|peer| peer.address.ip().to_canonical()),
            browser: browser.map(|browser| browser.chars().take(BROWSER_MAX_CHARS).collect()),
            tls: peer.is_some_and(|peer| peer.tls),
        })
    }
}

/// The account whose name and password somebody knows. Names that nobody has take as long as wrong passwords, and
/// answer the same.
pub(crate) async fn prove(
    app: &App,
    name: &str,
    password: &str,
    origin: &Origin,
    headers: &HeaderMap,
) -> Result<Account, Refused> {
    let (access, now, name) = (app.access(), app.engine().now(), name.trim());
    let account = access.accounts().account_named(name).await?;
    let account = account.filter(|account| account.is_active() && !account.is_demonstration);
    let guess = guess(access, name, account.as_ref(), origin, headers).await?;
    guess.count(access, now).await?;
    let kept = account.as_ref().and_then(|account| account.password.as_ref());
    let is_right = access.hashing().verify(password, kept).await?;
    match account {
        Some(account) if is_right => {
            guess.was_right(access).await?;
            Ok(account)
        }
        account => {
            // A name that nobody has may be a password in the wrong field.
            let (name, place) = account.as_ref().map_or(("", None), |account| (&account.name, place(account)));
            access.note(origin.entry(now, "signIn.failed", place, "", name)).await;
            Err(wrong_credentials())
        }
    }
}

pub(crate) fn wrong_credentials() -> Refused {
    Problem::new(Code::WrongCredentials, "the name or the password is wrong").into()
}

async fn guess(
    access: &Access,
    name: &str,
    account: Option<&Account>,
    origin: &Origin,
    headers: &HeaderMap,
) -> Result<Guess, Refused> {
    // Asked for names that nobody has, too: it must take as long.
    let user = account.map_or(UserId(Uuid::nil()), |account| account.id);
    let device = known_device(access, headers, origin, user).await?;
    Ok(device.map_or_else(|| Guess::of_stranger(name, origin.address), |device| Guess::on_device(device, user)))
}

/// The device that asks, if somebody signed in to the account on it before.
pub(crate) async fn known_device(
    access: &Access,
    headers: &HeaderMap,
    origin: &Origin,
    user: UserId,
) -> Result<Option<Digest>, StoreError> {
    let Some(device) = cookie::DEVICE.read(headers, origin.tls).map(Digest::of) else { return Ok(None) };
    Ok(access.accounts().is_device(device.0, user).await?.then_some(device))
}

/// Begins a session; the answer gets its cookie. An earlier session of this browser ends. It begins only if the account
/// is still what it was when whoever signs in proved that it is theirs.
pub(crate) async fn begin_session(
    app: &App,
    account: &Account,
    via: Via,
    origin: &Origin,
    headers: &HeaderMap,
    response: &mut Response,
) -> Result<(), Refused> {
    let (access, now) = (app.access(), app.engine().now());
    let token = Secret::token();
    let session = Session {
        id: app.engine().ids().uuid(now),
        digest: token.digest().0,
        user: account.id,
        via,
        created_at: now,
        seen_at: now,
        expires_at: now.plus_ms(SESSION_AT_MOST_MS),
        address: origin.address.map(|address| address.to_string()),
        device: origin.browser.clone(),
    };
    if !access.accounts().begin_session_if_unchanged(&session, account).await? {
        return Err(wrong_credentials());
    }
    end_presented(access, headers, origin).await?;
    for oldest in access.accounts().sessions(account.id).await?.iter().skip(SESSIONS_MAX) {
        access.end_sessions(account.id, Which::One(oldest.id)).await?;
    }
    response.headers_mut().append(header::SET_COOKIE, cookie::SESSION.keep(token.reveal(), origin.tls));
    Ok(())
}

/// Remembers that somebody signed in on this device: which it is, and the cookie that says so.
pub(crate) async fn remember_device(
    app: &App,
    account: &Account,
    origin: &Origin,
    headers: &HeaderMap,
) -> Result<(Digest, HeaderValue), Refused> {
    let (accounts, now) = (app.access().accounts(), app.engine().now());
    let presented = cookie::DEVICE.read(headers, origin.tls);
    let is_known = match presented {
        Some(token) => accounts.is_device(Digest::of(token).0, account.id).await?,
        None => false,
    };
    // A token that is not known for this account may have been planted: what it was for goes on under a new one.
    let fresh = (!is_known).then(Secret::token);
    let token = fresh.as_ref().map(Secret::reveal).or(presented).unwrap_or_default();
    let former = presented.filter(|_| !is_known).map(|token| Digest::of(token).0);
    let device = Device { digest: Digest::of(token).0, user: account.id, seen_at: now };
    accounts.note_device(&device, former).await?;
    Ok((Digest(device.digest), cookie::DEVICE.keep(token, origin.tls)))
}

/// Ends the session whose token a request has. Whose it was, if there was one.
pub(crate) async fn end_presented(
    access: &Access,
    headers: &HeaderMap,
    origin: &Origin,
) -> Result<Option<Account>, Refused> {
    let Some(token) = cookie::SESSION.read(headers, origin.tls) else { return Ok(None) };
    let Some((session, account)) = access.accounts().session(Digest::of(token).0).await? else { return Ok(None) };
    let ended = access.end_sessions(account.id, Which::One(session.id)).await?;
    Ok((ended > 0).then_some(account))
}

/// The hash of a password that somebody chose; refused when it is not good enough.
pub(crate) async fn new_password(
    app: &App,
    field: &'static str,
    password: &str,
    name: &str,
    has_second_factor: bool,
) -> Result<PasswordHash, Refused> {
    let judged = app.access().hashing().chosen(password, has_second_factor, &[name, "feedme"]).await?;
    Ok(judged.map_err(|weak| Problem::invalid(field, weak.to_string()))?)
}
