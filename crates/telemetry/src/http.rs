//! Requests, streams, sign-ins and callbacks.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::labels::{OfOutcome, OfReason, OfRequest, OfRoute};

/// Seconds of a request.
const REQUEST_SECONDS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Seconds from a commit to a screen.
const SEND_SECONDS: [f64; 11] = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 5.0];

fn request_seconds() -> Histogram {
    Histogram::new(REQUEST_SECONDS)
}

/// How a stream began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// With a snapshot.
    Anew,
    /// By somebody who knows where another one ended.
    Resumed,
}

/// Why a stream was ended by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Whoever read it was too slow.
    Slow,
    /// Whoever read it may no longer.
    Ended,
    /// What it lacked could not be read.
    Unreadable,
}

/// What became of an attempt to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// They are in.
    Succeeded,
    /// Name, password, PIN or code was wrong.
    Wrong,
    /// Too many were wrong before.
    Throttled,
}

/// Requests, streams, sign-ins and callbacks.
#[derive(Debug)]
pub struct Http {
    requests: Family<OfRequest, Counter>,
    seconds: Family<OfRoute, Histogram, fn() -> Histogram>,
    streams: Gauge,
    opened: Family<OfReason, Counter>,
    cut: Family<OfReason, Counter>,
    send: Histogram,
    sign_ins: Family<OfOutcome, Counter>,
    callbacks: Family<OfOutcome, Counter>,
}

impl Http {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let http = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(request_seconds),
            streams: Gauge::default(),
            opened: Family::default(),
            cut: Family::default(),
            send: Histogram::new(SEND_SECONDS),
            sign_ins: Family::default(),
            callbacks: Family::default(),
        };
        registry.register("http_requests", "Requests that were answered, by route and status", http.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "From a request to its answer, by route; of a stream until it begins",
            Unit::Seconds,
            http.seconds.clone(),
        );
        registry.register("streams", "Streams that are open", http.streams.clone());
        registry.register(
            "streams_opened",
            "Streams that were opened: anew, or by somebody who knows where another one ended",
            http.opened.clone(),
        );
        registry.register("streams_cut", "Streams that the server ended, by reason", http.cut.clone());
        registry.register_with_unit(
            "stream_send_delay",
            "From when an event was durable to when a stream was handed it",
            Unit::Seconds,
            http.send.clone(),
        );
        registry.register("sign_ins", "Attempts to sign in, by outcome", http.sign_ins.clone());
        registry.register("callbacks", "Callbacks of the delayed-message service, by outcome", http.callbacks.clone());
        http
    }

    /// A request was answered.
    pub fn answered(&self, method: &'static str, route: &'static str, status: u16, took: Duration) {
        self.requests.get_or_create(&OfRequest { method, route, status }).inc();
        self.seconds.get_or_create(&OfRoute { method, route }).observe(took.as_secs_f64());
    }

    /// A stream was opened.
    pub fn stream_opened(&self, how: Opened) {
        self.streams.inc();
        let reason = match how {
            Opened::Anew => "anew",
            Opened::Resumed => "resumed",
        };
        self.opened.get_or_create(&OfReason { reason }).inc();
    }

    /// The server ends a stream.
    pub fn stream_cut(&self, why: Cut) {
        let reason = match why {
            Cut::Slow => "slow",
            Cut::Ended => "ended",
            Cut::Unreadable => "unreadable",
        };
        self.cut.get_or_create(&OfReason { reason }).inc();
    }

    /// A stream is gone, whoever ended it.
    pub fn stream_closed(&self) {
        self.streams.dec();
    }

    /// A stream was handed events so long after they were durable.
    pub fn sent(&self, after: Duration) {
        self.send.observe(after.as_secs_f64());
    }

    /// Somebody has tried to sign in.
    pub fn sign_in(&self, outcome: SignIn) {
        let outcome = match outcome {
            SignIn::Succeeded => "succeeded",
            SignIn::Wrong => "wrong",
            SignIn::Throttled => "throttled",
        };
        self.sign_ins.get_or_create(&OfOutcome { outcome }).inc();
    }

    /// A callback was answered with this status.
    pub fn callback(&self, status: u16) {
        self.callbacks.get_or_create(&OfOutcome { outcome: callback(status) }).inc();
    }
}

/// What became of a callback: it was believed, whatever it changed; it was not, or came from whoever was not believed too
/// often; it made no sense; or the server could not.
fn callback(status: u16) -> &'static str {
    match status {
        200..=299 => "accepted",
        401 | 403 | 429 => "refused",
        400..=499 => "rejected",
        _ => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_end_in_four_ways() {
        let ends = [200, 401, 429, 404, 409, 503, 504].map(callback);
        assert_eq!(ends, ["accepted", "refused", "refused", "rejected", "rejected", "failed", "failed"]);
    }
}
