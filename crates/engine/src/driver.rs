//! Who sees to it that the orders of automatic bots are completed when they are due.
//!
//! Whoever it is, the sweep makes good what is lost, and the claim decides what a late or second completion is
//! worth: nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use crate::timers::Timer;

/// Orders that may wait for whoever drives from outside. A lane starts a thousand in a round at most; what does
/// not fit is completed by the sweep, a second or two after it is due.
const OUTSIDE_MAX: usize = 4096;

/// Who sees to it that orders are completed when they are due.
#[derive(Clone, Debug, Default)]
pub enum Driver {
    /// The engine's own timers.
    #[default]
    Timers,
    /// Somebody outside, who is told of every order once its start is durable. The engine's own timers are off.
    Outside(Outside),
}

/// The engine's end of the line to whoever drives from outside.
#[derive(Clone, Debug)]
pub struct Outside {
    starts: mpsc::Sender<Timer>,
    dropped: Arc<AtomicU64>,
}

/// The other end: the orders that were started, or still cooked when the engine started.
#[derive(Debug)]
pub struct Starts {
    starts: mpsc::Receiver<Timer>,
    dropped: Arc<AtomicU64>,
}

/// A line to whoever drives from outside.
#[must_use]
pub fn outside() -> (Outside, Starts) {
    let (sender, receiver) = mpsc::channel(OUTSIDE_MAX);
    let dropped = Arc::<AtomicU64>::default();
    (Outside { starts: sender, dropped: Arc::clone(&dropped) }, Starts { starts: receiver, dropped })
}

impl Outside {
    /// Tells of an order without ever waiting.
    pub(crate) fn tell(&self, timer: Timer) {
        if self.starts.try_send(timer).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Starts {
    /// The next order; `None` once the engine has ended. Cancel safe.
    pub async fn next(&mut self) -> Option<Timer> {
        self.starts.recv().await
    }

    /// Orders that nobody was told of because too many waited.
    pub fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dropped)
    }
}
