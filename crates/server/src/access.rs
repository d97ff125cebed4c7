//! Who asks, and what that allows.
//!
//! | to find | look in |
//! |---|---|
//! | which route needs which right | [`table`] |
//! | who asks | [`caller`] |
//! | signing in | [`sign_in`] |
//! | how fast one may guess | [`guess`] |
//! | the second factor | [`factor`] |
//! | how often one may ask | [`rate`] |
//! | how many streams one may follow | [`following`] |
//! | the cookies | [`cookie`] |
//! | who is known already | [`known`] |
//! | what ends a session or a key, and the first account | [`change`] |
//! | what is forgotten after a while | [`upkeep`] |

pub(crate) mod caller;
pub(crate) mod change;
pub(crate) mod cookie;
pub(crate) mod factor;
pub(crate) mod following;
pub(crate) mod guess;
pub(crate) mod known;
pub(crate) mod rate;
pub(crate) mod sign_in;
pub(crate) mod table;
mod upkeep;

use std::sync::Arc;

use feedme_access::token::{Digest, Secret, is_api_key};
use feedme_access::{Grant, Right, grant};
use feedme_api::{Code, Problem};
use feedme_engine::Asked;
use feedme_kitchen::Time;
use feedme_store::RestaurantId;
use feedme_store::accounts::{Account, Accounts, LogEntry, Role, Via};
use http::request::Parts;
use http::{HeaderMap, header};
use parking_lot::Mutex;

use crate::app::App;
use crate::callback;
use crate::gate;
use crate::problem::Refused;
use crate::proxies::Proxies;
use crate::site::DEFAULT_SLUG;
use crate::transport::Peer;
use caller::{Caller, Person};
use guess::Hashing;
use known::Known;
use table::Needs;

/// How long a set-up link is good.
const SET_UP_WITHIN_MS: u64 = 30 * 60_000;

/// How long a session lasts without being used, and at most. A shift is shorter than the first, and a week's work than
/// the second.
pub(crate) const IDLE_AT_MOST_MS: u64 = 12 * 60 * 60_000;
/// See [`IDLE_AT_MOST_MS`].
pub(crate) const SESSION_AT_MOST_MS: u64 = 7 * 24 * 60 * 60_000;

/// How long a device is remembered on which nobody signs in.
pub(crate) const DEVICE_KEPT_MS: u64 = 180 * 24 * 60 * 60_000;

/// How the server treats those who come.
#[derive(Clone, Debug, Default)]
pub struct AccessOptions {
    /// Whoever does not say who they are is a manager: for trying things out, on this machine alone.
    pub open: bool,
    /// The names under which requests may come, besides `localhost` and addresses. `*.` before one stands for every
    /// name below it.
    pub hosts: Vec<String>,
    /// Managers must have a second factor: until they have, they may do nothing else.
    pub require_second_factor: bool,
    /// The proxies in front of this server, which are believed when they say who asked them.
    pub proxies: Proxies,
}

/// Who may come in. Clones share it.
#[derive(Clone)]
pub struct Access(Arc<Inner>);

struct Inner {
    accounts: Arc<dyn Accounts>,
    options: AccessOptions,
    known: Known,
    hashing: Hashing,
    /// The set-up link, and until when it is good.
    set_up: Mutex<Option<(Digest, Time)>>,
    /// Tries are counted one after the other, so that those of this process do not get in each other's way.
    counting: tokio::sync::Mutex<()>,
    /// Accounts are changed one after the other by this process. Of others, whoever is second learns so and begins anew.
    editing: Arc<tokio::sync::Mutex<()>>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("options", &self.0.options).finish_non_exhaustive()
    }
}

/// Marks a request of the operator. It comes from this process alone: nothing on a wire becomes an extension.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operator;

/// What a request was allowed, for the handler that carries it out.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    /// Who asks.
    pub(crate) caller: Caller,
    /// For which restaurant; `None` when the route is about none.
    pub(crate) restaurant: Option<RestaurantId>,
    /// The right that the route needs, if it needs one.
    pub(crate) right: Option<Right>,
    /// How far it goes.
    pub(crate) grant: Grant,
    /// What was asked about the restaurant meanwhile.
    pub(crate) asked: Option<Asked>,
}

impl Access {
    /// Over the accounts of a store.
    #[must_use]
    pub fn new(accounts: Arc<dyn Accounts>, options: AccessOptions) -> Self {
        let (known, hashing) = (Known::default(), Hashing::new());
        Self(Arc::new(Inner {
            accounts,
            options,
            known,
            hashing,
            set_up: Mutex::default(),
            counting: tokio::sync::Mutex::default(),
            editing: Arc::default(),
        }))
    }

