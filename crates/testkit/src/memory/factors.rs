//! Second factors, PINs and pairings in memory.

use async_trait::async_trait;
use feedme_kitchen::{Time, UserId};
use feedme_store::StoreError;
use feedme_store::accounts::{Account, ApiKey};
use feedme_store::factors::{Factors, Pin, SecondFactor, SharedSecret};
use feedme_store::pairing::{Granted, Pairing, Pairings};

use super::MemoryStore;

/// An authenticator, and the step of the latest code.
#[derive(Clone, Debug)]
pub(super) struct Authenticator {
    factor: SecondFactor,
    step: u64,
}

impl Authenticator {
    pub(super) fn is_asked_for(&self) -> bool {
        self.factor.confirmed_at.is_some()
    }
}

/// A PIN, and how often it was tried since it was last right.
#[derive(Clone, Debug)]
pub(super) struct Tried {
    pub(super) pin: Pin,
    tries: u32,
}

#[async_trait]
impl Factors for MemoryStore {
    async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        Ok(self.people(|people| people.authenticators.get(&user).map(|it| it.factor.clone())))
    }

    async fn offer_second_factor(&self, user: UserId, factor: &SecondFactor) -> Result<bool, StoreError> {
        Ok(self.people(|people| {
            let is_free = people.authenticators.get(&user).is_none_or(|it| !it.is_asked_for());
            if is_free {
                let factor = SecondFactor { confirmed_at: None, ..factor.clone() };
                people.authenticators.insert(user, Authenticator { factor, step: 0 });
            }
            is_free
        }))
    }

    async fn confirm_second_factor(
        &self,
        user: UserId,
        secret: &SharedSecret,
        step: u64,
        at: Time,
        recovery: &[[u8; 32]],
    ) -> Result<bool, StoreError> {
        Ok(self.people(|people| {
            let offered = people.authenticators.get_mut(&user);
            let Some(offered) = offered.filter(|it| !it.is_asked_for() && it.factor.secret == *secret) else {
                return false;
            };
            offered.factor.confirmed_at = Some(at);
            offered.step = step;
            people.recovery.insert(user, recovery.to_vec());
            people.version += 1;
            true
        }))
    }

    async fn remove_second_factor(&self, user: UserId) -> Result<bool, StoreError> {
        Ok(self.people(|people| {
            people.recovery.remove(&user);
            let is_removed = people.authenticators.remove(&user).is_some();
            people.version += u64::from(is_removed);
            is_removed
        }))
    }

    async fn use_step(&self, user: UserId, step: u64) -> Result<bool, StoreError> {
        Ok(self.people(|people| {
            let unused = people.authenticators.get_mut(&user).filter(|it| it.step < step);
            unused.map(|it| it.step = step).is_some()
        }))
    }

    async fn save_recovery_codes(&self, user: UserId, digests: &[[u8; 32]]) -> Result<(), StoreError> {
        self.people(|people| people.recovery.insert(user, digests.to_vec()));
        Ok(())
    }

    async fn recovery_codes(&self, user: UserId) -> Result<usize, StoreError> {
        Ok(self.people(|people| people.recovery.get(&user).map_or(0, Vec::len)))
    }

    async fn use_recovery_code(&self, user: UserId, digest: [u8; 32]) -> Result<bool, StoreError> {
        Ok(self.people(|people| {
            let Some(codes) = people.recovery.get_mut(&user) else { return false };
            let before = codes.len();
            codes.retain(|code| *code != digest);
            codes.len() < before
        }))
    }

    async fn people_on(&self, device: [u8; 32]) -> Result<Vec<Account>, StoreError> {
        Ok(self.people(|people| {
            let there = people.pins.iter().filter(|it| it.pin.device == device);
            let accounts = there.filter_map(|it| people.account(it.pin.user));
            let mut found: Vec<_> = accounts.filter(Account::is_active).collect();
            found.sort_by_key(|account| account.name.to_lowercase());
            found
        }))
    }

    async fn save_pin(&self, pin: &Pin) -> Result<bool, StoreError> {
        Ok(self.people(|people| {
            let is_known = people.devices.iter().any(|it| it.digest == pin.device && it.user == pin.user);
            if is_known {
                people.pins.retain(|it| (it.pin.device, it.pin.user) != (pin.device, pin.user));
                people.pins.push(Tried { pin: pin.clone(), tries: 0 });
            }
            is_known
        }))
    }

    async fn try_pin(&self, device: [u8; 32], user: UserId, tries: u32) -> Result<Option<Pin>, StoreError> {
        Ok(self.people(|people| {
            people.pins.retain(|it| (it.pin.device, it.pin.user) != (device, user) || it.tries < tries);
            let found = people.pins.iter_mut().find(|it| (it.pin.device, it.pin.user) == (device, user))?;
            found.tries += 1;
            Some(found.pin.clone())
        }))
    }

    async fn pin_was_right(&self, device: [u8; 32], user: UserId) -> Result<(), StoreError> {
        self.people(|people| {
            let theirs = people.pins.iter_mut().filter(|it| (it.pin.device, it.pin.user) == (device, user));
            theirs.for_each(|it| it.tries = 0);
        });
        Ok(())
    }

    async fn remove_pin(&self, device: [u8; 32], user: UserId) -> Result<bool, StoreError> {
        Ok(self.people(|people| {
            let before = people.pins.len();
            people.pins.retain(|it| (it.pin.device, it.pin.user) != (device, user));
            people.pins.len() < before
        }))
    }
}

#[async_trait]
impl Pairings for MemoryStore {
    async fn begin_pairing(&self, pairing: &Pairing, at_most: usize) -> Result<bool, StoreError> {
        Ok(self.people(|people| {
            let waits = |it: &&Pairing| it.network == pairing.network && it.expires_at > pairing.created_at;
            let is_free = people.pairings.iter().filter(waits).count() < at_most;
            if is_free {
                people.pairings.push(pairing.clone());
            }
            is_free
        }))
    }

    async fn pairing_of_code(&self, code: [u8; 32]) -> Result<Option<Pairing>, StoreError> {
        Ok(self.people(|people| people.pairings.iter().find(|it| it.code == code).cloned()))
    }

    async fn pairing_of_secret(&self, secret: [u8; 32]) -> Result<Option<Pairing>, StoreError> {
        Ok(self.people(|people| people.pairings.iter().find(|it| it.secret == secret).cloned()))
    }

    async fn grant_pairing(&self, code: [u8; 32], granted: &Granted, now: Time) -> Result<bool, StoreError> {
        Ok(self.people(|people| {
            let waits = |it: &&mut Pairing| it.code == code && it.granted.is_none() && it.expires_at > now;
            let found = people.pairings.iter_mut().find(waits);
            found.map(|it| it.granted = Some(granted.clone())).is_some()
        }))
    }

    async fn end_pairing(&self, secret: [u8; 32], key: &ApiKey) -> Result<bool, StoreError> {
        Ok(self.people(|people| {
            let before = people.pairings.len();
            people.pairings.retain(|it| it.secret != secret || it.granted.is_none());
            let ended = people.pairings.len() < before;
            if ended {
                people.save_key(key);
            }
            ended
        }))
    }
}
