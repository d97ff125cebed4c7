//! Accounts of a restaurant, as its managers see them.

mod desk;

use crate::access::change::{Editing, TRIES, too_busy};
use crate::access::sign_in;
use crate::answer;
use crate::app::App;
use crate::body::Body;
use crate::http::auth::{session_list, unknown_session};
use crate::path::{IdPath, SessionPath};
use crate::problem::Refused;
use axum::response::Response;
use desk::Desk;
use feedme_api::user::{
    AccountAnswer, AccountList, AccountView, AddUser, Ended, Role as WireRole, SessionList, UserPatch,
};
use feedme_api::{Code, Problem};
use feedme_kitchen::UserId;
use feedme_store::RestaurantId;
use feedme_store::accounts::{Account, Membership, PasswordHash, Role, Which};
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![
        routes!(list_users, add_user),
        routes!(change_user, delete_user),
        routes!(restore_user),
        routes!(list_sessions_of_user, end_sessions_of_user),
        routes!(end_session_of_user),
        routes!(remove_second_factor_of_user),
    ]
}

pub(super) fn unknown_user() -> Problem {
    Problem::new(Code::UnknownUser, "there is no such account")
}

/// A name that an account may have.
pub(super) fn name(name: &str) -> Result<String, Problem> {
    let legal = |char: char| char.is_alphanumeric() || " .-_@'".contains(char);
    let trimmed = name.trim();
    if trimmed.is_empty() || !trimmed.chars().all(legal) {
        return Err(Problem::invalid("username", "1 to 64 letters, digits, spaces and `.-_@'`"));
    }
    Ok(trimmed.to_owned())
}

/// A new account.
pub(super) fn fresh(
    app: &App,
    name: String,
    password: Option<PasswordHash>,
    memberships: Vec<Membership>,
    is_demonstration: bool,
) -> Account {
    let now = app.engine().now();
    Account {
        id: UserId(app.engine().ids().uuid(now)),
        name,
        password,
        has_second_factor: false,
        memberships,
        is_demonstration,
        created_at: now,
        updated_at: now,
        disabled_at: None,
        deleted_at: None,
    }
}

/// A role as it goes over the wire.
pub(super) fn role(role: Role) -> WireRole {
    match role {
        Role::Normal => WireRole::Normal,
        Role::Vip => WireRole::Vip,
        Role::Manager => WireRole::Manager,
        Role::Bot => WireRole::Bot,
        Role::Display => WireRole::Display,
    }
}

/// A role that came over the wire.
pub(super) fn role_of(wire: WireRole) -> Role {
    match wire {
        WireRole::Normal => Role::Normal,
        WireRole::Vip => Role::Vip,
        WireRole::Manager => Role::Manager,
        WireRole::Bot => Role::Bot,
        WireRole::Display => Role::Display,
    }
}

fn answer_with(status: u16, user: AccountView) -> Response {
    answer::respond(status, None, answer::to_json(&AccountAnswer { user }))
}

/// List the accounts
///
/// Those of this restaurant, deleted ones last.
#[utoipa::path(get, path = "/api/users", tag = "users", responses(
    (status = 200, description = "The accounts", body = AccountList),
))]
async fn list_users(desk: Desk, body: Body) -> Result<Response, Refused> {
    body.no_parameters()?;
    let all = desk.app.access().accounts().accounts(true).await?;
    let ours = all.iter().filter(|account| account.role_in(desk.restaurant).is_some() && !account.is_demonstration);
    let mut users = Vec::new();
    for account in ours {
        users.push(desk.view(account).await?);
    }
    users.sort_by_key(|user| user.deleted_at.is_some());
    Ok(answer::json(answer::to_json(&AccountList { users }).into()))
}

