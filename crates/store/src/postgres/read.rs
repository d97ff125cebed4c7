//! Reads. Each is one statement, and so sees one moment, or a transaction that does.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use feedme_kitchen::{
    Bot, BotId, BotNumber, Claim, Counters, Event, Mode, Order, OrderId, OrderNumber, Profile, Time, Version,
};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::PostgresStore;
use super::clock::NOW;
use super::past::rows_after;
use super::rows::{BOT, ORDER, RESTAURANT, column, count, maybe_time, read_order, restaurant, time};
use super::server::STARTED;
use super::session::Session;
use crate::moment::Standing;
use crate::record::{decode_events, decode_settings, decode_turn, status_name, type_name};
use crate::{
    Confirmed, Epoch, HistoryFilter, HistoryPage, KeptAnswer, KeyScope, Loaded, Overdue, PAGE_MAX, Restaurant,
    RestaurantId, Stands, StoreError,
};

/// Rows of events read at a time. A row holds the events of a commit, hundreds at most.
const EVENT_ROWS: u32 = 256;

impl PostgresStore {
    pub(super) async fn read_restaurants(&self) -> Result<Vec<Restaurant>, StoreError> {
        let mut session = self.connections.reader().await?;
        let found = session.query("SELECT id, slug, name, epoch FROM restaurants ORDER BY slug", &[]).await?;
        found.iter().map(read_restaurant).collect()
    }

    pub(super) async fn read_live(&self, id: RestaurantId) -> Result<Option<Loaded>, StoreError> {
        let mut session = self.connections.reader().await?;
        session.begin_reading().await?;
        let loaded = load_within(&mut session, id).await?;
        session.commit().await?;
        Ok(loaded)
    }

    pub(super) async fn read_events(
        &self,
        restaurant: RestaurantId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        let mut session = self.connections.reader().await?;
        events_within(&mut session, restaurant, after, limit).await
    }

    pub(super) async fn read_events_before(
        &self,
        restaurant: RestaurantId,
        before: Version,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        if let Some(mut replica) = self.replica().await
            && let Ok(events) = events_before_within(&mut replica, restaurant, before, limit).await
        {
            return Ok(events);
        }
        events_before_within(&mut self.connections.reader().await?, restaurant, before, limit).await
    }

    pub(super) async fn read_order(&self, id: RestaurantId, order: OrderId) -> Result<Option<Arc<Order>>, StoreError> {
        let mut session = self.connections.reader().await?;
        // A row that moves between the two questions is in the history by the second.
        for table in ["orders", "orders_history"] {
            let sql = format!("SELECT {ORDER} FROM {table} WHERE id = $1 AND restaurant_id = $2");
            let row = session.query_opt(&sql, &[(&order.0, Type::UUID), (&id.0, Type::UUID)]).await?;
            if let Some(row) = row {
                return read_order(&row).map(Arc::new).map(Some);
            }
        }
        Ok(None)
    }

    pub(super) async fn read_history(
        &self,
        restaurant: RestaurantId,
        filter: &HistoryFilter,
    ) -> Result<HistoryPage, StoreError> {
        if let Some(mut replica) = self.replica().await
            && let Ok(page) = history_within(&mut replica, restaurant, filter).await
        {
            return Ok(page);
        }
        history_within(&mut self.connections.reader().await?, restaurant, filter).await
    }

    pub(super) async fn read_answer(
        &self,
        restaurant: RestaurantId,
        scope: &KeyScope,
    ) -> Result<Option<KeptAnswer>, StoreError> {
        let mut session = self.connections.reader().await?;
        let row = session
            .query_opt(
                "SELECT fingerprint, status, location, body, at FROM idempotency_keys
                 WHERE restaurant_id = $1 AND caller = $2 AND key = $3",
                &[(&restaurant.0, Type::UUID), (&scope.caller, Type::TEXT), (&scope.key, Type::TEXT)],
            )
            .await?;
        row.as_ref().map(read_answer).transpose()
    }

