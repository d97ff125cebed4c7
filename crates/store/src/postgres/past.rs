//! What is long past: events that move to their month, and those that are forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use feedme_kitchen::{Order, OrderNumber, Time, Version};
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::change::{int8, text, uuid};
use super::clock::NOW;
use super::error::Failed;
use super::moment::read_events;
use super::partition::{self, EVENTS, Month, ORDERS};
use super::rows::{ORDER, column, count, read_order};
use super::session::Session;
use crate::moment::EventRow;
use crate::past::{Checkpoint, Forgetting};
use crate::record::{decode_state, encode_state};
use crate::{RestaurantId, StoreError};

/// How long events stay where commits write them: whoever catches up after a night finds them there.
pub(super) const EVENTS_STAY_MS: u64 = 86_400_000;

/// Whatever happened so recently has moved nowhere.
const RECENT_MS: u64 = EVENTS_STAY_MS / 2;

/// The rows of events after a version, in order. Months are looked at only when they may have some of them: what catches
/// up from one minute ago touches none.
pub(super) async fn rows_after(
    session: &mut Session,
    restaurant: RestaurantId,
    after: Version,
    limit: u32,
) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    for table in ["events", "all_events"] {
        rows = session
            .query(
                &format!(
                    "SELECT first_seq, last_seq, at, payload, at > {NOW} - {RECENT_MS} AS is_recent FROM {table}
                     WHERE restaurant_id = $1 AND last_seq > $2 ORDER BY last_seq LIMIT $3"
                ),
                &[uuid(&restaurant.0), int8(&after.0.cast_signed()), int8(&i64::from(limit))],
            )
            .await?;
        let Some(first) = rows.first() else { continue };
        if count(first, "first_seq")? <= after.0 + 1 && column(first, "is_recent")? {
            break;
        }
    }
    Ok(rows)
}

/// Moves events from before a moment to their months, at most so many rows. How many it moved.
pub(super) async fn move_events(session: &mut Session, before: Time, limit: u32) -> Result<usize, StoreError> {
    let found = session
        .query(
            "SELECT restaurant_id, last_seq, at FROM events WHERE at < $1 LIMIT $2",
            &[int8(&before.0), int8(&i64::from(limit))],
        )
        .await?;
    let (mut months, mut restaurants, mut numbers) = (BTreeSet::new(), Vec::<Uuid>::new(), Vec::<i64>::new());
    for row in &found {
        months.insert(Month::of(Time(column(row, "at")?)));
        restaurants.push(column(row, "restaurant_id")?);
        numbers.push(column(row, "last_seq")?);
    }
    for month in months {
        partition::make(session, EVENTS, month).await?;
    }
    if found.is_empty() {
        return Ok(0);
    }
    let moved = session
        .execute(
            "WITH old AS (
                 SELECT events.restaurant_id, events.last_seq FROM unnest($1, $2) AS old (restaurant_id, last_seq)
                 JOIN events ON events.restaurant_id = old.restaurant_id AND events.last_seq = old.last_seq
                 FOR UPDATE OF events SKIP LOCKED
             ), gone AS (
                 DELETE FROM events USING old
                 WHERE events.restaurant_id = old.restaurant_id AND events.last_seq = old.last_seq
                 RETURNING events.*
             )
             INSERT INTO events_history SELECT * FROM gone",
            &[(&restaurants, Type::UUID_ARRAY), (&numbers, Type::INT8_ARRAY)],
        )
        .await?;
    Ok(usize::try_from(moved).unwrap_or(usize::MAX))
}

pub(super) async fn commits(
    session: &mut Session,
    restaurant: RestaurantId,
    after: Version,
    limit: usize,
) -> Result<Vec<EventRow>, StoreError> {
    let rows = rows_after(session, restaurant, after, u32::try_from(limit).unwrap_or(u32::MAX)).await?;
    rows.iter().map(read_events).collect()
}

/// What a restaurant was when its past was forgotten, on a connection that may have a transaction open.
pub(super) async fn checkpoint(
    session: &mut Session,
    restaurant: RestaurantId,
) -> Result<Option<Checkpoint>, StoreError> {
    let found = session
        .query_opt(
            "SELECT opened_as, state, orders FROM restaurants
             LEFT JOIN checkpoints ON restaurant_id = id WHERE id = $1",
            &[uuid(&restaurant.0)],
        )
        .await?;
    let read = |row| match column::<Option<&str>>(row, "state")? {
        Some(_) => read_checkpoint(row),
        None => Ok(Checkpoint::at_the_opening(column(row, "opened_as")?)),
    };
    found.as_ref().map(read).transpose()
}