/// Make an account
#[utoipa::path(post, path = "/api/users", tag = "users", request_body = AddUser, responses(
    (status = 201, description = "The account", body = AccountAnswer),
    (status = 409, description = "Another account has this name"),
))]
async fn add_user(desk: Desk, body: Body) -> Result<Response, Refused> {
    let asked: AddUser = body.json()?;
    if asked.everywhere && !desk.granted.caller.is_everywhere() {
        return Err(Problem::new(Code::Forbidden, "everywhere: only who is everywhere may say so").into());
    }
    let name = name(&asked.username.0)?;
    let password = sign_in::new_password(&desk.app, "password", asked.password.reveal(), &name, false).await?;
    let role = role_of(asked.role);
    let places = match &asked.restaurants {
        Some(_) if asked.everywhere => {
            return Err(Problem::invalid("restaurants", "nothing beside `everywhere`").into());
        }
        Some(slugs) => desk.places(slugs).await?,
        None if asked.everywhere => vec![None],
        None => vec![Some(desk.restaurant)],
    };
    let memberships = places.into_iter().map(|restaurant| Membership { restaurant, role }).collect();
    let account = fresh(&desk.app, name, Some(password), memberships, false);
    for _ in 0..TRIES {
        let editing = Editing::begin(&desk.app).await?;
        if let Some(view) = desk.save(account.clone(), "user.added", editing).await? {
            return Ok(answer_with(201, view));
        }
    }
    Err(too_busy())
}

/// Change an account
///
/// What is missing stays as it is. Its sessions end.
#[utoipa::path(patch, path = "/api/users/{id}", tag = "users", params(("id" = Uuid, Path)), request_body = UserPatch,
    responses(
    (status = 200, description = "The account as it is now", body = AccountAnswer),
    (status = 404, description = "There is no such account"),
    (status = 409, description = "Nobody would be left to run the restaurant"),
))]
async fn change_user(desk: Desk, IdPath(id): IdPath, body: Body) -> Result<Response, Refused> {
    let UserPatch { role, restaurants, password, disabled } = body.json()?;
    let account = desk.find(id, false).await?;
    if password.is_some() && desk.granted.caller.user() == Some(account.id) {
        let detail = "password: one's own is changed at /api/auth/password, with the present one";
        return Err(Problem::new(Code::Forbidden, detail).into());
    }
    let password = match password {
        Some(password) => {
            let (password, name) = (password.reveal(), &account.name);
            Some(sign_in::new_password(&desk.app, "password", password, name, account.has_second_factor).await?)
        }
        None => None,
    };
    let places = match restaurants {
        Some(slugs) => Some(desk.places(&slugs).await?),
        None => None,
    };
    // It may have changed while the password was judged.
    let changed = desk.change(id, false, "user.changed", |mut account| {
        account.updated_at = desk.now;
        if let Some(role) = role {
            let restaurant = if account.is_everywhere() { None } else { Some(desk.restaurant) };
            account.memberships.retain(|membership| membership.restaurant != restaurant);
            account.memberships.push(Membership { restaurant, role: role_of(role) });
        }
        if let Some(places) = &places {
            let here = account.role_in(desk.restaurant).unwrap_or(Role::Normal);
            let role_at = |place: RestaurantId| account.role_in(place).unwrap_or(here);
            let memberships = places.iter().copied().flatten();
            account.memberships =
                memberships.map(|place| Membership { restaurant: Some(place), role: role_at(place) }).collect();
        }
        account.password = password.clone().or(account.password);
        if let Some(disabled) = disabled {
            account.disabled_at = disabled.then_some(account.disabled_at.unwrap_or(desk.now));
        }
        account
    });
    Ok(answer_with(200, changed.await?))
}

/// Delete an account
///
/// Its orders keep naming it, and it can be restored.
#[utoipa::path(delete, path = "/api/users/{id}", tag = "users", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The account", body = AccountAnswer),
    (status = 404, description = "There is no such account"),
    (status = 409, description = "Nobody would be left to run the restaurant"),
))]
async fn delete_user(desk: Desk, IdPath(id): IdPath, body: Body) -> Result<Response, Refused> {
    body.nothing()?;
    let delete = |account| Account { deleted_at: Some(desk.now), updated_at: desk.now, ..account };
    Ok(answer_with(200, desk.change(id, false, "user.deleted", delete).await?))
}