    /// Where restaurants and accounts stand, by one statement: so it is of one moment.
    pub(super) async fn read_positions(&self, restaurants: &[RestaurantId]) -> Result<Stands, StoreError> {
        let ids: Vec<_> = restaurants.iter().map(|restaurant| restaurant.0).collect();
        let mut session = self.connections.reader().await?;
        let asked_at = Instant::now();
        let found = session
            .query(
                &format!(
                    "SELECT {NOW} AS now, {STARTED} AS started, cluster.level, accounts_version.version AS accounts, {POSITION}
                     FROM accounts_version CROSS JOIN cluster LEFT JOIN restaurants ON restaurants.id = ANY($1)"
                ),
                &[(&ids, Type::UUID_ARRAY)],
            )
            .await?;
        if let Some(first) = found.first() {
            self.connections.must_be_from(column(first, "started")?)?;
            self.time.note(asked_at, column(first, "now")?);
            self.level.note(column(first, "level")?);
            self.level.must_be_known().map_err(StoreError::Unavailable)?;
        }
        let mut stands = Stands::default();
        for row in &found {
            stands.accounts = count(row, "accounts")?;
            if column::<Option<Uuid>>(row, "id")?.is_some() {
                stands.restaurants.push(read_position(row, self.connections.doubtful_before())?);
            }
        }
        Ok(stands)
    }

    pub(super) async fn read_overdue(&self, before: Time, limit: usize) -> Result<Vec<Overdue>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut session = self.connections.reader().await?;
        let sql = if self.level.tells_due() { OVERDUE } else { OVERDUE_BY_INDEX };
        let found = session.query(sql, &[(&before.0, Type::INT8), (&limit, Type::INT8)]).await?;
        let read = |row| {
            Ok(Overdue {
                restaurant: restaurant(row, "restaurant_id")?,
                order: OrderId(column(row, "id")?),
                bot: BotId(column(row, "bot_id")?),
                claim: Claim(count(row, "claim")?),
            })
        };
        found.iter().map(read).collect()
    }
}

/// What is overdue, by the restaurants that say so.
const OVERDUE: &str = "SELECT orders.restaurant_id, orders.id, orders.bot_id, orders.claim
     FROM restaurants JOIN bots ON bots.restaurant_id = restaurants.id JOIN orders ON orders.id = bots.current_order_id
     WHERE restaurants.next_due_at < $1 AND orders.status = 'PROCESSING' AND orders.due_at < $1
     ORDER BY orders.due_at LIMIT $2";

/// The same while older programs may serve, which do not say so.
const OVERDUE_BY_INDEX: &str = "SELECT restaurant_id, id, bot_id, claim FROM orders
     WHERE status = 'PROCESSING' AND due_at IS NOT NULL AND due_at < $1 ORDER BY due_at LIMIT $2";

/// The columns of [`read_position`].
pub(super) const POSITION: &str = "restaurants.id, restaurants.epoch, restaurants.version,
    greatest(restaurants.created_at, restaurants.updated_at) AS touched_at";

/// Where a restaurant stands. One that nobody has touched since a moment is doubtful.
pub(super) fn read_position(row: &Row, doubtful_before: i64) -> Result<Confirmed, StoreError> {
    let (epoch, version) = (Epoch(column(row, "epoch")?), Version(count(row, "version")?));
    let is_doubtful = column::<i64>(row, "touched_at")? < doubtful_before;
    Ok(Confirmed { restaurant: restaurant(row, "id")?, epoch, version, is_doubtful })
}

pub(super) fn read_restaurant(row: &Row) -> Result<Restaurant, StoreError> {
    Ok(Restaurant {
        id: restaurant(row, "id")?,
        slug: column(row, "slug")?,
        name: column(row, "name")?,
        epoch: Epoch(column(row, "epoch")?),
    })
}

pub(super) fn read_profile(row: &Row) -> Result<Profile, StoreError> {
    Ok(Profile { name: column::<&str>(row, "name")?.into(), archived_at: maybe_time(row, "archived_at")? })
}

