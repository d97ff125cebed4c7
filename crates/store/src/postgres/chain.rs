//! Many restaurants: opening one, listing them, and how busy they are.

use std::fmt::Write as _;

use feedme_kitchen::{Profile, Settings, Time, Turn, Version};
use tokio_postgres::types::{ToSql, Type};

use super::PostgresStore;
use super::read::{read_profile, read_restaurant};
use super::rows::{column, count, restaurant};
use super::session::Parameter;
use crate::record::{encode_settings, encode_turn};
use crate::{CHAIN_PAGE_MAX, ChainFilter, ChainPage, Restaurant, RestaurantId, StoreError, Tally};

impl PostgresStore {
    pub(super) async fn read_named(&self, slug: &str) -> Result<Option<Restaurant>, StoreError> {
        let mut session = self.connections.reader().await?;
        let sql = "SELECT id, slug, name, epoch FROM restaurants WHERE slug = $1";
        session.query_opt(sql, &[(&slug, Type::TEXT)]).await?.as_ref().map(read_restaurant).transpose()
    }

    pub(super) async fn write_restaurant(&self, restaurant: &Restaurant, now: Time) -> Result<bool, StoreError> {
        let mut session = self.connections.writer().await?;
        let added = session
            .execute(
                "INSERT INTO restaurants (id, slug, name, opened_as, settings, policy_state, epoch, version,
                     next_order_number, next_bot_number, next_claim, created_at, updated_at)
                 VALUES ($1, $2, $3, $3, $4, $5, $6, 0, 1, 1, 1, $7, 0) ON CONFLICT (slug) DO NOTHING",
                &[
                    (&restaurant.id.0, Type::UUID),
                    (&restaurant.slug, Type::TEXT),
                    (&restaurant.name, Type::TEXT),
                    (&encode_settings(Settings::default()), Type::TEXT),
                    (&encode_turn(Turn::default()), Type::TEXT),
                    (&restaurant.epoch.0, Type::INT8),
                    (&now.0, Type::INT8),
                ],
            )
            .await?;
        Ok(added == 1)
    }

    pub(super) async fn read_chain(&self, filter: &ChainFilter) -> Result<ChainPage, StoreError> {
        let limit = filter.limit.clamp(1, CHAIN_PAGE_MAX);
        let among: Option<Vec<_>> = filter.among.as_ref().map(|among| among.iter().map(|it| it.0).collect());
        let search = filter.search.as_ref().map(|search| search.to_ascii_lowercase());
        // One more than asked for tells whether there is a next page.
        let rows = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let conditions: [(&str, Option<Parameter<'_>>); 3] = [
            ("id = ANY($)", among.as_ref().map(|among| (among as &(dyn ToSql + Sync), Type::UUID_ARRAY))),
            // What is looked for is text, whatever signs it has. "C" knows the capitals of ASCII letters alone.
            (
                "(strpos(slug, $) > 0 OR strpos(lower(name COLLATE \"C\"), $) > 0)",
                search.as_ref().map(|search| (search as _, Type::TEXT)),
            ),
            ("slug > $", filter.after.as_ref().map(|after| (after as _, Type::TEXT))),
        ];
        let mut sql = String::from("SELECT id, slug, name, epoch, archived_at FROM restaurants WHERE TRUE");
        let mut parameters = Vec::new();
        for (condition, parameter) in conditions {
            let Some(parameter) = parameter else { continue };
            parameters.push(parameter);
            sql.push_str(" AND ");
            sql.push_str(&condition.replace('$', &format!("${}", parameters.len())));
        }
        parameters.push((&rows, Type::INT8));
        let _ = write!(sql, " ORDER BY slug LIMIT ${}", parameters.len());
        let mut session = self.connections.reader().await?;
        let found = session.query(&sql, &parameters).await?;
        let read = |row| Ok((read_restaurant(row)?, read_profile(row)?));
        let mut restaurants = found.iter().map(read).collect::<Result<Vec<(Restaurant, Profile)>, StoreError>>()?;
        let more = restaurants.len() > limit;
        restaurants.truncate(limit);
        let next = restaurants.last().filter(|_| more).map(|(restaurant, _)| restaurant.slug.clone());
        Ok(ChainPage { restaurants, next })
    }

    pub(super) async fn read_tallies(&self, restaurants: &[RestaurantId]) -> Result<Vec<Tally>, StoreError> {
        let ids: Vec<_> = restaurants.iter().map(|restaurant| restaurant.0).collect();
        let mut session = self.connections.reader().await?;
        let found = session
            .query(
                "SELECT restaurants.id, restaurants.version, fleet.bots, fleet.busy_bots, queue.waiting, queue.cooking,
                     queue.waiting_since
                 FROM restaurants,
                     LATERAL (SELECT count(*) AS bots, count(*) FILTER (WHERE status = 'PROCESSING') AS busy_bots
                         FROM bots WHERE restaurant_id = restaurants.id AND deleted_at IS NULL) AS fleet,
                     LATERAL (SELECT count(*) FILTER (WHERE status = 'PENDING') AS waiting,
                             count(*) FILTER (WHERE status = 'PROCESSING') AS cooking,
                             min(created_at) FILTER (WHERE status = 'PENDING') AS waiting_since
                         FROM orders WHERE restaurant_id = restaurants.id AND status IN ('PENDING', 'PROCESSING'))
                         AS queue
                 WHERE restaurants.id = ANY($1)",
                &[(&ids, Type::UUID_ARRAY)],
            )
            .await?;
        let read = |row| {
            let many = |name| Ok::<_, StoreError>(usize::try_from(count(row, name)?).unwrap_or(usize::MAX));
            Ok(Tally {
                restaurant: restaurant(row, "id")?,
                version: Version(count(row, "version")?),
                waiting: many("waiting")?,
                cooking: many("cooking")?,
                waiting_since: column::<Option<i64>>(row, "waiting_since")?.map(Time),
                bots: many("bots")?,
                busy_bots: many("busy_bots")?,
            })
        };
        found.iter().map(read).collect()
    }
}
