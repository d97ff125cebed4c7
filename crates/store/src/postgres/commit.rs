//! A commit: one statement, one round trip, for all restaurants of a batch.
//!
//! The restaurants that stand where their writes were decided are locked, those that another node is just changing are
//! passed over, and everything else is written beside the rows that were moved on. What did not move on conflicts.

pub(super) mod columns;
mod statement;

use std::collections::BTreeSet;

use feedme_kitchen::check;
use tokio_postgres::Row;

use self::columns::Columns;
use super::PostgresStore;
use super::error::Failed;
use super::rows;
use super::session::Session;
use crate::{Batch, CommitError, RestaurantId, Verdict, Write};

impl PostgresStore {
    /// Writes a batch. When a constraint refuses it, each write is tried alone, so that only the offender loses.
    pub(super) async fn write(&self, batch: &Batch) -> Result<Vec<Verdict>, CommitError> {
        let writes: Vec<_> = batch.writes.iter().collect();
        let mut session = self.connections.writer().await?;
        let decided_on =
            self.connections.started(batch.generation).filter(|_| session.generation() == batch.generation);
        let Some(started_us) = decided_on else { return Ok(vec![Verdict::Conflict; writes.len()]) };
        // A pooler changes the server without notice; no other connection outlives it.
        let only_on = self.connections.is_pooled().then_some(started_us);
        match self.try_write(&mut session, &writes, only_on).await {
            Ok(verdicts) => Ok(verdicts),
            Err(Failed::Constraint(why)) if writes.len() == 1 => Ok(vec![Verdict::Violated(why)]),
            Err(Failed::Constraint(_)) => self.write_one_by_one(&mut session, &writes, only_on).await,
            Err(failed) => Err(failed.into()),
        }
    }

    async fn write_one_by_one(
        &self,
        session: &mut Session,
        writes: &[&Write],
        only_on: Option<i64>,
    ) -> Result<Vec<Verdict>, CommitError> {
        let mut verdicts = Vec::with_capacity(writes.len());
        for write in writes {
            match self.try_write(session, &[*write], only_on).await {
                Ok(verdict) => verdicts.extend(verdict),
                Err(Failed::Constraint(why)) => verdicts.push(Verdict::Violated(why)),
                // What came before it is durable, so "nothing was written" would be a lie.
                Err(failed) if verdicts.contains(&Verdict::Won) => {
                    return Err(CommitError::Unknown(failed.to_string()));
                }
                Err(failed) => return Err(failed.into()),
            }
        }
        Ok(verdicts)
    }

    async fn try_write(
        &self,
        session: &mut Session,
        writes: &[&Write],
        only_on: Option<i64>,
    ) -> Result<Vec<Verdict>, Failed> {
        let unreplicated = self.connections.unreplicated();
        let won = write_in(session, writes, only_on).await?;
        if self.connections.unreplicated() != unreplicated {
            return Err(Failed::Unknown("the database gave up waiting for its standby".into()));
        }
        let verdict = |write: &&Write| if won.contains(&write.restaurant) { Verdict::Won } else { Verdict::Conflict };
        Ok(writes.iter().map(verdict).collect())
    }
}

/// Runs the statement, where one is named on the server alone that was started then. The restaurants that moved on.
pub(super) async fn write_in(
    session: &mut Session,
    writes: &[&Write],
    only_on: Option<i64>,
) -> Result<BTreeSet<RestaurantId>, Failed> {
    let columns = columns(writes)?;
    let (sql, parameters) = columns.statement(only_on);
    won(&session.query(&sql, &parameters).await?)
}

/// The same as the last statement of a transaction, which has one server.
pub(super) async fn write_and_end(session: &mut Session, writes: &[&Write]) -> Result<BTreeSet<RestaurantId>, Failed> {
    let columns = columns(writes)?;
    let (sql, parameters) = columns.statement(None);
    won(&session.commit_with(&sql, &parameters).await?)
}

/// What the writes write, unless it would part orders from their bots: no index watches over that.
fn columns<'a>(writes: &[&'a Write]) -> Result<Columns<'a>, Failed> {
    writes.iter().try_for_each(|write| check::pairs(&write.rows)).map_err(Failed::Constraint)?;
    Ok(Columns::of(writes))
}

fn won(found: &[Row]) -> Result<BTreeSet<RestaurantId>, Failed> {
    found.iter().map(|row| rows::restaurant(row, "id").map_err(|error| Failed::Unknown(error.to_string()))).collect()
}
