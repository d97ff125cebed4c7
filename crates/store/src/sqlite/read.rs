//! Reads. Each sees one moment of the database.

use std::sync::Arc;

use feedme_kitchen::{
    Bot, BotId, BotNumber, Claim, Counters, Event, Mode, Order, OrderId, OrderNumber, Profile, Time, Version,
};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::rows::{count, id, read_order, time, uuid};
use crate::moment::Standing;
use crate::record::{decode_events, decode_settings, decode_turn};
use crate::{
    Confirmed, Epoch, HistoryFilter, HistoryPage, KeptAnswer, KeyScope, Loaded, Overdue, PAGE_MAX, Restaurant,
    RestaurantId, Stands, StoreError,
};

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            None | Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                Self::Corrupt(error.to_string())
            }
            Some(_) => Self::Unavailable(error.to_string()),
        }
    }
}

pub(super) fn restaurants(connection: &Connection) -> Result<Vec<Restaurant>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id, slug, name, epoch FROM restaurants ORDER BY slug")?;
    let rows = statement.query_map([], read_restaurant)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn restaurant_named(connection: &Connection, slug: &str) -> Result<Option<Restaurant>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id, slug, name, epoch FROM restaurants WHERE slug = ?1")?;
    Ok(statement.query_row([slug], read_restaurant).optional()?)
}

pub(super) fn read_restaurant(row: &Row<'_>) -> Result<Restaurant, rusqlite::Error> {
    Ok(Restaurant {
        id: RestaurantId(uuid(row, "id")?),
        slug: row.get("slug")?,
        name: row.get("name")?,
        epoch: Epoch(row.get("epoch")?),
    })
}

pub(super) fn read_profile(row: &Row<'_>) -> Result<Profile, rusqlite::Error> {
    let archived_at = row.get::<_, Option<i64>>("archived_at")?.map(Time);
    Ok(Profile { name: row.get::<_, String>("name")?.into(), archived_at })
}

pub(super) fn load(connection: &Connection, restaurant: RestaurantId) -> Result<Option<Loaded>, StoreError> {
    // All of it from one moment.
    load_within(&*connection.unchecked_transaction()?, restaurant)
}

/// Where every restaurant stands, by slug.
pub(super) fn standings(connection: &Connection) -> Result<Vec<Standing>, StoreError> {
    let mut statement = connection.prepare("SELECT * FROM restaurants ORDER BY slug")?;
    statement.query_and_then([], read_standing)?.collect()
}

fn read_standing(row: &Row<'_>) -> Result<Standing, StoreError> {
    Ok(Standing {
        restaurant: read_restaurant(row)?,
        opened_as: row.get("opened_as")?,
        created_at: time(row, "created_at")?,
        version: Version(count(row, "version")?),
        last_at: time(row, "updated_at")?,
        counters: Counters {
            next_order: OrderNumber(count(row, "next_order_number")?),
            next_bot: BotNumber(count(row, "next_bot_number")?),
            next_claim: Claim(count(row, "next_claim")?),
        },
        profile: read_profile(row)?,
        settings: decode_settings(&row.get::<_, String>("settings")?)?,
        turn: decode_turn(&row.get::<_, String>("policy_state")?)?,
    })
}

/// As [`load`], within a transaction that is under way.
pub(super) fn load_within(connection: &Connection, restaurant: RestaurantId) -> Result<Option<Loaded>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM restaurants WHERE id = ?1")?;
    let mut rows = statement.query([id(&restaurant.0)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let standing = read_standing(row)?;
    Ok(Some(standing.with(live_orders(connection, restaurant)?, bots(connection, restaurant)?)))
}

fn live_orders(connection: &Connection, restaurant: RestaurantId) -> Result<Vec<Order>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM orders
         WHERE restaurant_id = ?1 AND number >= (SELECT live_from FROM restaurants WHERE id = ?1)
             AND archived_at IS NULL AND deleted_at IS NULL AND status <> 'CANCELLED'
         ORDER BY number",
    )?;
    statement.query_and_then([id(&restaurant.0)], read_order)?.collect()
}

