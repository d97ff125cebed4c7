//! Virtual time: the runtime's clock, and a wall clock beside it that can be set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use feedme_engine::TimeSource;
use tokio::time::Instant;

/// An arbitrary morning: 2026-01-01T09:00:00Z.
const OPENING_MS: i64 = 1_767_258_000_000;

/// The clocks of one machine. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    began: Instant,
    set_by_ms: Arc<AtomicI64>,
}

impl Machine {
    /// A machine that is switched on now. Must be called within the runtime.
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), set_by_ms: Arc::default() }
    }

    /// Sets the wall clock off by this much.
    pub(super) fn set_wall_clock_by(&self, ms: i64) {
        self.set_by_ms.store(ms, Ordering::Relaxed);
    }
}

impl TimeSource for Machine {
    fn wall_ms(&self) -> i64 {
        OPENING_MS + self.monotonic_ms() + self.set_by_ms.load(Ordering::Relaxed)
    }

    fn monotonic_ms(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).expect("runs are short")
    }
}
