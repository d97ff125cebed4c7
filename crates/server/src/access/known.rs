//! Callers who were looked up before: a request costs no question to the database.
//!
//! What is here is true, because whatever ends a session or changes an account passes through this process and says so
//! here; only then has it happened. A lookup that was under way meanwhile is not kept.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use feedme_access::token::Digest;
use feedme_kitchen::{Time, UserId};
use feedme_store::StoreError;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::caller::{Caller, Device, Person};
use super::{Access, IDLE_AT_MOST_MS};

/// Callers kept at most: far more than a chain has screens. Beyond it all are looked up anew, and streams come back.
const KNOWN_MAX: usize = 20_000;

/// How exactly the database knows when somebody was last here.
const NOTE_EVERY_MS: u64 = 60_000;

#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    callers: HashMap<Digest, Caller>,
    /// Rises whenever somebody is forgotten.
    changes: u64,
}

/// How long a caller is one. Everything that was begun under it, streams above all, ends with it.
#[derive(Debug)]
pub(crate) struct Standing {
    ended: CancellationToken,
    until: Option<Time>,
    idle_at_most_ms: Option<u64>,
    seen_at: AtomicI64,
    noted_at: AtomicI64,
}

impl Standing {
    fn new(until: Option<Time>, idle_at_most_ms: Option<u64>, seen_at: Time) -> Arc<Self> {
        let (seen_at, noted_at) = (AtomicI64::new(seen_at.0), AtomicI64::new(seen_at.0));
        Arc::new(Self { ended: CancellationToken::new(), until, idle_at_most_ms, seen_at, noted_at })
    }

    /// Cancelled when it was ended on purpose.
    pub(crate) fn ended(&self) -> &CancellationToken {
        &self.ended
    }

    /// Whether it has ended, on purpose or by the passing of time.
    pub(crate) fn is_over(&self, now: Time) -> bool {
        let idle_ms = now.since_ms(Time(self.seen_at.load(Ordering::Relaxed)));
        self.ended.is_cancelled()
            || self.until.is_some_and(|until| until <= now)
            || self.idle_at_most_ms.is_some_and(|at_most| idle_ms > at_most)
    }

    /// Notes a use. True about once a minute: then the database shall know, too.
    fn note(&self, now: Time) -> bool {
        self.seen_at.store(now.0, Ordering::Relaxed);
        let noted_at = self.noted_at.load(Ordering::Relaxed);
        now.since_ms(Time(noted_at)) >= NOTE_EVERY_MS
            && self.noted_at.compare_exchange(noted_at, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
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
            if let Some(caller) = self.get(digest).filter(|caller| matches!(caller, Caller::Person(_))) {
                return Ok(self.seen(access, digest, caller, now).await);
            }
            let changes = self.0.lock().changes;
            let Some((session, account)) = access.accounts().session(digest.0).await? else { return Ok(None) };
            let standing = Standing::new(Some(session.expires_at), Some(IDLE_AT_MOST_MS), session.seen_at);
            let is_usable = account.is_active() && (access.is_open() || !account.is_demonstration);
            if !is_usable || standing.is_over(now) {
                return Ok(None);
            }
            let person = Person { account, session: session.id, via: session.via, standing };
            self.keep(digest, Caller::Person(person.into()), changes);
        }
    }

    /// The device that holds a key.
    pub(crate) async fn key(&self, access: &Access, digest: Digest, now: Time) -> Result<Option<Caller>, StoreError> {
        loop {
            if let Some(caller) = self.get(digest).filter(|caller| matches!(caller, Caller::Device(_))) {
                return Ok(self.seen(access, digest, caller, now).await);
            }
            let changes = self.0.lock().changes;
            let Some(key) = access.accounts().key(digest.0).await? else { return Ok(None) };
            let standing = Standing::new(key.expires_at, None, key.seen_at.unwrap_or(Time(0)));
            if key.revoked_at.is_some() || standing.is_over(now) {
                return Ok(None);
            }
            self.keep(digest, Caller::Device(Device { key, standing }.into()), changes);
        }
    }

    /// Forgets an account's sessions, but one perhaps: they ended, or what they may do has changed.
    pub(crate) fn forget_user(&self, user: UserId, but: Option<Uuid>) {
        self.forget(|caller| {
            matches!(caller, Caller::Person(person) if person.account.id == user && Some(person.session) != but)
        });
    }

    /// Forgets one session of an account. Nobody else's: whoever names that ends nothing.
    pub(crate) fn forget_session(&self, user: UserId, session: Uuid) {
        self.forget(
            |caller| matches!(caller, Caller::Person(person) if person.account.id == user && person.session == session),
        );
    }

    /// Forgets a key.
    pub(crate) fn forget_key(&self, key: Uuid) {
        self.forget(|caller| matches!(caller, Caller::Device(device) if device.key.id == key));
    }

