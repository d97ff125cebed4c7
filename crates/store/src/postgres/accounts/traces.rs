//! What those who come leave behind: devices, tries, and the log.

use std::collections::BTreeMap;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::accounts::{Before, Counted, DEVICES_MAX, Device, LogEntry, Step};
use crate::postgres::PostgresStore;
use crate::postgres::change::{boolean, bytes, int8, text, uuid as id};
use crate::postgres::people::read_entry;
use crate::postgres::rows::{column, count, time};
use crate::record::damaged;
use crate::{RestaurantId, StoreError};

impl PostgresStore {
    pub(super) async fn save_device(&self, device: &Device, former: Option<[u8; 32]>) -> Result<(), StoreError> {
        let (digest, user) = (device.digest.as_slice(), device.user.0);
        let mut change = self.change().await?;
        // Or two that are noted at a time each find room for themselves.
        change.lock_account(user).await?;
        if let Some(former) = former {
            let sql = "UPDATE devices SET digest = $2 WHERE digest = $1";
            change.execute(sql, &[bytes(&former.as_slice()), bytes(&digest)]).await?;
        }
        change
            .execute(
                "INSERT INTO devices (digest, user_id, seen_at) VALUES ($1, $2, $3)
                 ON CONFLICT (digest, user_id) DO UPDATE SET seen_at = excluded.seen_at",
                &[bytes(&digest), id(&user), int8(&device.seen_at.0)],
            )
            .await?;
        let most = i64::try_from(DEVICES_MAX).unwrap_or(i64::MAX);
        change
            .execute(
                "DELETE FROM devices WHERE user_id = $1 AND digest IN
                     (SELECT digest FROM devices WHERE user_id = $1 ORDER BY seen_at DESC OFFSET $2)",
                &[id(&user), int8(&most)],
            )
            .await?;
        change.commit().await
    }

    pub(super) async fn read_tries(&self, against: &[String]) -> Result<Vec<Counted>, StoreError> {
        let sql = "SELECT against, count, last_at FROM tries WHERE against = ANY($1)";
        let read = |row: &Row| {
            let count = u32::try_from(count(row, "count")?).map_err(damaged)?;
            Ok((column::<String>(row, "against")?, Counted { count, last_at: time(row, "last_at")? }))
        };
        let found = self.read(sql, &[(&against, Type::TEXT_ARRAY)], read).await?;
        let found: BTreeMap<_, _> = found.into_iter().collect();
        Ok(against.iter().map(|whom| found.get(whom).copied().unwrap_or_default()).collect())
    }

    pub(super) async fn save_tries(&self, steps: &[Step]) -> Result<bool, StoreError> {
        // In one order, so that two who count the same do not wait for each other.
        let steps: BTreeMap<_, _> = steps.iter().map(|step| (&step.against, step)).collect();
        let mut change = self.change().await?;
        for Step { against, before, after } in steps.into_values() {
            let (read, written) = (i64::from(before.count), i64::from(after.count));
            let (sql, values) = match (before.count, after.count) {
                (0, 0) => continue,
                (0, _) => (
                    "INSERT INTO tries (against, count, last_at) VALUES ($1, $2, $3) ON CONFLICT (against) DO NOTHING",
                    vec![text(against), int8(&written), int8(&after.last_at.0)],
                ),
                (_, 0) => (
                    "DELETE FROM tries WHERE against = $1 AND count = $2 AND last_at = $3",
                    vec![text(against), int8(&read), int8(&before.last_at.0)],
                ),
                (_, _) => (
                    "UPDATE tries SET count = $2, last_at = $3 WHERE against = $1 AND count = $4 AND last_at = $5",
                    vec![text(against), int8(&written), int8(&after.last_at.0), int8(&read), int8(&before.last_at.0)],
                ),
            };
            if change.execute(sql, &values).await? == 0 {
                change.undo().await?;
                return Ok(false);
            }
        }
        change.commit().await?;
        Ok(true)
    }

    pub(super) async fn add_to_log(&self, entry: &LogEntry) -> Result<(), StoreError> {
        let sql = "INSERT INTO sign_ins (at, kind, restaurant_id, actor, subject, address, device)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let LogEntry { at, kind, restaurant, actor, subject, address, device } = entry;
        let restaurant = restaurant.map(|it| it.0);
        let of_it = [int8(&at.0), text(kind), id(&restaurant), text(actor), text(subject), text(address), text(device)];
        self.write_one(sql, &of_it).await.map(drop)
    }

    pub(super) async fn read_log(
        &self,
        restaurant: RestaurantId,
        everywhere: bool,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, LogEntry)>, StoreError> {
        // Each half walks the index and stops, however much is of other restaurants: it is ordered by all columns of
        // the index, or the one whose restaurant is NULL would be sorted.
        let sql = "SELECT * FROM
                       (SELECT * FROM sign_ins WHERE restaurant_id = $2 AND id < $1 ORDER BY id DESC LIMIT $4) AS here
                   UNION ALL SELECT * FROM
                       (SELECT * FROM sign_ins WHERE $3 AND restaurant_id IS NULL AND id < $1
                        ORDER BY restaurant_id DESC, id DESC LIMIT $4) AS everywhere
                   ORDER BY id DESC LIMIT $4";
        let (before, limit) = (before.unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
        let asked = [int8(&before), id(&restaurant.0), boolean(&everywhere), int8(&limit)];
        self.read(sql, &asked, read_entry).await
    }

    pub(super) async fn forget_traces(&self, before: Before) -> Result<(), StoreError> {
        let Before { ended, idle, counted, devices } = before;
        let mut change = self.change().await?;
        // What somebody else is about is left to the next time.
        let sessions = change
            .execute(
                "DELETE FROM sessions WHERE id IN
                     (SELECT id FROM sessions WHERE expires_at < $1 OR seen_at < $2 FOR UPDATE SKIP LOCKED)",
                &[int8(&ended.0), int8(&idle.0)],
            )
            .await?;
        for (sql, moment) in [
            (
                "DELETE FROM tries WHERE against IN
                     (SELECT against FROM tries WHERE last_at < $1 FOR UPDATE SKIP LOCKED)",
                counted,
            ),
            (
                "DELETE FROM devices WHERE (digest, user_id) IN
                     (SELECT digest, user_id FROM devices WHERE seen_at < $1 FOR UPDATE SKIP LOCKED)",
                devices,
            ),
            (
                "DELETE FROM pairings WHERE code IN
                     (SELECT code FROM pairings WHERE expires_at < $1 FOR UPDATE SKIP LOCKED)",
                ended,
            ),
        ] {
            change.execute(sql, &[int8(&moment.0)]).await?;
        }
        change.commit_telling(sessions > 0).await
    }
}
