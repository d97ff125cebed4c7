//! Finding out what became of a commit when the store could not tell.

use std::sync::Arc;
use std::time::Duration;

use feedme_store::{Batch, CommitError, StoreError, Verdict, Write};

use crate::lane::Lane;

/// How often a lane asks for the outcome of a commit before its callers get 504.
const TRIES: u32 = 5;

/// The pause before each.
const PAUSE: Duration = Duration::from_millis(200);

impl Lane {
    /// Commits. An unknown outcome is settled by committing the same again: compare-and-set lets one of the
    /// two win, even when the first arrives late. A write that then conflicts with itself has won.
    pub(crate) async fn commit(&self, batch: &Arc<Batch>) -> Result<Vec<Verdict>, CommitError> {
        let outcome = self.store.commit(Arc::clone(batch)).await;
        self.settle(batch, outcome).await
    }

    /// Finds out about an outcome that is not known.
    pub(crate) async fn settle(
        &self,
        batch: &Arc<Batch>,
        mut outcome: Result<Vec<Verdict>, CommitError>,
    ) -> Result<Vec<Verdict>, CommitError> {
        for _ in 0..TRIES {
            let Err(CommitError::Unknown(why)) = &outcome else { break };
            tracing::warn!(%why, "the outcome of a commit is unknown; settling it");
            self.observer.retried();
            tokio::time::sleep(PAUSE).await;
            outcome = match self.store.commit(Arc::clone(batch)).await {
                Ok(verdicts) => self.recognise(batch, verdicts).await,
                // This try wrote nothing; the first one still may have.
                Err(CommitError::NotCommitted(why)) => Err(CommitError::Unknown(why)),
                Err(error) => Err(error),
            };
        }
        outcome
    }

    async fn recognise(&self, batch: &Batch, mut verdicts: Vec<Verdict>) -> Result<Vec<Verdict>, CommitError> {
        for (write, verdict) in batch.writes.iter().zip(&mut verdicts) {
            if *verdict != Verdict::Won
                && self.was_written(write).await.map_err(|error| CommitError::Unknown(error.to_string()))?
            {
                *verdict = Verdict::Won;
            }
        }
        Ok(verdicts)
    }

    /// Whether the database holds the very events of this write, in whatever history: it may have begun a new one since.
    /// A write that made none is known by the answers that it kept, which a second try finds taken.
    async fn was_written(&self, write: &Write) -> Result<bool, StoreError> {
        if write.events.is_empty() {
            for (scope, answer) in &write.answers {
                if self.store.answer(write.restaurant, scope).await?.as_ref() != Some(answer) {
                    return Ok(false);
                }
            }
            return Ok(!write.answers.is_empty());
        }
        let count = write.events.len();
        let events = self.store.events(write.restaurant, write.expected, count).await?;
        Ok(events.len() >= count && events[..count] == write.events[..])
    }
}
