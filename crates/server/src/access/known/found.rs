//! What the database says of somebody who shows a token or a key.

use feedme_access::token::Digest;
use feedme_kitchen::Time;
use feedme_store::StoreError;
use feedme_store::accounts::{Account, Accounts, ApiKey, Session};

use super::Standing;
use crate::access::IDLE_AT_MOST_MS;
use crate::access::caller::{Caller, Device, Person};

/// What somebody shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Session,
    Key,
}

impl Shown {
    /// As what a caller is remembered.
    pub(super) fn of(caller: &Caller) -> Option<Self> {
        match caller {
            Caller::Person(_) => Some(Self::Session),
            Caller::Device(_) => Some(Self::Key),
            Caller::Stranger | Caller::Open | Caller::Operator => None,
        }
    }
}

/// What the database says.
#[derive(Clone, Debug)]
pub(super) enum Found {
    Session(Session, Account),
    Key(ApiKey),
}

impl Found {
    /// Asks for one.
    pub(super) async fn one(accounts: &dyn Accounts, digest: Digest, shown: Shown) -> Result<Option<Self>, StoreError> {
        Ok(match shown {
            Shown::Session => {
                accounts.session(digest.0).await?.map(|(session, account)| Self::Session(session, account))
            }
            Shown::Key => accounts.key(digest.0).await?.map(Self::Key),
        })
    }

    /// Asks for many who show the same.
    pub(super) async fn many(
        accounts: &dyn Accounts,
        digests: &[[u8; 32]],
        shown: Shown,
    ) -> Result<Vec<Self>, StoreError> {
        Ok(match (digests, shown) {
            ([], _) => Vec::new(),
            (_, Shown::Session) => {
                let found = accounts.sessions_of(digests).await?;
                found.into_iter().map(|(session, account)| Self::Session(session, account)).collect()
            }
            (_, Shown::Key) => accounts.keys_of(digests).await?.into_iter().map(Self::Key).collect(),
        })
    }

    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::Session(session, _) => Digest(session.digest),
            Self::Key(key) => Digest(key.digest),
        }
    }

    /// When it was last used, anywhere, to a minute or so.
    pub(super) fn seen_at(&self) -> Time {
        match self {
            Self::Session(session, _) => session.seen_at,
            Self::Key(key) => key.seen_at.unwrap_or(Time(0)),
        }
    }

    /// Whether it lets anybody in, its time aside.
    fn is_good(&self, is_open: bool) -> bool {
        match self {
            Self::Session(_, account) => account.is_active() && (is_open || !account.is_demonstration),
            Self::Key(key) => key.revoked_at.is_none(),
        }
    }

    /// Whoever it is; `None` when it is good no more.
    pub(super) fn into_caller(self, is_open: bool, as_of: u64, now: Time) -> Option<Caller> {
        if !self.is_good(is_open) {
            return None;
        }
        let seen_at = self.seen_at();
        let (caller, standing) = match self {
            Self::Session(session, account) => {
                let standing = Standing::new(Some(session.expires_at), Some(IDLE_AT_MOST_MS), seen_at, as_of);
                let person = Person { account, session: session.id, via: session.via, standing: standing.clone() };
                (Caller::Person(person.into()), standing)
            }
            Self::Key(key) => {
                let standing = Standing::new(key.expires_at, None, seen_at, as_of);
                (Caller::Device(Device { key, standing: standing.clone() }.into()), standing)
            }
        };
        (!standing.is_over(now)).then_some(caller)
    }

    /// Whether a caller who is remembered is still just so. A password is no part of it: whoever may stay when it
    /// changes keeps the session, and of the others it is gone.
    pub(super) fn is_still(&self, caller: &Caller, is_open: bool) -> bool {
        let is_same = match (self, caller) {
            (Self::Session(session, account), Caller::Person(person)) => {
                let so = |it: &Account| (it.id, it.has_second_factor, it.is_demonstration);
                (session.id, session.via, Some(session.expires_at))
                    == (person.session, person.via, person.standing.until())
                    && so(account) == so(&person.account)
                    && account.name == person.account.name
                    && account.memberships == person.account.memberships
            }
            (Self::Key(key), Caller::Device(device)) => *key == ApiKey { seen_at: key.seen_at, ..device.key.clone() },
            _ => false,
        };
        is_same && self.is_good(is_open)
    }
}
