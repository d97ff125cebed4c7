//! Who calls, and how one comes in.

use axum::extract::{Extension, State};
use axum::response::Response;
use feedme_access::token::Digest;
use feedme_api::factor::Someone;
use feedme_api::restaurant::Reach;
use feedme_api::user::{
    ChangePassword, Demonstrate, Ended, Me, SessionList, SessionView, SetUp, SignIn, User, UserAnswer, Via as WireVia,
    Ways,
};
use feedme_api::{Code, Problem, Timestamp};
use feedme_store::accounts::{Account, ApiKey, Membership, Role, Saved, Session, Via, Which};
use feedme_store::{ChainFilter, StoreError};
use http::{HeaderMap, header};
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::access::caller::{Caller, Person};
use crate::access::change::{Editing, TRIES, too_busy};
use crate::access::sign_in::{self, Origin};
use crate::access::{Granted, cookie, factor};
use crate::answer;
use crate::app::App;
use crate::body::Body;
use crate::path::IdPath;
use crate::problem::Refused;

/// Restaurants that a caller is told of with who they are. Whoever reaches more looks for them in the list.
const REACH_MAX: usize = 100;

/// Names of the accounts that open mode offers, and what they are.
pub(crate) const DEMONSTRATIONS: [(&str, Role); 3] =
    [("normal", Role::Normal), ("vip", Role::Vip), ("manager", Role::Manager)];

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![
        routes!(get_ways),
        routes!(sign_in),
        routes!(sign_out),
        routes!(set_up),
        routes!(demonstrate),
        routes!(get_me),
        routes!(change_password),
        routes!(list_sessions, end_other_sessions),
        routes!(end_session),
    ]
}

/// How may one come in?
#[utoipa::path(get, path = "/api/auth/ways", tag = "auth", responses(
    (status = 200, description = "What a stranger can do", body = Ways),
))]
async fn get_ways(State(app): State<App>, origin: Origin, body: Body) -> Result<Response, Refused> {
    body.no_parameters()?;
    let access = app.access();
    let people = match cookie::DEVICE.read(body.headers(), origin.tls) {
        None => Vec::new(),
        Some(token) => access.accounts().people_on(Digest::of(token).0).await?,
    };
    let people = people.into_iter().map(|account| Someone { id: account.id.0, username: account.name });
    let demonstrations = DEMONSTRATIONS.iter().filter(|_| access.is_open()).map(|(name, _)| (*name).to_owned());
    let ways = Ways {
        open: access.is_open(),
        set_up: access.awaits_set_up(app.engine().now()),
        demonstrations: demonstrations.collect(),
        people: people.collect(),
    };
    Ok(answer::json(answer::to_json(&ways).into()))
}

/// Sign in
///
/// The answer sets a cookie that lasts for seven days, and for twelve hours without being used. It is the same, and
/// takes as long, for a wrong password and for a name that nobody has. An account with a second factor is asked for a
/// `code` once the password is right.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = SignIn, responses(
    (status = 200, description = "Who it is", body = UserAnswer<'static>),
    (status = 401, description = "The name or the password is wrong"),
    (status = 429, description = "Too many tries; see `Retry-After`"),
))]
async fn sign_in(State(app): State<App>, origin: Origin, body: Body) -> Result<Response, Refused> {
    let asked: SignIn = body.json()?;
    let (name, password) = (&asked.username.0, asked.password.reveal());
    let account = sign_in::prove(&app, name, password, &origin, body.headers()).await?;
    factor::demand(&app, &account, asked.code.as_ref(), &origin, body.headers()).await?;
    let response = welcome_on_device(&app, &account, &origin, &body, 200).await?;
    let entry = origin.own_entry(app.engine().now(), "signIn.succeeded", &account);
    app.access().note(entry).await;
    Ok(response)
}

/// Sign out
///
/// Ends the session on every node, and the streams that it opened. On a paired screen on which nobody is signed in it
/// revokes the screen's key.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", responses(
    (status = 200, description = "How many sessions ended: one, or none when nobody was signed in", body = Ended),
))]
async fn sign_out(State(app): State<App>, origin: Origin, body: Body) -> Result<Response, Refused> {
    body.nothing()?;
    let account = sign_in::end_presented(app.access(), body.headers(), &origin).await?;
    if let Some(account) = &account {
        app.access().note(origin.own_entry(app.engine().now(), "signOut", account)).await;
    }
    let ended = usize::from(account.is_some());
    let mut response = answer::json(answer::to_json(&Ended { ended }).into());
    response.headers_mut().append(header::SET_COOKIE, cookie::SESSION.forget(origin.tls));
    if account.is_none() && unpair(&app, &origin, body.headers()).await? {
        response.headers_mut().append(header::SET_COOKIE, cookie::KEY.forget(origin.tls));
    }
    Ok(response)
}

