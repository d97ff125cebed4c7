//! Second factors and PINs.

use async_trait::async_trait;
use feedme_kitchen::{Time, UserId};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::SqliteStore;
use super::accounts::{account, maybe_time};
use super::rows::{id, time};
use crate::StoreError;
use crate::accounts::{Account, PasswordHash};
use crate::factors::{Factors, Pin, SecondFactor, SharedSecret};

#[async_trait]
impl Factors for SqliteStore {
    async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT secret, made_at, confirmed_at FROM second_factors WHERE user_id = ?1";
            let found = connection.prepare_cached(sql)?.query_row([id(&user.0)], |row| {
                Ok(SecondFactor {
                    secret: SharedSecret(row.get("secret")?),
                    made_at: time(row, "made_at")?,
                    confirmed_at: maybe_time(row, "confirmed_at")?,
                })
            });
            Ok(found.optional()?)
        })
        .await
    }

    async fn offer_second_factor(&self, user: UserId, factor: &SecondFactor) -> Result<bool, StoreError> {
        let SecondFactor { secret, made_at, .. } = factor.clone();
        self.write(move |transaction| {
            let offered = transaction.execute(
                "INSERT INTO second_factors (user_id, secret, made_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, made_at = excluded.made_at, step = 0
                 WHERE confirmed_at IS NULL",
                params![id(&user.0), secret.0, made_at.0],
            )?;
            Ok(offered == 1)
        })
        .await
    }

    async fn confirm_second_factor(
        &self,
        user: UserId,
        secret: &SharedSecret,
        step: u64,
        at: Time,
        recovery: &[[u8; 32]],
    ) -> Result<bool, StoreError> {
        let (secret, recovery) = (secret.clone(), recovery.to_vec());
        self.write(move |transaction| {
            let confirmed = transaction.execute(
                "UPDATE second_factors SET confirmed_at = ?3, step = ?4
                 WHERE user_id = ?1 AND secret = ?2 AND confirmed_at IS NULL",
                params![id(&user.0), secret.0, at.0, step.cast_signed()],
            )?;
            if confirmed == 0 {
                return Ok(false);
            }
            replace_recovery_codes(transaction, user, &recovery)?;
            Ok(true)
        })
        .await
    }

    async fn remove_second_factor(&self, user: UserId) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            replace_recovery_codes(transaction, user, &[])?;
            Ok(transaction.execute("DELETE FROM second_factors WHERE user_id = ?1", [id(&user.0)])? == 1)
        })
        .await
    }

    async fn use_step(&self, user: UserId, step: u64) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let sql = "UPDATE second_factors SET step = ?2 WHERE user_id = ?1 AND step < ?2";
            Ok(transaction.execute(sql, params![id(&user.0), step.cast_signed()])? == 1)
        })
        .await
    }

    async fn save_recovery_codes(&self, user: UserId, digests: &[[u8; 32]]) -> Result<(), StoreError> {
        let digests = digests.to_vec();
        self.write(move |transaction| replace_recovery_codes(transaction, user, &digests)).await
    }

    async fn recovery_codes(&self, user: UserId) -> Result<usize, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT count(*) FROM recovery_codes WHERE user_id = ?1";
            let count = connection.prepare_cached(sql)?.query_row([id(&user.0)], |row| row.get::<_, i64>(0))?;
            Ok(usize::try_from(count).unwrap_or(0))
        })
        .await
    }

    async fn use_recovery_code(&self, user: UserId, digest: [u8; 32]) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let sql = "DELETE FROM recovery_codes WHERE user_id = ?1 AND digest = ?2";
            Ok(transaction.execute(sql, params![id(&user.0), digest])? == 1)
        })
        .await
    }

    async fn people_on(&self, device: [u8; 32]) -> Result<Vec<Account>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT user_id FROM pins JOIN users ON users.id = user_id WHERE device = ?1 ORDER BY name_key";
            let mut statement = connection.prepare_cached(sql)?;
            let users = statement.query_map([device], |row| row.get::<_, [u8; 16]>(0))?;
            let mut people = Vec::new();
            for user in users {
                let user = UserId(uuid::Uuid::from_bytes(user?));
                people.extend(account(connection, user)?.filter(Account::is_active));
            }
            Ok(people)
        })
        .await
    }

    async fn save_pin(&self, pin: &Pin) -> Result<bool, StoreError> {
        let Pin { device, user, hash, set_at } = pin.clone();
        self.write(move |transaction| {
            let saved = transaction.execute(
                "INSERT INTO pins (device, user_id, hash, set_at)
                 SELECT digest, user_id, ?3, ?4 FROM devices WHERE digest = ?1 AND user_id = ?2
                 ON CONFLICT (device, user_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at, tries = 0",
                params![device, id(&user.0), hash.0, set_at.0],
            )?;
            Ok(saved == 1)
        })
        .await
    }

    async fn try_pin(&self, device: [u8; 32], user: UserId, tries: u32) -> Result<Option<Pin>, StoreError> {
        self.write(move |transaction| {
            let sql = "DELETE FROM pins WHERE device = ?1 AND user_id = ?2 AND tries >= ?3";
            transaction.execute(sql, params![device, id(&user.0), tries])?;
            let sql = "UPDATE pins SET tries = tries + 1 WHERE device = ?1 AND user_id = ?2 RETURNING hash, set_at";
            let pin = transaction.query_row(sql, params![device, id(&user.0)], |row| {
                Ok(Pin { device, user, hash: PasswordHash(row.get("hash")?), set_at: time(row, "set_at")? })
            });
            Ok(pin.optional()?)
        })
        .await
    }

    async fn pin_was_right(&self, device: [u8; 32], user: UserId) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let sql = "UPDATE pins SET tries = 0 WHERE device = ?1 AND user_id = ?2";
            transaction.execute(sql, params![device, id(&user.0)])?;
            Ok(())
        })
        .await
    }

    async fn remove_pin(&self, device: [u8; 32], user: UserId) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let sql = "DELETE FROM pins WHERE device = ?1 AND user_id = ?2";
            Ok(transaction.execute(sql, params![device, id(&user.0)])? == 1)
        })
        .await
    }
}

fn replace_recovery_codes(transaction: &Transaction<'_>, user: UserId, digests: &[[u8; 32]]) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM recovery_codes WHERE user_id = ?1", [id(&user.0)])?;
    for digest in digests {
        let sql = "INSERT INTO recovery_codes (user_id, digest) VALUES (?1, ?2)";
        transaction.execute(sql, params![id(&user.0), digest])?;
    }
    Ok(())
}
