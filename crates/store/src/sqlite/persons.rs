//! Accounts as they belong to one restaurant.

use feedme_kitchen::UserId;
use rusqlite::{Connection, Row, params};

use super::accounts::{maybe_time, name_key};
use super::rows::{id, time, uuid};
use crate::accounts::{PasswordHash, Role};
use crate::factors::{SecondFactor, SharedSecret};
use crate::moment::{Person, Piece};
use crate::{RestaurantId, StoreError};

/// Those who are something in a restaurant, and those whom its orders name.
pub(super) fn read(connection: &Connection, restaurant: RestaurantId) -> Result<Vec<Piece>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT users.*, secret, made_at, confirmed_at,
             iif(is_demonstration, NULL, coalesce(
                 (SELECT role FROM memberships WHERE user_id = users.id AND restaurant_id = ?1),
                 (SELECT role FROM memberships WHERE user_id = users.id AND restaurant_id IS NULL
                      AND (SELECT count(*) FROM restaurants) = 1))) AS role
         FROM users LEFT JOIN second_factors ON user_id = users.id AND confirmed_at IS NOT NULL
         WHERE role IS NOT NULL OR users.id IN
             (SELECT user_id FROM all_orders WHERE restaurant_id = ?1 AND user_id IS NOT NULL)
         ORDER BY users.id",
    )?;
    statement.query_and_then([id(&restaurant.0)], |row| read_person(connection, row).map(Piece::Account))?.collect()
}

fn read_person(connection: &Connection, row: &Row<'_>) -> Result<Person, StoreError> {
    let user = uuid(row, "id")?;
    let role = row.get::<_, Option<String>>("role")?;
    let role =
        role.map(|role| Role::of_name(&role).ok_or_else(|| StoreError::Corrupt(format!("there is no role {role}"))));
    let secret = row.get::<_, Option<[u8; 20]>>("secret")?;
    let second_factor = match secret {
        None => None,
        Some(secret) => Some(SecondFactor {
            secret: SharedSecret(secret),
            made_at: time(row, "made_at")?,
            confirmed_at: maybe_time(row, "confirmed_at")?,
        }),
    };
    let mut codes =
        connection.prepare_cached("SELECT digest FROM recovery_codes WHERE user_id = ?1 ORDER BY digest")?;
    let recovery_codes = codes.query_map([id(&user)], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let person = Person {
        id: UserId(user),
        name: row.get("name")?,
        role: role.transpose()?,
        password: row.get::<_, Option<String>>("password")?.map(PasswordHash),
        second_factor,
        recovery_codes,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        disabled_at: maybe_time(row, "disabled_at")?,
        deleted_at: maybe_time(row, "deleted_at")?,
    };
    Ok(person.or_a_name())
}

/// Writes somebody who comes with a restaurant. An account that is here already stays as it is, and is something there
/// from now on. False when another account has the name.
pub(super) fn write(connection: &Connection, restaurant: RestaurantId, person: &Person) -> Result<bool, StoreError> {
    let user = id(&person.id.0);
    let key = name_key(&person.name);
    let is_taken = "SELECT EXISTS (SELECT 1 FROM users WHERE name_key = ?1 AND id <> ?2 AND deleted_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM users WHERE id = ?2)";
    if person.deleted_at.is_none() && connection.query_row(is_taken, params![key, user], |row| row.get(0))? {
        return Ok(false);
    }
    let is_new = connection
        .prepare_cached(
            "INSERT INTO users (id, name, name_key, password, is_demonstration, created_at, updated_at, disabled_at, deleted_at)
             VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            user,
            person.name,
            key,
            person.password.as_ref().map(|password| &password.0),
            person.created_at.0,
            person.updated_at.0,
            person.disabled_at.map(|at| at.0),
            person.deleted_at.map(|at| at.0),
        ])?;
    if let Some(role) = person.role {
        connection
            .prepare_cached(
                "INSERT INTO memberships (user_id, restaurant_id, role) SELECT ?1, ?2, ?3
                 WHERE NOT EXISTS (SELECT 1 FROM memberships WHERE user_id = ?1 AND restaurant_id IS NULL)",
            )?
            .execute(params![user, id(&restaurant.0), role.name()])?;
    }
    if is_new == 0 {
        return Ok(true);
    }
    if let Some(SecondFactor { secret, made_at, confirmed_at }) = &person.second_factor {
        let sql = "INSERT INTO second_factors (user_id, secret, made_at, confirmed_at) VALUES (?1, ?2, ?3, ?4)";
        connection.execute(sql, params![user, secret.0, made_at.0, confirmed_at.map(|at| at.0)])?;
    }
    for digest in &person.recovery_codes {
        connection.execute("INSERT INTO recovery_codes (user_id, digest) VALUES (?1, ?2)", params![user, digest])?;
    }
    Ok(true)
}
