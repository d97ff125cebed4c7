//! What repeats while the engine runs: overdue orders are completed, old ones leave the board and the table,
//! and what is shown is confirmed with the database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use feedme_kitchen::{Actor, Command, Time};
use feedme_store::{Overdue, StoreError};
use tokio::sync::watch;

use crate::confirm::confirm_all;
use crate::engine::Inner;
use crate::lane::Envelope;
use crate::observe::Sweep;
use crate::rounds::Rounds;

/// How often overdue orders are looked for.
const SWEEP_EVERY: Duration = Duration::from_millis(500);

/// How long after its due time an order counts as overdue: a timer that is only late is not made good twice.
const OVERDUE_AFTER_MS: u64 = 1000;

/// Overdue orders that one sweep asks for. A node that dies leaves one for each bot it had at work.
const OVERDUE_AT_ONCE: usize = 1000;

/// How long the sweeper's lease holds. It is renewed at every sweep, so four in a row may fail.
const LEASE_MS: u64 = 2000;

/// How often finished orders move to the history and old idempotency keys are forgotten.
const TIDY_EVERY: Duration = Duration::from_mins(1);

/// How long the lease of whoever moves them holds. Two at a time are harmless, but each looks through the live table.
const TIDY_LEASE_MS: u64 = 2 * 60 * 1000;

/// How long an order that left the board stays in the live table, where an undo finds it quickest.
const MOVED_AFTER_MS: u64 = 60 * 60 * 1000;

/// How long idempotency keys are kept.
const KEYS_KEPT_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// Sweeps until the engine stops.
pub(crate) async fn sweep(inner: Arc<Inner>, stop: watch::Receiver<bool>) {
    let mut rounds = Rounds::every(SWEEP_EVERY, stop);
    while rounds.next().await {
        confirm_all(&inner).await;
        let (now, began) = (inner.clock.now(), Instant::now());
        let swept = match inner.store.lease("sweep", &inner.holder, now, LEASE_MS).await {
            Ok(Some(_)) => {
                inner.observer.holds_sweep(now);
                let overdue = complete_overdue(&inner, now).await;
                let found = overdue.as_ref().ok().copied();
                inner.observer.swept(&Sweep { took: began.elapsed(), overdue: found });
                overdue.map(drop)
            }
            Ok(None) => Ok(()),
            Err(error) => {
                inner.observer.swept(&Sweep { took: began.elapsed(), overdue: None });
                Err(error)
            }
        };
        match swept {
            Ok(()) => inner.swept_at.store(inner.clock.now().0, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "a sweep failed"),
        }
        archive(&inner, now);
    }
}

/// Asks for the completion of what is overdue, in whatever restaurant: also in those that this process does not serve
/// yet, whose node may have died. Returns how many there are.
async fn complete_overdue(inner: &Arc<Inner>, now: Time) -> Result<usize, StoreError> {
    let before = now.minus_ms(OVERDUE_AFTER_MS);
    let overdue = if inner.store.is_shared() {
        inner.store.overdue(before, OVERDUE_AT_ONCE).await?
    } else {
        overdue_here(inner, before)
    };
    let found = overdue.len();
    if found > 0 {
        tracing::warn!(orders = found, "completing overdue orders");
    }
    let mut adopting = BTreeSet::new();
    for Overdue { restaurant, order, bot, claim } in overdue {
        if inner.served.feed(restaurant).is_some() {
            let command = Command::CompleteOrder { order, bot, claim };
            inner.inboxes.ask(Envelope::internal(restaurant, command, Actor::Timer));
        } else if adopting.insert(restaurant) {
            // Whoever adopts a restaurant completes what is overdue there.
            let inner = Arc::clone(inner);
            tokio::spawn(async move { inner.feed(restaurant).await });
        }
    }
    Ok(found)
}

/// What is overdue where this process serves every restaurant, and so knows.
fn overdue_here(inner: &Inner, before: Time) -> Vec<Overdue> {
    let mut overdue = Vec::new();
    for (restaurant, feed) in inner.served.feeds() {
        feed.with(|kitchen| {
            overdue.extend(kitchen.cooking().filter_map(|order| {
                let work = order.work().filter(|work| work.due_at.is_some_and(|due_at| due_at < before))?;
                Some(Overdue { restaurant, order: order.id(), bot: work.bot?, claim: work.claim })
            }));
        });
    }
    overdue
}

/// Asks for what has stood on the boards long enough to leave them.
fn archive(inner: &Inner, now: Time) {
    for (restaurant, feed) in inner.served.feeds() {
        if feed.with(|kitchen| kitchen.archive_due(now)) {
            inner.inboxes.ask(Envelope::internal(restaurant, Command::ArchiveOrders, Actor::Kitchen));
        }
    }
}

/// Moves and forgets until the engine stops, a portion at a time so that commits pass between.
pub(crate) async fn tidy(inner: Arc<Inner>, stop: watch::Receiver<bool>) {
    let mut rounds = Rounds::every(TIDY_EVERY, stop);
    while rounds.next().await {
        if !inner.has_lease("tidy", TIDY_LEASE_MS).await {
            continue;
        }
        loop {
            let now = inner.clock.now();
            match inner.store.tidy(now.minus_ms(MOVED_AFTER_MS), now.minus_ms(KEYS_KEPT_MS)).await {
                Ok(tidied) if tidied.more && !rounds.is_stopping() => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "old rows could not be moved");
                    break;
                }
            }
        }
    }
}
