//! Accounts, sessions, keys and the log as rows.

use feedme_kitchen::{BotId, UserId};
use tokio_postgres::Row;
use uuid::Uuid;

use super::rows::{column, maybe_time, restaurant, time};
use crate::accounts::{Account, ApiKey, LogEntry, Membership, PasswordHash, Role, Session, Via};
use crate::record::damaged;
use crate::{RestaurantId, StoreError};

/// An account with all that belongs to it, by one statement, and so of one moment.
pub(super) const ACCOUNT: &str = "users.id, users.name, users.password, users.is_demonstration, users.created_at,
    users.updated_at, users.disabled_at, users.deleted_at,
    EXISTS (SELECT FROM second_factors WHERE user_id = users.id AND confirmed_at IS NOT NULL) AS has_second_factor,
    ARRAY(SELECT restaurant_id FROM memberships WHERE user_id = users.id ORDER BY restaurant_id NULLS FIRST)
        AS restaurants,
    ARRAY(SELECT role FROM memberships WHERE user_id = users.id ORDER BY restaurant_id NULLS FIRST) AS roles";

/// A session, under names that an account's columns do not have.
pub(super) const SESSION: &str = "sessions.id AS session, sessions.digest, sessions.user_id, sessions.via,
    sessions.created_at AS begun_at, sessions.seen_at, sessions.expires_at, sessions.address, sessions.device";

pub(super) fn read_account(row: &Row) -> Result<Account, StoreError> {
    let restaurants = column::<Vec<Option<Uuid>>>(row, "restaurants")?;
    let roles = column::<Vec<&str>>(row, "roles")?;
    let membership =
        |(at, role): (Option<Uuid>, &str)| Ok(Membership { restaurant: at.map(RestaurantId), role: role_of(role)? });
    Ok(Account {
        id: UserId(column(row, "id")?),
        name: column(row, "name")?,
        password: column::<Option<String>>(row, "password")?.map(PasswordHash),
        has_second_factor: column(row, "has_second_factor")?,
        memberships: restaurants.into_iter().zip(roles).map(membership).collect::<Result<_, StoreError>>()?,
        is_demonstration: column(row, "is_demonstration")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        disabled_at: maybe_time(row, "disabled_at")?,
        deleted_at: maybe_time(row, "deleted_at")?,
    })
}

pub(super) fn read_session(row: &Row) -> Result<Session, StoreError> {
    let via = column::<&str>(row, "via")?;
    Ok(Session {
        id: column(row, "session")?,
        digest: digest(row, "digest")?,
        user: UserId(column(row, "user_id")?),
        via: Via::of_name(via).ok_or_else(|| damaged(format!("nobody comes in by {via}")))?,
        created_at: time(row, "begun_at")?,
        seen_at: time(row, "seen_at")?,
        expires_at: time(row, "expires_at")?,
        address: column(row, "address")?,
        device: column(row, "device")?,
    })
}

pub(super) fn read_key(row: &Row) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: column(row, "id")?,
        digest: digest(row, "digest")?,
        shown: column(row, "shown")?,
        name: column(row, "name")?,
        restaurant: restaurant(row, "restaurant_id")?,
        role: role(row)?,
        bot: maybe_bot(row)?,
        created_at: time(row, "created_at")?,
        expires_at: maybe_time(row, "expires_at")?,
        seen_at: maybe_time(row, "seen_at")?,
        revoked_at: maybe_time(row, "revoked_at")?,
    })
}

/// An entry of the log, and its position.
pub(super) fn read_entry(row: &Row) -> Result<(i64, LogEntry), StoreError> {
    let entry = LogEntry {
        at: time(row, "at")?,
        kind: column(row, "kind")?,
        restaurant: column::<Option<Uuid>>(row, "restaurant_id")?.map(RestaurantId),
        actor: column(row, "actor")?,
        subject: column(row, "subject")?,
        address: column(row, "address")?,
        device: column(row, "device")?,
    };
    Ok((column(row, "id")?, entry))
}

/// A role from a column.
pub(super) fn role(row: &Row) -> Result<Role, StoreError> {
    role_of(column(row, "role")?)
}

pub(super) fn role_of(name: &str) -> Result<Role, StoreError> {
    Role::of_name(name).ok_or_else(|| damaged(format!("there is no role {name}")))
}

/// The bot in a column that may be empty.
pub(super) fn maybe_bot(row: &Row) -> Result<Option<BotId>, StoreError> {
    Ok(column::<Option<Uuid>>(row, "bot_id")?.map(BotId))
}

/// A digest, or a secret, from a column.
pub(super) fn digest<const N: usize>(row: &Row, name: &str) -> Result<[u8; N], StoreError> {
    column::<&[u8]>(row, name)?.try_into().map_err(damaged)
}
