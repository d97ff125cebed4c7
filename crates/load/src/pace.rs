//! When each request is due.
//!
//! In a *closed* loop a connection asks again as soon as it was answered: the server sets the pace, and a
//! stall hides all the requests that would have been sent meanwhile. In an *open* loop requests are due at a
//! fixed rate whatever the server does; one that finds no free connection waits, and its waiting counts.

use std::cell::{Cell, OnceCell};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::timer::Timer;

/// A request's turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// Which one, from 0.
    pub(crate) index: u64,
    /// When it should be sent; its latency counts from here.
    pub(crate) due: Instant,
}

/// How long a run goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Amount {
    Requests(u64),
    Time(Duration),
}

/// Hands out the turns of a run.
#[derive(Debug)]
pub(crate) struct Pace {
    amount: Amount,
    /// Requests a second in an open loop.
    rate: Option<f64>,
    started: OnceCell<Instant>,
    next: Cell<u64>,
    /// One permit for each request that is due and not taken.
    due: Semaphore,
    stop: CancellationToken,
}

impl Pace {
    pub(crate) fn new(amount: Amount, rate: Option<f64>, stop: CancellationToken) -> Self {
        Self { amount, rate, started: OnceCell::new(), next: Cell::new(0), due: Semaphore::new(0), stop }
    }

    /// Starts the clock.
    pub(crate) fn start(&self) {
        self.started.get_or_init(Instant::now);
    }

    /// Lets turns become due, until all are.
    pub(crate) async fn run(&self) -> std::io::Result<()> {
        if let (Some(rate), Some(&started)) = (self.rate, self.started.get()) {
            let timer = Timer::new()?;
            tokio::select! {
                result = self.release(Schedule { started, rate }, &timer) => result?,
                () = self.stop.cancelled() => self.due.close(),
            }
        }
        Ok(())
    }

    /// The next turn, when it is due; `None` when there are no more.
    pub(crate) async fn next(&self) -> Option<Turn> {
        let started = *self.started.get()?;
        let Some(rate) = self.rate else {
            return self.more(started).then(|| Turn { index: self.take(), due: Instant::now() });
        };
        self.due.acquire().await.ok()?.forget();
        let index = self.take();
        if self.amount == Amount::Requests(self.next.get()) {
            // The others need not wait for a turn that will never come.
            self.due.close();
        }
        Some(Turn { index, due: Schedule { started, rate }.due(index) })
    }

    /// What [`done`](Self::done) counts up to: requests or milliseconds.
    pub(crate) fn extent(&self) -> u64 {
        match self.amount {
            Amount::Requests(requests) => requests,
            Amount::Time(time) => millis(time),
        }
    }

    /// How far the run is.
    pub(crate) fn done(&self) -> u64 {
        match self.amount {
            Amount::Requests(_) => self.next.get(),
            Amount::Time(_) => millis(self.elapsed()),
        }
    }

    /// Once the run is over: the requests that were due and never sent, because the server did not keep up.
    pub(crate) fn unsent(&self) -> u64 {
        self.due.available_permits() as u64
    }

    /// How long it has been going on.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.get().map_or(Duration::ZERO, Instant::elapsed)
    }

    /// When it began.
    pub(crate) fn started(&self) -> Option<Instant> {
        self.started.get().copied()
    }

    fn take(&self) -> u64 {
        self.next.replace(self.next.get() + 1)
    }

    fn more(&self, started: Instant) -> bool {
        !self.stop.is_cancelled()
            && match self.amount {
                Amount::Requests(requests) => self.next.get() < requests,
                Amount::Time(time) => started.elapsed() < time,
            }
    }

    async fn release(&self, schedule: Schedule, timer: &Timer) -> std::io::Result<()> {
        let total = match self.amount {
            Amount::Requests(requests) => requests,
            Amount::Time(time) => schedule.due_within(time),
        };
        let mut released = 0;
        while released < total {
            timer.wait_until(schedule.due(released)).await?;
            let due = schedule.due_within(schedule.started.elapsed()).clamp(released + 1, total);
            self.due.add_permits(usize::try_from(due - released).unwrap_or(Semaphore::MAX_PERMITS));
            released = due;
        }
        if let Amount::Time(time) = self.amount {
            timer.wait_until(schedule.started + time).await?;
            self.due.close();
        }
        Ok(())
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A fixed rate.
#[derive(Clone, Copy, Debug)]
struct Schedule {
    started: Instant,
    /// Requests a second.
    rate: f64,
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of requests is far below 2^52, and never negative"
)]
impl Schedule {
    fn due(&self, index: u64) -> Instant {
        self.started + Duration::from_secs_f64(index as f64 / self.rate)
    }

    /// How many requests are due in so much time from the start; the first one is due at once.
    fn due_within(&self, time: Duration) -> u64 {
        (time.as_secs_f64() * self.rate).ceil().max(1.0) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_rate_is_due_whatever_happens() {
        let schedule = Schedule { started: Instant::now(), rate: 50.0 };
        assert_eq!(schedule.due(0), schedule.started);
        assert_eq!(schedule.due(100) - schedule.started, Duration::from_secs(2));
        assert_eq!(schedule.due_within(Duration::from_secs(2)), 100);
        assert_eq!(schedule.due_within(Duration::from_millis(1)), 1);
    }

    #[tokio::test]
    async fn a_closed_loop_ends_after_its_requests() {
        let pace = Pace::new(Amount::Requests(2), None, CancellationToken::new());
        assert!(pace.next().await.is_none(), "it was not started");
        pace.start();
        pace.run().await.expect("nothing to fail");
        let indices = [pace.next().await, pace.next().await, pace.next().await].map(|turn| turn.map(|turn| turn.index));
        assert_eq!(indices, [Some(0), Some(1), None]);
    }

    #[tokio::test]
    async fn what_was_due_and_not_sent_is_told() {
        let pace = Pace::new(Amount::Time(Duration::from_millis(10)), Some(1000.0), CancellationToken::new());
        pace.start();
        pace.run().await.expect("a timer can be had");
        assert!(pace.next().await.is_none(), "the time is over");
        assert_eq!((pace.next.get(), pace.unsent()), (0, 10));
    }

    #[tokio::test]
    async fn stopping_ends_a_wait() {
        let stop = CancellationToken::new();
        let pace = Pace::new(Amount::Requests(10), Some(0.001), stop.clone());
        stop.cancel();
        pace.start();
        pace.run().await.expect("a timer can be had");
        assert!(pace.next().await.is_none());
    }
}
