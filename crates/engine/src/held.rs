//! The slow way round, for a restaurant in which other processes are always quicker.
//!
//! A commit that is decided before the restaurant is locked loses against whoever is a little faster, for as long as they are
//! as many. So after a first conflict the restaurant is taken first, what others did is read, and only then is decided.
//! Whoever wants the same restaurant meanwhile waits in the database, in turn.

use std::sync::Arc;
use std::time::Instant;

use feedme_store::{Batch, Held, RestaurantId, StoreError, Verdict};

use crate::decide::unavailable;
use crate::follow::catch_up_holding;
use crate::lane::{Envelope, Lane, fail_all};

/// Rounds in which nobody else was met before the quick way is tried again.
pub(crate) const CONTENDED_ROUNDS: u32 = 4;

/// How often a restaurant is waited for before its commands are given up. Each time takes half a second at most, and a
/// node that is paused while it holds one loses it within a second.
const HOLD_TRIES: u32 = 3;

impl Lane {
    /// Whether others were met in a restaurant a short while ago. Where another server answers since, they were elsewhere.
    pub(crate) fn is_contended(&self, restaurant: RestaurantId) -> bool {
        self.restaurants.get(&restaurant).is_some_and(|working| working.contended > 0 && working.feed.is_of_now())
    }

    /// Goes the slow way for so many rounds.
    pub(crate) fn contend(&mut self, restaurant: RestaurantId, rounds: u32) {
        if let Some(working) = self.restaurants.get_mut(&restaurant) {
            working.contended = rounds;
        }
    }

    /// Takes a restaurant, decides, commits and answers. Returns the commands that are to be decided again: all of them
    /// where no restaurant can be taken, or this one was lost before the commit.
    pub(crate) async fn round_held(&mut self, restaurant: RestaurantId, mut tasks: Vec<Envelope>) -> Vec<Envelope> {
        let mut held = match self.hold(restaurant).await {
            Ok(Some(held)) => held,
            Ok(None) => {
                // Nobody can be kept out here: the quick way is the only one.
                self.contend(restaurant, 0);
                return tasks;
            }
            Err(error) => {
                fail_all(tasks, &unavailable(&error));
                return Vec::new();
            }
        };
        if !self.is_ahead_by_events(restaurant, &*held) {
            // More than events may be needed, and that while nobody holds it.
            held.release().await;
            self.invalidate(restaurant, true);
            self.contend(restaurant, 0);
            return tasks;
        }
        let (asked_at, generation, taken_up) = (self.clock.now(), held.generation(), Instant::now());
        let part = match self.follow_holding(restaurant, &mut *held).await {
            Ok(()) => {
                // It was waited for: the more is decided now, the less often.
                self.gather_for(restaurant, &mut tasks);
                self.decide(restaurant, tasks).await
            }
            Err(error) => {
                fail_all(tasks, &unavailable(&error));
                None
            }
        };
        let Some(mut part) = part else {
            held.release().await;
            return Vec::new();
        };
        // What wrote nothing was decided on what is current: nobody else could change it.
        let Some(write) = part.write.take() else {
            held.release().await;
            part.answer(&*self.observer);
            return Vec::new();
        };
        let batch = Arc::new(Batch { writes: vec![write], generation });
        // A key that another process has taken is found out by its constraint: looking for each would cost a round trip a
        // command while everybody waits.
        let began = Instant::now();
        let committed = held.commit(&batch).await.map(|verdict| vec![verdict]);
        let verdicts = self.settle(&batch, committed).await;
        let number = self.note_commit(&batch, part.tasks.len(), [taken_up, began], verdicts.as_deref());
        match verdicts {
            Ok(verdicts) => match verdicts.into_iter().next() {
                Some(Verdict::Won) => self.won(number, &batch.writes[0], part, asked_at),
                Some(Verdict::Violated(what)) => self.violated(&batch.writes[0], part, &what).await,
                // It was held for too long.
                Some(Verdict::Conflict) | None => {
                    self.invalidate(restaurant, true);
                    return part.tasks;
                }
            },
            Err(error) => self.failed(&batch, &mut [(restaurant, part)].into(), &error),
        }
        Vec::new()
    }

    /// Whether a restaurant that is held stands where events lead to from what is known here.
    fn is_ahead_by_events(&self, restaurant: RestaurantId, held: &dyn Held) -> bool {
        let Some(working) = self.restaurants.get(&restaurant) else { return true };
        let (stands, shown) = (held.stands(), working.feed.position());
        working.feed.is_of(held.generation())
            && !stands.is_doubtful
            && stands.epoch == shown.epoch
            && stands.version >= shown.version
    }

    async fn hold(&self, restaurant: RestaurantId) -> Result<Option<Box<dyn Held>>, StoreError> {
        let mut tries = 1;
        loop {
            match self.store.hold(restaurant).await {
                Err(error) if tries < HOLD_TRIES => {
                    tracing::debug!(%error, tries, "a restaurant could not be taken");
                    tries += 1;
                }
                held => return held,
            }
        }
    }

    /// Brings the working state to where the restaurant stands, and notes whether others have changed it.
    async fn follow_holding(&mut self, restaurant: RestaurantId, held: &mut dyn Held) -> Result<(), StoreError> {
        let gone = || StoreError::Corrupt("the restaurant is not served here".into());
        let working = self.restaurants.get_mut(&restaurant).ok_or_else(gone)?;
        let (stands, shown) = (held.stands(), working.feed.position());
        let met = (shown.epoch, shown.version) != (stands.epoch, stands.version);
        working.contended = if met { CONTENDED_ROUNDS } else { working.contended.saturating_sub(1) };
        if met {
            // Should the way there break off, the rest is made good before anything is decided.
            (working.kitchen, working.stale) = (None, true);
            let found = catch_up_holding(&*self.store, held, &self.clock, &working.feed).await?;
            working.contradictions.extend(found);
        }
        if working.stale {
            self.note_followed(restaurant);
        }
        Ok(())
    }
}
