//! How long the past is kept: what is older is forgotten, restaurant by restaurant.

use std::sync::Arc;
use std::time::Duration;

use feedme_store::past::{ForgetError, forget};
use tokio::sync::watch;

use crate::engine::Inner;
use crate::rounds::Rounds;

/// How often it is looked for what is too old. At a start, too: a server that is restarted daily has to get to it.
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// How long the lease of whoever forgets holds. Two at a time are harmless.
const LEASE_MS: u64 = 2 * 60 * 60 * 1000;

/// The pause after each restaurant.
const PAUSE: Duration = Duration::from_millis(5);

/// Forgets what happened more than so long ago, until the engine stops.
pub(crate) async fn forget_old(inner: Arc<Inner>, kept_ms: u64, stop: watch::Receiver<bool>) {
    let mut rounds = Rounds::every(FORGET_EVERY, stop);
    while rounds.next().await {
        if !inner.has_lease("retention", LEASE_MS).await {
            continue;
        }
        if let Err(error) = forget_all(&inner, kept_ms, &rounds).await {
            tracing::warn!(%error, "old events could not be forgotten");
        }
    }
}

async fn forget_all(inner: &Inner, kept_ms: u64, rounds: &Rounds) -> Result<(), ForgetError> {
    let before = inner.clock.now().minus_ms(kept_ms);
    for restaurant in inner.store.restaurants().await? {
        if rounds.is_stopping() {
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
