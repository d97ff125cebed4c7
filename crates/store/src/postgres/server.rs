//! Which server answers for the database: the primary, a standby that was promoted, an old primary that came back, or the
//! same one started again.
//!
//! A promotion begins a new timeline, under a number that is higher than all before. So does a recovery to a point in time.
//! Beside the data stands on which timeline it was last served: whoever finds a higher one is the first to know.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use super::clock::NOW;
use super::error::Failed;
use super::reach::PLANS;
use super::rows::column;
use crate::StoreError;

/// When the server that answers was started, in microseconds of its clock, in SQL.
pub(super) const STARTED: &str = "(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint";

/// By how much the count of changes of accounts is moved on where some may have been lost: nobody who remembers a higher
/// one than the database is to mistake a new change for one that it knows. A thousand changes a second for a quarter of
/// an hour.
const COUNTS_PASSED_OVER: u32 = 1_000_000;

/// The row of `leases` that says on which timeline the data was last served. It lapses never.
const ROW: &str = "timeline";

/// A server, from its start to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// What a cluster and all its copies have in common; 0 where the server does not tell.
    pub(super) system: i64,
    /// How often the data was promoted or recovered, and one; 0 where the server does not tell, and of a standby.
    pub(super) timeline: i64,
    /// [`STARTED`].
    pub(super) started_us: i64,
}

impl Server {
    /// Asks who answers, and whether the options of the session have come through.
    pub(super) async fn ask(client: &Client) -> Result<(Self, bool), Failed> {
        let has_options = format!("current_setting('plan_cache_mode') = '{PLANS}'");
        let all = format!(
            "SELECT system_identifier AS system, {STARTED} AS started, {has_options} AS has_options,
                 CASE WHEN pg_is_in_recovery() THEN 0
                     ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint END AS timeline
             FROM pg_control_system()"
        );
        let row = match client.query_typed(&all, &[]).await.map_err(Failed::from) {
            // Some who rent out databases keep that to themselves.
            Err(Failed::Refused(state, _)) if ["42501", "42883", "0A000"].contains(&state.code()) => {
                let less = format!(
                    "SELECT 0::bigint AS system, {STARTED} AS started, {has_options} AS has_options, 0::bigint AS timeline"
                );
                client.query_typed(&less, &[]).await.map_err(Failed::from)
            }
            answered => answered,
        }?;
        let row = row.first().ok_or_else(|| Failed::away("it does not say who it is"))?;
        let number = |name| column(row, name).map_err(Failed::away);
        let server = Self { system: number("system")?, timeline: number("timeline")?, started_us: number("started")? };
        Ok((server, column(row, "has_options").map_err(Failed::away)?))
    }

    /// Whether this is what another was before a promotion.
    pub(super) fn is_older_than(&self, other: &Self) -> bool {
        self.system == other.system && self.timeline < other.timeline
    }

    /// Notes that this server serves the data now. Restaurants that nobody has touched since the moment that comes back are
    /// doubtful: where the server is another one than before, and a promotion may lose what was acknowledged, all are.
    pub(super) async fn take_over(&self, client: &Client, loses_nothing: bool) -> Result<i64, Failed> {
        if self.timeline == 0 {
            return Ok(0);
        }
        // A clock that is behind that of the old primary must not make a restaurant look touched.
        let sql = format!(
            "WITH taken AS (
                 INSERT INTO leases (name, holder, term, expires_at) VALUES ('{ROW}', $1, $2, 0)
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, term = excluded.term,
                     expires_at = CASE WHEN $3 THEN leases.expires_at ELSE greatest({NOW},
                         (SELECT max(greatest(created_at, updated_at)) + 1 FROM restaurants)) END
                 WHERE leases.holder <> excluded.holder OR leases.term < excluded.term
                 RETURNING xmax <> 0 AS is_another
             )
             UPDATE accounts_version SET version = version + {COUNTS_PASSED_OVER}
             WHERE EXISTS (SELECT FROM taken WHERE is_another)"
        );
        let system = self.system.to_string();
        let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] =
            [(&system, Type::TEXT), (&self.timeline, Type::INT8), (&loses_nothing, Type::BOOL)];
        client.execute_typed(&sql, &parameters).await?;
        // Not in the same statement: that would not see what another node has just noted.
        let rows = client.query_typed(&format!("SELECT expires_at FROM leases WHERE name = '{ROW}'"), &[]).await?;
        let moment = |row: &Row| column(row, "expires_at").map_err(|error: StoreError| Failed::away(error));
        rows.first().map_or(Ok(0), moment)
    }
}
