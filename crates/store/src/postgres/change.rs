//! Changes of accounts. Several processes make them at a time, so nothing is decided by what was read before: a change
//! is one statement that looks and writes, or a transaction that locks first.
//!
//! What is locked, in this order: an account's row in `users`, by whatever changes the account or hangs on how it is;
//! then what is the account's; last the one row of `accounts_version`, for as short as can be.

use tokio_postgres::types::Type;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::PostgresStore;
use super::connect::Connections;
use super::error::Failed;
use super::session::{Parameter, Session};
use crate::StoreError;

/// Sets the locks of networks apart from others that are made of text.
const NETWORK_SEED: i64 = 0x000F_EED3;

/// A transaction. Dropped before its end, it is undone.
pub(super) struct Change<'a> {
    session: Session,
    connections: &'a Connections,
    unreplicated: u64,
}

impl PostgresStore {
    /// Begins a change of several statements.
    pub(super) async fn change(&self) -> Result<Change<'_>, StoreError> {
        let mut session = self.connections.writer().await?;
        session.begin().await?;
        Ok(Change { session, connections: &self.connections, unreplicated: self.connections.unreplicated() })
    }

    /// Makes a change of one statement, durable when this returns. The rows that it returns.
    pub(super) async fn write_rows(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut session = self.connections.writer().await?;
        let unreplicated = self.connections.unreplicated();
        let rows = session.query(sql, parameters).await?;
        is_replicated(&self.connections, unreplicated)?;
        Ok(rows)
    }

    /// As [`PostgresStore::write_rows`], for what returns none: how many it changed.
    pub(super) async fn write_one(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, StoreError> {
        let mut session = self.connections.writer().await?;
        let unreplicated = self.connections.unreplicated();
        let changed = session.execute(sql, parameters).await?;
        is_replicated(&self.connections, unreplicated)?;
        Ok(changed)
    }
}

impl Change<'_> {
    /// The connection that it is made on.
    pub(super) fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    pub(super) async fn execute(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, Failed> {
        self.session.execute(sql, parameters).await
    }

    /// Locks an account: nobody else changes it, or relies on how it is, until this ends.
    pub(super) async fn lock_account(&mut self, user: Uuid) -> Result<(), Failed> {
        self.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", &[(&user, Type::UUID)]).await.map(drop)
    }

    /// Relies on an account: nobody changes it until this ends.
    pub(super) async fn rely_on_account(&mut self, user: Uuid) -> Result<(), Failed> {
        self.execute("SELECT FROM users WHERE id = $1 FOR SHARE", &[(&user, Type::UUID)]).await.map(drop)
    }

    /// Waits until nobody else is about the same.
    pub(super) async fn lock_what_is_no_row(&mut self, what: i64) -> Result<(), Failed> {
        self.execute("SELECT pg_advisory_xact_lock($1)", &[(&what, Type::INT8)]).await.map(drop)
    }

    /// Waits until nobody else is about the same network.
    pub(super) async fn lock_network(&mut self, network: Option<&str>) -> Result<(), Failed> {
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended(coalesce($1, ''), $2))";
        self.execute(sql, &[text(&network), int8(&NETWORK_SEED)]).await.map(drop)
    }

    /// Commits, and lets every node find out if it changed what a caller may do.
    pub(super) async fn commit_telling(self, changed: bool) -> Result<(), StoreError> {
        if changed { self.commit_and_tell().await } else { self.commit().await }
    }

    /// Commits what changed nothing that a caller may do.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        self.session.commit().await?;
        is_replicated(self.connections, self.unreplicated)
    }

    /// Commits what changed what a caller may do, and so that every node finds it out.
    pub(super) async fn commit_and_tell(mut self) -> Result<(), StoreError> {
        self.execute("UPDATE accounts_version SET version = version + 1", &[]).await?;
        self.commit().await
    }

    /// As [`Change::commit_and_tell`], if nobody has done so since this was how often. False when somebody has: then it
    /// is undone. Whoever is about to is waited for.
    pub(super) async fn commit_and_tell_if(mut self, version: u64) -> Result<bool, StoreError> {
        let sql = "UPDATE accounts_version SET version = version + 1 WHERE version = $1";
        if self.execute(sql, &[int8(&version.cast_signed())]).await? == 0 {
            self.undo().await?;
            return Ok(false);
        }
        self.commit().await?;
        Ok(true)
    }

    /// Undoes it.
    pub(super) async fn undo(mut self) -> Result<(), StoreError> {
        Ok(self.session.roll_back().await?)
    }
}

/// A commit that a standby did not confirm is lost with its server: nobody may rely on it.
pub(super) fn is_replicated(connections: &Connections, before: u64) -> Result<(), StoreError> {
    if connections.unreplicated() == before {
        return Ok(());
    }
    Err(Failed::Unknown("the database gave up waiting for its standby".into()).into())
}

/// Parameters, each with its type.
pub(super) fn text<T: ToSql + Sync>(value: &T) -> Parameter<'_> {
    (value, Type::TEXT)
}

/// As [`text`], for an id.
pub(super) fn uuid<T: ToSql + Sync>(value: &T) -> Parameter<'_> {
    (value, Type::UUID)
}

/// As [`text`], for a digest.
pub(super) fn bytes<T: ToSql + Sync>(value: &T) -> Parameter<'_> {
    (value, Type::BYTEA)
}

/// As [`text`], for a time or a number.
pub(super) fn int8<T: ToSql + Sync>(value: &T) -> Parameter<'_> {
    (value, Type::INT8)
}

/// As [`text`], for yes or no.
pub(super) fn boolean<T: ToSql + Sync>(value: &T) -> Parameter<'_> {
    (value, Type::BOOL)
}
