//! Many restaurants: opening one, listing them, and how busy they are.

use feedme_kitchen::{Profile, Settings, Time, Turn, Version};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::read::{read_profile, read_restaurant};
use super::rows::{count, id};
use crate::record::{encode_settings, encode_turn};
use crate::{CHAIN_PAGE_MAX, ChainFilter, ChainPage, Restaurant, RestaurantId, StoreError, Tally};

/// Adds a restaurant; `false` when its slug is taken.
pub(super) fn add(connection: &Connection, restaurant: &Restaurant, now: Time) -> Result<bool, rusqlite::Error> {
    let added = connection.execute(
        "INSERT INTO restaurants (id, slug, name, opened_as, settings, policy_state, epoch, version, next_order_number,
             next_bot_number, next_claim, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, 0, 1, 1, 1, ?7, 0) ON CONFLICT (slug) DO NOTHING",
        params![
            id(&restaurant.id.0),
            restaurant.slug,
            restaurant.name,
            encode_settings(Settings::default()),
            encode_turn(Turn::default()),
            restaurant.epoch.0,
            now.0,
        ],
    )?;
    Ok(added == 1)
}

pub(super) fn chain(connection: &Connection, filter: &ChainFilter) -> Result<ChainPage, StoreError> {
    let limit = filter.limit.clamp(1, CHAIN_PAGE_MAX);
    let mut sql = String::from("SELECT id, slug, name, epoch, archived_at FROM restaurants WHERE TRUE");
    let mut values = Vec::new();
    if let Some(among) = &filter.among {
        sql.push_str(" AND id IN (");
        sql.push_str(&vec!["?"; among.len()].join(", "));
        sql.push(')');
        values.extend(among.iter().map(|restaurant| Value::Blob(id(&restaurant.0).to_vec())));
    }
    if let Some(search) = &filter.search {
        // What is looked for is text, whatever signs it has.
        sql.push_str(" AND (instr(lower(slug), ?) > 0 OR instr(lower(name), ?) > 0)");
        let search = Value::Text(search.to_ascii_lowercase());
        values.extend([search.clone(), search]);
    }
    if let Some(after) = &filter.after {
        sql.push_str(" AND slug > ?");
        values.push(Value::Text(after.clone()));
    }
    // One more than asked for tells whether there is a next page.
    sql.push_str(" ORDER BY slug LIMIT ?");
    values.push(Value::Integer(i64::try_from(limit + 1).unwrap_or(i64::MAX)));
    let mut statement = connection.prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| {
        Ok::<(Restaurant, Profile), _>((read_restaurant(row)?, read_profile(row)?))
    })?;
    let mut restaurants = rows.collect::<Result<Vec<_>, _>>()?;
    let more = restaurants.len() > limit;
    restaurants.truncate(limit);
    let next = restaurants.last().filter(|_| more).map(|(restaurant, _)| restaurant.slug.clone());
    Ok(ChainPage { restaurants, next })
}

pub(super) fn tallies(connection: &Connection, restaurants: &[RestaurantId]) -> Result<Vec<Tally>, StoreError> {
    // All of it from one moment.
    let moment = connection.unchecked_transaction()?;
    let mut statement = moment.prepare_cached(
        "SELECT version,
             (SELECT count(*) FROM bots WHERE restaurant_id = ?1 AND deleted_at IS NULL) AS bots,
             (SELECT count(*) FROM bots WHERE restaurant_id = ?1 AND status = 'PROCESSING') AS busy_bots,
             count(status = 'PENDING' OR NULL) AS waiting, count(status = 'PROCESSING' OR NULL) AS cooking,
             min(iif(status = 'PENDING', orders.created_at, NULL)) AS waiting_since
         FROM restaurants LEFT JOIN orders ON restaurant_id = restaurants.id AND number >= live_from
         WHERE restaurants.id = ?1 GROUP BY restaurants.id",
    )?;
    let mut found = Vec::with_capacity(restaurants.len());
    for restaurant in restaurants {
        let mut rows = statement.query([id(&restaurant.0)])?;
        let Some(row) = rows.next()? else { continue };
        let many = |column| count(row, column).map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        found.push(Tally {
            restaurant: *restaurant,
            version: Version(count(row, "version")?),
            waiting: many("waiting")?,
            cooking: many("cooking")?,
            waiting_since: row.get::<_, Option<i64>>("waiting_since")?.map(Time),
            bots: many("bots")?,
            busy_bots: many("busy_bots")?,
        });
    }
    Ok(found)
}
