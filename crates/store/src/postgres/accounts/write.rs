//! Writing accounts and keys, within a change.

use feedme_kitchen::UserId;
use tokio_postgres::types::Type;

use crate::accounts::{Account, ApiKey, Which};
use crate::postgres::change::{Change, boolean, bytes, int8, text, uuid as id};
use crate::postgres::error::Failed;
use crate::postgres::session::Session;

/// By which a name is known to be taken.
pub(in crate::postgres) const ONE_ACCOUNT_A_NAME: &str = "users_one_account_a_name";

/// The same for all ways to capitalise a name.
pub(in crate::postgres) fn name_key(name: &str) -> String {
    name.to_lowercase()
}

/// Writes an account. False when its name is taken: then nothing more can be done but to undo.
pub(super) async fn save_account(change: &mut Change<'_>, account: &Account) -> Result<bool, Failed> {
    let Account { id: user, name, memberships, is_demonstration, created_at, updated_at, .. } = account;
    let password = account.password.as_ref().map(|password| &password.0);
    let (disabled_at, deleted_at) = (account.disabled_at.map(|at| at.0), account.deleted_at.map(|at| at.0));
    // Whoever writes the same account waits here. That no two have one name is for the index to say: a look before
    // would not see who is just about to take it.
    let saved = change
        .execute(
            "INSERT INTO users (id, name, name_key, password, is_demonstration, created_at, updated_at, disabled_at,
                 deleted_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
                 password = excluded.password, updated_at = excluded.updated_at, disabled_at = excluded.disabled_at,
                 deleted_at = excluded.deleted_at",
            &[
                id(&user.0),
                text(name),
                text(&name_key(name)),
                text(&password),
                boolean(is_demonstration),
                int8(&created_at.0),
                int8(&updated_at.0),
                int8(&disabled_at),
                int8(&deleted_at),
            ],
        )
        .await;
    match saved {
        Err(Failed::Constraint(why)) if why.contains(ONE_ACCOUNT_A_NAME) => return Ok(false),
        saved => saved?,
    };
    change.execute("DELETE FROM memberships WHERE user_id = $1", &[id(&user.0)]).await?;
    let restaurants: Vec<_> = memberships.iter().map(|it| it.restaurant.map(|it| it.0)).collect();
    let roles: Vec<_> = memberships.iter().map(|it| it.role.name()).collect();
    change
        .execute(
            "INSERT INTO memberships (user_id, restaurant_id, role) SELECT $1, * FROM unnest($2, $3)",
            &[id(&user.0), (&restaurants, Type::UUID_ARRAY), (&roles, Type::TEXT_ARRAY)],
        )
        .await?;
    Ok(true)
}

pub(in crate::postgres) async fn save_key(session: &mut Session, key: &ApiKey) -> Result<(), Failed> {
    let bot = key.bot.map(|bot| bot.0);
    let [expires_at, seen_at, revoked_at] =
        [key.expires_at, key.seen_at, key.revoked_at].map(|moment| moment.map(|at| at.0));
    session
        .execute(
            "INSERT INTO api_keys (id, digest, shown, name, restaurant_id, role, bot_id, created_at, expires_at,
             seen_at, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, expires_at = excluded.expires_at,
             revoked_at = coalesce(api_keys.revoked_at, excluded.revoked_at)",
            &[
                id(&key.id),
                bytes(&key.digest.as_slice()),
                text(&key.shown),
                text(&key.name),
                id(&key.restaurant.0),
                text(&key.role.name()),
                id(&bot),
                int8(&key.created_at.0),
                int8(&expires_at),
                int8(&seen_at),
                int8(&revoked_at),
            ],
        )
        .await
        .map(drop)
}

pub(super) async fn end_sessions(change: &mut Change<'_>, user: UserId, which: Which) -> Result<usize, Failed> {
    let ended = match which {
        Which::One(one) => {
            let sql = "DELETE FROM sessions WHERE user_id = $1 AND id = $2";
            change.execute(sql, &[id(&user.0), id(&one)]).await?
        }
        Which::AllBut(kept) => {
            // Those who sign in at this moment have signed in before or after.
            change.lock_account(user.0).await?;
            change.execute("DELETE FROM pins WHERE user_id = $1", &[id(&user.0)]).await?;
            let sql = "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2";
            change.execute(sql, &[id(&user.0), id(&kept)]).await?
        }
    };
    Ok(usize::try_from(ended).unwrap_or(usize::MAX))
}
