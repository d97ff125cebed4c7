//! Following what other processes change of accounts: whoever has a stream open asks for nothing, and must be out all
//! the same when they are.

use std::collections::HashMap;
use std::time::Duration;

use feedme_access::token::Digest;
use feedme_engine::Engine;
use feedme_store::StoreError;
use tokio::time::sleep;

use super::Known;
use super::found::{Found, Shown};
use crate::access::Access;
use crate::access::caller::Caller;

/// Callers looked up by one question. On PostgreSQL a portion takes some ten milliseconds, and requests pass between.
const PORTION: usize = 500;

/// The least time between two rounds: in a night of many changes everybody is looked up four times a second at most.
const ROUND_EVERY: Duration = Duration::from_millis(250);

/// How long a round waits that the database did not answer.
const RETRY_AFTER: Duration = Duration::from_millis(250);

impl Access {
    /// Verifies everybody who is remembered whenever accounts have changed, and ends those who are no longer as they
    /// were. While the database does not answer nobody is ended; what was missed is made good when it does.
    pub(in crate::access) async fn follow(&self, engine: &Engine) {
        let mut counts = engine.accounts_changed();
        // It may have been heard before.
        counts.mark_changed();
        while counts.changed().await.is_ok() {
            let count = *counts.borrow_and_update();
            let mut failed = false;
            while let Err(error) = self.known().verify_all(self, count).await {
                if !failed {
                    tracing::warn!(%error, "whoever is signed in cannot be verified; their streams go on meanwhile");
                }
                failed = true;
                sleep(RETRY_AFTER).await;
            }
            sleep(ROUND_EVERY).await;
        }
    }
}

impl Known {
    /// Verifies whoever was not since accounts had changed so often.
    async fn verify_all(&self, access: &Access, count: u64) -> Result<(), StoreError> {
        for portion in self.not_as_of(count).chunks(PORTION) {
            let found = found(access, portion).await?;
            for (digest, caller) in portion {
                let Some(standing) = caller.standing() else { continue };
                match found.get(digest) {
                    Some(found) if found.is_still(caller, access.is_open()) => {
                        standing.verified(Some(count), found.seen_at());
                    }
                    // Whoever comes back is looked up.
                    _ => self.drop(*digest, caller),
                }
            }
        }
        Ok(())
    }
}

async fn found(access: &Access, portion: &[(Digest, Caller)]) -> Result<HashMap<Digest, Found>, StoreError> {
    let mut all = HashMap::with_capacity(portion.len());
    for shown in [Shown::Session, Shown::Key] {
        let of_those = portion.iter().filter(|(_, caller)| Shown::of(caller) == Some(shown));
        let digests: Vec<_> = of_those.map(|(digest, _)| digest.0).collect();
        let found = Found::many(access.accounts(), &digests, shown).await?;
        all.extend(found.into_iter().map(|found| (found.digest(), found)));
    }
    Ok(all)
}