fn bots(connection: &Connection, restaurant: RestaurantId) -> Result<Vec<Bot>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM bots WHERE restaurant_id = ?1 AND deleted_at IS NULL ORDER BY number")?;
    let rows = statement.query_map([id(&restaurant.0)], read_bot)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The bot in a row.
pub(super) fn read_bot(row: &Row<'_>) -> Result<Bot, rusqlite::Error> {
    Ok(Bot {
        id: BotId(uuid(row, "id")?),
        number: BotNumber(count(row, "number")?),
        mode: if row.get::<_, String>("mode")? == "pull" { Mode::Pull } else { Mode::Auto },
        current: row.get::<_, Option<[u8; 16]>>("current_order_id")?.map(|id| OrderId(uuid::Uuid::from_bytes(id))),
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        deleted_at: row.get::<_, Option<i64>>("deleted_at")?.map(Time),
    })
}

pub(super) fn events(
    connection: &Connection,
    restaurant: RestaurantId,
    after: Version,
    limit: usize,
) -> Result<Vec<Arc<Event>>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT payload FROM events WHERE restaurant_id = ?1 AND last_seq > ?2 ORDER BY last_seq")?;
    let mut rows = statement.query(params![id(&restaurant.0), after.0.cast_signed()])?;
    let mut found = Vec::new();
    while found.len() < limit {
        let Some(row) = rows.next()? else { break };
        let batch = decode_events(row.get_ref("payload")?.as_str().map_err(crate::record::damaged)?)?;
        found.extend(batch.into_iter().filter(|event| event.version > after).map(Arc::new));
    }
    Ok(found)
}

pub(super) fn events_before(
    connection: &Connection,
    restaurant: RestaurantId,
    before: Version,
    limit: usize,
) -> Result<Vec<Arc<Event>>, StoreError> {
    // The first row holds what comes before the version within its own commit. Rows follow each other without a gap, so
    // one look at the index finds it.
    let mut statement = connection.prepare_cached(
        "SELECT payload FROM events WHERE restaurant_id = ?1 AND last_seq <= coalesce(
             (SELECT min(last_seq) FROM events WHERE restaurant_id = ?1 AND last_seq >= ?2 - 1), ?2)
         ORDER BY last_seq DESC",
    )?;
    let mut rows = statement.query(params![id(&restaurant.0), before.0.cast_signed()])?;
    let mut found = Vec::new();
    while found.len() < limit {
        let Some(row) = rows.next()? else { break };
        let batch = decode_events(row.get_ref("payload")?.as_str().map_err(crate::record::damaged)?)?;
        found.extend(batch.into_iter().rev().filter(|event| event.version < before).map(Arc::new));
    }
    Ok(found)
}

pub(super) fn order(
    connection: &Connection,
    restaurant: RestaurantId,
    order: OrderId,
) -> Result<Option<Arc<Order>>, StoreError> {
    for table in ["orders", "orders_history"] {
        let sql = format!("SELECT * FROM {table} WHERE id = ?1 AND restaurant_id = ?2");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([id(&order.0), id(&restaurant.0)])?;
        if let Some(row) = rows.next()? {
            return Ok(Some(Arc::new(read_order(row)?)));
        }
    }
    Ok(None)
}

pub(super) fn history(
    connection: &Connection,
    restaurant: RestaurantId,
    filter: &HistoryFilter,
) -> Result<HistoryPage, StoreError> {
    let limit = filter.limit.clamp(1, PAGE_MAX);
    let transaction = connection.unchecked_transaction()?;
    let mut orders = Vec::new();
    // One more than asked for tells whether there is a next page. Whatever is in the live table may have a
    // smaller number than something in the history, so both are asked and merged.
    for table in ["orders", "orders_history"] {
        let (sql, values) = history_query(table, restaurant, filter, limit + 1);
        let mut statement = transaction.prepare_cached(&sql)?;
        for order in statement.query_and_then(params_from_iter(values), read_order)? {
            orders.push(Arc::new(order?));
        }
    }
    orders.sort_by_key(|order| std::cmp::Reverse(order.number()));
    let more = orders.len() > limit;
    orders.truncate(limit);
    let next = orders.last().filter(|_| more).map(|order| order.number());
    Ok(HistoryPage { orders, next })
}

