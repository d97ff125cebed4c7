//! What is long past, and forgotten.

use std::sync::Arc;

use feedme_kitchen::{Order, Version};
use rusqlite::{Connection, Row, TransactionBehavior, params};

use super::moment::read_events;
use super::rows::{count, id, read_order};
use crate::moment::EventRow;
use crate::past::{Checkpoint, Forgetting};
use crate::record::{decode_state, encode_state};
use crate::{RestaurantId, StoreError};

pub(super) fn commits(
    connection: &Connection,
    restaurant: RestaurantId,
    after: Version,
    limit: usize,
) -> Result<Vec<EventRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT first_seq, last_seq, at, payload FROM events WHERE restaurant_id = ?1 AND last_seq > ?2
         ORDER BY last_seq LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![id(&restaurant.0), after.0.cast_signed(), limit], read_events)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn checkpoint(connection: &Connection, restaurant: RestaurantId) -> Result<Option<Checkpoint>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT opened_as, state, orders FROM restaurants
         LEFT JOIN checkpoints ON restaurant_id = id WHERE id = ?1",
    )?;
    let mut rows = statement.query([id(&restaurant.0)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(match row.get::<_, Option<String>>("state")? {
        Some(_) => read_checkpoint(row)?,
        None => Checkpoint::at_the_opening(&row.get::<_, String>("opened_as")?),
    }))
}

/// The checkpoint in a row.
pub(super) fn read_checkpoint(row: &Row<'_>) -> Result<Checkpoint, StoreError> {
    Ok(Checkpoint { state: decode_state(&row.get::<_, String>("state")?)?, orders: count(row, "orders")? })
}

/// Writes a checkpoint in the place of the one at `from`. Whether it did.
pub(super) fn set_checkpoint(
    connection: &Connection,
    restaurant: RestaurantId,
    from: Version,
    checkpoint: &Checkpoint,
) -> Result<bool, rusqlite::Error> {
    let Checkpoint { state, orders } = checkpoint;
    let set = connection
        .prepare_cached(
            "INSERT INTO checkpoints (restaurant_id, version, at, orders, state) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (restaurant_id) DO UPDATE SET version = excluded.version, at = excluded.at,
                 orders = checkpoints.orders + excluded.orders, state = excluded.state
             WHERE checkpoints.version = ?6",
        )?
        .execute(params![
            id(&restaurant.0),
            state.version.0.cast_signed(),
            state.last_at.0,
            orders.cast_signed(),
            encode_state(state),
            from.0.cast_signed(),
        ])?;
    Ok(set == 1)
}

/// Takes a step.
pub(super) fn forget(
    connection: &mut Connection,
    restaurant: RestaurantId,
    step: Forgetting,
) -> Result<Option<u64>, StoreError> {
    let Forgetting { from, state, orders } = step;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let until = state.version.0.cast_signed();
    let mut forgotten = 0;
    for table in ["orders", "orders_history"] {
        for order in &orders {
            forgotten += u64::from(forget_order(&transaction, restaurant, table, order)?);
        }
    }
    if !set_checkpoint(&transaction, restaurant, from, &Checkpoint { state, orders: forgotten })? {
        return Ok(None);
    }
    transaction
        .prepare_cached("DELETE FROM events WHERE restaurant_id = ?1 AND last_seq <= ?2")?
        .execute(params![id(&restaurant.0), until])?;
    transaction.commit()?;
    Ok(Some(forgotten))
}

/// Deletes an order whose row says what is expected. Whether it did.
fn forget_order(
    connection: &Connection,
    restaurant: RestaurantId,
    table: &str,
    expected: &Arc<Order>,
) -> Result<bool, StoreError> {
    let key = params![id(&restaurant.0), expected.number().0.cast_signed()];
    let mut found =
        connection.prepare_cached(&format!("SELECT * FROM {table} WHERE restaurant_id = ?1 AND number = ?2"))?;
    let mut rows = found.query(key)?;
    let Some(row) = rows.next()? else { return Ok(false) };
    if read_order(row)? != **expected {
        return Ok(false);
    }
    let sql = format!("DELETE FROM {table} WHERE restaurant_id = ?1 AND number = ?2");
    Ok(connection.prepare_cached(&sql)?.execute(key)? == 1)
}