    /// Makes a link by which the first manager can be made, once and for 30 minutes. `None` when there are accounts.
    pub async fn offer_set_up(&self, now: Time) -> Result<Option<Secret>, feedme_store::StoreError> {
        let accounts = self.accounts().accounts(true).await?;
        if accounts.iter().any(|account| !account.is_demonstration) {
            return Ok(None);
        }
        let link = Secret::token();
        *self.0.set_up.lock() = Some((link.digest(), now.plus_ms(SET_UP_WITHIN_MS)));
        Ok(Some(link))
    }

    /// Whether somebody may make the first manager now.
    pub(crate) fn awaits_set_up(&self, now: Time) -> bool {
        self.0.set_up.lock().is_some_and(|(_, until)| now < until)
    }

    /// Whether this is the set-up link, and good.
    pub(crate) fn is_set_up(&self, presented: &str, now: Time) -> bool {
        self.awaits_set_up(now) && self.0.set_up.lock().is_some_and(|(digest, _)| digest == Digest::of(presented))
    }

    /// Whether whoever does not say who they are is a manager.
    pub fn is_open(&self) -> bool {
        self.0.options.open
    }

    /// Whether an account must set up a second factor before it may do anything else.
    pub(crate) fn must_enrol(&self, account: &Account) -> bool {
        self.must_have_second_factor(account) && !account.has_second_factor
    }

    /// Whether an account must have a second factor.
    pub(crate) fn must_have_second_factor(&self, account: &Account) -> bool {
        let is_manager = account.memberships.iter().any(|membership| membership.role == Role::Manager);
        self.0.options.require_second_factor && is_manager && !account.is_demonstration
    }

    /// The names of this server.
    pub(crate) fn hosts(&self) -> &[String] {
        &self.0.options.hosts
    }

    /// The proxies in front of this server.
    pub(crate) fn proxies(&self) -> &Proxies {
        &self.0.options.proxies
    }

    pub(crate) fn accounts(&self) -> &dyn Accounts {
        &*self.0.accounts
    }

    pub(crate) fn known(&self) -> &Known {
        &self.0.known
    }

    pub(crate) fn counting(&self) -> &tokio::sync::Mutex<()> {
        &self.0.counting
    }

    pub(crate) fn hashing(&self) -> &Hashing {
        &self.0.hashing
    }

    /// Adds to the log of accounts. What was done stays done when that fails.
    pub(crate) async fn note(&self, entry: LogEntry) {
        if let Err(error) = self.accounts().log(&entry).await {
            tracing::error!(%error, kind = entry.kind, "the log of accounts could not be written");
        }
    }
}

/// Decides whether a request may be carried out. `None` when the address leads to no route of the table.
pub(crate) async fn admit(app: &App, request: &Parts) -> Result<Option<Granted>, Refused> {
    let Some(found) = table::find(&request.method, request.uri.path()) else { return Ok(None) };
    let is_callback = callback::is_one(request);
    if found.needs == Needs::Nothing || is_callback {
        // Nobody is looked up: that the process runs can be said without the database, and a callback is judged by
        // its signature, which counts it if it is bad.
        if !is_callback && !gate::is_probe(request.uri.path()) && request.extensions.get::<Operator>().is_none() {
            // Whoever is signed in signs out whatever strangers of the same network do.
            match session_of(app, request).await? {
                Some(caller) => app.rates().count(&caller)?,
                None => app.rates().count_stranger(request)?,
            }
        }
        return Ok(Some(Granted {
            caller: Caller::Stranger,
            restaurant: None,
            right: None,
            grant: Grant::No,
            asked: None,
        }));
    }
    let mut asked = None;
    let caller = if request.extensions.get::<Operator>().is_some() {
        Caller::Operator
    } else {
        let is_tls = request.extensions.get::<Peer>().is_some_and(|peer| peer.tls);
        if request.method.is_safe() && is_remembered(app, &request.headers, is_tls) {
            asked = app.engine().ask(found.restaurant.unwrap_or(DEFAULT_SLUG));
        }
        match identify(app, &request.headers, is_tls).await {
            Ok(caller) => caller,
            Err(refused) => {
                // Looked up all the same: whoever is in order is not refused for what others of the network do.
                app.rates().count_stranger(request)?;
                return Err(refused);
            }
        }
    };
    match caller {
        Caller::Stranger => app.rates().count_stranger(request)?,
        _ => app.rates().count(&caller)?,
    }
    caller.known()?;
    let right = match found.needs {
        Needs::Right(right) => right,
        Needs::Everywhere => Right::Manage,
        Needs::Nothing | Needs::Anyone => {
            return Ok(Some(Granted { caller, restaurant: None, right: None, grant: Grant::Own, asked: None }));
        }
    };
    sure(app, &caller, right)?;
    if found.needs == Needs::Everywhere {
        everywhere(app, &caller, found.restaurant).await?;
        if found.restaurant.is_none() {
            return Ok(Some(Granted { caller, restaurant: None, right: None, grant: Grant::Any, asked: None }));
        }
    }
    let restaurant = match found.restaurant {
        Some(slug) => app.restaurant(slug).await?,
        None => caller.home(app).await?,
    };
    let restaurant = restaurant.ok_or_else(unknown_restaurant)?;
    let grant = rights_in(&caller, restaurant, right)?;
    // Or whoever finds an open session makes a key, and with that takes the account over.
    if right == Right::Administer && matches!(caller, Caller::Device(_)) {
        return Err(Problem::new(Code::Forbidden, "a key runs the kitchen; accounts and keys are for people").into());
    }
    Ok(Some(Granted { caller, restaurant: Some(restaurant), right: Some(right), grant, asked }))
}

