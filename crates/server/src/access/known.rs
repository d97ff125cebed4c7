//! Callers who were looked up before.
//!
//! Where this process alone changes accounts, what is here is true: whatever ends a session or changes an account passes
//! through it and says so here; only then has it happened. A request costs no question to the database.
//!
//! Where others change them, too, what is here counts only as of how often accounts had changed when it was looked up. A
//! request asks how often that is now, by one question that it shares with all others that wait, and whoever was not
//! looked up since is looked up again. So nobody is let in by what this process alone believes: while the database does
//! not answer, nobody is. In open mode, where whoever asks is a manager, nothing is asked.
//!
//! In either case a lookup that was under way when something changed is not kept.

mod follow;
mod found;
mod standing;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use feedme_access::token::Digest;
use feedme_kitchen::{Time, UserId};
use parking_lot::Mutex;
use uuid::Uuid;

use super::caller::Caller;
use crate::app::App;
use crate::problem::Refused;
use found::{Found, Shown};
pub(crate) use standing::Standing;

/// Callers kept at most: far more than a chain has screens. Beyond it all are looked up anew, and streams come back.
const KNOWN_MAX: usize = 20_000;

/// Lookups under way at most, and one for each caller: whoever comes meanwhile with the same waits for it. More than
/// the database has connections, few enough to be nothing.
const TURNS: usize = 256;

#[derive(Debug)]
pub(crate) struct Known {
    state: Mutex<State>,
    turns: Vec<tokio::sync::Mutex<()>>,
}

impl Default for Known {
    fn default() -> Self {
        let turns = (0..TURNS).map(|_| tokio::sync::Mutex::default()).collect();
        Self { state: Mutex::default(), turns }
    }
}

#[derive(Debug, Default)]
struct State {
    callers: HashMap<Digest, Caller>,
    /// Rises whenever somebody is forgotten.
    changes: u64,
}

/// Whether somebody is a caller.
enum Is {
    Caller(Caller),
    Nobody,
    /// It changed while one looked.
    Unclear,
}

impl Known {
    /// Whoever holds a session token; `None` when it is good no more.
    pub(crate) async fn session(&self, app: &App, digest: Digest) -> Result<Option<Caller>, Refused> {
        self.caller(app, digest, Shown::Session).await
    }

    /// The device that holds a key; `None` when it is good no more.
    pub(crate) async fn key(&self, app: &App, digest: Digest) -> Result<Option<Caller>, Refused> {
        self.caller(app, digest, Shown::Key).await
    }

    /// Whoever holds a session token as far as this process remembers, which may have ended elsewhere: to count their
    /// requests, and for nothing that they may do.
    pub(crate) async fn familiar(&self, app: &App, digest: Digest) -> Result<Option<Caller>, Refused> {
        let now = app.engine().now();
        let is_still = |caller: &Caller| caller.standing().is_some_and(|standing| !standing.is_over(now));
        match self.get(digest, Shown::Session).filter(is_still) {
            Some(caller) => Ok(Some(caller)),
            None => self.session(app, digest).await,
        }
    }

    /// Whether a session or a key was looked up before.
    pub(crate) fn remembers(&self, digest: Digest) -> bool {
        self.state.lock().callers.contains_key(&digest)
    }

    async fn caller(&self, app: &App, digest: Digest, shown: Shown) -> Result<Option<Caller>, Refused> {
        loop {
            let is = match self.get(digest, shown) {
                Some(caller) => self.confirm(app, digest, caller, shown).await?,
                None => self.look_up(app, digest, shown).await?,
            };
            match is {
                Is::Nobody => return Ok(None),
                // It may have ended while it was confirmed.
                Is::Caller(caller) if caller.standing().is_some_and(|it| !it.ended().is_cancelled()) => {
                    note(app, &caller).await;
                    return Ok(Some(caller));
                }
                Is::Caller(_) | Is::Unclear => {}
            }
        }
    }

    /// Whether somebody who is remembered is still just so. They are looked up again if accounts have changed since
    /// they were, and before their time is over: another process may have seen them a minute ago.
    async fn confirm(&self, app: &App, digest: Digest, caller: Caller, shown: Shown) -> Result<Is, Refused> {
        let (access, now) = (app.access(), app.engine().now());
        let Some(standing) = caller.standing() else { return Ok(Is::Nobody) };
        let count = if access.is_open() { None } else { count(app).await? };
        let is_so = || !standing.is_over(now) && count.is_none_or(|count| standing.is_as_of(count));
        if is_so() {
            return Ok(Is::Caller(caller));
        }
        let _turn = self.turn(digest).lock().await;
        if is_so() {
            return Ok(Is::Caller(caller));
        }
        let found = Found::one(access.accounts(), digest, shown).await?;
        let Some(found) = found.filter(|found| found.is_still(&caller, access.is_open())) else {
            self.drop(digest, &caller);
            return Ok(Is::Unclear);
        };
        standing.verified(count, found.seen_at());
        if standing.is_over(now) && !standing.ended().is_cancelled() {
            self.drop(digest, &caller);
            return Ok(Is::Nobody);
        }
        Ok(Is::Caller(caller))
    }

