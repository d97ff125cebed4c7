//! One round of a lane: decide what waits, commit it, and tell everybody what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use feedme_kitchen::Time;
use feedme_store::{Batch, CommitError, RestaurantId, Verdict, Write};

use crate::decide::{Part, unavailable};
use crate::held::CONTENDED_ROUNDS;
use crate::lane::{Envelope, Lane, fail_all};
use crate::observe::{BatchNumber, Commit, Committed, Outcome};
use crate::request::Failure;

/// How often commands are decided again because another process was quicker.
const CONFLICT_TRIES: u32 = 100;

impl Lane {
    /// Decides, commits and answers; what lost against another process is decided again.
    pub(crate) async fn round(&mut self, gathered: Vec<Envelope>) {
        let mut pending = BTreeMap::<RestaurantId, Vec<Envelope>>::new();
        for envelope in gathered {
            pending.entry(envelope.restaurant).or_default().push(envelope);
        }
        let mut conflicts = 0;
        while !pending.is_empty() {
            let (generation, taken_up) = (self.store.generation(), Instant::now());
            let mut parts = BTreeMap::new();
            let mut contended = Vec::new();
            for (restaurant, tasks) in std::mem::take(&mut pending) {
                if self.is_contended(restaurant) && !tasks.iter().all(Envelope::is_wake) {
                    contended.push((restaurant, tasks));
                } else if let Some(part) = self.decide(restaurant, tasks).await {
                    parts.insert(restaurant, part);
                }
            }
            let writes: Vec<_> = parts.values_mut().filter_map(|part| part.write.take()).collect();
            if !writes.is_empty() {
                let batch = Arc::new(Batch { writes, generation });
                let (asked_at, began) = (self.clock.now(), Instant::now());
                let verdicts = self.commit(&batch).await;
                let commands = parts.values().map(|part| part.tasks.len()).sum();
                let number = self.note_commit(&batch, commands, [taken_up, began], verdicts.as_deref());
                match verdicts {
                    Ok(verdicts) => {
                        for (write, verdict) in batch.writes.iter().zip(verdicts) {
                            let Some(part) = parts.remove(&write.restaurant) else { continue };
                            match verdict {
                                Verdict::Won => self.won(number, write, part, asked_at),
                                Verdict::Violated(what) => self.violated(write, part, &what).await,
                                Verdict::Conflict => {
                                    conflicts += 1;
                                    self.invalidate(write.restaurant, true);
                                    self.contend(write.restaurant, CONTENDED_ROUNDS);
                                    if conflicts > CONFLICT_TRIES {
                                        part.fail(&Failure::outrun());
                                        continue;
                                    }
                                    let (tasks, _) = self.answer_taken_keys(write.restaurant, part.tasks).await;
                                    pending.insert(write.restaurant, tasks);
                                }
                            }
                        }
                    }
                    Err(error) => self.failed(&batch, &mut parts, &error),
                }
            }
            // Those in which others were met come last: whoever waits for a lock shall not keep the others waiting.
            for (restaurant, tasks) in contended {
                let again = self.round_held(restaurant, tasks).await;
                conflicts += u32::from(!again.is_empty());
                if conflicts > CONFLICT_TRIES {
                    fail_all(again, &Failure::outrun());
                } else if !again.is_empty() {
                    pending.insert(restaurant, again);
                }
            }
            let outdated = self.answer_unwritten(parts).await;
            conflicts += u32::from(!outdated.is_empty());
            if conflicts > CONFLICT_TRIES {
                for part in outdated.into_values() {
                    part.fail(&Failure::outrun());
                }
            } else {
                pending.extend(outdated.into_iter().map(|(restaurant, part)| (restaurant, part.tasks)));
            }
        }
    }

    /// Answers what wrote nothing. It was decided on a state that is durable; but where other processes commit, that may
    /// be outdated, and nobody is to be refused for it. Returns what is to be decided again.
    async fn answer_unwritten(&mut self, parts: BTreeMap<RestaurantId, Part>) -> BTreeMap<RestaurantId, Part> {
        let (asked, unasked): (BTreeMap<_, _>, BTreeMap<_, _>) =
            parts.into_iter().partition(|(_, part)| self.store.is_shared() && part.is_awaited());
        for part in unasked.into_values() {
            part.answer(&*self.observer);
        }
        if asked.is_empty() {
            return asked;
        }
        let restaurants: Vec<_> = asked.keys().copied().collect();
        let stands = match self.store.confirm(&restaurants).await {
            Ok(stands) => stands.restaurants,
            Err(error) => {
                for part in asked.into_values() {
                    part.fail(&unavailable(&error));
                }
                return BTreeMap::new();
            }
        };
        let mut outdated = BTreeMap::new();
        for (restaurant, part) in asked {
            let known = self
                .restaurants
                .get(&restaurant)
                .and_then(|working| Some((working.epoch, working.kitchen.as_ref()?.version())));
            let stands = stands.iter().find(|stands| stands.restaurant == restaurant && !stands.is_doubtful);
            let is_of_now = self.restaurants.get(&restaurant).is_some_and(|working| working.feed.is_of_now());
            if is_of_now && known.is_some() && known == stands.map(|stands| (stands.epoch, stands.version)) {
                part.answer(&*self.observer);
            } else {
                self.invalidate(restaurant, true);
                outdated.insert(restaurant, part);
            }
        }
        outdated
    }

