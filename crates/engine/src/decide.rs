//! Deciding what waits: commands are executed on the working state, and what they change becomes a write.

use std::sync::Arc;

use feedme_kitchen::{Actor, Command, Completion, Context, Contradiction, Log, Order, OrderId, Outcome, Time, Version};
use feedme_store::{KeptAnswer, KeyScope, RestaurantId, Store, StoreError, Write};

use crate::follow::catch_up;
use crate::lane::{Envelope, Lane, fail_all};
use crate::observe::Observer;
use crate::request::{Failure, Keyed, Reply};

/// How often a state is caught up with the database before its commands are given up.
const OUTDATED_TRIES: u32 = 10;

/// What was decided about one command; its caller learns it once the commit is durable.
pub(crate) type Decision = Result<(Outcome, Version), Failure>;

/// One restaurant's part in a round.
pub(crate) struct Part {
    pub(crate) tasks: Vec<Envelope>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) write: Option<Write>,
}

impl Part {
    pub(crate) fn answer(self, observer: &dyn Observer) {
        for (task, decision) in self.tasks.into_iter().zip(self.decisions) {
            if let Ok((Outcome::Completion { completion: Completion::Stale, .. }, _)) = decision
                && let Command::CompleteOrder { order, bot, .. } | Command::CompleteDue { order, bot, .. } =
                    task.request.command
            {
                observer.stale_completion(task.restaurant, order, bot);
            }
            task.answer(decision.map(|(outcome, version)| Reply::Fresh { outcome, version }));
        }
    }

    /// Whether somebody waits for what was decided, and would act on it.
    pub(crate) fn is_awaited(&self) -> bool {
        self.tasks.iter().any(|task| task.reply.is_some() && task.request.actor != Actor::Kitchen)
    }

    /// Refusals fail too: they were decided on a state that never came to be.
    pub(crate) fn fail(self, failure: &Failure) {
        fail_all(self.tasks, failure);
    }
}

impl Lane {
    /// Executes the commands on the working state. `None` when it cannot be had; then all are answered.
    pub(crate) async fn decide(&mut self, restaurant: RestaurantId, mut tasks: Vec<Envelope>) -> Option<Part> {
        for _ in 0..OUTDATED_TRIES {
            tasks = self.with_working_state(restaurant, tasks).await?;
            match self.decide_on_it(restaurant, &tasks).await {
                Some((decisions, write)) => return Some(Part { tasks, decisions, write }),
                None => self.invalidate(restaurant, true),
            }
        }
        fail_all(tasks, &Failure::outrun());
        None
    }

    /// What becomes of the commands, and of the restaurant. `None` when the working state turns out to be outdated.
    async fn decide_on_it(
        &mut self,
        restaurant: RestaurantId,
        tasks: &[Envelope],
    ) -> Option<(Vec<Decision>, Option<Write>)> {
        let now = self.clock.now();
        let working = self.restaurants.get_mut(&restaurant)?;
        let kitchen = working.kitchen.as_mut()?;
        let (expected, settings, profile) = (kitchen.version(), kitchen.settings(), kitchen.profile().clone());
        let mut log = Log::default();
        let mut answers = Vec::new();
        let mut decisions = Vec::with_capacity(tasks.len());
        for task in tasks {
            let request = &task.request;
            let stored = match request.command.order().filter(|id| kitchen.order(*id).is_none()) {
                None => None,
                Some(id) => match stored_order(&*self.store, restaurant, id, &log).await {
                    // Another process has placed it, or brought it back, and the working state knows nothing of that.
                    Ok(Some(order)) if order.is_live() => return None,
                    Ok(order) => order,
                    Err(error) => {
                        decisions.push(Err(unavailable(&error)));
                        continue;
                    }
                },
            };
            let context = Context { at: now, actor: request.actor, stored };
            let decision = kitchen.execute(request.command.clone(), context, &mut log);
            if let (Ok(outcome), Some(key)) = (&decision, &request.key) {
                answers.push(kept_answer(key, outcome, now));
            }
            decisions.push(decision.map(|outcome| (outcome, kitchen.version())).map_err(Failure::Refused));
        }
        let changed = !(log.events.is_empty() && log.rows.bots.is_empty() && answers.is_empty());
        if !changed {
            working.contradictions.clear();
        }
        let write = changed.then(|| Write {
            restaurant,
            epoch: working.epoch,
            expected,
            version: kitchen.version(),
            last_at: kitchen.last_at(),
            counters: kitchen.counters(),
            next_due: kitchen.next_due(),
            turn: kitchen.turn(),
            settings: Some(kitchen.settings()).filter(|now| *now != settings),
            profile: Some(kitchen.profile()).filter(|now| **now != profile).cloned(),
            events: log.events,
            rows: log.rows,
            answers,
        });
        Some((decisions, write))
    }

