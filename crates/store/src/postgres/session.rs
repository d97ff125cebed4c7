//! A connection while somebody uses it.

use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, Statement};

use super::connect::Object;
use super::error::Failed;

/// A parameter and its type: a statement that is sent whole cannot ask for it.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// A connection of a pool. One on which something was not heard of in time does not return to it.
pub(super) struct Session {
    object: Option<Object>,
    generation: u64,
    unprepared: bool,
    within: Duration,
    /// Whether a transaction is open: such a connection must not return to the pool either.
    open: bool,
}

/// How a transaction that changes something begins: each statement sees what was committed before it, whatever the database
/// does unless told. Changes wait for locks, and then look.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

impl Session {
    pub(super) fn new(object: Object, unprepared: bool, within: Duration) -> Self {
        let generation = object.generation;
        Self { object: Some(object), generation, unprepared, within, open: false }
    }

    /// By whose account what is heard on it is.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// The same connection for statements of which each is another, and may take longer.
    pub(super) fn patient(mut self, within: Duration) -> Self {
        (self.unprepared, self.within) = (true, within);
        self
    }

    /// Runs a statement. The rows that it returns.
    pub(super) async fn query(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Failed> {
        match self.between(None, sql, parameters, None).await {
            Err(failed) if self.is_outdated(&failed) => self.between(None, sql, parameters, None).await,
            asked => asked,
        }
    }

    /// Whether a newer program has added a column to what a prepared statement returns. Nothing was done then, and the
    /// statements are prepared anew. A transaction has failed by it.
    fn is_outdated(&self, failed: &Failed) -> bool {
        let is_outdated = matches!(failed, Failed::Refused(SqlState::FEATURE_NOT_SUPPORTED, _));
        if let Some(object) = self.object.as_ref().filter(|_| is_outdated) {
            object.client.statement_cache.clear();
        }
        is_outdated && !self.open
    }

    /// As [`Session::query`], for what returns one row at most.
    pub(super) async fn query_opt(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Option<Row>, Failed> {
        Ok(self.query(sql, parameters).await?.into_iter().next())
    }

    /// Runs a statement that returns no rows. How many it changed.
    pub(super) async fn execute(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, Failed> {
        let object = self.object()?;
        let asking = async {
            if self.unprepared {
                return object.execute_typed(sql, parameters).await;
            }
            let (statement, values) = prepared(object, sql, parameters).await?;
            object.execute(&statement, &values).await
        };
        let asked = timeout(self.within, asking).await;
        self.heard(asked)
    }

    /// Opens a transaction. Dropped without [`Session::commit`], the connection is closed, which undoes it.
    pub(super) async fn begin(&mut self) -> Result<(), Failed> {
        self.open = true;
        self.batch(BEGIN).await
    }

    /// Opens a transaction with its first statement, in one round trip.
    pub(super) async fn begin_with(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Failed> {
        self.open = true;
        self.between(Some(BEGIN), sql, parameters, None).await
    }

    /// Makes what the transaction did durable, with its last statement, in one round trip.
    pub(super) async fn commit_with(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Failed> {
        let rows = self.between(None, sql, parameters, Some("COMMIT")).await?;
        self.open = false;
        Ok(rows)
    }

    /// Sends a statement with one before or after it, without waiting in between.
    async fn between(
        &mut self,
        before: Option<&str>,
        sql: &str,
        parameters: &[Parameter<'_>],
        after: Option<&str>,
    ) -> Result<Vec<Row>, Failed> {
        let object = self.object()?;
        let simple = async |sql: Option<&str>| match sql {
            Some(sql) => object.batch_execute(sql).await,
            None => Ok(()),
        };
        let asking = async {
            let (begun, rows, ended) = if self.unprepared {
                futures::join!(simple(before), object.query_typed(sql, parameters), simple(after))
            } else {
                let (statement, values) = prepared(object, sql, parameters).await?;
                futures::join!(simple(before), object.query(&statement, &values), simple(after))
            };
            begun.and(rows).and_then(|rows| ended.map(|()| rows))
        };
        let asked = timeout(self.within, asking).await;
        self.heard(asked)
    }

    /// Opens a transaction that sees one moment and changes nothing.
    pub(super) async fn begin_reading(&mut self) -> Result<(), Failed> {
        self.open = true;
        self.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    /// Lets the transaction take its time: for commands that somebody waits for, not for what serves.
    pub(super) async fn wait_for_ever(&mut self) -> Result<(), Failed> {
        self.batch("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0").await
    }

    /// Makes what the transaction did durable.
    pub(super) async fn commit(&mut self) -> Result<(), Failed> {
        self.batch("COMMIT").await?;
        self.open = false;
        Ok(())
    }

    /// Undoes what the transaction did.
    pub(super) async fn roll_back(&mut self) -> Result<(), Failed> {
        self.batch("ROLLBACK").await?;
        self.open = false;
        Ok(())
    }

    /// Runs several statements, whole and without parameters.
    pub(super) async fn batch(&mut self, sql: &str) -> Result<(), Failed> {
        let asked = timeout(self.within, self.object()?.batch_execute(sql)).await;
        self.heard(asked)
    }

    fn object(&self) -> Result<&ClientWrapper, Failed> {
        let client = self.object.as_ref().map(|object| &object.client);
        client.ok_or_else(|| Failed::away("the connection was given up"))
    }

    /// What was heard, if it was in time.
    fn heard<T>(&mut self, asked: Result<Result<T, tokio_postgres::Error>, Elapsed>) -> Result<T, Failed> {
        let Ok(answered) = asked else {
            self.give_up();
            return Err(Failed::Unknown(format!("no answer within {} s", self.within.as_secs())));
        };
        Ok(answered?)
    }

    fn give_up(&mut self) {
        self.object.take().map(Object::take);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.open {
            self.give_up();
        }
    }
}

/// A statement that the connection knows, and its values.
async fn prepared<'a>(
    object: &ClientWrapper,
    sql: &str,
    parameters: &[Parameter<'a>],
) -> Result<(Statement, Vec<&'a (dyn ToSql + Sync)>), tokio_postgres::Error> {
    let types: Vec<_> = parameters.iter().map(|(_, of)| of.clone()).collect();
    let statement = object.prepare_typed_cached(sql, &types).await?;
    Ok((statement, parameters.iter().map(|(value, _)| *value).collect()))
}
