//! Programs of different versions on one database.
//!
//! Migrations only add, so a program goes on serving a database that a newer one has brought up to date. What the older one
//! would misread is written only once the level says that there is none: an operator raises it when every server runs the
//! newer program. From then on the older one neither starts nor serves.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio_postgres::Client;

use super::error::{Failed, OpenError};
use super::rows::column;
use super::session::Session;
use crate::{Leveled, StoreError};

/// The level from which on the past may be forgotten: before, events were taken to begin with the first.
const FORGETS: i64 = 4;

/// The level from which on restaurants say when their next order is due.
pub(super) const TELLS_DUE: i64 = 5;

/// What goes when a level is reached, because only older programs needed it. What takes the place of what they left behind
/// is brought up to date first, while nobody writes.
const RETIRED: [(i64, &str); 1] = [(
    TELLS_DUE,
    "LOCK TABLE restaurants, orders, bots IN ACCESS EXCLUSIVE MODE;
     UPDATE restaurants SET next_due_at = due.at
     FROM restaurants AS each LEFT JOIN (
         SELECT restaurant_id, min(due_at) AS at FROM orders WHERE status = 'PROCESSING' GROUP BY restaurant_id
     ) AS due ON due.restaurant_id = each.id
     WHERE restaurants.id = each.id AND restaurants.next_due_at IS DISTINCT FROM due.at;
     DROP INDEX IF EXISTS orders_due;
     ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_one_order_a_bot,
         DROP CONSTRAINT IF EXISTS orders_bot_id_fkey;
     ALTER TABLE bots DROP CONSTRAINT IF EXISTS bots_one_bot_an_order,
         DROP CONSTRAINT IF EXISTS bots_current_order_id_fkey",
)];

/// The level at which a database was found.
#[derive(Debug)]
pub(super) struct Level {
    /// The newest migration that this program knows.
    known: i64,
    found: AtomicI64,
}

impl Level {
    /// Refuses a database from which programs like this one have retired.
    pub(super) async fn open(session: &mut Session, known: i64) -> Result<Self, OpenError> {
        let level = Self { known, found: AtomicI64::new(read(session).await?) };
        level.must_be_known().map_err(OpenError::Unreachable)?;
        Ok(level)
    }

    /// Notes what the database says now.
    pub(super) fn note(&self, level: i64) {
        self.found.store(level, Ordering::Relaxed);
    }

    /// Says why this program must not serve the database, if so.
    pub(super) fn must_be_known(&self) -> Result<(), String> {
        let found = self.found.load(Ordering::Relaxed);
        if found <= self.known {
            return Ok(());
        }
        Err(format!(
            "this program is too old for it: it is used by programs of level {found}, and this one is of level {}",
            self.known
        ))
    }

    /// Whether each restaurant says when its next order is due.
    pub(super) fn tells_due(&self) -> bool {
        self.found.load(Ordering::Relaxed) >= TELLS_DUE
    }

    /// Says why the past may not be forgotten yet, if so.
    pub(super) fn must_forget(&self) -> Result<(), StoreError> {
        let found = self.found.load(Ordering::Relaxed);
        if found >= FORGETS {
            return Ok(());
        }
        Err(StoreError::Unavailable(format!(
            "it may still be served by programs that know nothing of forgetting (level {found}); once none is left, run \
             `feedme migrate --finish`"
        )))
    }
}

async fn read(session: &mut Session) -> Result<i64, Failed> {
    let found = session.query_opt("SELECT level FROM cluster", &[]).await?;
    let level = found.as_ref().map(|row| column(row, "level")).transpose();
    level.map_err(Failed::away).map(Option::unwrap_or_default)
}

/// Raises the level of a database to what this program knows.
pub(super) async fn finish(session: &mut Session, known: i64) -> Result<Leveled, OpenError> {
    let before = read(session).await?;
    let stands = session.query_opt("SELECT max(version)::bigint AS version FROM refinery_schema_history", &[]).await?;
    let stands = stands.and_then(|row| column::<Option<i64>>(&row, "version").ok().flatten()).unwrap_or(0);
    crate::migrated::must_be(stands, known).map_err(OpenError::Unreachable)?;
    session.begin().await?;
    session.batch(&format!("SET LOCAL lock_timeout = '5s'; {}", steps(before, known))).await?;
    session.commit().await?;
    Ok(Leveled { before: before.unsigned_abs(), now: known.unsigned_abs() })
}

/// A database that is just being made has no older programs.
pub(super) async fn begin(client: &Client, known: i64) -> Result<(), OpenError> {
    let is_new = client.query_one("SELECT NOT EXISTS (SELECT FROM restaurants)", &[]).await.map_err(Failed::from)?;
    if is_new.get(0) {
        client.batch_execute(&format!("BEGIN; {}; COMMIT", steps(0, known))).await.map_err(Failed::from)?;
    }
    Ok(())
}

/// What raises the level.
fn steps(before: i64, known: i64) -> String {
    let retired = RETIRED.iter().filter(|(level, _)| *level > before).map(|(_, sql)| format!("{sql}; "));
    format!("{}UPDATE cluster SET level = {known} WHERE level < {known}", retired.collect::<String>())
}