/// Revokes the key of a paired screen. False when it shows none.
async fn unpair(app: &App, origin: &Origin, headers: &HeaderMap) -> Result<bool, Refused> {
    let (access, now) = (app.access(), app.engine().now());
    let Some(token) = cookie::KEY.read(headers, origin.tls) else { return Ok(false) };
    let key = access.accounts().key(Digest::of(token).0).await?;
    if let Some(key) = key.filter(|key| key.revoked_at.is_none()) {
        access.note(origin.entry(now, "key.revoked", Some(key.restaurant), &key.name, &key.name)).await;
        access.revoke(ApiKey { revoked_at: Some(now), ..key }).await?;
    }
    Ok(true)
}

/// Make the first manager
///
/// With the link that a server without accounts prints when it starts: good once, and for 30 minutes.
#[utoipa::path(post, path = "/api/auth/setup", tag = "auth", request_body = SetUp, responses(
    (status = 201, description = "Who it is: signed in", body = UserAnswer<'static>),
    (status = 403, description = "The link is good no more"),
))]
async fn set_up(State(app): State<App>, origin: Origin, body: Body) -> Result<Response, Refused> {
    let asked: SetUp = body.json()?;
    let (access, now) = (app.access(), app.engine().now());
    if !access.is_set_up(asked.link.reveal(), now) {
        return Err(wrong_link());
    }
    let name = super::users::name(&asked.username.0)?;
    // A password that is not good enough costs no link.
    let password = sign_in::new_password(&app, "password", asked.password.reveal(), &name, false).await?;
    let everywhere = Membership { restaurant: None, role: Role::Manager };
    let account = super::users::fresh(&app, name, Some(password), vec![everywhere], false);
    let editing = Editing::begin(&app).await?;
    // Two may have come with it at a time.
    if !access.is_set_up(asked.link.reveal(), now) || !access.save_first(account.clone(), editing).await? {
        return Err(wrong_link());
    }
    access.note(origin.entry(now, "user.added", None, "set-up", &account.name)).await;
    welcome_on_device(&app, &account, &origin, &body, 201).await
}

fn wrong_link() -> Refused {
    let detail = "link: it is not the one that the server printed, was used, or is older than 30 minutes";
    Problem::new(Code::WrongLink, detail).into()
}

/// Switch to a demonstration account
///
/// In open mode, where nobody needs a password; elsewhere there are none.
#[utoipa::path(post, path = "/api/auth/demonstrate", tag = "auth", request_body = Demonstrate, responses(
    (status = 200, description = "Who it is", body = UserAnswer<'static>),
    (status = 404, description = "There is no such account, or the server is not in open mode"),
))]
async fn demonstrate(State(app): State<App>, origin: Origin, body: Body) -> Result<Response, Refused> {
    let asked: Demonstrate = body.json()?;
    let known = DEMONSTRATIONS.iter().find(|(name, _)| app.access().is_open() && *name == asked.username.0);
    let (name, role) = known.ok_or_else(super::users::unknown_user)?;
    let account = demonstration(&app, name, *role).await?;
    welcome(&app, &account, Via::Demonstration, &origin, &body, 200).await
}

/// The demonstration account of that role, made now if it was not there.
async fn demonstration(app: &App, name: &str, role: Role) -> Result<Account, Refused> {
    for _ in 0..TRIES {
        let editing = Editing::begin(app).await?;
        let there = app.access().accounts().accounts(false).await?;
        let is_it = |it: &Account| it.is_demonstration && it.memberships.iter().any(|it| it.role == role);
        if let Some(account) = there.into_iter().find(is_it) {
            return Ok(account);
        }
        let membership = Membership { restaurant: None, role };
        // Nobody can have taken a name with brackets, but another process that makes the same account.
        let account = super::users::fresh(app, format!("{name} (demonstration)"), None, vec![membership], true);
        if let Saved::Done(_) = app.access().save(account.clone(), None, editing).await? {
            return Ok(account);
        }
    }
    Err(too_busy())
}

