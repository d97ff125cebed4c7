//! A timer finer than a millisecond.
//!
//! Tokio's timers fire at the next full millisecond, which would be added to the latency of each request of
//! an open loop; a place takes less than that.

use std::io;
use std::time::Instant;

#[cfg(target_os = "linux")]
#[derive(Debug)]
pub(crate) struct Timer(tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>);

#[cfg(target_os = "linux")]
impl Timer {
    #[expect(
        deprecated,
        reason = "the other constructor is unsafe for types that may close the file; an OwnedFd does not"
    )]
    pub(crate) fn new() -> io::Result<Self> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        Ok(Self(tokio::io::unix::AsyncFd::new(timerfd_create(TimerfdClockId::Monotonic, flags)?)?))
    }

    /// Waits, unless the moment has passed.
    pub(crate) async fn wait_until(&self, moment: Instant) -> io::Result<()> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        let wait = moment.saturating_duration_since(Instant::now());
        if wait.is_zero() {
            return Ok(());
        }
        let none = Timespec { tv_sec: 0, tv_nsec: 0 };
        let once =
            Timespec { tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX), tv_nsec: wait.subsec_nanos().into() };
        timerfd_settime(
            self.0.get_ref(),
            TimerfdTimerFlags::empty(),
            &Itimerspec { it_interval: none, it_value: once },
        )?;
        loop {
            let mut ready = self.0.readable().await?;
            let read = ready.try_io(|timer| Ok(rustix::io::read(timer.get_ref(), &mut [0; 8])?));
            if let Ok(result) = read {
                return result.map(|_| ());
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(crate) struct Timer(());

#[cfg(not(target_os = "linux"))]
impl Timer {
    #[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(()))
    }

    /// Waits, unless the moment has passed.
    pub(crate) async fn wait_until(&self, moment: Instant) -> io::Result<()> {
        tokio::time::sleep_until(moment.into()).await;
        Ok(())
    }
}
