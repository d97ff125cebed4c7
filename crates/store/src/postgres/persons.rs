//! Accounts as they belong to one restaurant.

use feedme_kitchen::UserId;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::accounts::write::{ONE_ACCOUNT_A_NAME, name_key};
use super::change::{bytes, int8, text, uuid as id};
use super::error::Failed;
use super::people::{digest, role_of};
use super::rows::{column, maybe_time, time};
use super::session::Session;
use crate::accounts::PasswordHash;
use crate::factors::{SecondFactor, SharedSecret};
use crate::moment::Person;
use crate::record::damaged;
use crate::{RestaurantId, StoreError};

/// Those who are something in a restaurant, and those whom its orders name.
pub(super) fn of(restaurant: RestaurantId) -> String {
    let of = format!("restaurant_id = '{}'", restaurant.0);
    format!(
        "SELECT * FROM (
             SELECT users.*, secret, made_at, confirmed_at,
                 ARRAY(SELECT digest FROM recovery_codes WHERE user_id = users.id ORDER BY digest) AS recovery_codes,
                 CASE WHEN is_demonstration THEN NULL ELSE coalesce(
                     (SELECT role FROM memberships WHERE user_id = users.id AND {of}),
                     (SELECT role FROM memberships WHERE user_id = users.id AND restaurant_id IS NULL
                          AND (SELECT count(*) FROM restaurants) = 1)) END AS role
             FROM users LEFT JOIN second_factors ON user_id = users.id AND confirmed_at IS NOT NULL
         ) AS persons
         WHERE role IS NOT NULL OR id IN (SELECT user_id FROM all_orders WHERE {of} AND user_id IS NOT NULL)
         ORDER BY id"
    )
}

pub(super) fn read_person(row: &Row) -> Result<Person, StoreError> {
    let second_factor = match column::<Option<&[u8]>>(row, "secret")? {
        None => None,
        Some(_) => Some(SecondFactor {
            secret: SharedSecret(digest(row, "secret")?),
            made_at: time(row, "made_at")?,
            confirmed_at: maybe_time(row, "confirmed_at")?,
        }),
    };
    let codes = column::<Vec<&[u8]>>(row, "recovery_codes")?.into_iter().map(|code| code.try_into().map_err(damaged));
    let person = Person {
        id: UserId(column(row, "id")?),
        name: column(row, "name")?,
        role: column::<Option<&str>>(row, "role")?.map(role_of).transpose()?,
        password: column::<Option<String>>(row, "password")?.map(PasswordHash),
        second_factor,
        recovery_codes: codes.collect::<Result<_, _>>()?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        disabled_at: maybe_time(row, "disabled_at")?,
        deleted_at: maybe_time(row, "deleted_at")?,
    };
    Ok(person.or_a_name())
}

/// Writes somebody who comes with a restaurant. An account that is here already stays as it is, and is something there
/// from now on. False when another account has the name.
pub(super) async fn write(session: &mut Session, restaurant: RestaurantId, person: &Person) -> Result<bool, Failed> {
    let user = &person.id.0;
    let password = person.password.as_ref().map(|password| &password.0);
    let [disabled_at, deleted_at] = [person.disabled_at, person.deleted_at].map(|moment| moment.map(|at| at.0));
    let written = session
        .execute(
            "INSERT INTO users (id, name, name_key, password, is_demonstration, created_at, updated_at, disabled_at,
                 deleted_at)
             VALUES ($1, $2, $3, $4, false, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
            &[
                id(user),
                text(&person.name),
                text(&name_key(&person.name)),
                text(&password),
                int8(&person.created_at.0),
                int8(&person.updated_at.0),
                int8(&disabled_at),
                int8(&deleted_at),
            ],
        )
        .await;
    let is_new = match written {
        Err(Failed::Constraint(why)) if why.contains(ONE_ACCOUNT_A_NAME) => return Ok(false),
        written => written? == 1,
    };
    if let Some(role) = person.role {
        session
            .execute(
                "INSERT INTO memberships (user_id, restaurant_id, role) SELECT $1, $2, $3
                 WHERE NOT EXISTS (SELECT FROM memberships WHERE user_id = $1 AND restaurant_id IS NULL)",
                &[id(user), id(&restaurant.0), text(&role.name())],
            )
            .await?;
    }
    if !is_new {
        return Ok(true);
    }
    if let Some(SecondFactor { secret, made_at, confirmed_at }) = &person.second_factor {
        let confirmed_at = confirmed_at.map(|at| at.0);
        let sql = "INSERT INTO second_factors (user_id, secret, made_at, confirmed_at) VALUES ($1, $2, $3, $4)";
        let secret = secret.0.as_slice();
        session.execute(sql, &[id(user), bytes(&secret), int8(&made_at.0), int8(&confirmed_at)]).await?;
    }
    let codes: Vec<_> = person.recovery_codes.iter().map(<[u8; 32]>::as_slice).collect();
    let sql = "INSERT INTO recovery_codes (user_id, digest) SELECT $1, * FROM unnest($2)";
    session.execute(sql, &[id(user), (&codes, Type::BYTEA_ARRAY)]).await?;
    Ok(true)
}