/// The kept answer in a row.
pub(super) fn read_answer(row: &Row) -> Result<KeptAnswer, StoreError> {
    let fingerprint = column::<&[u8]>(row, "fingerprint")?;
    Ok(KeptAnswer {
        fingerprint: fingerprint.try_into().map_err(crate::record::damaged)?,
        status: u16::try_from(column::<i32>(row, "status")?).map_err(crate::record::damaged)?,
        location: column(row, "location")?,
        body: column(row, "body")?,
        at: time(row, "at")?,
    })
}

/// A restaurant's live state, within a transaction.
pub(super) async fn load_within(session: &mut Session, id: RestaurantId) -> Result<Option<Loaded>, StoreError> {
    let row = session
        .query_opt(&format!("SELECT {RESTAURANT} FROM restaurants WHERE id = $1"), &[(&id.0, Type::UUID)])
        .await?;
    let Some(row) = row else { return Ok(None) };
    let orders = session
        .query(
            &format!(
                "SELECT {ORDER} FROM orders
                 WHERE restaurant_id = $1 AND archived_at IS NULL AND deleted_at IS NULL AND status <> 'CANCELLED'
                 ORDER BY number"
            ),
            &[(&id.0, Type::UUID)],
        )
        .await?;
    let bots = session
        .query(
            &format!("SELECT {BOT} FROM bots WHERE restaurant_id = $1 AND deleted_at IS NULL ORDER BY number"),
            &[(&id.0, Type::UUID)],
        )
        .await?;
    let orders = orders.iter().map(read_order).collect::<Result<_, _>>()?;
    let bots = bots.iter().map(read_bot).collect::<Result<_, _>>()?;
    Ok(Some(read_standing(&row)?.with(orders, bots)))
}

/// A row of `restaurants`.
pub(super) fn read_standing(row: &Row) -> Result<Standing, StoreError> {
    Ok(Standing {
        restaurant: read_restaurant(row)?,
        opened_as: column(row, "opened_as")?,
        created_at: time(row, "created_at")?,
        version: Version(count(row, "version")?),
        last_at: time(row, "updated_at")?,
        counters: Counters {
            next_order: OrderNumber(count(row, "next_order_number")?),
            next_bot: BotNumber(count(row, "next_bot_number")?),
            next_claim: Claim(count(row, "next_claim")?),
        },
        profile: read_profile(row)?,
        settings: decode_settings(column(row, "settings")?)?,
        turn: decode_turn(column(row, "policy_state")?)?,
    })
}

/// The bot in a row.
pub(super) fn read_bot(row: &Row) -> Result<Bot, StoreError> {
    Ok(Bot {
        id: BotId(column(row, "id")?),
        number: BotNumber(count(row, "number")?),
        mode: if column::<&str>(row, "mode")? == "pull" { Mode::Pull } else { Mode::Auto },
        current: column::<Option<Uuid>>(row, "current_order_id")?.map(OrderId),
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        deleted_at: maybe_time(row, "deleted_at")?,
    })
}

/// Events after a version, on a connection that may have a transaction open.
pub(super) async fn events_within(
    session: &mut Session,
    restaurant: RestaurantId,
    after: Version,
    limit: usize,
) -> Result<Vec<Arc<Event>>, StoreError> {
    let (mut found, mut after) = (Vec::<Arc<Event>>::new(), after);
    while found.len() < limit {
        let rows = rows_after(session, restaurant, after, EVENT_ROWS).await?;
        for row in &rows {
            if found.len() >= limit {
                return Ok(found);
            }
            let batch = decode_events(column(row, "payload")?)?;
            found.extend(batch.into_iter().filter(|event| event.version > after).map(Arc::new));
        }
        match found.last() {
            Some(last) if rows.len() == EVENT_ROWS as usize => after = last.version,
            _ => break,
        }
    }
    Ok(found)
}

