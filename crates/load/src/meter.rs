//! How long, how many, and what went wrong.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::connection::Transport;
use crate::pace::Turn;
use crate::report::{ErrorCount, LatencyRow, Span, per_second};
use crate::text::{count, rate, time};

/// The longest time a histogram tells apart, in microseconds: ten minutes. Longer ones count as this.
const LATENCY_MAX_MICROS: u64 = 600_000_000;

/// Significant digits of a recorded time: an error of 0.1 %, for 170 KiB a histogram.
const LATENCY_DIGITS: u8 = 3;

/// Times in microseconds.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(crate) fn new() -> Self {
        let bounds = Histogram::new_with_bounds(1, LATENCY_MAX_MICROS, LATENCY_DIGITS);
        Self(bounds.expect("the bounds are constants that a histogram takes"))
    }

    pub(crate) fn record(&mut self, from: Instant, to: Instant) {
        let micros = to.saturating_duration_since(from).as_micros();
        self.0.saturating_record(u64::try_from(micros).unwrap_or(u64::MAX).max(1));
    }

    #[cfg(test)]
    pub(crate) fn max(&self) -> u64 {
        self.0.max()
    }

    /// The row of the report, unless nothing was recorded.
    pub(crate) fn row(&self, span: Span) -> Option<LatencyRow> {
        (!self.0.is_empty()).then(|| LatencyRow {
            span,
            count: self.0.len(),
            p50: self.0.value_at_quantile(0.5),
            p90: self.0.value_at_quantile(0.9),
            p99: self.0.value_at_quantile(0.99),
            p999: self.0.value_at_quantile(0.999),
            max: self.0.max(),
        })
    }
}

/// Why a request did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    /// The server answered otherwise than hoped: the status, and the `code` of its problem body.
    Refused { status: u16, code: String },
    /// The server did not answer.
    Transport(Transport),
}

impl From<Transport> for Failure {
    fn from(transport: Transport) -> Self {
        Self::Transport(transport)
    }
}

/// The requests of a run.
#[derive(Debug)]
pub(crate) struct Meter {
    succeeded: u64,
    failures: BTreeMap<Failure, u64>,
    /// From the moment a request was due: with a fixed rate this counts the waiting of requests that could not
    /// be sent in time because the server held up those before them.
    pub(crate) from_due: Latencies,
    /// From the moment it was sent.
    pub(crate) from_sent: Latencies,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self { succeeded: 0, failures: BTreeMap::new(), from_due: Latencies::new(), from_sent: Latencies::new() }
    }

    pub(crate) fn succeeded(&mut self, turn: &Turn, sent: Instant, answered: Instant) {
        self.succeeded += 1;
        self.from_due.record(turn.due, answered);
        self.from_sent.record(sent, answered);
    }

    pub(crate) fn failed(&mut self, failure: Failure) {
        *self.failures.entry(failure).or_default() += 1;
    }

    pub(crate) fn count_succeeded(&self) -> u64 {
        self.succeeded
    }

    pub(crate) fn count_failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// How it goes, in a few words for the progress bar.
    pub(crate) fn summary(&self, elapsed: Duration) -> String {
        let mut words = Vec::new();
        if self.succeeded > 0 {
            let per_second = per_second(self.succeeded, elapsed.as_secs_f64());
            let p99 = self.from_due.0.value_at_quantile(0.99);
            words.push(format!("{} a second, p99 {}", rate(per_second), time(p99)));
        }
        if self.count_failed() > 0 {
            words.push(format!("{} failed", count(self.count_failed())));
        }
        words.join(", ")
    }

    /// The errors, the most frequent first.
    pub(crate) fn errors(&self) -> Vec<ErrorCount> {
        let mut errors: Vec<_> = self.failures.iter().map(|(failure, &count)| ErrorCount::of(failure, count)).collect();
        errors.sort_by_key(|error| std::cmp::Reverse(error.count));
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_shows_in_every_request_that_waited_for_it() {
        // A request is due each millisecond; one connection; the server takes no time but for one stall.
        let (start, mut free, mut meter) = (Instant::now(), Instant::now(), Meter::new());
        for index in 0..1000 {
            let due = start + Duration::from_millis(index);
            let sent = free.max(due);
            let takes = Duration::from_millis(if index == 100 { 200 } else { 0 });
            free = sent + takes;
            meter.succeeded(&Turn { index, due }, sent, free);
        }
        let (due, sent) = (meter.from_due.row(Span::Place), meter.from_sent.row(Span::PlaceSent));
        assert!(due.expect("recorded").p99 > 180_000, "200 of 1000 requests waited, the longest 200 ms");
        assert!(sent.expect("recorded").p99 < 1000, "counted from sending, one request alone was slow");
    }

    #[test]
    fn the_most_frequent_error_comes_first() {
        let mut meter = Meter::new();
        meter.failed(Transport::Closed.into());
        for _ in 0..2 {
            meter.failed(Failure::Refused { status: 503, code: "queueFull".to_owned() });
        }
        let counts: Vec<_> = meter.errors().into_iter().map(|error| (error.status, error.code, error.count)).collect();
        assert_eq!(counts, [(Some(503), "queueFull".to_owned(), 2), (None, "closed".to_owned(), 1)]);
        assert_eq!(meter.count_failed(), 3);
    }
}