    /// Whether somebody who is not remembered is one. The answer is no older than the question, so nobody need ask how
    /// often accounts have changed; what was last heard of that is the least that it takes into account.
    async fn look_up(&self, app: &App, digest: Digest, shown: Shown) -> Result<Is, Refused> {
        let (access, engine, now) = (app.access(), app.engine(), app.engine().now());
        let _turn = self.turn(digest).lock().await;
        if self.get(digest, shown).is_some() {
            return Ok(Is::Unclear);
        }
        let (changes, heard) = (self.state.lock().changes, engine.accounts_heard());
        let found = Found::one(access.accounts(), digest, shown).await?;
        let Some(caller) = found.and_then(|found| found.into_caller(access.is_open(), heard, now)) else {
            return Ok(Is::Nobody);
        };
        let is_kept = self.keep(digest, caller.clone(), changes, || engine.accounts_heard() == heard);
        Ok(if is_kept { Is::Caller(caller) } else { Is::Unclear })
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
        let mut state = self.state.lock();
        state.changes += 1;
        state.callers.retain(|_, caller| {
            let goes = whom(caller);
            if goes {
                end(caller);
            }
            !goes
        });
    }

    /// Ends somebody's standing. Whoever took their place under the same digest stays.
    fn drop(&self, digest: Digest, caller: &Caller) {
        let mut state = self.state.lock();
        if state.callers.get(&digest).is_some_and(|kept| is_one(kept, caller)) {
            state.callers.remove(&digest);
        }
        end(caller);
    }

    fn get(&self, digest: Digest, shown: Shown) -> Option<Caller> {
        let state = self.state.lock();
        state.callers.get(&digest).filter(|caller| Shown::of(caller) == Some(shown)).cloned()
    }

    /// Those who were not verified when accounts had changed so often.
    fn not_as_of(&self, count: u64) -> Vec<(Digest, Caller)> {
        let is_behind = |caller: &Caller| caller.standing().is_some_and(|standing| !standing.is_as_of(count));
        let state = self.state.lock();
        let behind = state.callers.iter().filter(|(_, caller)| is_behind(caller));
        behind.map(|(digest, caller)| (*digest, caller.clone())).collect()
    }

    /// Remembers somebody. False when somebody was forgotten, or has heard of a change, since they were looked up: what
    /// was read may be of before, and nobody would verify it.
    fn keep(&self, digest: Digest, caller: Caller, changes: u64, is_current: impl Fn() -> bool) -> bool {
        let mut state = self.state.lock();
        if state.changes != changes || !is_current() {
            return false;
        }
        if state.callers.len() >= KNOWN_MAX {
            // Nobody could end their streams once they are forgotten.
            state.callers.drain().for_each(|(_, caller)| end(&caller));
        }
        // Whoever was looked up twice at a time is one all the same: streams hang on the one that is here.
        match state.callers.entry(digest) {
            Entry::Occupied(_) => false,
            Entry::Vacant(vacant) => {
                vacant.insert(caller);
                true
            }
        }
    }

    fn turn(&self, digest: Digest) -> &tokio::sync::Mutex<()> {
        &self.turns[usize::from(digest.0[0]) % TURNS]
    }
}

/// How often accounts have changed by now; `None` where this process knows by itself.
async fn count(app: &App) -> Result<Option<u64>, Refused> {
    let count = app.engine().accounts_version().await;
    count.map_err(|failure| Refused::of(&failure, app.engine().now()))
}

/// Notes that somebody was here.
async fn note(app: &App, caller: &Caller) {
    let (accounts, now) = (app.access().accounts(), app.engine().now());
    if !caller.standing().is_some_and(|standing| standing.note(now)) {
        return;
    }
    let noted = match caller {
        Caller::Person(person) => accounts.note_session(person.session, now).await,
        Caller::Device(device) => accounts.note_key(device.key.id, now).await,
        Caller::Stranger | Caller::Open | Caller::Operator => Ok(()),
    };
    // A full disk shall not keep anybody from reading.
    if let Err(error) = noted {
        tracing::warn!(%error, "when somebody was last here could not be noted");
    }
}

fn is_one(one: &Caller, other: &Caller) -> bool {
    one.standing().zip(other.standing()).is_some_and(|(one, other)| std::sync::Arc::ptr_eq(one, other))
}

fn end(caller: &Caller) {
    if let Some(standing) = caller.standing() {
        standing.end();
    }
}

#[cfg(test)]
mod tests;
