//! Screens that ask to be let in.

use async_trait::async_trait;
use feedme_kitchen::{BotId, Time, UserId};
use rusqlite::{Row, params};
use uuid::Uuid;

use super::SqliteStore;
use super::accounts::{maybe_time, role, save_key};
use super::rows::{id, time, uuid};
use crate::accounts::ApiKey;
use crate::pairing::{Granted, Pairing, Pairings};
use crate::{RestaurantId, StoreError};

#[async_trait]
impl Pairings for SqliteStore {
    async fn begin_pairing(&self, pairing: &Pairing, at_most: usize) -> Result<bool, StoreError> {
        let Pairing { code, secret, address, network, device, created_at, expires_at, .. } = pairing.clone();
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        self.write(move |transaction| {
            let begun = transaction.execute(
                "INSERT INTO pairings (code, secret, address, device, created_at, expires_at, network)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?8
                 WHERE (SELECT count(*) FROM pairings WHERE network IS ?8 AND expires_at > ?5) < ?7",
                params![code, secret, address, device, created_at.0, expires_at.0, at_most, network],
            )?;
            Ok(begun == 1)
        })
        .await
    }

    async fn pairing_of_code(&self, code: [u8; 32]) -> Result<Option<Pairing>, StoreError> {
        self.pairing("SELECT * FROM pairings WHERE code = ?1", code).await
    }

    async fn pairing_of_secret(&self, secret: [u8; 32]) -> Result<Option<Pairing>, StoreError> {
        self.pairing("SELECT * FROM pairings WHERE secret = ?1", secret).await
    }

    async fn grant_pairing(&self, code: [u8; 32], granted: &Granted, now: Time) -> Result<bool, StoreError> {
        let Granted { name, restaurant, role, bot, key_expires_at, by, by_id } = granted.clone();
        self.write(move |transaction| {
            let granted = transaction.execute(
                "UPDATE pairings SET name = ?2, restaurant_id = ?3, role = ?4, bot_id = ?5, key_expires_at = ?6,
                     granted_by = ?7, granted_by_id = ?9
                 WHERE code = ?1 AND name IS NULL AND expires_at > ?8",
                params![
                    code,
                    name,
                    id(&restaurant.0),
                    role.name(),
                    bot.map(|bot| bot.0.into_bytes()),
                    key_expires_at.map(|at| at.0),
                    by,
                    now.0,
                    by_id.map(|user| user.0.into_bytes()),
                ],
            )?;
            Ok(granted == 1)
        })
        .await
    }

    async fn end_pairing(&self, secret: [u8; 32], key: &ApiKey) -> Result<bool, StoreError> {
        let key = key.clone();
        self.write(move |transaction| {
            let sql = "DELETE FROM pairings WHERE secret = ?1 AND name IS NOT NULL";
            let ended = transaction.execute(sql, [secret])? == 1;
            if ended {
                save_key(transaction, &key)?;
            }
            Ok(ended)
        })
        .await
    }
}

impl SqliteStore {
    async fn pairing(&self, sql: &'static str, digest: [u8; 32]) -> Result<Option<Pairing>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([digest])?;
            rows.next()?.map(read).transpose()
        })
        .await
    }
}

fn read(row: &Row<'_>) -> Result<Pairing, StoreError> {
    let granted = match row.get::<_, Option<String>>("name")? {
        None => None,
        Some(name) => Some(Granted {
            name,
            restaurant: RestaurantId(uuid(row, "restaurant_id")?),
            role: role(row)?,
            bot: row.get::<_, Option<[u8; 16]>>("bot_id")?.map(|bytes| BotId(Uuid::from_bytes(bytes))),
            key_expires_at: maybe_time(row, "key_expires_at")?,
            by: row.get("granted_by")?,
            by_id: row.get::<_, Option<[u8; 16]>>("granted_by_id")?.map(|bytes| UserId(Uuid::from_bytes(bytes))),
        }),
    };
    Ok(Pairing {
        code: row.get("code")?,
        secret: row.get("secret")?,
        address: row.get("address")?,
        network: row.get("network")?,
        device: row.get("device")?,
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        granted,
    })
}