/// Who am I?
#[utoipa::path(get, path = "/api/auth/me", tag = "auth", responses(
    (status = 200, description = "The caller", body = Me<'static>),
))]
async fn get_me(
    State(app): State<App>,
    Extension(Granted { caller, .. }): Extension<Granted>,
    origin: Origin,
    body: Body,
) -> Result<Response, Refused> {
    body.no_parameters()?;
    let user = describe(&app, &caller, &origin, body.headers()).await?;
    let restaurants = reach(&app, &caller).await?;
    let everywhere = caller.restaurants().is_none();
    Ok(answer::json(answer::to_json(&Me { user, everywhere, restaurants }).into()))
}

/// The restaurants that a caller may reach, the first of them.
async fn reach(app: &App, caller: &Caller) -> Result<Vec<Reach>, Refused> {
    let those = ChainFilter { among: caller.restaurants(), limit: REACH_MAX, ..ChainFilter::default() };
    let page = app.engine().store().chain(&those).await?;
    let reach = page.restaurants.into_iter().filter_map(|(restaurant, profile)| {
        let role = super::users::role(caller.role_in(restaurant.id)?);
        Some(Reach { slug: restaurant.slug, name: profile.name.to_string(), role })
    });
    Ok(reach.collect())
}

/// Change one's own password
///
/// All other sessions of the account end.
#[utoipa::path(post, path = "/api/auth/password", tag = "auth", request_body = ChangePassword, responses(
    (status = 200, description = "How many other sessions ended", body = Ended),
    (status = 401, description = "The present password is wrong"),
    (status = 403, description = "The caller has no password"),
))]
async fn change_password(
    State(app): State<App>,
    Extension(Granted { caller, .. }): Extension<Granted>,
    origin: Origin,
    body: Body,
) -> Result<Response, Refused> {
    let asked: ChangePassword = body.json()?;
    let person = person(&caller)?;
    let (name, current) = (&person.account.name, asked.current.reveal());
    let proven = sign_in::prove(&app, name, current, &origin, body.headers()).await?;
    let password = sign_in::new_password(&app, "new", asked.new.reveal(), name, proven.has_second_factor).await?;
    let (access, now) = (app.access(), app.engine().now());
    for _ in 0..TRIES {
        let editing = Editing::begin(&app).await?;
        // Whoever set it anew while the passwords were judged goes first.
        let account = access.accounts().account(proven.id).await?;
        let account = account.filter(|account| account.is_active() && account.password == proven.password);
        let account = account.ok_or_else(sign_in::wrong_credentials)?;
        let entry = origin.own_entry(now, "password.changed", &account);
        let account = Account { password: Some(password.clone()), updated_at: now, ..account };
        if let Saved::Done(ended) = access.save(account, Some(person.session), editing).await? {
            access.note(entry).await;
            return Ok(answer::json(answer::to_json(&Ended { ended }).into()));
        }
    }
    Err(too_busy())
}

/// List one's own sessions
#[utoipa::path(get, path = "/api/auth/sessions", tag = "auth", responses(
    (status = 200, description = "The sessions", body = SessionList),
))]
async fn list_sessions(
    State(app): State<App>,
    Extension(Granted { caller, .. }): Extension<Granted>,
    body: Body,
) -> Result<Response, Refused> {
    body.no_parameters()?;
    let person = person(&caller)?;
    let sessions = app.access().accounts().sessions(person.account.id).await?;
    Ok(session_list(sessions, Some(person.session)))
}

/// Sessions, as whoever may see them sees them.
pub(super) fn session_list(sessions: Vec<Session>, current: Option<Uuid>) -> Response {
    let view = |session: Session| SessionView {
        id: session.id,
        current: Some(session.id) == current,
        via: via(session.via),
        created_at: Timestamp(session.created_at),
        seen_at: Timestamp(session.seen_at),
        expires_at: Timestamp(session.expires_at),
        address: session.address,
        device: session.device,
    };
    let list = SessionList { sessions: sessions.into_iter().map(view).collect() };
    answer::json(answer::to_json(&list).into())
}

pub(super) fn unknown_session() -> Problem {
    Problem::new(Code::UnknownSession, "there is no such session")
}

