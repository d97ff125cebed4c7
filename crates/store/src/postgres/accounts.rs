//! Accounts, sessions and keys.

mod traces;
pub(super) mod write;

use async_trait::async_trait;
use feedme_kitchen::{Time, UserId};
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::PostgresStore;
use super::change::{boolean, bytes, int8, text, uuid as id};
use super::people::{ACCOUNT, SESSION, read_account, read_key, read_session};
use super::session::Parameter;
use crate::accounts::{Account, Accounts, ApiKey, Before, Counted, Device, LogEntry, Saved, Session, Step, Which};
use crate::{RestaurantId, StoreError};

pub(super) use write::save_key;
use write::{end_sessions, name_key, save_account};

/// What whoever writes the first account locks. The number means nothing, but nothing else uses it.
const FIRST_ACCOUNT_LOCK: i64 = 0x000F_EED3_E001;

#[async_trait]
impl Accounts for PostgresStore {
    async fn accounts(&self, deleted: bool) -> Result<Vec<Account>, StoreError> {
        let order = "ORDER BY name_key COLLATE \"C\", created_at";
        let sql = format!("SELECT {ACCOUNT} FROM users WHERE deleted_at IS NULL OR $1 {order}");
        self.read(&sql, &[boolean(&deleted)], read_account).await
    }

    async fn account(&self, user: UserId) -> Result<Option<Account>, StoreError> {
        let sql = format!("SELECT {ACCOUNT} FROM users WHERE id = $1");
        Ok(self.read(&sql, &[id(&user.0)], read_account).await?.pop())
    }

    async fn account_named(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let sql = format!("SELECT {ACCOUNT} FROM users WHERE name_key = $1 AND deleted_at IS NULL");
        Ok(self.read(&sql, &[text(&name_key(name))], read_account).await?.pop())
    }

    async fn save_account(
        &self,
        account: &Account,
        keeps: Option<Uuid>,
        unchanged_since: Option<u64>,
    ) -> Result<Saved, StoreError> {
        let mut change = self.change().await?;
        if !save_account(&mut change, account).await? {
            change.undo().await?;
            return Ok(Saved::NameTaken);
        }
        let ended = end_sessions(&mut change, account.id, Which::AllBut(keeps)).await?;
        let Some(version) = unchanged_since else {
            change.commit_and_tell().await?;
            return Ok(Saved::Done(ended));
        };
        Ok(if change.commit_and_tell_if(version).await? { Saved::Done(ended) } else { Saved::Conflict })
    }

