//! Callers who were looked up before: a request costs no question to the database.
//!
//! What is here is true, because whatever ends a session or changes an account passes through this process and says so
//! here; only then has it happened. A lookup that was under way meanwhile is not kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use feedme_access::token::Digest;
use feedme_kitchen::{Time, UserId};
use feedme_store::StoreError;
use feedme_store::accounts::Session;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::caller::{Caller, Device, Person};
use super::{Access, IDLE_AT_MOST_MS};

/// Callers kept at most: far more than a chain has screens. Beyond it all are looked up anew.
const KNOWN_MAX: usize = 20_000;

/// How exactly the database knows when somebody was last here.
const NOTE_EVERY_MS: u64 = 60_000;

#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    callers: HashMap<Digest, Arc<Entry>>,
    /// Rises whenever somebody is forgotten.
    changes: u64,
}

#[derive(Debug)]
struct Entry {
    caller: Caller,
    until: Option<Time>,
    seen_at: AtomicI64,
    noted_at: AtomicI64,
}

impl Known {
    /// Whoever holds a session token; `None` when it is good no more.
    pub(crate) async fn session(
        &self,
        access: &Access,
        digest: Digest,
        now: Time,
    ) -> Result<Option<Caller>, StoreError> {
        loop {
            if let Some(entry) = self.entry(digest) {
                return self.seen(access, digest, &entry, now).await;
            }
            let changes = self.0.lock().changes;
            let Some((session, account)) = access.accounts().session(digest.0).await? else { return Ok(None) };
            let usable = account.is_active() && (access.is_open() || !account.is_demonstration);
            if !usable || is_over(&session, now) {
                return Ok(None);
            }
            let person = Person { account, session: session.id, ended: CancellationToken::new() };
            let entry = Entry::new(Caller::Person(person.into()), Some(session.expires_at), session.seen_at);
            self.keep(digest, entry, changes);
        }
    }

    /// The device that holds a key.
    pub(crate) async fn key(&self, access: &Access, digest: Digest, now: Time) -> Result<Option<Caller>, StoreError> {
        loop {
            if let Some(entry) = self.entry(digest) {
                return self.seen(access, digest, &entry, now).await;
            }
            let changes = self.0.lock().changes;
            let Some(key) = access.accounts().key(digest.0).await? else { return Ok(None) };
            if key.revoked_at.is_some() || key.expires_at.is_some_and(|until| until <= now) {
                return Ok(None);
            }
            let (until, seen_at) = (key.expires_at, key.seen_at.unwrap_or(key.created_at));
            let device = Device { key, ended: CancellationToken::new() };
            self.keep(digest, Entry::new(Caller::Device(device.into()), until, seen_at), changes);
        }
    }

    /// Forgets an account's sessions, but one perhaps: they ended, or what they may do has changed.
    pub(crate) fn forget_user(&self, user: UserId, but: Option<Uuid>) {
        self.forget(|caller| {
            matches!(caller, Caller::Person(person) if person.account.id == user && Some(person.session) != but)
        });
    }

    /// Forgets one session.
    pub(crate) fn forget_session(&self, session: Uuid) {
        self.forget(|caller| matches!(caller, Caller::Person(person) if person.session == session));
    }

    /// Forgets a key.
    pub(crate) fn forget_key(&self, key: Uuid) {
        self.forget(|caller| matches!(caller, Caller::Device(device) if device.key.id == key));
    }

    fn forget(&self, whom: impl Fn(&Caller) -> bool) {
        let mut state = self.0.lock();
        state.changes += 1;
        state.callers.retain(|_, entry| {
            let goes = whom(&entry.caller);
            if goes && let Some(ended) = entry.caller.ended() {
                ended.cancel();
            }
            !goes
        });
    }

    fn entry(&self, digest: Digest) -> Option<Arc<Entry>> {
        self.0.lock().callers.get(&digest).cloned()
    }

    fn keep(&self, digest: Digest, entry: Entry, changes: u64) {
        let mut state = self.0.lock();
        if state.changes != changes {
            return;
        }
        if state.callers.len() >= KNOWN_MAX {
            state.callers.clear();
        }
        state.callers.insert(digest, Arc::new(entry));
    }

    /// Whether it still holds, and that it was used.
    async fn seen(
        &self,
        access: &Access,
        digest: Digest,
        entry: &Entry,
        now: Time,
    ) -> Result<Option<Caller>, StoreError> {
        let idle_ms = now.since_ms(Time(entry.seen_at.load(Ordering::Relaxed)));
        let is_person = matches!(entry.caller, Caller::Person(_));
        if entry.until.is_some_and(|until| until <= now) || (is_person && idle_ms > IDLE_AT_MOST_MS) {
            self.0.lock().callers.remove(&digest);
            if let Some(ended) = entry.caller.ended() {
                ended.cancel();
            }
            return Ok(None);
        }
        entry.seen_at.store(now.0, Ordering::Relaxed);
        let noted_at = entry.noted_at.load(Ordering::Relaxed);
        let is_due = now.since_ms(Time(noted_at)) >= NOTE_EVERY_MS;
        if is_due && entry.noted_at.compare_exchange(noted_at, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            match &entry.caller {
                Caller::Person(person) => access.accounts().note_session(person.session, now).await?,
                Caller::Device(device) => access.accounts().note_key(device.key.id, now).await?,
                Caller::Stranger | Caller::Open | Caller::Operator => {}
            }
        }
        Ok(Some(entry.caller.clone()))
    }
}

impl Entry {
    fn new(caller: Caller, until: Option<Time>, seen_at: Time) -> Self {
        Self { caller, until, seen_at: AtomicI64::new(seen_at.0), noted_at: AtomicI64::new(seen_at.0) }
    }
}

fn is_over(session: &Session, now: Time) -> bool {
    session.expires_at <= now || now.since_ms(session.seen_at) > IDLE_AT_MOST_MS
}
