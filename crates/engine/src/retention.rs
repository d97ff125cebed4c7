//! How long the past is kept: what is older is forgotten, restaurant by restaurant.

use std::sync::Arc;
use std::time::Duration;

use feedme_store::past::{ForgetError, forget};
use tokio::sync::watch;

use crate::engine::Inner;

/// How often it is looked for what is too old. At a start, too: a server that is restarted daily has to get to it.
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// How long the lease of whoever forgets holds. Two at a time are harmless.
const LEASE_MS: u64 = 2 * 60 * 60 * 1000;

/// The pause after each restaurant.
const PAUSE: Duration = Duration::from_millis(5);

/// Forgets what happened more than so long ago, until the engine stops.
pub(crate) async fn forget_old(inner: Arc<Inner>, kept_ms: u64, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(FORGET_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        match inner.store.lease("retention", &inner.holder, inner.clock.now(), LEASE_MS).await {
            Ok(Some(_)) => {}
            Ok(None) => continue,
            Err(error) => {
                tracing::warn!(%error, "old events could not be forgotten");
                continue;
            }
        }
        if let Err(error) = forget_all(&inner, kept_ms, &stop).await {
            tracing::warn!(%error, "old events could not be forgotten");
        }
    }
}

async fn forget_all(inner: &Inner, kept_ms: u64, stop: &watch::Receiver<bool>) -> Result<(), ForgetError> {
    let before = inner.clock.now().minus_ms(kept_ms);
    for restaurant in inner.store.restaurants().await? {
        if *stop.borrow() {
            return Ok(());
        }
        let slug = &restaurant.slug;
        match forget(&*inner.store, restaurant.id, before, |_, _| {}).await {
            Ok(forgotten) if forgotten.events > 0 => {
                tracing::info!(restaurant = slug, forgotten.events, forgotten.orders, "forgot what is long past");
            }
            Ok(_) => {}
            // The others' past is theirs.
            Err(ForgetError::Damaged(what)) => {
                tracing::error!(restaurant = slug, what, "the past is not forgotten: it contradicts itself");
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(inner.store.drop_months(before).await?)
}