    async fn save_first_account(&self, account: &Account) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        change.lock_what_is_no_row(FIRST_ACCOUNT_LOCK).await?;
        let there = change.execute("SELECT FROM users WHERE NOT is_demonstration LIMIT 1", &[]).await?;
        if there > 0 || !save_account(&mut change, account).await? {
            change.undo().await?;
            return Ok(false);
        }
        change.commit_and_tell().await?;
        Ok(true)
    }

    async fn begin_session_if_unchanged(&self, session: &Session, account: &Account) -> Result<bool, StoreError> {
        let password = account.password.as_ref().map(|password| &password.0);
        let mut change = self.change().await?;
        // The account stays as the next statement finds it, its second factor too.
        change.rely_on_account(session.user.0).await?;
        let begun = change
            .execute(
                "INSERT INTO sessions (id, digest, user_id, via, created_at, seen_at, expires_at, address, device)
                 SELECT $1, $2, id, $4, $5, $6, $7, $8, $9 FROM users
                 WHERE id = $3 AND disabled_at IS NULL AND deleted_at IS NULL AND password IS NOT DISTINCT FROM $10
                     AND $11 = EXISTS
                         (SELECT FROM second_factors WHERE user_id = users.id AND confirmed_at IS NOT NULL)",
                &[
                    id(&session.id),
                    bytes(&session.digest.as_slice()),
                    id(&session.user.0),
                    text(&session.via.name()),
                    int8(&session.created_at.0),
                    int8(&session.seen_at.0),
                    int8(&session.expires_at.0),
                    text(&session.address),
                    text(&session.device),
                    text(&password),
                    boolean(&account.has_second_factor),
                ],
            )
            .await?;
        change.commit().await?;
        Ok(begun == 1)
    }

    async fn session(&self, digest: [u8; 32]) -> Result<Option<(Session, Account)>, StoreError> {
        let sql = format!(
            "SELECT {SESSION}, {ACCOUNT} FROM sessions JOIN users ON users.id = sessions.user_id WHERE digest = $1"
        );
        let read = |row: &Row| Ok((read_session(row)?, read_account(row)?));
        Ok(self.read(&sql, &[bytes(&digest.as_slice())], read).await?.pop())
    }

    async fn sessions_of(&self, digests: &[[u8; 32]]) -> Result<Vec<(Session, Account)>, StoreError> {
        let sql = format!(
            "SELECT {SESSION}, {ACCOUNT} FROM sessions JOIN users ON users.id = sessions.user_id
             WHERE digest = ANY($1)"
        );
        let digests: Vec<_> = digests.iter().map(<[u8; 32]>::as_slice).collect();
        let read = |row: &Row| Ok((read_session(row)?, read_account(row)?));
        self.read(&sql, &[(&digests, Type::BYTEA_ARRAY)], read).await
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let sql = format!("SELECT {SESSION} FROM sessions WHERE user_id = $1 ORDER BY created_at DESC, id DESC");
        self.read(&sql, &[id(&user.0)], read_session).await
    }

    async fn note_session(&self, session: Uuid, seen_at: Time) -> Result<(), StoreError> {
        // Another node may have seen it later.
        let sql = "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2";
        self.write_one(sql, &[id(&session), int8(&seen_at.0)]).await.map(drop)
    }

    async fn end_sessions(&self, user: UserId, which: Which) -> Result<usize, StoreError> {
        let mut change = self.change().await?;
        let ended = end_sessions(&mut change, user, which).await?;
        change.commit_telling(ended > 0).await?;
        Ok(ended)
    }

    async fn save_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        save_key(change.session(), key).await?;
        change.commit_and_tell().await
    }

    async fn key(&self, digest: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        let sql = "SELECT * FROM api_keys WHERE digest = $1";
        Ok(self.read(sql, &[bytes(&digest.as_slice())], read_key).await?.pop())
    }

    async fn keys_of(&self, digests: &[[u8; 32]]) -> Result<Vec<ApiKey>, StoreError> {
        let digests: Vec<_> = digests.iter().map(<[u8; 32]>::as_slice).collect();
        let sql = "SELECT * FROM api_keys WHERE digest = ANY($1)";
        self.read(sql, &[(&digests, Type::BYTEA_ARRAY)], read_key).await
    }

    async fn note_key(&self, key: Uuid, seen_at: Time) -> Result<(), StoreError> {
        let sql = "UPDATE api_keys SET seen_at = $2 WHERE id = $1 AND (seen_at < $2 OR seen_at IS NULL)";
        self.write_one(sql, &[id(&key), int8(&seen_at.0)]).await.map(drop)
    }

    async fn keys(&self, restaurant: RestaurantId) -> Result<Vec<ApiKey>, StoreError> {
        let sql = "SELECT * FROM api_keys WHERE restaurant_id = $1 ORDER BY created_at DESC, id DESC";
        self.read(sql, &[id(&restaurant.0)], read_key).await
    }

    async fn is_device(&self, digest: [u8; 32], user: UserId) -> Result<bool, StoreError> {
        let sql = "SELECT digest FROM devices WHERE digest = $1 AND user_id = $2";
        let found = self.read(sql, &[bytes(&digest.as_slice()), id(&user.0)], |_| Ok(())).await?;
        Ok(!found.is_empty())
    }

    async fn note_device(&self, device: &Device, former: Option<[u8; 32]>) -> Result<(), StoreError> {
        self.save_device(device, former).await
    }

    async fn counted(&self, against: &[String]) -> Result<Vec<Counted>, StoreError> {
        self.read_tries(against).await
    }

    async fn count(&self, steps: &[Step]) -> Result<bool, StoreError> {
        self.save_tries(steps).await
    }

    async fn log(&self, entry: &LogEntry) -> Result<(), StoreError> {
        self.add_to_log(entry).await
    }

    async fn log_before(
        &self,
        restaurant: RestaurantId,
        everywhere: bool,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, LogEntry)>, StoreError> {
        self.read_log(restaurant, everywhere, before, limit).await
    }

    async fn forget(&self, before: Before) -> Result<(), StoreError> {
        self.forget_traces(before).await
    }
}

impl PostgresStore {
    /// Asks one question.
    pub(super) async fn read<T>(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        read: impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.connections.reader().await?.query(sql, parameters).await?;
        rows.iter().map(read).collect()
    }
}
