//! Screens that ask to be let in.

use async_trait::async_trait;
use feedme_kitchen::{Time, UserId};
use tokio_postgres::Row;
use uuid::Uuid;

use super::PostgresStore;
use super::accounts::save_key;
use super::change::{bytes, int8, text, uuid as id};
use super::people::{digest, maybe_bot, role};
use super::rows::{column, maybe_time, restaurant, time};
use crate::StoreError;
use crate::accounts::ApiKey;
use crate::pairing::{Granted, Pairing, Pairings};

#[async_trait]
impl Pairings for PostgresStore {
    async fn begin_pairing(&self, pairing: &Pairing, at_most: usize) -> Result<bool, StoreError> {
        let Pairing { code, secret, address, network, device, created_at, expires_at, .. } = pairing;
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        let mut change = self.change().await?;
        // Those of one network are counted one after the other: each counts the former.
        change.lock_network(network.as_deref()).await?;
        let begun = change
            .execute(
                "INSERT INTO pairings (code, secret, address, device, created_at, expires_at, network)
             SELECT $1, $2, $3, $4, $5, $6, $8
             WHERE (SELECT count(*) FROM pairings WHERE network IS NOT DISTINCT FROM $8 AND expires_at > $5) < $7",
                &[
                    bytes(&code.as_slice()),
                    bytes(&secret.as_slice()),
                    text(address),
                    text(device),
                    int8(&created_at.0),
                    int8(&expires_at.0),
                    int8(&at_most),
                    text(network),
                ],
            )
            .await?;
        let begun = begun == 1;
        change.commit().await?;
        Ok(begun)
    }

    async fn pairing_of_code(&self, code: [u8; 32]) -> Result<Option<Pairing>, StoreError> {
        let sql = "SELECT * FROM pairings WHERE code = $1";
        Ok(self.read(sql, &[bytes(&code.as_slice())], read).await?.pop())
    }

    async fn pairing_of_secret(&self, secret: [u8; 32]) -> Result<Option<Pairing>, StoreError> {
        let sql = "SELECT * FROM pairings WHERE secret = $1";
        Ok(self.read(sql, &[bytes(&secret.as_slice())], read).await?.pop())
    }

    async fn grant_pairing(&self, code: [u8; 32], granted: &Granted, now: Time) -> Result<bool, StoreError> {
        let Granted { name, restaurant, role, bot, key_expires_at, by, by_id } = granted;
        let (bot, by_id) = (bot.map(|bot| bot.0), by_id.map(|user| user.0));
        let granted = self
            .write_one(
                "UPDATE pairings SET name = $2, restaurant_id = $3, role = $4, bot_id = $5, key_expires_at = $6,
                 granted_by = $7, granted_by_id = $9
             WHERE code = $1 AND name IS NULL AND expires_at > $8",
                &[
                    bytes(&code.as_slice()),
                    text(name),
                    id(&restaurant.0),
                    text(&role.name()),
                    id(&bot),
                    int8(&key_expires_at.map(|at| at.0)),
                    text(by),
                    int8(&now.0),
                    id(&by_id),
                ],
            )
            .await?;
        Ok(granted == 1)
    }

    async fn end_pairing(&self, secret: [u8; 32], key: &ApiKey) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let sql = "DELETE FROM pairings WHERE secret = $1 AND name IS NOT NULL";
        if change.execute(sql, &[bytes(&secret.as_slice())]).await? == 0 {
            change.undo().await?;
            return Ok(false);
        }
        save_key(change.session(), key).await?;
        change.commit_and_tell().await?;
        Ok(true)
    }
}

fn read(row: &Row) -> Result<Pairing, StoreError> {
    let granted = match column::<Option<String>>(row, "name")? {
        None => None,
        Some(name) => Some(Granted {
            name,
            restaurant: restaurant(row, "restaurant_id")?,
            role: role(row)?,
            bot: maybe_bot(row)?,
            key_expires_at: maybe_time(row, "key_expires_at")?,
            by: column(row, "granted_by")?,
            by_id: column::<Option<Uuid>>(row, "granted_by_id")?.map(UserId),
        }),
    };
    Ok(Pairing {
        code: digest(row, "code")?,
        secret: digest(row, "secret")?,
        address: column(row, "address")?,
        network: column(row, "network")?,
        device: column(row, "device")?,
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        granted,
    })
}
