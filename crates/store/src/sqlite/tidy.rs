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
    let mut movable = Vec::new();
    let mut restaurants = connection.prepare_cached("SELECT id FROM restaurants ORDER BY id")?;
    let restaurants = restaurants.query_map([], |row| uuid(row, "id").map(RestaurantId))?;
    for restaurant in restaurants.collect::<Result<Vec<_>, _>>()? {
        let mut orders = connection.prepare_cached(
            "SELECT number, created_at, updated_at < ?2
                 AND (archived_at IS NOT NULL OR deleted_at IS NOT NULL OR status = 'CANCELLED') AS movable
             FROM orders WHERE restaurant_id = ?1 ORDER BY number",
        )?;
        let mut rows = orders.query(params![id(&restaurant.0), moved_before.0])?;
        while let Some(row) = rows.next()? {
            // Whatever has a higher number was placed, and so changed, even later.
            if row.get::<_, i64>("created_at")? >= moved_before.0 || movable.len() >= PORTION as usize {
                break;
            }
            if row.get("movable")? {
                movable.push((restaurant, OrderNumber(count(row, "number")?)));
            }
        }
    }
    Ok(movable)
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
    let more_dead = advance_live_from(&transaction)?;
    transaction.commit()?;
    Ok(Tidied {
        moved,
        forgotten,
        more: movable.len() >= PORTION as usize || forgotten >= PORTION as usize || more_dead,
    })
}

/// Orders looked at in one transaction. It takes about 2 ms.
const LOOKED_AT: u32 = 5000;

/// Moves each restaurant's `live_from` on to its first live order, or past the portion that was looked at.
/// Tells whether there is more to look at.
pub(super) fn advance_live_from(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let mut more = false;
    let mut restaurants = connection.prepare_cached("SELECT id, live_from FROM restaurants")?;
    let restaurants = restaurants.query_map([], |row| Ok((uuid(row, "id")?, count(row, "live_from")?)))?;
    for restaurant in restaurants.collect::<Result<Vec<_>, _>>()? {
        let (restaurant, live_from) = restaurant;
        let mut orders = connection.prepare_cached(
            "SELECT number, archived_at IS NULL AND deleted_at IS NULL AND status <> 'CANCELLED' AS live
             FROM orders WHERE restaurant_id = ?1 AND number >= ?2 ORDER BY number LIMIT ?3",
        )?;
        let mut rows = orders.query(params![id(&restaurant), live_from.cast_signed(), LOOKED_AT])?;
        let (mut looked_at, mut first_live) = (0, live_from);
        while let Some(row) = rows.next()? {
            let number = count(row, "number")?;
            if row.get("live")? {
                first_live = number;
                break;
            }
            looked_at += 1;
            first_live = number + 1;
        }
        more |= looked_at == LOOKED_AT;
        if first_live > live_from {
            connection
                .prepare_cached("UPDATE restaurants SET live_from = ?2 WHERE id = ?1")?
                .execute(params![id(&restaurant), first_live.cast_signed()])?;
        }
    }
    Ok(more)
}
