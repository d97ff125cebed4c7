//! Accounts, sessions, keys and the log of them.

use async_trait::async_trait;
use feedme_kitchen::{BotId, Time, UserId};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, named_params, params};
use uuid::Uuid;

use super::SqliteStore;
use super::rows::{id, time, uuid};
use crate::accounts::{
    Account, Accounts, ApiKey, Before, Counted, DEVICES_MAX, Device, LogEntry, Membership, PasswordHash, Role, Saved,
    Session, Step, Via, Which,
};
use crate::{RestaurantId, StoreError};

#[async_trait]
impl Accounts for SqliteStore {
    async fn accounts(&self, deleted: bool) -> Result<Vec<Account>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT * FROM users WHERE deleted_at IS NULL OR ?1 ORDER BY name_key, created_at";
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_and_then([deleted], |row| read_account(connection, row))?.collect()
        })
        .await
    }

    async fn account(&self, user: UserId) -> Result<Option<Account>, StoreError> {
        self.read(move |connection| account(connection, user)).await
    }

    async fn account_named(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let key = name_key(name);
        self.read(move |connection| {
            let sql = "SELECT * FROM users WHERE name_key = ?1 AND deleted_at IS NULL";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([key])?;
            rows.next()?.map(|row| read_account(connection, row)).transpose()
        })
        .await
    }

    async fn save_account(
        &self,
        account: &Account,
        keeps: Option<Uuid>,
        _unchanged_since: Option<u64>,
    ) -> Result<Saved, StoreError> {
        let account = account.clone();
        self.write(move |transaction| {
            if !save_account(transaction, &account)? {
                return Ok(Saved::NameTaken);
            }
            end_sessions(transaction, account.id, Which::AllBut(keeps)).map(Saved::Done)
        })
        .await
    }

    async fn save_first_account(&self, account: &Account) -> Result<bool, StoreError> {
        let account = account.clone();
        self.write(move |transaction| {
            let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE is_demonstration = 0)";
            let is_there = transaction.query_row(sql, [], |row| row.get::<_, bool>(0))?;
            if is_there { Ok(false) } else { save_account(transaction, &account) }
        })
        .await
    }

    async fn begin_session_if_unchanged(&self, session: &Session, account: &Account) -> Result<bool, StoreError> {
        let password = account.password.as_ref().map(|password| password.0.clone());
        let has_second_factor = account.has_second_factor;
        let Session { id: session_id, digest, user, via, created_at, seen_at, expires_at, address, device } =
            session.clone();
        self.write(move |transaction| {
            let begun = transaction.execute(
                "INSERT INTO sessions (id, digest, user_id, via, created_at, seen_at, expires_at, address, device)
                 SELECT :id, :digest, id, :via, :created_at, :seen_at, :expires_at, :address, :device FROM users
                 WHERE id = :user AND disabled_at IS NULL AND deleted_at IS NULL AND password IS :password
                     AND :has_second_factor = EXISTS
                         (SELECT 1 FROM second_factors WHERE user_id = users.id AND confirmed_at IS NOT NULL)",
                named_params! {
                    ":id": id(&session_id), ":digest": digest, ":user": id(&user.0), ":created_at": created_at.0,
                    ":seen_at": seen_at.0, ":expires_at": expires_at.0, ":address": address, ":device": device,
                    ":password": password, ":via": via.name(), ":has_second_factor": has_second_factor,
                },
            )?;
            Ok(begun == 1)
        })
        .await
    }

    async fn session(&self, digest: [u8; 32]) -> Result<Option<(Session, Account)>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached("SELECT * FROM sessions WHERE digest = ?1")?;
            let mut rows = statement.query([digest])?;
            let Some(session) = rows.next()?.map(read_session).transpose()? else { return Ok(None) };
            Ok(account(connection, session.user)?.map(|account| (session, account)))
        })
        .await
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT * FROM sessions WHERE user_id = ?1 ORDER BY created_at DESC";
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_and_then([id(&user.0)], read_session)?.collect()
        })
        .await
    }

    async fn note_session(&self, session: Uuid, seen_at: Time) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute("UPDATE sessions SET seen_at = ?2 WHERE id = ?1", params![id(&session), seen_at.0])?;
            Ok(())
        })
        .await
    }

    async fn end_sessions(&self, user: UserId, which: Which) -> Result<usize, StoreError> {
        self.write(move |transaction| end_sessions(transaction, user, which)).await
    }

    async fn save_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let key = key.clone();
        self.write(move |transaction| save_key(transaction, &key)).await
    }

    async fn key(&self, digest: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached("SELECT * FROM api_keys WHERE digest = ?1")?;
            let mut rows = statement.query([digest])?;
            rows.next()?.map(read_key).transpose()
        })
        .await
    }

    async fn note_key(&self, key: Uuid, seen_at: Time) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute("UPDATE api_keys SET seen_at = ?2 WHERE id = ?1", params![id(&key), seen_at.0])?;
            Ok(())
        })
        .await
    }

    async fn keys(&self, restaurant: RestaurantId) -> Result<Vec<ApiKey>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT * FROM api_keys WHERE restaurant_id = ?1 ORDER BY created_at DESC";
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_and_then([id(&restaurant.0)], read_key)?.collect()
        })
        .await
    }

    async fn is_device(&self, digest: [u8; 32], user: UserId) -> Result<bool, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT EXISTS (SELECT 1 FROM devices WHERE digest = ?1 AND user_id = ?2)";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_row(params![digest, id(&user.0)], |row| row.get(0))?)
        })
        .await
    }

    async fn note_device(&self, device: &Device, former: Option<[u8; 32]>) -> Result<(), StoreError> {
        let Device { digest, user, seen_at } = *device;
        self.write(move |transaction| {
            if let Some(former) = former {
                transaction.execute("UPDATE devices SET digest = ?2 WHERE digest = ?1", params![former, digest])?;
            }
            transaction.execute(
                "INSERT INTO devices (digest, user_id, seen_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (digest, user_id) DO UPDATE SET seen_at = excluded.seen_at",
                params![digest, id(&user.0), seen_at.0],
            )?;
            transaction.execute(
                "DELETE FROM devices WHERE user_id = ?1 AND digest IN
                     (SELECT digest FROM devices WHERE user_id = ?1 ORDER BY seen_at DESC LIMIT -1 OFFSET ?2)",
                params![id(&user.0), i64::try_from(DEVICES_MAX).unwrap_or(i64::MAX)],
            )?;
            Ok(())
        })
        .await
    }

    async fn counted(&self, against: &[String]) -> Result<Vec<Counted>, StoreError> {
        let against = against.to_vec();
        self.read(move |connection| against.iter().map(|against| counted(connection, against)).collect()).await
    }

    async fn count(&self, steps: &[Step]) -> Result<bool, StoreError> {
        let steps = steps.to_vec();
        self.write(move |transaction| {
            for Step { against, before, .. } in &steps {
                if counted(transaction, against)? != *before {
                    return Ok(false);
                }
            }
            for Step { against, after: Counted { count, last_at }, .. } in steps {
                if count == 0 {
                    transaction.execute("DELETE FROM tries WHERE against = ?1", [against])?;
                } else {
                    transaction.execute(
                        "INSERT INTO tries (against, count, last_at) VALUES (?1, ?2, ?3)
                         ON CONFLICT (against) DO UPDATE SET count = excluded.count, last_at = excluded.last_at",
                        params![against, count, last_at.0],
                    )?;
                }
            }
            Ok(true)
        })
        .await
    }

    async fn log(&self, entry: &LogEntry) -> Result<(), StoreError> {
        let LogEntry { at, kind, restaurant, actor, subject, address, device } = entry.clone();
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO sign_ins (at, kind, restaurant_id, actor, subject, address, device)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![at.0, kind, restaurant.map(|it| it.0.into_bytes()), actor, subject, address, device],
            )?;
            Ok(())
        })
        .await
    }

    async fn log_before(
        &self,
        restaurant: RestaurantId,
        everywhere: bool,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, LogEntry)>, StoreError> {
        self.read(move |connection| {
            // Each half walks the index and stops, however much is of other restaurants.
            let sql = "SELECT * FROM
                           (SELECT * FROM sign_ins WHERE restaurant_id = ?2 AND id < ?1 ORDER BY id DESC LIMIT ?4)
                       UNION ALL SELECT * FROM
                           (SELECT * FROM sign_ins WHERE ?3 AND restaurant_id IS NULL AND id < ?1
                            ORDER BY id DESC LIMIT ?4)
                       ORDER BY id DESC LIMIT ?4";
            let mut statement = connection.prepare_cached(sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let asked = params![before.unwrap_or(i64::MAX), id(&restaurant.0), everywhere, limit];
            let rows = statement.query_map(asked, |row| Ok((row.get("id")?, read_entry(row)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn forget(&self, before: Before) -> Result<(), StoreError> {
        let Before { ended, idle, counted, devices } = before;
        self.write(move |transaction| {
            transaction.execute("DELETE FROM sessions WHERE expires_at < ?1 OR seen_at < ?2", [ended.0, idle.0])?;
            transaction.execute("DELETE FROM tries WHERE last_at < ?1", [counted.0])?;
            transaction.execute("DELETE FROM devices WHERE seen_at < ?1", [devices.0])?;
            transaction.execute("DELETE FROM pairings WHERE expires_at < ?1", [ended.0])?;
            Ok(())
        })
        .await
    }
}

impl SqliteStore {
    /// Writes in a transaction of its own, off the async threads. Returns once it is durable.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let writer = self.writer.clone();
        let written = tokio::task::spawn_blocking(move || {
            writer.transact(|connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let written = change(&transaction)?;
                transaction.commit()?;
                Ok(written)
            })
        });
        written.await.map_err(|error| StoreError::Unavailable(error.to_string()))?
    }
}

/// The same for all ways to capitalise a name.
pub(super) fn name_key(name: &str) -> String {
    name.to_lowercase()
}

pub(super) fn account(connection: &Connection, user: UserId) -> Result<Option<Account>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM users WHERE id = ?1")?;
    let mut rows = statement.query([id(&user.0)])?;
    rows.next()?.map(|row| read_account(connection, row)).transpose()
}

fn save_account(transaction: &Transaction<'_>, account: &Account) -> Result<bool, StoreError> {
    let key = name_key(&account.name);
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE name_key = ?1 AND id <> ?2 AND deleted_at IS NULL)";
    let is_taken = transaction.query_row(sql, params![key, id(&account.id.0)], |row| row.get::<_, bool>(0))?;
    if is_taken && account.deleted_at.is_none() {
        return Ok(false);
    }
    let password = account.password.as_ref().map(|password| &password.0);
    transaction.execute(
        "INSERT INTO users (id, name, name_key, password, is_demonstration, created_at, updated_at, disabled_at, deleted_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
             password = excluded.password, updated_at = excluded.updated_at, disabled_at = excluded.disabled_at,
             deleted_at = excluded.deleted_at",
        params![
            id(&account.id.0),
            account.name,
            key,
            password,
            account.is_demonstration,
            account.created_at.0,
            account.updated_at.0,
            account.disabled_at.map(|at| at.0),
            account.deleted_at.map(|at| at.0),
        ],
    )?;
    transaction.execute("DELETE FROM memberships WHERE user_id = ?1", [id(&account.id.0)])?;
    for Membership { restaurant, role } in &account.memberships {
        transaction.execute(
            "INSERT INTO memberships (user_id, restaurant_id, role) VALUES (?1, ?2, ?3)",
            params![id(&account.id.0), restaurant.map(|it| it.0.into_bytes()), role.name()],
        )?;
    }
    Ok(true)
}

pub(super) fn save_key(transaction: &Connection, key: &ApiKey) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO api_keys (id, digest, shown, name, restaurant_id, role, bot_id, created_at, expires_at,
             seen_at, revoked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, expires_at = excluded.expires_at,
             revoked_at = coalesce(api_keys.revoked_at, excluded.revoked_at)",
        params![
            id(&key.id),
            key.digest,
            key.shown,
            key.name,
            id(&key.restaurant.0),
            key.role.name(),
            key.bot.map(|bot| bot.0.into_bytes()),
            key.created_at.0,
            key.expires_at.map(|at| at.0),
            key.seen_at.map(|at| at.0),
            key.revoked_at.map(|at| at.0),
        ],
    )?;
    Ok(())
}

fn end_sessions(transaction: &Transaction<'_>, user: UserId, which: Which) -> Result<usize, StoreError> {
    Ok(match which {
        Which::One(one) => {
            transaction.execute("DELETE FROM sessions WHERE user_id = ?1 AND id = ?2", [id(&user.0), id(&one)])?
        }
        Which::AllBut(kept) => {
            transaction.execute("DELETE FROM pins WHERE user_id = ?1", [id(&user.0)])?;
            transaction.execute(
                "DELETE FROM sessions WHERE user_id = ?1 AND id IS NOT ?2",
                params![id(&user.0), kept.map(Uuid::into_bytes)],
            )?
        }
    })
}

fn read_account(connection: &Connection, row: &Row<'_>) -> Result<Account, StoreError> {
    let user = uuid(row, "id")?;
    let mut statement = connection.prepare_cached(
        "SELECT restaurant_id, role FROM memberships WHERE user_id = ?1 ORDER BY restaurant_id, role",
    )?;
    let memberships = statement.query_and_then([id(&user)], |row| {
        let restaurant = row.get::<_, Option<[u8; 16]>>("restaurant_id")?;
        let restaurant = restaurant.map(|bytes| RestaurantId(Uuid::from_bytes(bytes)));
        Ok::<_, StoreError>(Membership { restaurant, role: role(row)? })
    })?;
    let sql = "SELECT EXISTS (SELECT 1 FROM second_factors WHERE user_id = ?1 AND confirmed_at IS NOT NULL)";
    let has_second_factor = connection.prepare_cached(sql)?.query_row([id(&user)], |row| row.get(0))?;
    Ok(Account {
        id: UserId(user),
        name: row.get("name")?,
        password: row.get::<_, Option<String>>("password")?.map(PasswordHash),
        has_second_factor,
        memberships: memberships.collect::<Result<_, _>>()?,
        is_demonstration: row.get("is_demonstration")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        disabled_at: maybe_time(row, "disabled_at")?,
        deleted_at: maybe_time(row, "deleted_at")?,
    })
}

fn counted(connection: &Connection, against: &str) -> Result<Counted, StoreError> {
    let mut statement = connection.prepare_cached("SELECT count, last_at FROM tries WHERE against = ?1")?;
    let read = |row: &Row<'_>| Ok(Counted { count: row.get("count")?, last_at: time(row, "last_at")? });
    Ok(statement.query_row([against], read).optional()?.unwrap_or_default())
}

fn read_session(row: &Row<'_>) -> Result<Session, StoreError> {
    let via = row.get::<_, String>("via")?;
    let via = Via::of_name(&via).ok_or_else(|| StoreError::Corrupt(format!("nobody comes in by {via}")))?;
    Ok(Session {
        id: uuid(row, "id")?,
        digest: row.get("digest")?,
        user: UserId(uuid(row, "user_id")?),
        via,
        created_at: time(row, "created_at")?,
        seen_at: time(row, "seen_at")?,
        expires_at: time(row, "expires_at")?,
        address: row.get("address")?,
        device: row.get("device")?,
    })
}

pub(super) fn read_key(row: &Row<'_>) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: uuid(row, "id")?,
        digest: row.get("digest")?,
        shown: row.get("shown")?,
        name: row.get("name")?,
        restaurant: RestaurantId(uuid(row, "restaurant_id")?),
        role: role(row)?,
        bot: row.get::<_, Option<[u8; 16]>>("bot_id")?.map(|bytes| BotId(Uuid::from_bytes(bytes))),
        created_at: time(row, "created_at")?,
        expires_at: maybe_time(row, "expires_at")?,
        seen_at: maybe_time(row, "seen_at")?,
        revoked_at: maybe_time(row, "revoked_at")?,
    })
}

pub(super) fn read_entry(row: &Row<'_>) -> Result<LogEntry, rusqlite::Error> {
    let restaurant = row.get::<_, Option<[u8; 16]>>("restaurant_id")?;
    Ok(LogEntry {
        at: time(row, "at")?,
        kind: row.get("kind")?,
        restaurant: restaurant.map(|bytes| RestaurantId(Uuid::from_bytes(bytes))),
        actor: row.get("actor")?,
        subject: row.get("subject")?,
        address: row.get("address")?,
        device: row.get("device")?,
    })
}

/// A role from a column.
pub(super) fn role(row: &Row<'_>) -> Result<Role, StoreError> {
    let name = row.get::<_, String>("role")?;
    Role::of_name(&name).ok_or_else(|| StoreError::Corrupt(format!("there is no role {name}")))
}

pub(super) fn maybe_time(row: &Row<'_>, column: &str) -> Result<Option<Time>, rusqlite::Error> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Time))
}
