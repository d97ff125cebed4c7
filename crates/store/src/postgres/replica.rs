//! A replica for reports: pages of the history and of the audit log are read there, never live boards.
//!
//! It lags behind, by milliseconds as a rule. One that lags by more than a few seconds, or does not answer, is not asked:
//! the primary is. The sweeper's lease, renewed twice a second by whichever node has it, tells how old a replica's picture is.

use std::time::Duration;

use tokio::time::timeout;

use super::PostgresStore;
use super::change::int8;
use super::connect::Connections;
use super::error::Failed;
use super::session::Session;

/// By how much a replica may lag behind.
const LAG_MAX_MS: i64 = 5000;

/// How long it may take to find out whether it does: whoever waits for a page is not to wait for a host that says nothing.
const ASKED_WITHIN: Duration = Duration::from_millis(500);

/// For how long after its renewal the sweeper's lease holds, and its name.
const HEARTBEAT: (&str, i64) = ("sweep", 2000);

impl PostgresStore {
    /// A connection to the replica, if there is one and it is fresh enough.
    pub(super) async fn replica(&self) -> Option<Session> {
        let replica = self.replica.as_ref()?;
        let asked = timeout(ASKED_WITHIN, fresh(replica, self.time.now_ms())).await;
        match asked.unwrap_or_else(|_| Err(Failed::away("it does not answer in time"))) {
            Ok(session) => Some(session),
            Err(why) => {
                tracing::debug!(%why, "the primary is asked instead of the replica");
                None
            }
        }
    }
}

async fn fresh(replica: &Connections, now_ms: i64) -> Result<Session, Failed> {
    let mut session = replica.reader().await?;
    let (lease, holds_ms) = HEARTBEAT;
    // By the clock of the primary, as it is known here: the replica's own may be another.
    let sql = format!("SELECT FROM leases WHERE name = '{lease}' AND expires_at >= $1");
    match session.query_opt(&sql, &[int8(&(now_ms + holds_ms - LAG_MAX_MS))]).await? {
        Some(_) => Ok(session),
        None => Err(Failed::away("it lags too far behind")),
    }
}
