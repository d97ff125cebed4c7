//! Accounts in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use feedme_kitchen::{Time, UserId};
use feedme_store::accounts::{
    Account, Accounts, ApiKey, Before, Counted, DEVICES_MAX, Device, LogEntry, Saved, Session, Step, Which,
};
use feedme_store::pairing::Pairing;
use feedme_store::{RestaurantId, StoreError};
use uuid::Uuid;

use super::MemoryStore;
use super::factors::{Authenticator, Tried};

/// Who there is.
#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) accounts: BTreeMap<UserId, Account>,
    sessions: BTreeMap<Uuid, Session>,
    pub(super) keys: BTreeMap<Uuid, ApiKey>,
    pub(super) devices: Vec<Device>,
    pub(super) authenticators: BTreeMap<UserId, Authenticator>,
    pub(super) recovery: BTreeMap<UserId, Vec<[u8; 32]>>,
    pub(super) pins: Vec<Tried>,
    pub(super) pairings: Vec<Pairing>,
    tries: BTreeMap<String, Counted>,
    /// Rises with whatever changes what a caller may do.
    pub(super) version: u64,
    log: Vec<LogEntry>,
}

impl People {
    pub(super) fn account(&self, id: UserId) -> Option<Account> {
        self.accounts.get(&id).map(|account| self.read(account))
    }

    /// An account as a database reads it.
    fn read(&self, account: &Account) -> Account {
        let has_second_factor = self.authenticators.get(&account.id).is_some_and(Authenticator::is_asked_for);
        Account { has_second_factor, ..account.clone() }
    }

    fn named(&self, name: &str) -> Option<&Account> {
        let is_it = |it: &&Account| it.deleted_at.is_none() && it.name.to_lowercase() == name.to_lowercase();
        self.accounts.values().find(is_it)
    }

    fn save(&mut self, account: &Account) -> bool {
        let other = self.named(&account.name).filter(|other| other.id != account.id);
        if other.is_some() && account.deleted_at.is_none() {
            return false;
        }
        self.accounts.insert(account.id, account.clone());
        self.version += 1;
        true
    }

    fn forget_pins_of_unknown_devices(&mut self) {
        let devices = &self.devices;
        self.pins.retain(|it| devices.iter().any(|known| (known.digest, known.user) == (it.pin.device, it.pin.user)));
    }

    fn end_sessions(&mut self, user: UserId, which: Which) -> usize {
        if matches!(which, Which::AllBut(_)) {
            self.pins.retain(|it| it.pin.user != user);
        }
        let before = self.sessions.len();
        self.sessions.retain(|id, session| {
            let ends = match which {
                Which::One(one) => *id == one,
                Which::AllBut(kept) => Some(*id) != kept,
            };
            session.user != user || !ends
        });
        let ended = before - self.sessions.len();
        self.version += u64::from(ended > 0);
        ended
    }

    pub(super) fn save_key(&mut self, key: &ApiKey) {
        let former = self.keys.get(&key.id);
        let seen_at = former.map_or(key.seen_at, |former| former.seen_at);
        let revoked_at = former.and_then(|former| former.revoked_at).or(key.revoked_at);
        self.keys.insert(key.id, ApiKey { seen_at, revoked_at, ..key.clone() });
        self.version += 1;
    }
}

impl MemoryStore {
    pub(super) fn people<T>(&self, with: impl FnOnce(&mut People) -> T) -> T {
        with(&mut self.0.lock().people)
    }
}

#[async_trait]
impl Accounts for MemoryStore {
    async fn accounts(&self, deleted: bool) -> Result<Vec<Account>, StoreError> {
        let mut found: Vec<_> = self.people(|people| people.accounts.values().map(|it| people.read(it)).collect());
        found.retain(|account| deleted || account.deleted_at.is_none());
        found.sort_by_key(|account| account.name.to_lowercase());
        Ok(found)
    }

    async fn account(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        Ok(self.people(|people| people.account(id)))
    }

    async fn account_named(&self, name: &str) -> Result<Option<Account>, StoreError> {
        Ok(self.people(|people| people.named(name).map(|it| people.read(it))))
    }

    async fn save_account(
        &self,
        account: &Account,
        keeps: Option<Uuid>,
        unchanged_since: Option<u64>,
    ) -> Result<Saved, StoreError> {
        Ok(self.people(|people| {
            if unchanged_since.is_some_and(|version| version != people.version) {
                Saved::Conflict
            } else if people.save(account) {
                Saved::Done(people.end_sessions(account.id, Which::AllBut(keeps)))
            } else {
                Saved::NameTaken
            }
        }))
    }

    async fn save_first_account(&self, account: &Account) -> Result<bool, StoreError> {
        Ok(self.people(|people| people.accounts.values().all(|it| it.is_demonstration) && people.save(account)))
    }