    /// The commands, once there is a state to execute them on, preceded by what puts that state right. `None`
    /// when it cannot be had; then all are answered.
    async fn with_working_state(
        &mut self,
        restaurant: RestaurantId,
        mut tasks: Vec<Envelope>,
    ) -> Option<Vec<Envelope>> {
        match self.ensure_working(restaurant).await {
            Ok([]) => Some(tasks),
            Ok(contradictions) => {
                tracing::warn!(?contradictions, "bots and orders contradict each other; putting it right");
                let command = Command::Reconcile(contradictions.to_vec());
                tasks.insert(0, Envelope::internal(restaurant, command, Actor::Kitchen));
                Some(tasks)
            }
            Err(failure) => {
                fail_all(tasks, &failure);
                None
            }
        }
    }

    /// Makes sure that there is a state to work on, no older than the last outcome that anybody knows of.
    /// Returns what contradicts itself in it and no commit has put right yet.
    async fn ensure_working(&mut self, restaurant: RestaurantId) -> Result<&[Contradiction], Failure> {
        let gone = || Failure::Unavailable("the restaurant is not served here".into());
        let working = self.restaurants.get_mut(&restaurant).ok_or_else(gone)?;
        if working.feed.is_behind() {
            working.kitchen = None;
            working.stale = true;
        }
        if working.kitchen.is_none() && working.stale {
            let found = catch_up(&*self.store, &self.clock, &working.feed).await;
            working.contradictions.extend(found.map_err(|error| unavailable(&error))?);
            self.note_followed(restaurant);
        }
        let working = self.restaurants.get_mut(&restaurant).ok_or_else(gone)?;
        working.kitchen.get_or_insert_with(|| working.feed.kitchen());
        Ok(&working.contradictions)
    }

    /// Notes that the feed was brought to where the database stands, and sees to what cooks there.
    pub(crate) fn note_followed(&mut self, restaurant: RestaurantId) {
        let Some(working) = self.restaurants.get_mut(&restaurant) else { return };
        working.feed.note_caught_up();
        working.epoch = working.feed.position().epoch;
        working.stale = false;
        let cooking = working.feed.with(|kitchen| kitchen.cooking().cloned().collect::<Vec<_>>());
        if std::mem::take(&mut working.unsure) || !self.store.is_shared() {
            self.timers.arm_all(restaurant, &cooking, self.clock.now());
        } else {
            self.timers.arm_for_another(restaurant, &cooking);
        }
    }

    /// Before commands are decided again on a newer state: those whose idempotency key another process has
    /// taken meanwhile get its answer, as soon as the board shows what it speaks of. Returns the others, and how
    /// many were answered.
    pub(crate) async fn answer_taken_keys(
        &mut self,
        restaurant: RestaurantId,
        tasks: Vec<Envelope>,
    ) -> (Vec<Envelope>, usize) {
        let asked = tasks.len();
        let Some(tasks) = self.with_working_state(restaurant, tasks).await else { return (Vec::new(), asked) };
        let mut answered = 0;
        let mut remaining = Vec::with_capacity(tasks.len());
        for task in tasks {
            let Some(key) = &task.request.key else {
                remaining.push(task);
                continue;
            };
            let answer = match self.store.answer(restaurant, &key.scope).await {
                Ok(None) => {
                    remaining.push(task);
                    continue;
                }
                Ok(Some(kept)) if kept.fingerprint == key.fingerprint => Ok(Reply::Replayed(kept)),
                Ok(Some(_)) => Err(Failure::KeyReused),
                Err(error) => Err(unavailable(&error)),
            };
            answered += 1;
            task.answer(answer);
        }
        (remaining, answered)
    }
}

/// An order that is not live: what this round has changed already is newer than its row.
async fn stored_order(
    store: &dyn Store,
    restaurant: RestaurantId,
    id: OrderId,
    log: &Log,
) -> Result<Option<Arc<Order>>, StoreError> {
    match log.rows.orders.get(&id) {
        Some(order) => Ok(Some(Arc::clone(order))),
        None => store.order(restaurant, id).await,
    }
}

fn kept_answer(key: &Keyed, outcome: &Outcome, at: Time) -> (KeyScope, KeptAnswer) {
    let rendered = (key.render)(outcome);
    let answer = KeptAnswer {
        fingerprint: key.fingerprint,
        status: rendered.status,
        location: rendered.location,
        body: rendered.body,
        at,
    };
    (key.scope.clone(), answer)
}

pub(crate) fn unavailable(error: &StoreError) -> Failure {
    Failure::Unavailable(error.to_string())
}
