//! Changes that end sessions and keys.
//!
//! The database and those who are known must agree afterwards, whatever happens on the way. So a change is carried out
//! to its end even when whoever asked for it goes away, and those concerned are forgotten whether or not the database
//! said that it was done: who comes back is looked up.

use std::future::Future;

use feedme_kitchen::{Time, UserId};
use feedme_store::StoreError;
use feedme_store::accounts::{Account, ApiKey, Before, Which};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::Access;

/// The right to change accounts, which one request has at a time: what it read stays true until it has written.
#[derive(Debug)]
pub(crate) struct Editing(#[expect(dead_code, reason = "it is held")] OwnedMutexGuard<()>);

impl Access {
    /// Waits for one's turn to change accounts.
    pub(crate) async fn editing(&self) -> Editing {
        Editing(std::sync::Arc::clone(&self.0.editing).lock_owned().await)
    }

    /// Writes an account and ends its sessions, but one perhaps. How many; `None` when the name is taken.
    pub(crate) async fn save(
        &self,
        account: Account,
        keeps: Option<Uuid>,
        editing: Editing,
    ) -> Result<Option<usize>, StoreError> {
        let access = self.clone();
        to_the_end(async move {
            let saved = access.accounts().save_account(&account, keeps).await;
            access.known().forget_user(account.id, keeps);
            if matches!(saved, Ok(Some(_))) && !account.is_demonstration {
                *access.0.set_up.lock() = None;
            }
            drop(editing);
            saved
        })
        .await
    }

    /// Writes the first account; the set-up link is used up. False when there is one already.
    pub(crate) async fn save_first(&self, account: Account, editing: Editing) -> Result<bool, StoreError> {
        let access = self.clone();
        to_the_end(async move {
            let saved = access.accounts().save_first_account(&account).await;
            if saved.is_ok() {
                *access.0.set_up.lock() = None;
            }
            drop(editing);
            saved
        })
        .await
    }

    /// Ends sessions of an account. How many it were.
    pub(crate) async fn end_sessions(&self, user: UserId, which: Which) -> Result<usize, StoreError> {
        let access = self.clone();
        to_the_end(async move {
            let ended = access.accounts().end_sessions(user, which).await;
            match which {
                Which::One(session) => access.known().forget_session(user, session),
                Which::AllBut(kept) => access.known().forget_user(user, kept),
            }
            ended
        })
        .await
    }

    /// Writes a key that is good no more.
    pub(crate) async fn revoke(&self, key: ApiKey) -> Result<(), StoreError> {
        let access = self.clone();
        to_the_end(async move {
            let saved = access.accounts().save_key(&key).await;
            access.known().forget_key(key.id);
            saved
        })
        .await
    }

    /// Forgets what no longer matters, here and in the database.
    pub(super) async fn forget(&self, now: Time, before: Before) -> Result<(), StoreError> {
        self.known().forget_those_over(now);
        self.accounts().forget(before).await
    }
}

/// Carries something out to its end, also when nobody waits for it any more.
async fn to_the_end<T: Send + 'static>(
    change: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::spawn(change).await.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
}
