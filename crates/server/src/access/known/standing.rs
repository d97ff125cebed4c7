//! How long a caller is one.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use feedme_kitchen::Time;
use tokio_util::sync::CancellationToken;

/// How exactly the database knows when somebody was last here.
const NOTE_EVERY_MS: u64 = 60_000;

/// How long a caller is one. Everything that was begun under it, streams above all, ends with it.
#[derive(Debug)]
pub(crate) struct Standing {
    ended: CancellationToken,
    until: Option<Time>,
    idle_at_most_ms: Option<u64>,
    seen_at: AtomicI64,
    noted_at: AtomicI64,
    /// How often accounts had changed when it was last found to be so.
    as_of: AtomicU64,
}

impl Standing {
    pub(super) fn new(until: Option<Time>, idle_at_most_ms: Option<u64>, seen_at: Time, as_of: u64) -> Arc<Self> {
        let (seen_at, noted_at) = (AtomicI64::new(seen_at.0), AtomicI64::new(seen_at.0));
        let ended = CancellationToken::new();
        Arc::new(Self { ended, until, idle_at_most_ms, seen_at, noted_at, as_of: AtomicU64::new(as_of) })
    }

    /// Cancelled when it was ended on purpose.
    pub(crate) fn ended(&self) -> &CancellationToken {
        &self.ended
    }

    /// Whether it has ended, on purpose or by the passing of time.
    pub(crate) fn is_over(&self, now: Time) -> bool {
        let idle_ms = now.since_ms(Time(self.seen_at.load(Ordering::Relaxed)));
        self.ended.is_cancelled()
            || self.until.is_some_and(|until| until <= now)
            || self.idle_at_most_ms.is_some_and(|at_most| idle_ms > at_most)
    }

    /// Ends it on purpose.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }

    pub(super) fn until(&self) -> Option<Time> {
        self.until
    }

    /// Whether it was found to be so when accounts had changed this often.
    pub(super) fn is_as_of(&self, count: u64) -> bool {
        self.as_of.load(Ordering::Acquire) == count
    }

    /// It was found to be so after accounts had changed this often, if that is known, and used at this time, here or
    /// elsewhere.
    pub(super) fn verified(&self, count: Option<u64>, seen_at: Time) {
        self.seen_at.fetch_max(seen_at.0, Ordering::Relaxed);
        self.noted_at.fetch_max(seen_at.0, Ordering::Relaxed);
        if let Some(count) = count {
            self.as_of.store(count, Ordering::Release);
        }
    }

    /// Notes a use. True about once a minute: then the database shall know, too.
    pub(super) fn note(&self, now: Time) -> bool {
        self.seen_at.fetch_max(now.0, Ordering::Relaxed);
        let noted_at = self.noted_at.load(Ordering::Relaxed);
        now.since_ms(Time(noted_at)) >= NOTE_EVERY_MS
            && self.noted_at.compare_exchange(noted_at, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}