    /// Tells what became of a commit: of a batch that was taken up, and decided, at these times.
    pub(crate) fn note_commit(
        &self,
        batch: &Batch,
        commands: usize,
        [taken_up, decided]: [Instant; 2],
        verdicts: Result<&[Verdict], &CommitError>,
    ) -> BatchNumber {
        let outcome = |index| match verdicts.map(|verdicts| verdicts.get(index)) {
            Ok(Some(Verdict::Won)) => Outcome::Won,
            Ok(Some(Verdict::Violated(_))) => Outcome::Violated,
            Ok(Some(Verdict::Conflict) | None) => Outcome::Conflict,
            Err(_) => Outcome::Failed,
        };
        let outcomes: Vec<_> =
            batch.writes.iter().enumerate().map(|(index, write)| (write.restaurant, outcome(index))).collect();
        let number = BatchNumber(self.batches.fetch_add(1, Ordering::Relaxed));
        let (deciding, took) = (decided.duration_since(taken_up), decided.elapsed());
        self.observer.commit(&Commit { batch: number, deciding, commands, took, outcomes: &outcomes });
        number
    }

    /// It is durable: readers see it, timers are armed, callers learn it.
    pub(crate) fn won(&mut self, batch: BatchNumber, write: &Write, part: Part, confirmed_at: Time) {
        let Some(working) = self.restaurants.get_mut(&write.restaurant) else { return };
        working.contradictions.clear();
        if !write.events.is_empty() {
            let (restaurant, events) = (write.restaurant, &*write.events);
            working.feed.with(|before| self.observer.committed(&Committed { batch, restaurant, events, before }));
            if let Some(hints) = &self.hints {
                hints.note(write.restaurant, write.version);
            }
            self.timers.arm_started(write.restaurant, &write.events, self.clock.now());
            if let Err(corrupt) = working.feed.publish(write.events.clone(), confirmed_at) {
                tracing::error!(%corrupt, "the committed state does not follow its own events; loading it anew");
                self.invalidate(write.restaurant, true);
            }
        }
        part.answer(&*self.observer);
    }

    /// A write that changes nothing but keeps answers leaves the version where it was, so a key that another
    /// process took meanwhile is found out by its constraint alone. Otherwise the second wall held what the
    /// first let through: each command is tried alone, so that nobody pays for another's fault.
    pub(crate) async fn violated(&mut self, write: &Write, part: Part, what: &str) {
        self.invalidate(write.restaurant, true);
        let alone = part.tasks.len() == 1;
        let (tasks, answered) = self.answer_taken_keys(write.restaurant, part.tasks).await;
        if answered > 0 {
            return Box::pin(self.round(tasks)).await;
        }
        tracing::error!(what, version = write.version.0, "a constraint of the database refused a batch: this is a bug");
        for task in tasks {
            if alone {
                task.answer(Err(Failure::Violated));
            } else {
                Box::pin(self.round(vec![task])).await;
            }
        }
    }

    /// Nothing of the batch is known to be durable. Completions among it are asked for again by the sweep.
    pub(crate) fn failed(&mut self, batch: &Batch, parts: &mut BTreeMap<RestaurantId, Part>, error: &CommitError) {
        tracing::error!(%error, "a commit failed");
        let (failure, stale) = match error {
            CommitError::NotCommitted(why) => (Failure::Unavailable(why.clone()), false),
            CommitError::Unknown(_) => (Failure::OutcomeUnknown, true),
            CommitError::Fatal(why) => {
                self.failed.send_replace(Some(why.clone()));
                (Failure::OutcomeUnknown, true)
            }
        };
        for write in &batch.writes {
            self.invalidate(write.restaurant, stale);
            if let Some(working) = self.restaurants.get_mut(&write.restaurant) {
                working.unsure |= stale;
            }
            if let Some(part) = parts.remove(&write.restaurant) {
                part.fail(&failure);
            }
        }
    }

    /// Drops the working state; a stale one is caught up with the database before it is used again.
    pub(crate) fn invalidate(&mut self, restaurant: RestaurantId, stale: bool) {
        if let Some(working) = self.restaurants.get_mut(&restaurant) {
            working.kitchen = None;
            working.stale |= stale;
        }
    }
}