/// Whether a request may change who there is, or who is signed in.
pub(crate) fn changes_accounts(request: &Parts) -> bool {
    let granted = request.extensions.get::<Granted>();
    !request.method.is_safe() && granted.is_some_and(|it| it.right.is_none_or(|right| right == Right::Administer))
}

/// Demands that the caller runs every restaurant. One that is others' business is not there.
async fn everywhere(app: &App, caller: &Caller, slug: Option<&str>) -> Result<(), Refused> {
    if caller.is_everywhere() {
        return Ok(());
    }
    if let Some(slug) = slug {
        let restaurant = app.restaurant(slug).await?.ok_or_else(unknown_restaurant)?;
        rights_in(caller, restaurant, Right::SeeBoard)?;
    }
    Err(Problem::new(Code::Forbidden, "only who runs every restaurant may do this").into())
}

/// Demands that the caller is known as surely as what they ask for takes.
pub(crate) fn sure(app: &App, caller: &Caller, right: Right) -> Result<(), Problem> {
    match caller {
        Caller::Person(person) => is_sure(app.access(), person, right),
        _ => Ok(()),
    }
}

/// Demands that somebody who signed in is known as surely as what they ask for takes.
fn is_sure(access: &Access, person: &Person, right: Right) -> Result<(), Problem> {
    if access.must_enrol(&person.account) {
        let detail = "set up a second factor at /api/auth/second-factor: here managers must have one";
        return Err(Problem::new(Code::SecondFactorRequired, detail));
    }
    if right == Right::Administer && person.via == Via::Pin {
        let detail = "accounts, keys and the log take more than a PIN: sign in with the password";
        return Err(Problem::new(Code::PasswordNeeded, detail));
    }
    Ok(())
}

/// How far a caller's right goes in a restaurant; an error when it does not go there at all.
pub(crate) fn rights_in(caller: &Caller, restaurant: RestaurantId, right: Right) -> Result<Grant, Problem> {
    // Whose restaurants are others' business does not learn which there are.
    let role = caller.role_in(restaurant).ok_or_else(unknown_restaurant)?;
    match grant(role, right) {
        Grant::No => Err(Problem::new(Code::Forbidden, format!("{} may not do this", role.name()))),
        granted => Ok(granted),
    }
}

fn unknown_restaurant() -> Problem {
    Problem::new(Code::UnknownRestaurant, "there is no such restaurant")
}

/// Whose session a request has, as far as this process remembers.
async fn session_of(app: &App, request: &Parts) -> Result<Option<Caller>, Refused> {
    let is_tls = request.extensions.get::<Peer>().is_some_and(|peer| peer.tls);
    let Some(token) = cookie::SESSION.read(&request.headers, is_tls) else { return Ok(None) };
    app.access().known().familiar(app, Digest::of(token)).await
}

/// Whether somebody is remembered by what a request shows, whose standing is asked about: what they read can be, with it.
fn is_remembered(app: &App, headers: &HeaderMap, is_tls: bool) -> bool {
    let cookies = [cookie::SESSION, cookie::KEY].map(|cookie| cookie.read(headers, is_tls));
    let shown = cookies.into_iter().flatten().chain(bearer(headers));
    !app.access().is_open() && shown.map(Digest::of).any(|digest| app.access().known().remembers(digest))
}

/// What stands in a request's `Authorization`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Who sends this.
async fn identify(app: &App, headers: &HeaderMap, is_tls: bool) -> Result<Caller, Refused> {
    let known = app.access().known();
    if headers.contains_key(header::AUTHORIZATION) {
        let key = bearer(headers).filter(|key| is_api_key(key)).ok_or_else(wrong_key)?;
        return Ok(known.key(app, Digest::of(key)).await?.ok_or_else(wrong_key)?);
    }
    if let Some(token) = cookie::SESSION.read(headers, is_tls)
        && let Some(caller) = known.session(app, Digest::of(token)).await?
    {
        return Ok(caller);
    }
    if let Some(key) = cookie::KEY.read(headers, is_tls).filter(|key| is_api_key(key))
        && let Some(caller) = known.key(app, Digest::of(key)).await?
    {
        return Ok(caller);
    }
    Ok(if app.access().is_open() { Caller::Open } else { Caller::Stranger })
}

fn wrong_key() -> Problem {
    Problem::new(Code::NotSignedIn, "Authorization: expected `Bearer` and an API key that is good here and now")
}