    /// Forgets those whose time is over.
    pub(crate) fn forget_those_over(&self, now: Time) {
        self.forget(|caller| caller.standing().is_some_and(|standing| standing.is_over(now)));
    }

    fn forget(&self, whom: impl Fn(&Caller) -> bool) {
        let mut state = self.0.lock();
        state.changes += 1;
        state.callers.retain(|_, caller| {
            let goes = whom(caller);
            if goes {
                end(caller);
            }
            !goes
        });
    }

    fn get(&self, digest: Digest) -> Option<Caller> {
        self.0.lock().callers.get(&digest).cloned()
    }

    fn keep(&self, digest: Digest, caller: Caller, changes: u64) {
        let mut state = self.0.lock();
        if state.changes != changes {
            return;
        }
        if state.callers.len() >= KNOWN_MAX {
            // Nobody could end their streams once they are forgotten.
            state.callers.drain().for_each(|(_, caller)| end(&caller));
        }
        // Whoever was looked up twice at a time is one all the same: streams hang on the one that is here.
        if let Entry::Vacant(vacant) = state.callers.entry(digest) {
            vacant.insert(caller);
        }
    }

    /// Whether the caller still is one, and that they were here.
    async fn seen(&self, access: &Access, digest: Digest, caller: Caller, now: Time) -> Option<Caller> {
        let standing = caller.standing()?;
        if standing.is_over(now) {
            self.0.lock().callers.remove(&digest);
            end(&caller);
            return None;
        }
        if standing.note(now) {
            let noted = match &caller {
                Caller::Person(person) => access.accounts().note_session(person.session, now).await,
                Caller::Device(device) => access.accounts().note_key(device.key.id, now).await,
                Caller::Stranger | Caller::Open | Caller::Operator => Ok(()),
            };
            // A full disk shall not keep anybody from reading.
            if let Err(error) = noted {
                tracing::warn!(%error, "when somebody was last here could not be noted");
            }
        }
        Some(caller)
    }
}

fn end(caller: &Caller) {
    if let Some(standing) = caller.standing() {
        standing.ended.cancel();
    }
}

#[cfg(test)]
mod tests {
    use feedme_store::RestaurantId;
    use feedme_store::accounts::{ApiKey, Role};

    use super::*;

    fn device(n: u128) -> (Digest, Caller, Arc<Standing>) {
        let digest = Digest::of(&n.to_string());
        let key = ApiKey {
            id: Uuid::from_u128(n),
            digest: digest.0,
            shown: String::new(),
            name: "till".into(),
            restaurant: RestaurantId(Uuid::nil()),
            role: Role::Normal,
            bot: None,
            created_at: Time(0),
            expires_at: None,
            seen_at: None,
            revoked_at: None,
        };
        let standing = Standing::new(None, None, Time(0));
        (digest, Caller::Device(Device { key, standing: Arc::clone(&standing) }.into()), standing)
    }

    /// A stream hangs on the standing with which it was opened, and must end with the key: there is only one.
    #[test]
    fn whoever_is_looked_up_twice_at_a_time_has_one_standing() {
        let known = Known::default();
        let ((digest, first, standing), (_, second, _)) = (device(1), device(1));
        known.keep(digest, first, 0);
        known.keep(digest, second, 0);
        let kept = known.get(digest).expect("one was kept");
        assert!(Arc::ptr_eq(kept.standing().expect("devices have one"), &standing));
        known.forget_key(Uuid::from_u128(1));
        assert!(standing.ended().is_cancelled() && known.get(digest).is_none());
    }

    #[test]
    fn a_lookup_that_was_under_way_when_somebody_was_forgotten_is_not_kept() {
        let known = Known::default();
        let (digest, caller, _) = device(1);
        let changes = known.0.lock().changes;
        known.forget_key(Uuid::from_u128(1));
        known.keep(digest, caller.clone(), changes);
        assert!(known.get(digest).is_none(), "what it read may be of before");
        known.keep(digest, caller, changes + 1);
        assert!(known.get(digest).is_some());
    }

    #[test]
    fn whoever_is_one_too_many_is_looked_up_anew_and_no_stream_is_out_of_reach() {
        let known = Known::default();
        let (digest, caller, standing) = device(0);
        known.keep(digest, caller, 0);
        for n in 1..KNOWN_MAX as u128 {
            let (digest, caller, _) = device(n);
            known.keep(digest, caller, 0);
        }
        assert!(!standing.ended().is_cancelled());
        let (further, caller, _) = device(KNOWN_MAX as u128);
        known.keep(further, caller, 0);
        assert!(standing.ended().is_cancelled() && known.get(digest).is_none());
        assert_eq!(known.0.lock().callers.len(), 1);
    }
}