fn history_query(table: &str, restaurant: RestaurantId, filter: &HistoryFilter, limit: usize) -> (String, Vec<Value>) {
    let mut sql = format!("SELECT * FROM {table} WHERE restaurant_id = ? AND deleted_at IS NULL");
    let mut values = vec![Value::Blob(id(&restaurant.0).to_vec())];
    let mut demand = |condition: &str, value: Value| {
        sql.push_str(" AND ");
        sql.push_str(condition);
        values.push(value);
    };
    if let Some(status) = filter.status {
        demand("status = ?", Value::Text(crate::record::status_name(status).into()));
    }
    if let Some(order_type) = filter.order_type {
        demand("type = ?", Value::Text(crate::record::type_name(order_type).into()));
    }
    if let Some(OrderNumber(number)) = filter.number {
        demand("number = ?", Value::Integer(number.cast_signed()));
    }
    if let Some(from) = filter.from {
        demand("created_at >= ?", Value::Integer(from.0));
    }
    if let Some(to) = filter.to {
        demand("created_at < ?", Value::Integer(to.0));
    }
    if let Some(user) = filter.user {
        demand("user_id = ?", Value::Blob(id(&user.0).to_vec()));
    }
    if let Some(OrderNumber(below)) = filter.below {
        demand("number < ?", Value::Integer(below.cast_signed()));
    }
    demand("TRUE ORDER BY number DESC LIMIT ?", Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    (sql, values)
}

pub(super) fn answer(
    connection: &Connection,
    restaurant: RestaurantId,
    scope: &KeyScope,
) -> Result<Option<KeptAnswer>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT fingerprint, status, location, body, at FROM idempotency_keys
         WHERE restaurant_id = ?1 AND caller = ?2 AND key = ?3",
    )?;
    let kept = statement.query_row(params![id(&restaurant.0), scope.caller, scope.key], read_answer);
    Ok(kept.optional()?)
}

/// The kept answer in a row.
pub(super) fn read_answer(row: &Row<'_>) -> Result<KeptAnswer, rusqlite::Error> {
    Ok(KeptAnswer {
        fingerprint: row.get("fingerprint")?,
        status: row.get("status")?,
        location: row.get("location")?,
        body: row.get("body")?,
        at: time(row, "at")?,
    })
}

/// What is overdue. Live orders are few: what waits, cooks or stands on the boards.
pub(super) fn overdue(connection: &Connection, before: Time, limit: usize) -> Result<Vec<Overdue>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT restaurant_id, id, bot_id, claim FROM orders WHERE status = 'PROCESSING' AND due_at < ?1
         ORDER BY due_at LIMIT ?2",
    )?;
    let found = statement.query_map(params![before.0, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
        Ok(Overdue {
            restaurant: RestaurantId(uuid(row, "restaurant_id")?),
            order: OrderId(uuid(row, "id")?),
            bot: BotId(uuid(row, "bot_id")?),
            claim: Claim(count(row, "claim")?),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn confirm(connection: &Connection, restaurants: &[RestaurantId]) -> Result<Stands, StoreError> {
    let mut statement = connection.prepare_cached("SELECT epoch, version FROM restaurants WHERE id = ?1")?;
    let mut found = Vec::with_capacity(restaurants.len());
    for restaurant in restaurants {
        let stands = statement.query_row([id(&restaurant.0)], |row| {
            let (epoch, version) = (Epoch(row.get("epoch")?), Version(count(row, "version")?));
            Ok(Confirmed { restaurant: *restaurant, epoch, version, is_doubtful: false })
        });
        found.extend(stands.optional()?);
    }
    Ok(Stands { restaurants: found, accounts: 0 })
}