/// Undo the deletion of an account
#[utoipa::path(post, path = "/api/users/{id}/restore", tag = "users", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The account", body = AccountAnswer),
    (status = 404, description = "There is no such deleted account"),
    (status = 409, description = "Another account has its name by now"),
))]
async fn restore_user(desk: Desk, IdPath(id): IdPath, body: Body) -> Result<Response, Refused> {
    body.nothing()?;
    let restore = |account| Account { deleted_at: None, updated_at: desk.now, ..account };
    Ok(answer_with(200, desk.change(id, true, "user.restored", restore).await?))
}

/// List the sessions of an account
#[utoipa::path(get, path = "/api/users/{id}/sessions", tag = "users", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The sessions", body = SessionList),
    (status = 404, description = "There is no such account"),
))]
async fn list_sessions_of_user(desk: Desk, IdPath(id): IdPath, body: Body) -> Result<Response, Refused> {
    body.no_parameters()?;
    let account = desk.find(id, false).await?;
    let sessions = desk.app.access().accounts().sessions(account.id).await?;
    Ok(session_list(sessions, desk.granted.caller.session()))
}

/// End a session of an account
#[utoipa::path(delete, path = "/api/users/{id}/sessions/{session}", tag = "users",
    params(("id" = Uuid, Path), ("session" = Uuid, Path)), responses(
    (status = 200, description = "It ended", body = Ended),
    (status = 404, description = "There is no such account, or no such session of it"),
))]
async fn end_session_of_user(desk: Desk, SessionPath(path): SessionPath, body: Body) -> Result<Response, Refused> {
    body.nothing()?;
    let (user, session) = path.ok_or_else(unknown_user)?;
    let account = desk.find(Some(user), false).await?;
    let ended = desk.app.access().end_sessions(account.id, Which::One(session)).await?;
    if ended == 0 {
        return Err(unknown_session().into());
    }
    desk.note("sessions.ended", &account).await;
    Ok(answer::json(answer::to_json(&Ended { ended }).into()))
}

/// End all sessions of an account
#[utoipa::path(delete, path = "/api/users/{id}/sessions", tag = "users", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "How many it were", body = Ended),
    (status = 404, description = "There is no such account"),
))]
async fn end_sessions_of_user(desk: Desk, IdPath(id): IdPath, body: Body) -> Result<Response, Refused> {
    body.nothing()?;
    let account = desk.find(id, false).await?;
    let ended = desk.app.access().end_sessions(account.id, Which::AllBut(None)).await?;
    desk.note("sessions.ended", &account).await;
    Ok(answer::json(answer::to_json(&Ended { ended }).into()))
}

/// Take an account's second factor away
///
/// For somebody who lost both the authenticator and the recovery codes. Its sessions end.
#[utoipa::path(delete, path = "/api/users/{id}/second-factor", tag = "users", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The account", body = AccountAnswer),
    (status = 404, description = "There is no such account"),
))]
async fn remove_second_factor_of_user(desk: Desk, IdPath(id): IdPath, body: Body) -> Result<Response, Refused> {
    body.nothing()?;
    let account = desk.find(id, false).await?;
    if desk.granted.caller.user() == Some(account.id) {
        let detail = "one's own is removed at /api/auth/second-factor, with the password and a code";
        return Err(Problem::new(Code::Forbidden, detail).into());
    }
    let access = desk.app.access();
    if access.accounts().remove_second_factor(account.id).await? {
        access.end_sessions(account.id, Which::AllBut(None)).await?;
        desk.note("secondFactor.removed", &account).await;
    }
    Ok(answer_with(200, desk.view(&Account { has_second_factor: false, ..account }).await?))
}
