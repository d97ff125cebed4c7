//! What the server grants to a connection and to a request.

use std::time::Duration;

/// Bytes of a body at most. The largest legal order (500 + 50 × 280 characters, four bytes each at worst, each
/// byte escaped) stays below it in every script that is written without escapes.
pub(crate) const BODY_MAX_BYTES: usize = 64 * 1024;

/// Bytes of a request's line and headers at most.
pub(crate) const HEADERS_MAX_BYTES: usize = 16 * 1024;

/// What the server grants. The defaults are what it runs with; tests shorten the waiting.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at one time; further ones wait to be accepted. An open screen costs less than 16 KiB, so
    /// all of them stay below 256 MiB.
    pub connections_max: usize,
    /// How long a connection may be idle. Browsers and proxies keep theirs for about a minute; whoever closes
    /// first should be the one that asks.
    pub idle_at_most: Duration,
    /// How long a handshake may take. It is two round trips and a millisecond of work on each side.
    pub handshake_within: Duration,
    /// How long the headers of a request may take once they have begun. They fit a dozen packets.
    pub headers_within: Duration,
    /// How long a body may take. 64 KiB in ten seconds is less than the slowest mobile network carries.
    pub body_within: Duration,
    /// How long a reader may take nothing at all before its connection is cut.
    pub write_stalls_at_most: Duration,
    /// How long connections may go on at shutdown. A supervisor kills after ten seconds.
    pub shutdown_within: Duration,
    /// How often a stream carries a heartbeat.
    pub heartbeat_every: Duration,
    /// Requests a second of one account or key, four seconds' worth at once; 0 does not count them. A tab asks every two
    /// seconds at the most, and a till places a few orders a second: this is what ten of them under one key do.
    pub caller_per_s: u32,
    /// Requests a second of all in one network whom nobody knows, five seconds' worth at once; 0 does not count them.
    /// They sign in, which takes four requests, or have it wrong.
    pub stranger_per_s: u32,
    /// Streams at one time of one account or key; 0 does not count them. Tabs of a browser share one, and a browser
    /// opens six connections to a server.
    pub streams_max: usize,
}

impl Limits {
    /// What the server grants unless it was told otherwise.
    pub const DEFAULT: Self = Self {
        connections_max: 16 * 1024,
        idle_at_most: Duration::from_secs(75),
        handshake_within: Duration::from_secs(10),
        headers_within: Duration::from_secs(10),
        body_within: Duration::from_secs(10),
        write_stalls_at_most: Duration::from_secs(10),
        shutdown_within: Duration::from_secs(8),
        heartbeat_every: Duration::from_secs(2),
        caller_per_s: 50,
        stranger_per_s: 20,
        streams_max: 64,
    };

    /// The same, without counting what anybody asks.
    pub(crate) fn uncounted(self) -> Self {
        Self { caller_per_s: 0, stranger_per_s: 0, streams_max: 0, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
