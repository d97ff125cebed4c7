//! What repeats while the engine runs: overdue orders are completed, old ones leave the board and the table,
//! and what is shown is confirmed with the database.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use feedme_kitchen::{Actor, Command, Time};
use feedme_store::{RestaurantId, StoreError};
use tokio::sync::watch;

use crate::engine::Inner;
use crate::feed::{Feed, Position};
use crate::lane::Envelope;

/// How often overdue orders are looked for.
const SWEEP_EVERY: Duration = Duration::from_millis(500);

/// How long after its due time an order counts as overdue: a timer that is only late is not made good twice.
const OVERDUE_AFTER_MS: u64 = 1000;

/// How long the sweeper's lease holds. It is renewed at every sweep, so four in a row may fail.
const LEASE_MS: u64 = 2000;

/// How often finished orders move to the history and old idempotency keys are forgotten.
const TIDY_EVERY: Duration = Duration::from_mins(1);

/// How long an order that left the board stays in the live table, where an undo finds it quickest.
const MOVED_AFTER_MS: u64 = 60 * 60 * 1000;

/// How long idempotency keys are kept.
const KEYS_KEPT_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// Sweeps until the engine stops.
pub(crate) async fn sweep(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        confirm_all(&inner).await;
        let now = inner.clock.now();
        match inner.store.lease("sweep", &inner.holder, now, LEASE_MS).await {
            Ok(Some(_)) => {
                for (_, feed) in inner.served.feeds() {
                    sweep_restaurant(&inner, &feed, now);
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the sweeper's lease could not be renewed"),
        }
        inner.swept_at.store(inner.clock.now().0, Ordering::Relaxed);
    }
}

/// Asks for what is overdue and for what has stood on the board long enough.
fn sweep_restaurant(inner: &Inner, feed: &Feed, now: Time) {
    let restaurant = feed.restaurant().id;
    let (overdue, archive) = feed.with(|kitchen| {
        let overdue = kitchen.cooking().filter_map(|order| {
            let work = order.work()?;
            let overdue = now.since_ms(work.due_at?) > OVERDUE_AFTER_MS;
            overdue.then_some(Command::CompleteOrder { order: order.id(), bot: work.bot?, claim: work.claim })
        });
        (overdue.collect::<Vec<_>>(), kitchen.archive_due(now))
    });
    if !overdue.is_empty() {
        tracing::warn!(orders = overdue.len(), "completing overdue orders");
    }
    let archive = archive.then_some((Command::ArchiveOrders, Actor::Kitchen));
    for (command, actor) in overdue.into_iter().map(|command| (command, Actor::Timer)).chain(archive) {
        inner.inboxes.ask(Envelope::internal(restaurant, command, actor));
    }
}

/// What a question to the database found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// What is shown is current.
    Current,
    /// The database is ahead of what is shown: the lanes concerned catch up before they decide anything else.
    Ahead,
}

/// Asks the database where restaurants stand. What agrees is confirmed as of the question. The database may be
/// ahead because an outcome stayed unknown, or because another process committed.
pub(crate) async fn confirm(inner: &Inner, restaurants: &[RestaurantId]) -> Result<Found, StoreError> {
    let asked_at = inner.clock.now();
    let mut found = Found::Current;
    for stands in inner.store.confirm(restaurants).await? {
        let Some(feed) = inner.served.feed(stands.restaurant) else { continue };
        let shown = feed.position();
        if shown.epoch == stands.epoch && shown.version >= stands.version {
            feed.confirm(asked_at);
        } else {
            feed.note_ahead(Position { epoch: stands.epoch, version: stands.version });
            found = Found::Ahead;
        }
    }
    Ok(found)
}

/// Confirms what is shown, and wakes the lane where it is behind: nobody else may ask for anything for hours.
async fn confirm_all(inner: &Inner) {
    let served = inner.served.feeds();
    let all: Vec<_> = served.iter().map(|(id, _)| *id).collect();
    match confirm(inner, &all).await {
        Ok(Found::Current) => {}
        Ok(Found::Ahead) => {
            for (restaurant, _) in served.iter().filter(|(_, feed)| feed.is_behind()) {
                inner.inboxes.ask(Envelope::internal(*restaurant, Command::Reconcile(Vec::new()), Actor::Kitchen));
            }
        }
        Err(error) => tracing::warn!(%error, "the database does not confirm what is shown"),
    }
}

/// Moves and forgets until the engine stops, a portion at a time so that commits pass between.
pub(crate) async fn tidy(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(TIDY_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        loop {
            let now = inner.clock.now();
            match inner.store.tidy(now.minus_ms(MOVED_AFTER_MS), now.minus_ms(KEYS_KEPT_MS)).await {
                Ok(tidied) if tidied.more && !*stop.borrow() => tokio::time::sleep(Duration::from_millis(20)).await,
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "old rows could not be moved");
                    break;
                }
            }
        }
    }
}
