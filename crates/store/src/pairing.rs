//! Screens that ask to be let in.

use async_trait::async_trait;
use feedme_kitchen::{BotId, Time, UserId};

use crate::accounts::{ApiKey, Role};
use crate::{RestaurantId, StoreError};

/// A screen shows a code and waits for a manager who types it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// The digest of the code that the screen shows.
    pub code: [u8; 32],
    /// The digest of what the screen alone knows, and fetches its key with.
    pub secret: [u8; 32],
    /// The address it asks from.
    pub address: Option<String>,
    /// The network that the address is in, by which those who wait are counted.
    pub network: Option<String>,
    /// What it says it is.
    pub device: Option<String>,
    /// Since when it waits.
    pub created_at: Time,
    /// Until when.
    pub expires_at: Time,
    /// What a manager granted it.
    pub granted: Option<Granted>,
}

/// What a manager lets a screen be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// What it is for, in people's words.
    pub name: String,
    /// Where.
    pub restaurant: RestaurantId,
    /// As what.
    pub role: Role,
    /// The bot that it is.
    pub bot: Option<BotId>,
    /// Until when its key is good.
    pub key_expires_at: Option<Time>,
    /// Who said so.
    pub by: String,
    /// Their account, if they have one: what they granted is worth as much as they are.
    pub by_id: Option<UserId>,
}

/// Where they wait. What is written is durable when a method returns.
#[async_trait]
pub trait Pairings: Send + Sync + 'static {
    /// Lets a screen wait. False when `at_most` do already from its network; those whose time is over do not count.
    async fn begin_pairing(&self, pairing: &Pairing, at_most: usize) -> Result<bool, StoreError>;

    /// The screen that shows a code.
    async fn pairing_of_code(&self, code: [u8; 32]) -> Result<Option<Pairing>, StoreError>;

    /// The screen that knows a secret.
    async fn pairing_of_secret(&self, secret: [u8; 32]) -> Result<Option<Pairing>, StoreError>;

    /// Grants a screen something. False when it waits no more or was granted something before.
    async fn grant_pairing(&self, code: [u8; 32], granted: &Granted, now: Time) -> Result<bool, StoreError>;

    /// Ends a screen's waiting with a key. False when it does not wait for one any more.
    async fn end_pairing(&self, secret: [u8; 32], key: &ApiKey) -> Result<bool, StoreError>;
}
