//! What a database on PostgreSQL finds wrong with itself.
//!
//! That rows stand in two tables, or events are missing, is found by whoever reads them all.

use feedme_kitchen::Time;

use super::clock::NOW;
use super::level::TELLS_DUE;
use super::partition::{self, EVENTS, ORDERS};
use super::rows::column;
use super::session::Session;
use crate::StoreError;

/// Problems of a kind listed at most.
const LISTED: usize = 20;

/// Tables whose rows name a restaurant without a foreign key.
const OF_RESTAURANTS: [&str; 5] = [ORDERS, EVENTS, "orders", "events", "idempotency_keys"];

pub(super) async fn own_problems(session: &mut Session) -> Result<Vec<String>, StoreError> {
    let mut problems = missing_months(session).await?;
    for table in OF_RESTAURANTS {
        problems.extend(strangers(session, table).await?);
    }
    problems.extend(wrongly_due(session).await?);
    let broken = session
        .query("SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid ORDER BY 1", &[])
        .await?;
    for row in broken.iter().take(LISTED) {
        problems.push(format!("the index {} was never finished: REINDEX it", column::<&str>(row, "name")?));
    }
    Ok(problems)
}

/// Months that have begun or are about to, and have no part in the tables that are kept by the month.
async fn missing_months(session: &mut Session) -> Result<Vec<String>, StoreError> {
    let now = session.query_opt(&format!("SELECT {NOW} AS now"), &[]).await?;
    let now = Time(now.as_ref().map_or(Ok(0), |row| column(row, "now"))?);
    let mut missing = Vec::new();
    for month in partition::ahead(now) {
        for table in [ORDERS, EVENTS] {
            if !partition::exists(session, table, month).await? {
                let part = month.part_of(table);
                missing.push(format!("{table} has no part {part}: a server makes it at its start, and once a month"));
            }
        }
    }
    Ok(missing)
}

/// Restaurants that rows of a table name and that do not exist. Found by hopping from one restaurant to the next in the
/// table's key, however many rows each has.
async fn strangers(session: &mut Session, table: &str) -> Result<Vec<String>, StoreError> {
    let found = session
        .query(
            &format!(
                "WITH RECURSIVE named AS (
                     (SELECT restaurant_id FROM {table} ORDER BY restaurant_id LIMIT 1)
                     UNION ALL
                     SELECT (SELECT restaurant_id FROM {table} WHERE restaurant_id > named.restaurant_id
                             ORDER BY restaurant_id LIMIT 1)
                     FROM named WHERE named.restaurant_id IS NOT NULL
                 )
                 SELECT restaurant_id::text FROM named
                 WHERE restaurant_id IS NOT NULL AND NOT EXISTS (SELECT FROM restaurants WHERE id = restaurant_id)
                 LIMIT {LISTED}"
            ),
            &[],
        )
        .await?;
    let problem = |row| {
        Ok(format!(
            "rows of {table} name the restaurant {}, which does not exist",
            column::<&str>(row, "restaurant_id")?
        ))
    };
    found.iter().map(problem).collect()
}

/// Restaurants that do not say when their next order is due: nobody would complete it if its node died.
async fn wrongly_due(session: &mut Session) -> Result<Vec<String>, StoreError> {
    let found = session
        .query(
            &format!(
                "SELECT slug FROM restaurants LEFT JOIN (
                     SELECT restaurant_id, min(due_at) AS at FROM orders WHERE status = 'PROCESSING' GROUP BY restaurant_id
                 ) AS due ON due.restaurant_id = restaurants.id
                 WHERE next_due_at IS DISTINCT FROM due.at AND (SELECT level FROM cluster) >= {TELLS_DUE}
                 ORDER BY slug LIMIT {LISTED}"
            ),
            &[],
        )
        .await?;
    let problem = |row| Ok(format!("{} does not say when its next order is due", column::<&str>(row, "slug")?));
    found.iter().map(problem).collect()
}
