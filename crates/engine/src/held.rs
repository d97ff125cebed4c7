//! The slow way round, for a restaurant in which other processes are always quicker.
//!
//! A commit that is decided before the restaurant is locked loses against whoever is a little faster, for as long as they are
//! as many. So after a first conflict the restaurant is taken first, what others did is read, and only then is decided.
//! Whoever wants the same restaurant meanwhile waits in the database, in turn.

use std::sync::Arc;

use feedme_store::{Batch, CommitError, Held, RestaurantId, StoreError, Verdict};

use crate::decide::{Part, unavailable};
use crate::follow::catch_up_holding;
use crate::lane::{Envelope, Lane};

/// Rounds in which nobody else was met before the quick way is tried again.
pub(crate) const CONTENDED_ROUNDS: u32 = 4;

impl Lane {
    /// Whether others were met in a restaurant a short while ago.
    pub(crate) fn is_contended(&self, restaurant: RestaurantId) -> bool {
        self.restaurants.get(&restaurant).is_some_and(|working| working.contended > 0)
    }

    /// Notes that others were met.
    pub(crate) fn note_contended(&mut self, restaurant: RestaurantId) {
        if let Some(working) = self.restaurants.get_mut(&restaurant) {
            working.contended = CONTENDED_ROUNDS;
        }
    }

    /// Takes a restaurant, decides, commits and answers. Returns the commands that are to be decided again: all of them
    /// where a restaurant cannot be taken, or is lost before the commit.
    pub(crate) async fn round_held(&mut self, restaurant: RestaurantId, tasks: Vec<Envelope>) -> Vec<Envelope> {
        let mut held = match self.store.hold(restaurant).await {
            Ok(Some(held)) => held,
            Ok(None) => {
                // Nobody can be kept out here: the quick way is the only one.
                self.forget_contended(restaurant);
                return tasks;
            }
            Err(error) => {
                tracing::debug!(%error, "a restaurant could not be taken");
                return tasks;
            }
        };
        let asked_at = self.clock.now();
        match self.follow_holding(restaurant, &mut *held).await {
            Ok(met) => self.note_met(restaurant, met),
            Err(error) => {
                let failure = unavailable(&error);
                for task in tasks {
                    task.answer(Err(failure.clone()));
                }
                return Vec::new();
            }
        }
        let (tasks, _) = self.answer_taken_keys(restaurant, tasks).await;
        let Some(mut part) = self.decide(restaurant, tasks).await else { return Vec::new() };
        // What wrote nothing was decided on what is current: nobody else could change it.
        let Some(write) = part.write.take() else {
            part.answer();
            return Vec::new();
        };
        let batch = Arc::new(Batch { writes: vec![write] });
        let committed = held.commit(&batch).await.map(|verdict| vec![verdict]);
        match self.settle(&batch, committed).await {
            Ok(verdicts) => match verdicts.into_iter().next() {
                Some(Verdict::Won) => self.won(&batch.writes[0], part, asked_at),
                Some(Verdict::Violated(what)) => self.violated(&batch.writes[0], part, &what).await,
                // It was held for too long.
                Some(Verdict::Conflict) | None => {
                    self.invalidate(restaurant, true);
                    return part.tasks;
                }
            },
            Err(error) => self.failed_held(&batch, part, &error),
        }
        Vec::new()
    }

    /// Brings the working state to where the restaurant stands. Whether others have changed it.
    async fn follow_holding(&mut self, restaurant: RestaurantId, held: &mut dyn Held) -> Result<bool, StoreError> {
        let gone = || StoreError::Corrupt("the restaurant is not served here".into());
        let working = self.restaurants.get_mut(&restaurant).ok_or_else(gone)?;
        let stands = held.stands();
        let shown = working.feed.position();
        let met = (shown.epoch, shown.version) != (stands.epoch, stands.version);
        if met {
            let found = catch_up_holding(&*self.store, held, &self.clock, &working.feed).await?;
            working.contradictions.extend(found);
            working.kitchen = None;
        }
        if met || working.stale {
            self.note_followed(restaurant);
        }
        Ok(met)
    }

    fn note_met(&mut self, restaurant: RestaurantId, met: bool) {
        if let Some(working) = self.restaurants.get_mut(&restaurant) {
            working.contended = if met { CONTENDED_ROUNDS } else { working.contended.saturating_sub(1) };
        }
    }

    fn forget_contended(&mut self, restaurant: RestaurantId) {
        if let Some(working) = self.restaurants.get_mut(&restaurant) {
            working.contended = 0;
        }
    }

    fn failed_held(&mut self, batch: &Batch, part: Part, error: &CommitError) {
        let mut parts = [(batch.writes[0].restaurant, part)].into();
        self.failed(batch, &mut parts, error);
    }
}
