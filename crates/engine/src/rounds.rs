//! What is done again and again until the engine stops, and what only one node does at a time.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};

use crate::engine::Inner;

/// Rounds at a pace, the first at once, until the engine stops.
pub(crate) struct Rounds {
    ticks: Interval,
    stop: watch::Receiver<bool>,
}

impl Rounds {
    pub(crate) fn every(pace: Duration, stop: watch::Receiver<bool>) -> Self {
        let mut ticks = tokio::time::interval(pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { ticks, stop }
    }

    /// Waits for the next; `false` when there is none any more.
    pub(crate) async fn next(&mut self) -> bool {
        tokio::select! {
            biased;
            _ = self.stop.wait_for(|stop| *stop) => false,
            _ = self.ticks.tick() => true,
        }
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }
}

impl Inner {
    /// Whether a job is this process's until `now + ttl_ms`.
    pub(crate) async fn has_lease(&self, job: &str, ttl_ms: u64) -> bool {
        match self.store.lease(job, &self.holder, self.clock.now(), ttl_ms).await {
            Ok(lease) => lease.is_some(),
            Err(error) => {
                tracing::warn!(%error, job, "whose turn it is could not be found out");
                false
            }
        }
    }
}
