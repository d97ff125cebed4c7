//! Changes that end sessions and keys.
//!
//! The database and those who are known must agree afterwards, whatever happens on the way. So a change is carried out
//! to its end even when whoever asked for it goes away, and those concerned are forgotten whether or not the database
//! said that it was done: who comes back is looked up.
//!
//! What is decided by what was read of accounts is written only while they are as they were read: by turns within this
//! process, and by how often accounts have changed where others change them, too.

use std::future::Future;

use feedme_api::{Code, Problem};
use feedme_kitchen::{Time, UserId};
use feedme_store::StoreError;
use feedme_store::accounts::{Account, ApiKey, Before, Saved, Which};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::Access;
use crate::app::App;
use crate::problem::Refused;

/// How often a change is begun anew that another process got in the way of. With ten signing out a second and ten
/// milliseconds for each try, one in ten is in vain.
pub(crate) const TRIES: usize = 10;

/// When to try again after that: nobody changes accounts so fast for long.
const RETRY_AFTER_S: u32 = 1;

/// The right to change accounts, which one request of this process has at a time, and how often they had changed when it
/// got it: what it reads from then on stays true until it has written, or it does not write.
#[derive(Debug)]
pub(crate) struct Editing {
    unchanged_since: Option<u64>,
    _turn: OwnedMutexGuard<()>,
}

impl Editing {
    /// Waits for one's turn to change accounts.
    pub(crate) async fn begin(app: &App) -> Result<Self, Refused> {
        let turn = std::sync::Arc::clone(&app.access().0.editing).lock_owned().await;
        let count = app.engine().accounts_version().await;
        let unchanged_since = count.map_err(|failure| Refused::of(&failure, app.engine().now()))?;
        Ok(Self { unchanged_since, _turn: turn })
    }
}

/// Others were quicker at every try.
pub(crate) fn too_busy() -> Refused {
    let detail = "accounts are changed too often at this moment; nothing changed";
    Problem::new(Code::Unavailable, detail).retry_after_s(RETRY_AFTER_S).into()
}

impl Access {
    /// Writes an account and ends its sessions, but one perhaps, if accounts are still as they were.
    pub(crate) async fn save(
        &self,
        account: Account,
        keeps: Option<Uuid>,
        editing: Editing,
    ) -> Result<Saved, StoreError> {
        let access = self.clone();
        to_the_end(async move {
            let saved = access.accounts().save_account(&account, keeps, editing.unchanged_since).await;
            if !matches!(saved, Ok(Saved::NameTaken | Saved::Conflict)) {
                access.known().forget_user(account.id, keeps);
            }
            if matches!(saved, Ok(Saved::Done(_))) && !account.is_demonstration {
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
