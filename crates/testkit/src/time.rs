//! Virtual time: tokio's, which a test may pause and move on.

use std::time::Duration;

use feedme_engine::TimeSource;
use tokio::time::Instant;

/// When virtual time begins: 2026-05-04T09:30:00Z.
pub const BEGIN_MS: i64 = 1_777_887_000_000;

/// A time source that follows tokio's clock.
#[derive(Clone, Copy, Debug)]
pub struct VirtualTime {
    begin: Instant,
    ago: Duration,
}

impl VirtualTime {
    /// Begins now.
    #[must_use]
    pub fn begin() -> Self {
        Self::begun(Duration::ZERO)
    }

    /// Began some time ago.
    #[must_use]
    pub fn begun(ago: Duration) -> Self {
        Self { begin: Instant::now(), ago }
    }
}

impl TimeSource for VirtualTime {
    fn wall_ms(&self) -> i64 {
        BEGIN_MS + self.monotonic_ms()
    }

    fn monotonic_ms(&self) -> i64 {
        i64::try_from((self.ago + self.begin.elapsed()).as_millis()).expect("no test runs for ages")
    }
}

/// Spans of time as people write them: `10.s()`.
pub trait Span {
    /// That many milliseconds.
    fn ms(self) -> Duration;
    /// That many seconds.
    fn s(self) -> Duration;
    /// That many minutes.
    fn minutes(self) -> Duration;
    /// That many hours.
    fn hours(self) -> Duration;
}

impl Span for u64 {
    fn ms(self) -> Duration {
        Duration::from_millis(self)
    }

    fn s(self) -> Duration {
        Duration::from_secs(self)
    }

    fn minutes(self) -> Duration {
        Duration::from_mins(self)
    }

    fn hours(self) -> Duration {
        Duration::from_hours(self)
    }
}
