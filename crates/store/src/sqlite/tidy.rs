//! Keeping the live table small: what left the board moves to the history, a portion at a time.

use feedme_kitchen::{OrderNumber, Time};
use rusqlite::{Connection, TransactionBehavior, params};

use super::rows::{count, id, uuid};
use crate::{RestaurantId, StoreError, Tidied};

/// Rows moved or forgotten in one transaction. It takes about 5 ms, which is what a commit may have to wait.
const PORTION: u32 = 500;

/// The orders that may move: found by a reader, so that the writer only moves.
pub(super) fn movable(
    connection: &Connection,
    moved_before: Time,
) -> Result<Vec<(RestaurantId, OrderNumber)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT restaurant_id, number FROM orders
         WHERE updated_at < ?1 AND (archived_at IS NOT NULL OR deleted_at IS NOT NULL OR status = 'CANCELLED')
         ORDER BY restaurant_id, number LIMIT ?2",
    )?;
    let rows = statement.query_map(params![moved_before.0, PORTION], |row| {
        Ok((RestaurantId(uuid(row, "restaurant_id")?), OrderNumber(count(row, "number")?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Moves them, unless they changed meanwhile, and forgets old idempotency keys.
pub(super) fn tidy(
    connection: &mut Connection,
    movable: &[(RestaurantId, OrderNumber)],
    keys_before: Time,
) -> Result<Tidied, rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut moved = 0;
    for (restaurant, OrderNumber(number)) in movable {
        let key = params![id(&restaurant.0), number.cast_signed()];
        let copied = transaction
            .prepare_cached(
                "INSERT INTO orders_history SELECT * FROM orders WHERE restaurant_id = ?1 AND number = ?2
                 AND (archived_at IS NOT NULL OR deleted_at IS NOT NULL OR status = 'CANCELLED')",
            )?
            .execute(key)?;
        if copied == 1 {
            transaction.prepare_cached("DELETE FROM orders WHERE restaurant_id = ?1 AND number = ?2")?.execute(key)?;
            moved += 1;
        }
    }
    let forgotten = transaction
        .prepare_cached(
            "DELETE FROM idempotency_keys WHERE (restaurant_id, caller, key) IN
                 (SELECT restaurant_id, caller, key FROM idempotency_keys WHERE at < ?1 LIMIT ?2)",
        )?
        .execute(params![keys_before.0, PORTION])?;
    transaction.commit()?;
    Ok(Tidied { moved, forgotten, more: movable.len() >= PORTION as usize || forgotten >= PORTION as usize })
}
