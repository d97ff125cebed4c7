//! What stands beside a password: a second factor, and a PIN on a device that is shared.

use std::fmt;

use async_trait::async_trait;
use feedme_kitchen::{Time, UserId};

use crate::StoreError;
use crate::accounts::{Account, PasswordHash};

/// What the server shares with an authenticator. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedSecret(pub [u8; 20]);

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(…)")
    }
}

/// An authenticator that an account has, or is about to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// What it makes its codes of.
    pub secret: SharedSecret,
    /// When it was offered.
    pub made_at: Time,
    /// Since when it is asked for; `None` until its owner has shown a code of it.
    pub confirmed_at: Option<Time>,
}

/// A PIN that somebody has on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The digest of the token in the device's cookie.
    pub device: [u8; 32],
    /// Whose it is.
    pub user: UserId,
    /// How it is kept.
    pub hash: PasswordHash,
    /// When it was set.
    pub set_at: Time,
}

/// Where second factors and PINs are kept. What is written is durable when a method returns.
#[async_trait]
pub trait Factors: Send + Sync + 'static {
    /// An account's authenticator.
    async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError>;

    /// Offers an authenticator. False when the account has one that is asked for; then nothing changed.
    async fn offer_second_factor(&self, user: UserId, factor: &SecondFactor) -> Result<bool, StoreError>;

    /// Asks for the authenticator that was offered from now on, and remembers the step of the code that showed it.
    /// The digests are those of the account's recovery codes from then on. False when another was offered meanwhile.
    async fn confirm_second_factor(
        &self,
        user: UserId,
        secret: &SharedSecret,
        step: u64,
        at: Time,
        recovery: &[[u8; 32]],
    ) -> Result<bool, StoreError>;

    /// Takes an account's authenticator and recovery codes away. False when there was none.
    async fn remove_second_factor(&self, user: UserId) -> Result<bool, StoreError>;

    /// Uses the code of a step up. False when it, or a later one, was used before.
    async fn use_step(&self, user: UserId, step: u64) -> Result<bool, StoreError>;

    /// Replaces the account's recovery codes.
    async fn save_recovery_codes(&self, user: UserId, digests: &[[u8; 32]]) -> Result<(), StoreError>;

    /// How many recovery codes are left.
    async fn recovery_codes(&self, user: UserId) -> Result<usize, StoreError>;

    /// Uses a recovery code up. False when there is none of that digest.
    async fn use_recovery_code(&self, user: UserId, digest: [u8; 32]) -> Result<bool, StoreError>;

    /// Those who have a PIN on a device, by name. It is theirs no more when they are not active.
    async fn people_on(&self, device: [u8; 32]) -> Result<Vec<Account>, StoreError>;

    /// Sets a PIN. False when its owner never signed in on the device.
    async fn save_pin(&self, pin: &Pin) -> Result<bool, StoreError>;

    /// Begins a try at a PIN: counted before it is judged. `None` when there is none, or when `tries` were made
    /// without a right one; then it is forgotten.
    async fn try_pin(&self, device: [u8; 32], user: UserId, tries: u32) -> Result<Option<Pin>, StoreError>;

    /// The PIN was right: its tries count anew.
    async fn pin_was_right(&self, device: [u8; 32], user: UserId) -> Result<(), StoreError>;

    /// Forgets a PIN. False when there was none.
    async fn remove_pin(&self, device: [u8; 32], user: UserId) -> Result<bool, StoreError>;
}
