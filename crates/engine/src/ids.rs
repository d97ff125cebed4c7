//! New ids, made here without asking the database.

use feedme_kitchen::{BotId, OrderId, Time};
use feedme_store::Epoch;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use uuid::Uuid;

/// A source of `UUIDv7`s and other random numbers. A seed makes it repeat itself.
#[derive(Debug)]
pub struct Ids(Mutex<StdRng>);

impl Ids {
    /// Seeded by the operating system.
    #[must_use]
    pub fn random() -> Self {
        Self(Mutex::new(StdRng::from_os_rng()))
    }

    /// Gives the same ids for the same seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// A new order's id.
    pub fn order(&self, now: Time) -> OrderId {
        OrderId(self.uuid(now))
    }

    /// A new bot's id.
    pub fn bot(&self, now: Time) -> BotId {
        BotId(self.uuid(now))
    }

    /// A new epoch.
    pub fn epoch(&self) -> Epoch {
        Epoch::from_random(self.0.lock().next_u64())
    }

    /// A `UUIDv7`: 48 bits of time, 74 random ones.
    pub fn uuid(&self, now: Time) -> Uuid {
        let mut random = [0; 10];
        self.0.lock().fill_bytes(&mut random);
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(now.0).unwrap_or(0), &random).into_uuid()
    }
}
