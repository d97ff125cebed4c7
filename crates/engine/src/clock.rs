//! Kitchen time: a clock that never runs backwards and never jumps.
//!
//! The wall clock is read at the start. From then on the monotonic clock carries the time, and whatever the
//! wall clock says otherwise is made good slowly: a clock that is set by days, there or back, neither
//! completes every order at once nor keeps one cooking for days.

use feedme_kitchen::Time;
use feedme_store::postgres::DatabaseTime;
use parking_lot::Mutex;

/// How fast a difference from the wall clock is made good: one part in a thousand, 3.6 s an hour. An order of
/// ten seconds is then at most 10 ms longer or shorter than it should be.
const SLEW_DIVISOR: i64 = 1000;

/// Where time comes from.
pub trait TimeSource: Send + Sync + 'static {
    /// The wall clock, in milliseconds since 1970-01-01T00:00:00Z. It may jump.
    fn wall_ms(&self) -> i64;
    /// Milliseconds since some fixed moment. It never jumps, and counts time spent suspended.
    fn monotonic_ms(&self) -> i64;
}

/// The operating system's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemTime;

impl TimeSource for SystemTime {
    fn wall_ms(&self) -> i64 {
        in_ms(rustix::time::clock_gettime(rustix::time::ClockId::Realtime))
    }

    fn monotonic_ms(&self) -> i64 {
        // Unlike CLOCK_MONOTONIC it goes on while the machine sleeps.
        in_ms(rustix::time::clock_gettime(rustix::time::ClockId::Boottime))
    }
}

fn in_ms(moment: rustix::time::Timespec) -> i64 {
    moment.tv_sec * 1000 + moment.tv_nsec / 1_000_000
}

/// The clock of a database that several processes share. What has passed is this machine's business.
impl TimeSource for DatabaseTime {
    fn wall_ms(&self) -> i64 {
        self.now_ms()
    }

    fn monotonic_ms(&self) -> i64 {
        SystemTime.monotonic_ms()
    }
}

/// The kitchen's clock.
pub struct Clock {
    source: Box<dyn TimeSource>,
    reading: Mutex<Reading>,
}

/// The last reading, from which the next one goes on.
struct Reading {
    now: i64,
    monotonic: i64,
    /// What is left of a slew below one millisecond, in thousandths.
    remainder: i64,
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl Clock {
    /// Reads the wall clock once and goes on from there.
    pub fn new(source: impl TimeSource) -> Self {
        let reading = Reading { now: source.wall_ms(), monotonic: source.monotonic_ms(), remainder: 0 };
        Self { source: Box::new(source), reading: Mutex::new(reading) }
    }

    /// The clock of this machine.
    #[must_use]
    pub fn system() -> Self {
        Self::new(SystemTime)
    }

    /// Kitchen time.
    pub fn now(&self) -> Time {
        let mut reading = self.reading.lock();
        let monotonic = self.source.monotonic_ms();
        let elapsed = (monotonic - reading.monotonic).max(0);
        reading.monotonic = reading.monotonic.max(monotonic);
        let unslewed = reading.now + elapsed;
        let behind = self.source.wall_ms() - unslewed;
        let allowed = elapsed + reading.remainder;
        let step = (allowed / SLEW_DIVISOR).min(behind.abs());
        reading.remainder = if behind == 0 { 0 } else { allowed % SLEW_DIVISOR };
        reading.now = unslewed + step * behind.signum();
        Time(reading.now)
    }

    /// The wall clock, by which other machines go.
    pub fn wall(&self) -> Time {
        Time(self.source.wall_ms())
    }

    /// Moves the clock on to a moment that was already recorded: the wall clock may have been set back
    /// while nobody ran.
    pub fn not_before(&self, moment: Time) {
        let mut reading = self.reading.lock();
        reading.now = reading.now.max(moment.0);
    }
}
