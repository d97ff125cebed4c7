//! Rows read back.

use feedme_kitchen::{Order, Time};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use uuid::Uuid;

use crate::record::{OrderRecord, damaged, decode_lines};
use crate::{RestaurantId, StoreError};

/// The columns of tables that are read while a newer program may add others: what is prepared keeps its meaning.
pub(super) const ORDER: &str =
    "number, id, type, status, user_id, bot_id, claim, note, lines, external_ref, created_at, started_at,
    due_at, completed_at, cancelled_at, collected_at, archived_at, updated_at, deleted_at";
pub(super) const BOT: &str = "id, number, mode, current_order_id, created_at, updated_at, deleted_at";
pub(super) const RESTAURANT: &str = "id, slug, name, opened_as, archived_at, settings, policy_state, epoch, version,
    next_order_number, next_bot_number, next_claim, created_at, updated_at";

/// A column. One that is missing or of another type is a schema that we do not know.
pub(super) fn column<'a, T: FromSql<'a>>(row: &'a Row, name: &str) -> Result<T, StoreError> {
    row.try_get(name).map_err(damaged)
}

/// A count from a column; the schema keeps it from being negative.
pub(super) fn count(row: &Row, name: &str) -> Result<u64, StoreError> {
    column::<i64>(row, name).map(i64::unsigned_abs)
}

/// A time from a column.
pub(super) fn time(row: &Row, name: &str) -> Result<Time, StoreError> {
    column(row, name).map(Time)
}

/// A time from a column that may be empty.
pub(super) fn maybe_time(row: &Row, name: &str) -> Result<Option<Time>, StoreError> {
    Ok(column::<Option<i64>>(row, name)?.map(Time))
}

/// A restaurant's id from a column.
pub(super) fn restaurant(row: &Row, name: &str) -> Result<RestaurantId, StoreError> {
    column::<Uuid>(row, name).map(RestaurantId)
}

/// The order in a row of `orders`, `orders_history` or `all_orders`.
pub(super) fn read_order(row: &Row) -> Result<Order, StoreError> {
    let text = |name: &str| column::<Option<&str>>(row, name);
    let lines = text("lines")?;
    let record = OrderRecord {
        id: column(row, "id")?,
        number: count(row, "number")?,
        order_type: column::<&str>(row, "type")?.into(),
        status: column::<&str>(row, "status")?.into(),
        user: column(row, "user_id")?,
        bot: column(row, "bot_id")?,
        claim: column::<Option<i64>>(row, "claim")?.map(i64::unsigned_abs),
        note: text("note")?.map(Into::into),
        lines: lines.map_or(Ok(Vec::new()), decode_lines)?,
        external_ref: text("external_ref")?.map(Into::into),
        created: column(row, "created_at")?,
        started: column(row, "started_at")?,
        due: column(row, "due_at")?,
        completed: column(row, "completed_at")?,
        cancelled: column(row, "cancelled_at")?,
        collected: column(row, "collected_at")?,
        archived: column(row, "archived_at")?,
        updated: column(row, "updated_at")?,
        deleted: column(row, "deleted_at")?,
    };
    Order::try_from(record)
}
