//! What goes on beside requests: what other processes change is followed, and what is old is forgotten: sessions that
//! ended by themselves, tries of long ago, devices nobody uses.

use std::time::Duration;

use feedme_access::throttle::FORGOTTEN_AFTER_MS;
use feedme_engine::Engine;
use feedme_store::accounts::Before;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::{Access, DEVICE_KEPT_MS, IDLE_AT_MOST_MS};

/// How often. Nothing depends on it: what has ended is refused all the same.
const EVERY: Duration = Duration::from_mins(10);

impl Access {
    /// Follows what other processes change, and forgets what no longer matters, until told to stop.
    pub async fn keep_up(self, engine: Engine, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => {}
            ((), ()) = futures::future::join(self.follow(&engine), self.forget_regularly(&engine)) => {}
        }
    }

    async fn forget_regularly(&self, engine: &Engine) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = engine.now();
            let before = Before {
                ended: now,
                idle: now.minus_ms(IDLE_AT_MOST_MS),
                counted: now.minus_ms(FORGOTTEN_AFTER_MS),
                devices: now.minus_ms(DEVICE_KEPT_MS),
            };
            if let Err(error) = self.forget(now, before).await {
                tracing::warn!(%error, "old sessions could not be forgotten");
            }
        }
    }
}
