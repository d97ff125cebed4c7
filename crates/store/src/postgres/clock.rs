//! The database's clock, as it is known here. All nodes go by it, so that they agree.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use super::error::Failed;
use super::rows::column;
use super::session::Session;

/// Questions by which the clock is learnt at first. The one that was answered soonest tells most.
const QUESTIONS: usize = 5;

/// The database's clock. Clones share what is known of it.
#[derive(Clone, Debug)]
pub struct DatabaseTime {
    began: Instant,
    /// What the database's clock showed when this began, in milliseconds since 1970-01-01T00:00:00Z.
    origin_ms: Arc<AtomicI64>,
}

impl DatabaseTime {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), origin_ms: Arc::default() }
    }

    /// What the database's clock shows, in milliseconds since 1970-01-01T00:00:00Z, to half a round trip.
    pub fn now_ms(&self) -> i64 {
        self.origin_ms.load(Ordering::Relaxed) + whole_ms(self.began.elapsed())
    }

    /// Asks until the clock is known well enough to begin with.
    pub(super) async fn learn(&self, session: &mut Session) -> Result<(), Failed> {
        let mut best = Duration::MAX;
        for _ in 0..QUESTIONS {
            let asked_at = Instant::now();
            let row = session.query_opt(&format!("SELECT {NOW} AS now"), &[]).await?;
            let took = asked_at.elapsed();
            if let Some(row) = row.filter(|_| took < best) {
                best = took;
                self.note(asked_at, column(&row, "now").map_err(Failed::away)?);
            }
        }
        Ok(())
    }

    /// Notes what the database showed, in answer to a question that was sent at a moment. It showed that about halfway
    /// between the question and the answer.
    pub(super) fn note(&self, asked_at: Instant, shown_ms: i64) {
        let halfway = asked_at.duration_since(self.began) + asked_at.elapsed() / 2;
        self.origin_ms.store(shown_ms - whole_ms(halfway), Ordering::Relaxed);
    }
}

/// The database's clock in milliseconds, in SQL.
pub(super) const NOW: &str = "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

fn whole_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
