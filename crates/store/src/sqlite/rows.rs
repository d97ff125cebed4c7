//! Orders as rows.

use feedme_kitchen::{Order, Time};
use rusqlite::{CachedStatement, Connection, Row, params};
use uuid::Uuid;

use crate::record::{OrderRecord, decode_lines, encode_lines};
use crate::{RestaurantId, StoreError};

/// An id as a column.
pub(super) fn id(uuid: &Uuid) -> &[u8] {
    uuid.as_bytes().as_slice()
}

/// An id from a column.
pub(super) fn uuid(row: &Row<'_>, column: &str) -> Result<Uuid, rusqlite::Error> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}

/// A count from a column; the schema keeps it from being negative.
pub(super) fn count(row: &Row<'_>, column: &str) -> Result<u64, rusqlite::Error> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

/// A time from a column.
pub(super) fn time(row: &Row<'_>, column: &str) -> Result<Time, rusqlite::Error> {
    row.get(column).map(Time)
}

/// An order about to be written.
pub(super) struct OrderRow<'a>(OrderRecord<'a>);

impl<'a> From<&'a Order> for OrderRow<'a> {
    fn from(order: &'a Order) -> Self {
        Self(OrderRecord::from(order))
    }
}

impl OrderRow<'_> {
    pub(super) const INSERT: &'static str = "
        INSERT OR ROLLBACK INTO orders (restaurant_id, number, id, type, status, user_id, bot_id, claim, note, lines, external_ref,
            created_at, started_at, due_at, completed_at, cancelled_at, collected_at, archived_at, updated_at, deleted_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)";

    /// Everything that may change after an order was placed.
    pub(super) const UPDATE: &'static str = "
        UPDATE OR ROLLBACK orders SET status = ?3, bot_id = ?4, claim = ?5, started_at = ?6, due_at = ?7,
            completed_at = ?8, cancelled_at = ?9, collected_at = ?10, archived_at = ?11, updated_at = ?12, deleted_at = ?13
        WHERE restaurant_id = ?1 AND number = ?2";

    /// What may change when a PROCESSING order becomes COMPLETE.
    pub(super) const COMPLETE: &'static str = "
        UPDATE OR ROLLBACK orders SET status = 'COMPLETE', completed_at = ?4, updated_at = ?5
        WHERE restaurant_id = ?1 AND number = ?2 AND status = 'PROCESSING' AND claim = ?3";

    /// What may change while an order is COMPLETE.
    pub(super) const AFTERWARDS: &'static str = "
        UPDATE OR ROLLBACK orders SET collected_at = ?3, archived_at = ?4, updated_at = ?5, deleted_at = ?6
        WHERE restaurant_id = ?1 AND number = ?2 AND status = 'COMPLETE'";

    /// As [`OrderRow::INSERT`], for the history.
    pub(super) fn insert_into_history() -> String {
        Self::INSERT.replacen("INTO orders ", "INTO orders_history ", 1)
    }

    pub(super) fn number(&self) -> i64 {
        self.0.number.cast_signed()
    }

    pub(super) fn insert(
        &self,
        statement: &mut CachedStatement<'_>,
        restaurant: RestaurantId,
    ) -> Result<(), rusqlite::Error> {
        let Self(order) = self;
        statement.execute(params![
            id(&restaurant.0),
            self.number(),
            id(&order.id),
            order.order_type,
            order.status,
            order.user.as_ref().map(id),
            order.bot.as_ref().map(id),
            order.claim.map(u64::cast_signed),
            order.note,
            encode_lines(&order.lines),
            order.external_ref,
            order.created,
            order.started,
            order.due,
            order.completed,
            order.cancelled,
            order.collected,
            order.archived,
            order.updated,
            order.deleted,
        ])?;
        Ok(())
    }

    /// Updates the row, if there is one, by the statement that touches the fewest columns: constraints and
    /// indexes on the others then cost nothing. The statements of an order that only its events could have
    /// led to say so in their conditions; where they find nothing, everything is written.
    pub(super) fn update(
        &self,
        statements: &mut Updates<'_>,
        restaurant: RestaurantId,
    ) -> Result<bool, rusqlite::Error> {
        let Self(order) = self;
        let (restaurant, number) = (id(&restaurant.0), self.number());
        let changed = if order.collected.is_some() || order.archived.is_some() || order.deleted.is_some() {
            let Self(OrderRecord { collected, archived, updated, deleted, .. }) = self;
            statements.afterwards.execute(params![restaurant, number, collected, archived, updated, deleted])?
        } else if let (Some(claim), Some(completed)) = (order.claim, order.completed) {
            statements.complete.execute(params![restaurant, number, claim.cast_signed(), completed, order.updated])?
        } else {
            0
        };
        if changed == 1 {
            return Ok(true);
        }
        let changed = statements.all.execute(params![
            restaurant,
            number,
            order.status,
            order.bot.as_ref().map(id),
            order.claim.map(u64::cast_signed),
            order.started,
            order.due,
            order.completed,
            order.cancelled,
            order.collected,
            order.archived,
            order.updated,
            order.deleted,
        ])?;
        Ok(changed == 1)
    }
}

/// The statements of [`OrderRow::update`].
pub(super) struct Updates<'a> {
    all: CachedStatement<'a>,
    complete: CachedStatement<'a>,
    afterwards: CachedStatement<'a>,
}

impl<'a> Updates<'a> {
    pub(super) fn prepare(connection: &'a Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            all: connection.prepare_cached(OrderRow::UPDATE)?,
            complete: connection.prepare_cached(OrderRow::COMPLETE)?,
            afterwards: connection.prepare_cached(OrderRow::AFTERWARDS)?,
        })
    }
}

/// The order in a row of `orders`, `orders_history` or `all_orders`.
pub(super) fn read_order(row: &Row<'_>) -> Result<Order, StoreError> {
    let lines: Option<String> = row.get("lines")?;
    let optional_uuid = |column: &str| row.get::<_, Option<[u8; 16]>>(column).map(|id| id.map(Uuid::from_bytes));
    let record = OrderRecord {
        id: uuid(row, "id")?,
        number: count(row, "number")?,
        order_type: row.get::<_, String>("type")?.into(),
        status: row.get::<_, String>("status")?.into(),
        user: optional_uuid("user_id")?,
        bot: optional_uuid("bot_id")?,
        claim: row.get::<_, Option<i64>>("claim")?.map(i64::unsigned_abs),
        note: row.get::<_, Option<String>>("note")?.map(Into::into),
        lines: lines.as_deref().map_or(Ok(Vec::new()), decode_lines)?,
        external_ref: row.get::<_, Option<String>>("external_ref")?.map(Into::into),
        created: row.get("created_at")?,
        started: row.get("started_at")?,
        due: row.get("due_at")?,
        completed: row.get("completed_at")?,
        cancelled: row.get("cancelled_at")?,
        collected: row.get("collected_at")?,
        archived: row.get("archived_at")?,
        updated: row.get("updated_at")?,
        deleted: row.get("deleted_at")?,
    };
    Order::try_from(record)
}
