//! Keeping the live tables small: what left the board moves to its month, a portion at a time.

use std::collections::BTreeSet;

use feedme_kitchen::Time;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::PostgresStore;
use super::partition::{self, Month};
use super::past;
use super::rows::column;
use super::session::Session;
use crate::{StoreError, Tidied};

/// Rows moved or forgotten in one transaction. It takes about 10 ms.
const PORTION: u32 = 500;

/// Rows found by one look through the live table.
const FOUND_AT_ONCE: i64 = 20_000;

/// An order that may move.
#[derive(Clone, Copy, Debug)]
pub(super) struct Movable {
    restaurant: Uuid,
    number: i64,
    created: Time,
}

impl PostgresStore {
    pub(super) async fn move_and_forget(&self, moved_before: Time, keys_before: Time) -> Result<Tidied, StoreError> {
        let mut session = self.connections.writer().await?;
        self.make_months(&mut session).await?;
        let mut movable = std::mem::take(&mut *self.movable.lock());
        let looked = movable.is_empty();
        if looked {
            movable = find(&mut session, moved_before).await?;
        }
        let rest = movable.split_off(movable.len().min(PORTION as usize));
        let moved = move_all(&mut session, &movable).await?;
        let events_before = moved_before.minus_ms(past::EVENTS_STAY_MS);
        let events = past::move_events(&mut session, events_before, PORTION).await?;
        let more = !rest.is_empty() || movable.len() >= PORTION as usize || events >= PORTION as usize;
        *self.movable.lock() = rest;
        let forgotten = session
            .execute(
                "DELETE FROM idempotency_keys WHERE (restaurant_id, caller, key) IN
                     (SELECT restaurant_id, caller, key FROM idempotency_keys WHERE at < $1 ORDER BY at LIMIT $2
                      FOR UPDATE SKIP LOCKED)",
                &[(&keys_before.0, Type::INT8), (&i64::from(PORTION), Type::INT8)],
            )
            .await?;
        let forgotten = usize::try_from(forgotten).unwrap_or(usize::MAX);
        Ok(Tidied { moved, forgotten, more: more || forgotten >= PORTION as usize })
    }
}

impl PostgresStore {
    /// Makes the months to come, once a month: a server may run for years.
    async fn make_months(&self, session: &mut Session) -> Result<(), StoreError> {
        let now = Time(self.time.now_ms());
        let month = Month::of(now);
        if *self.made_ahead_in.lock() != Some(month) {
            partition::make_ahead(session, now).await?;
            *self.made_ahead_in.lock() = Some(month);
        }
        Ok(())
    }
}

/// The orders that may move. Nothing but a look through the table finds them: an index would have to be kept up by
/// every order that leaves the board.
async fn find(session: &mut Session, moved_before: Time) -> Result<Vec<Movable>, StoreError> {
    session.begin().await?;
    session.batch("SET LOCAL enable_seqscan = on").await?;
    let found = session
        .query(
            "SELECT restaurant_id, number, created_at FROM orders
             WHERE updated_at < $1 AND (archived_at IS NOT NULL OR deleted_at IS NOT NULL OR status = 'CANCELLED')
             LIMIT $2",
            &[(&moved_before.0, Type::INT8), (&FOUND_AT_ONCE, Type::INT8)],
        )
        .await?;
    session.commit().await?;
    let read = |row| {
        Ok(Movable {
            restaurant: column(row, "restaurant_id")?,
            number: column(row, "number")?,
            created: Time(column(row, "created_at")?),
        })
    };
    found.iter().map(read).collect()
}

/// Moves them, unless they changed meanwhile. What another node is about is left to it.
async fn move_all(session: &mut Session, movable: &[Movable]) -> Result<usize, StoreError> {
    let months: BTreeSet<_> = movable.iter().map(|order| Month::of(order.created)).collect();
    for month in months {
        partition::make(session, partition::ORDERS, month).await?;
    }
    let restaurants: Vec<_> = movable.iter().map(|order| order.restaurant).collect();
    let numbers: Vec<_> = movable.iter().map(|order| order.number).collect();
    let moved = session
        .execute(
            "WITH old AS (
                 SELECT orders.restaurant_id, orders.number FROM unnest($1, $2) AS movable (restaurant_id, number)
                 JOIN orders ON orders.restaurant_id = movable.restaurant_id AND orders.number = movable.number
                 WHERE archived_at IS NOT NULL OR deleted_at IS NOT NULL OR status = 'CANCELLED'
                 FOR UPDATE OF orders SKIP LOCKED
             ), gone AS (
                 DELETE FROM orders USING old
                 WHERE orders.restaurant_id = old.restaurant_id AND orders.number = old.number
                     AND (archived_at IS NOT NULL OR deleted_at IS NOT NULL OR status = 'CANCELLED')
                 RETURNING orders.*
             )
             INSERT INTO orders_history SELECT * FROM gone",
            &[(&restaurants, Type::UUID_ARRAY), (&numbers, Type::INT8_ARRAY)],
        )
        .await?;
    Ok(usize::try_from(moved).unwrap_or(usize::MAX))
}