/// A page of the history.
async fn history_within(
    session: &mut Session,
    restaurant: RestaurantId,
    filter: &HistoryFilter,
) -> Result<HistoryPage, StoreError> {
    let limit = filter.limit.clamp(1, PAGE_MAX);
    session.begin_reading().await?;
    let mut orders = Vec::new();
    // One more than asked for tells whether there is a next page. Whatever is in the live table may have a
    // smaller number than something in the history, so both are asked and merged.
    for table in ["orders", "orders_history"] {
        let question = Question::of(table, restaurant, filter, limit + 1);
        let parameters: Vec<_> = question.values.iter().map(|(value, of)| (&**value as _, of.clone())).collect();
        for row in session.query(&question.sql, &parameters).await? {
            orders.push(Arc::new(read_order(&row)?));
        }
    }
    session.commit().await?;
    orders.sort_by_key(|order| std::cmp::Reverse(order.number()));
    let more = orders.len() > limit;
    orders.truncate(limit);
    let next = orders.last().filter(|_| more).map(|order| order.number());
    Ok(HistoryPage { orders, next })
}

/// Events before a version, newest first.
async fn events_before_within(
    session: &mut Session,
    restaurant: RestaurantId,
    before: Version,
    limit: usize,
) -> Result<Vec<Arc<Event>>, StoreError> {
    let (mut found, mut before) = (Vec::new(), before);
    while found.len() < limit {
        // The first row holds what comes before the version within its own commit.
        let rows = session
            .query(
                "SELECT payload FROM all_events WHERE restaurant_id = $1 AND first_seq < $2 AND last_seq <= coalesce(
                         (SELECT min(last_seq) FROM all_events WHERE restaurant_id = $1 AND last_seq >= $2 - 1), $2)
                     ORDER BY last_seq DESC LIMIT $3",
                &[
                    (&restaurant.0, Type::UUID),
                    (&before.0.cast_signed(), Type::INT8),
                    (&i64::from(EVENT_ROWS), Type::INT8),
                ],
            )
            .await?;
        for row in &rows {
            if found.len() >= limit {
                break;
            }
            let batch = decode_events(column(row, "payload")?)?;
            found.extend(batch.into_iter().rev().filter(|event| event.version < before).map(Arc::new));
        }
        match found.last() {
            Some(earliest) if !rows.is_empty() => before = earliest.version,
            _ => break,
        }
    }
    Ok(found)
}

/// A question for a page of the history.
struct Question {
    sql: String,
    values: Vec<(Box<dyn ToSql + Sync + Send>, Type)>,
}

impl Question {
    fn of(table: &str, restaurant: RestaurantId, filter: &HistoryFilter, limit: usize) -> Self {
        let mut sql = format!("SELECT {ORDER} FROM {table} WHERE restaurant_id = $1 AND deleted_at IS NULL");
        let mut values: Vec<(Box<dyn ToSql + Sync + Send>, Type)> = vec![(Box::new(restaurant.0), Type::UUID)];
        let mut demand = |condition: &str, value: Box<dyn ToSql + Sync + Send>, of| {
            values.push((value, of));
            let _ = write!(sql, " AND {condition} ${}", values.len());
        };
        if let Some(status) = filter.status {
            demand("status =", Box::new(status_name(status)), Type::TEXT);
        }
        if let Some(order_type) = filter.order_type {
            demand("type =", Box::new(type_name(order_type)), Type::TEXT);
        }
        if let Some(OrderNumber(number)) = filter.number {
            demand("number =", Box::new(number.cast_signed()), Type::INT8);
        }
        if let Some(from) = filter.from {
            demand("created_at >=", Box::new(from.0), Type::INT8);
        }
        if let Some(to) = filter.to {
            demand("created_at <", Box::new(to.0), Type::INT8);
        }
        if let Some(user) = filter.user {
            demand("user_id =", Box::new(user.0), Type::UUID);
        }
        if let Some(OrderNumber(below)) = filter.below {
            demand("number <", Box::new(below.cast_signed()), Type::INT8);
        }
        demand("TRUE ORDER BY number DESC LIMIT", Box::new(i64::try_from(limit).unwrap_or(i64::MAX)), Type::INT8);
        Self { sql, values }
    }
}