    async fn begin_session_if_unchanged(&self, session: &Session, account: &Account) -> Result<bool, StoreError> {
        Ok(self.people(|people| {
            let is_same =
                |it: &Account| (&it.password, it.has_second_factor) == (&account.password, account.has_second_factor);
            let is_so = people.account(session.user).is_some_and(|it| it.is_active() && is_same(&it));
            if is_so {
                people.sessions.insert(session.id, session.clone());
            }
            is_so
        }))
    }

    async fn session(&self, digest: [u8; 32]) -> Result<Option<(Session, Account)>, StoreError> {
        Ok(self.people(|people| {
            let session = people.sessions.values().find(|session| session.digest == digest)?;
            Some((session.clone(), people.account(session.user)?))
        }))
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let is_theirs = |session: &&Session| session.user == user;
        Ok(self.people(|people| people.sessions.values().rev().filter(is_theirs).cloned().collect()))
    }

    async fn note_session(&self, id: Uuid, seen_at: Time) -> Result<(), StoreError> {
        self.people(|people| people.sessions.get_mut(&id).map(|it| it.seen_at = seen_at.max(it.seen_at)));
        Ok(())
    }

    async fn end_sessions(&self, user: UserId, which: Which) -> Result<usize, StoreError> {
        Ok(self.people(|people| people.end_sessions(user, which)))
    }

    async fn save_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        self.people(|people| people.save_key(key));
        Ok(())
    }

    async fn key(&self, digest: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.people(|people| people.keys.values().find(|key| key.digest == digest).cloned()))
    }

    async fn note_key(&self, id: Uuid, seen_at: Time) -> Result<(), StoreError> {
        self.people(|people| people.keys.get_mut(&id).map(|key| key.seen_at = key.seen_at.max(Some(seen_at))));
        Ok(())
    }

    async fn keys(&self, restaurant: RestaurantId) -> Result<Vec<ApiKey>, StoreError> {
        let is_theirs = |key: &&ApiKey| key.restaurant == restaurant;
        Ok(self.people(|people| people.keys.values().rev().filter(is_theirs).cloned().collect()))
    }

    async fn is_device(&self, digest: [u8; 32], user: UserId) -> Result<bool, StoreError> {
        Ok(self.people(|people| people.devices.iter().any(|it| it.digest == digest && it.user == user)))
    }

    async fn note_device(&self, device: &Device, former: Option<[u8; 32]>) -> Result<(), StoreError> {
        self.people(|people| {
            for known in &mut people.devices {
                if Some(known.digest) == former {
                    known.digest = device.digest;
                }
            }
            for known in &mut people.pins {
                if Some(known.pin.device) == former {
                    known.pin.device = device.digest;
                }
            }
            people.devices.retain(|it| (it.digest, it.user) != (device.digest, device.user));
            people.devices.push(*device);
            people.devices.sort_by_key(|it| std::cmp::Reverse(it.seen_at));
            let mut count = 0;
            people.devices.retain(|it| {
                count += usize::from(it.user == device.user);
                it.user != device.user || count <= DEVICES_MAX
            });
            people.forget_pins_of_unknown_devices();
        });
        Ok(())
    }

    async fn counted(&self, against: &[String]) -> Result<Vec<Counted>, StoreError> {
        Ok(self
            .people(|people| against.iter().map(|whom| people.tries.get(whom).copied().unwrap_or_default()).collect()))
    }

    async fn count(&self, steps: &[Step]) -> Result<bool, StoreError> {
        Ok(self.people(|people| {
            let counted = |step: &Step| people.tries.get(&step.against).copied().unwrap_or_default();
            let is_so = steps.iter().all(|step| counted(step) == step.before);
            if is_so {
                people.tries.extend(steps.iter().map(|step| (step.against.clone(), step.after)));
                people.tries.retain(|_, counted| counted.count > 0);
            }
            is_so
        }))
    }

    async fn log(&self, entry: &LogEntry) -> Result<(), StoreError> {
        self.people(|people| people.log.push(entry.clone()));
        Ok(())
    }

    async fn log_before(
        &self,
        restaurant: RestaurantId,
        everywhere: bool,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, LogEntry)>, StoreError> {
        Ok(self.people(|people| {
            let found = (1_i64..)
                .zip(&people.log)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .filter(|(id, _)| before.is_none_or(|before| *id < before))
                .filter(|(_, entry)| entry.restaurant.map_or(everywhere, |it| it == restaurant));
            found.take(limit).map(|(id, entry)| (id, entry.clone())).collect()
        }))
    }

    async fn forget(&self, before: Before) -> Result<(), StoreError> {
        self.people(|people| {
            let sessions = people.sessions.len();
            people.sessions.retain(|_, it| it.expires_at >= before.ended && it.seen_at >= before.idle);
            people.version += u64::from(people.sessions.len() < sessions);
            people.tries.retain(|_, counted| counted.last_at >= before.counted);
            people.devices.retain(|device| device.seen_at >= before.devices);
            people.forget_pins_of_unknown_devices();
            people.pairings.retain(|pairing| pairing.expires_at >= before.ended);
        });
        Ok(())
    }
}