/// End all of one's sessions but this one
#[utoipa::path(delete, path = "/api/auth/sessions", tag = "auth", responses(
    (status = 200, description = "How many it were", body = Ended),
))]
async fn end_other_sessions(
    State(app): State<App>,
    Extension(Granted { caller, .. }): Extension<Granted>,
    body: Body,
) -> Result<Response, Refused> {
    body.nothing()?;
    let person = person(&caller)?;
    let ended = app.access().end_sessions(person.account.id, Which::AllBut(Some(person.session))).await?;
    Ok(answer::json(answer::to_json(&Ended { ended }).into()))
}

/// End one of one's sessions
#[utoipa::path(delete, path = "/api/auth/sessions/{id}", tag = "auth", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "It ended", body = Ended),
    (status = 404, description = "There is no such session"),
))]
async fn end_session(
    State(app): State<App>,
    IdPath(id): IdPath,
    Extension(Granted { caller, .. }): Extension<Granted>,
    body: Body,
) -> Result<Response, Refused> {
    body.nothing()?;
    let person = person(&caller)?;
    let ended = app.access().end_sessions(person.account.id, Which::One(id.ok_or_else(unknown_session)?)).await?;
    if ended == 0 {
        return Err(unknown_session().into());
    }
    Ok(answer::json(answer::to_json(&Ended { ended }).into()))
}

/// How somebody came in, as it goes over the wire.
fn via(via: Via) -> WireVia {
    match via {
        Via::Password => WireVia::Password,
        Via::Pin => WireVia::Pin,
        Via::Demonstration => WireVia::Demonstration,
    }
}

/// The caller, to themselves.
pub(super) async fn describe<'a>(
    app: &App,
    caller: &'a Caller,
    origin: &Origin,
    headers: &HeaderMap,
) -> Result<User<'a>, Refused> {
    let role = caller.home(app).await?.and_then(|restaurant| caller.role_in(restaurant));
    let role = role.ok_or_else(|| Problem::new(Code::Forbidden, "the account belongs to no restaurant"))?;
    let user = User { name: caller.name(), role: super::users::role(role), ..User::OPEN };
    Ok(match caller {
        Caller::Person(person) => User {
            id: Some(person.account.id.0),
            pin: has_pin(app, &person.account, origin, headers).await?,
            ..of_account(app, &person.account, role, person.via)
        },
        Caller::Device(_) => User { via: WireVia::Key, ..user },
        Caller::Operator => User { via: WireVia::Operator, ..user },
        Caller::Open | Caller::Stranger => user,
    })
}

fn of_account<'a>(app: &App, account: &'a Account, role: Role, via: Via) -> User<'a> {
    User {
        id: Some(account.id.0),
        name: &account.name,
        role: super::users::role(role),
        via: self::via(via),
        second_factor: account.has_second_factor,
        pin: via == Via::Pin,
        must_enrol: app.access().must_enrol(account),
    }
}

async fn has_pin(app: &App, account: &Account, origin: &Origin, headers: &HeaderMap) -> Result<bool, StoreError> {
    let Some(token) = cookie::DEVICE.read(headers, origin.tls) else { return Ok(false) };
    let people = app.access().accounts().people_on(Digest::of(token).0).await?;
    Ok(people.iter().any(|other| other.id == account.id))
}

pub(super) fn person(caller: &Caller) -> Result<&Person, Problem> {
    match caller {
        Caller::Person(person) => Ok(person),
        _ => Err(Problem::new(Code::Forbidden, "only somebody who signed in has sessions and a password")),
    }
}

/// The answer to somebody who has just come in.
pub(super) async fn welcome(
    app: &App,
    account: &Account,
    via: Via,
    origin: &Origin,
    body: &Body,
    status: u16,
) -> Result<Response, Refused> {
    let role = account.memberships.first().map_or(Role::Normal, |membership| membership.role);
    let pin = via == Via::Pin || has_pin(app, account, origin, body.headers()).await?;
    let user = User { pin, ..of_account(app, account, role, via) };
    let mut response = answer::respond(status, None, answer::to_json(&UserAnswer { user }));
    sign_in::begin_session(app, account, via, origin, body.headers(), &mut response).await?;
    Ok(response)
}

/// The same after a password was proved: the device is known from then on.
async fn welcome_on_device(
    app: &App,
    account: &Account,
    origin: &Origin,
    body: &Body,
    status: u16,
) -> Result<Response, Refused> {
    let mut response = welcome(app, account, Via::Password, origin, body, status).await?;
    let (_, cookie) = sign_in::remember_device(app, account, origin, body.headers()).await?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
