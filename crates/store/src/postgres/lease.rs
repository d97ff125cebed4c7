//! Leases: who does what only one node shall do.

use tokio_postgres::types::Type;

use super::PostgresStore;
use super::clock::NOW;
use super::rows::{count, time};
use crate::{Lease, StoreError};

impl PostgresStore {
    /// Takes or renews a lease, by the database's clock: those of the nodes may differ.
    pub(super) async fn take_lease(&self, name: &str, holder: &str, ttl_ms: u64) -> Result<Option<Lease>, StoreError> {
        let ttl_ms = i64::try_from(ttl_ms).unwrap_or(i64::MAX);
        let mut session = self.connections.writer().await?;
        let row = session
            .query_opt(
                &format!(
                    "INSERT INTO leases (name, holder, term, expires_at)
                 SELECT $1, $2, 1, {NOW} + $3
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,
                     term = leases.term + CASE WHEN leases.holder = excluded.holder THEN 0 ELSE 1 END
                 WHERE leases.holder = excluded.holder
                     OR leases.expires_at <= {NOW}
                 RETURNING term, expires_at"
                ),
                &[(&name, Type::TEXT), (&holder, Type::TEXT), (&ttl_ms, Type::INT8)],
            )
            .await?;
        row.map(|row| Ok(Lease { term: count(&row, "term")?, expires_at: time(&row, "expires_at")? })).transpose()
    }
}