/// The checkpoint in a row.
pub(super) fn read_checkpoint(row: &Row) -> Result<Checkpoint, StoreError> {
    Ok(Checkpoint { state: decode_state(column(row, "state")?)?, orders: count(row, "orders")? })
}

/// Writes a checkpoint in the place of the one at `from`. Whether it did.
pub(super) async fn set_checkpoint(
    session: &mut Session,
    restaurant: RestaurantId,
    from: Version,
    checkpoint: &Checkpoint,
) -> Result<bool, Failed> {
    let Checkpoint { state, orders } = checkpoint;
    let set = session
        .execute(
            "INSERT INTO checkpoints (restaurant_id, version, at, orders, state) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (restaurant_id) DO UPDATE SET version = excluded.version, at = excluded.at,
                 orders = checkpoints.orders + excluded.orders, state = excluded.state
             WHERE checkpoints.version = $6",
            &[
                uuid(&restaurant.0),
                int8(&state.version.0.cast_signed()),
                int8(&state.last_at.0),
                int8(&orders.cast_signed()),
                text(&encode_state(state)),
                int8(&from.0.cast_signed()),
            ],
        )
        .await?;
    Ok(set == 1)
}

/// Takes a step. The connection must be given up when it fails.
pub(super) async fn forget(
    session: &mut Session,
    restaurant: RestaurantId,
    step: Forgetting,
) -> Result<Option<u64>, StoreError> {
    let Forgetting { from, state, orders } = step;
    session.begin().await?;
    // Whoever comes second waits for the checkpoint's row, and finds another there.
    let (until, at) = (state.version.0.cast_signed(), state.last_at.0);
    if !set_checkpoint(session, restaurant, from, &Checkpoint { state, orders: 0 }).await? {
        session.roll_back().await?;
        return Ok(None);
    }
    let expected: BTreeMap<_, _> = orders.iter().map(|order| (order.number(), order)).collect();
    let mut forgotten = 0;
    for table in ["orders", ORDERS] {
        forgotten += forget_orders(session, restaurant, table, &expected).await?;
    }
    session
        .execute(
            "UPDATE checkpoints SET orders = orders + $2 WHERE restaurant_id = $1",
            &[uuid(&restaurant.0), int8(&forgotten.cast_signed())],
        )
        .await?;
    session
        .execute("DELETE FROM events WHERE restaurant_id = $1 AND last_seq <= $2", &[uuid(&restaurant.0), int8(&until)])
        .await?;
    session
        .execute(
            "DELETE FROM events_history WHERE restaurant_id = $1 AND last_seq <= $2 AND at <= $3",
            &[uuid(&restaurant.0), int8(&until), int8(&at)],
        )
        .await?;
    session.commit().await?;
    Ok(Some(forgotten))
}

/// Deletes the orders of a table whose rows say what is expected. Nobody changes them meanwhile.
async fn forget_orders(
    session: &mut Session,
    restaurant: RestaurantId,
    table: &str,
    expected: &BTreeMap<OrderNumber, &Arc<Order>>,
) -> Result<u64, StoreError> {
    let (numbers, created): (Vec<_>, Vec<_>) =
        expected.iter().map(|(number, order)| (number.0.cast_signed(), order.ticket.created_at.0)).unzip();
    let rows = session
        .query(
            &format!(
                "SELECT {ORDER} FROM {table} WHERE restaurant_id = $1
                     AND (number, created_at) IN (SELECT * FROM unnest($2, $3)) FOR UPDATE"
            ),
            &[uuid(&restaurant.0), (&numbers, Type::INT8_ARRAY), (&created, Type::INT8_ARRAY)],
        )
        .await?;
    let (mut numbers, mut created) = (Vec::new(), Vec::new());
    for row in &rows {
        let order = read_order(row)?;
        if expected.get(&order.number()).is_some_and(|expected| ***expected == order) {
            numbers.push(order.number().0.cast_signed());
            created.push(order.ticket.created_at.0);
        }
    }
    let forgotten = session
        .execute(
            &format!(
                "DELETE FROM {table} USING unnest($2, $3) AS old (number, created_at)
                 WHERE {table}.restaurant_id = $1 AND {table}.number = old.number
                     AND {table}.created_at = old.created_at"
            ),
            &[uuid(&restaurant.0), (&numbers, Type::INT8_ARRAY), (&created, Type::INT8_ARRAY)],
        )
        .await?;
    Ok(forgotten)
}
