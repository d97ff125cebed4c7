//! Second factors and PINs.

use async_trait::async_trait;
use feedme_kitchen::{Time, UserId};
use tokio_postgres::types::Type;

use super::PostgresStore;
use super::change::{Change, bytes, int8, text, uuid as id};
use super::error::Failed;
use super::people::{ACCOUNT, digest, read_account};
use super::rows::{column, count, maybe_time, time};
use crate::StoreError;
use crate::accounts::{Account, PasswordHash};
use crate::factors::{Factors, Pin, SecondFactor, SharedSecret};

#[async_trait]
impl Factors for PostgresStore {
    async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        let sql = "SELECT secret, made_at, confirmed_at FROM second_factors WHERE user_id = $1";
        let mut found = self
            .read(sql, &[id(&user.0)], |row| {
                Ok(SecondFactor {
                    secret: SharedSecret(digest(row, "secret")?),
                    made_at: time(row, "made_at")?,
                    confirmed_at: maybe_time(row, "confirmed_at")?,
                })
            })
            .await?;
        Ok(found.pop())
    }

    async fn offer_second_factor(&self, user: UserId, factor: &SecondFactor) -> Result<bool, StoreError> {
        let offered = self
            .write_one(
                "INSERT INTO second_factors (user_id, secret, made_at) VALUES ($1, $2, $3)
             ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, made_at = excluded.made_at, step = 0
             WHERE second_factors.confirmed_at IS NULL",
                &[id(&user.0), bytes(&factor.secret.0.as_slice()), int8(&factor.made_at.0)],
            )
            .await?;
        Ok(offered == 1)
    }

    async fn confirm_second_factor(
        &self,
        user: UserId,
        secret: &SharedSecret,
        step: u64,
        at: Time,
        recovery: &[[u8; 32]],
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        change.lock_account(user.0).await?;
        let confirmed = change
            .execute(
                "UPDATE second_factors SET confirmed_at = $3, step = $4
             WHERE user_id = $1 AND secret = $2 AND confirmed_at IS NULL",
                &[id(&user.0), bytes(&secret.0.as_slice()), int8(&at.0), int8(&step.cast_signed())],
            )
            .await?;
        if confirmed == 0 {
            change.undo().await?;
            return Ok(false);
        }
        replace_recovery_codes(&mut change, user, recovery).await?;
        change.commit_and_tell().await?;
        Ok(true)
    }

    async fn remove_second_factor(&self, user: UserId) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        change.lock_account(user.0).await?;
        replace_recovery_codes(&mut change, user, &[]).await?;
        let removed = change.execute("DELETE FROM second_factors WHERE user_id = $1", &[id(&user.0)]).await? == 1;
        change.commit_telling(removed).await?;
        Ok(removed)
    }

    async fn use_step(&self, user: UserId, step: u64) -> Result<bool, StoreError> {
        let sql = "UPDATE second_factors SET step = $2 WHERE user_id = $1 AND step < $2";
        Ok(self.write_one(sql, &[id(&user.0), int8(&step.cast_signed())]).await? == 1)
    }

    async fn save_recovery_codes(&self, user: UserId, digests: &[[u8; 32]]) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        change.lock_account(user.0).await?;
        replace_recovery_codes(&mut change, user, digests).await?;
        change.commit().await
    }

    async fn recovery_codes(&self, user: UserId) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) AS left FROM recovery_codes WHERE user_id = $1";
        let left = self.read(sql, &[id(&user.0)], |row| count(row, "left")).await?;
        Ok(left.first().map_or(0, |left| usize::try_from(*left).unwrap_or(usize::MAX)))
    }

    async fn use_recovery_code(&self, user: UserId, digest: [u8; 32]) -> Result<bool, StoreError> {
        let sql = "DELETE FROM recovery_codes WHERE user_id = $1 AND digest = $2";
        Ok(self.write_one(sql, &[id(&user.0), bytes(&digest.as_slice())]).await? == 1)
    }

    async fn people_on(&self, device: [u8; 32]) -> Result<Vec<Account>, StoreError> {
        let sql = format!(
            "SELECT {ACCOUNT} FROM pins JOIN users ON users.id = pins.user_id
             WHERE pins.device = $1 AND users.disabled_at IS NULL AND users.deleted_at IS NULL
             ORDER BY users.name_key COLLATE \"C\""
        );
        self.read(&sql, &[bytes(&device.as_slice())], read_account).await
    }

    async fn save_pin(&self, pin: &Pin) -> Result<bool, StoreError> {
        let Pin { device, user, hash, set_at } = pin;
        let saved = self
            .write_one(
                // A device that is forgotten at this moment is waited for.
                "INSERT INTO pins (device, user_id, hash, set_at)
             SELECT digest, user_id, $3, $4 FROM devices WHERE digest = $1 AND user_id = $2 FOR KEY SHARE
             ON CONFLICT (device, user_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at, tries = 0",
                &[bytes(&device.as_slice()), id(&user.0), text(&hash.0), int8(&set_at.0)],
            )
            .await?;
        Ok(saved == 1)
    }

    async fn try_pin(&self, device: [u8; 32], user: UserId, tries: u32) -> Result<Option<Pin>, StoreError> {
        let (bytes_of_device, most) = (device.as_slice(), i64::from(tries));
        let of_it = [bytes(&bytes_of_device), id(&user.0), int8(&most)];
        // Whoever waits for another's try judges the count that it left behind.
        let tried = self
            .write_rows(
                "UPDATE pins SET tries = tries + 1 WHERE device = $1 AND user_id = $2 AND tries < $3
             RETURNING hash, set_at",
                &of_it,
            )
            .await?;
        if let Some(row) = tried.first() {
            let (hash, set_at) = (PasswordHash(column(row, "hash")?), time(row, "set_at")?);
            return Ok(Some(Pin { device, user, hash, set_at }));
        }
        self.write_one("DELETE FROM pins WHERE device = $1 AND user_id = $2 AND tries >= $3", &of_it).await?;
        Ok(None)
    }

    async fn pin_was_right(&self, device: [u8; 32], user: UserId) -> Result<(), StoreError> {
        let sql = "UPDATE pins SET tries = 0 WHERE device = $1 AND user_id = $2";
        self.write_one(sql, &[bytes(&device.as_slice()), id(&user.0)]).await.map(drop)
    }

    async fn remove_pin(&self, device: [u8; 32], user: UserId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM pins WHERE device = $1 AND user_id = $2";
        Ok(self.write_one(sql, &[bytes(&device.as_slice()), id(&user.0)]).await? == 1)
    }
}

async fn replace_recovery_codes(change: &mut Change<'_>, user: UserId, digests: &[[u8; 32]]) -> Result<(), Failed> {
    change.execute("DELETE FROM recovery_codes WHERE user_id = $1", &[id(&user.0)]).await?;
    let digests: Vec<_> = digests.iter().map(<[u8; 32]>::as_slice).collect();
    let sql = "INSERT INTO recovery_codes (user_id, digest) SELECT $1, * FROM unnest($2)";
    change.execute(sql, &[id(&user.0), (&digests, Type::BYTEA_ARRAY)]).await.map(drop)
}
