//! The figures of a run.
//!
//! As JSON (`--json`) a [`Report`] is one object with the fields below in camelCase, and `held` besides:
//!
//! ```json
//! {"scenario": "place", "url": "http://127.0.0.1:8080", "restaurant": null, "connections": 64, "rate": null,
//!  "seconds": 1.84, "interrupted": false,
//!  "requests": {"succeeded": 50000, "failed": 12, "unsent": 0, "perSecond": 27173.9},
//!  "completed": null, "reads": null, "screens": {"open": 1, "frames": 50001, "reconnects": 0, "snapshotsAgain": 0},
//!  "memory": null,
//!  "latencies": [{"span": "place", "count": 50000, "p50": 2301, "p90": 3100, "p99": 5900, "p999": 11000, "max": 14200}],
//!  "errors": [{"status": 503, "code": "queueFull", "count": 12}],
//!  "checks": [{"rule": "numbersUnique", "held": true, "examined": 50000, "violations": 0, "examples": []}],
//!  "held": true}
//! ```
//!
//! Latencies are in microseconds. What a figure does not apply to is `null`.

use serde::Serialize;

use crate::check::Check;
use crate::connection::Transport;
use crate::meter::Failure;

/// What came of a run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// `place`, `lifecycle`, `board` or `screens`.
    pub scenario: &'static str,
    /// The server.
    pub url: String,
    /// The restaurant's slug; `None` is the caller's own.
    pub restaurant: Option<String>,
    /// Connections that sent requests.
    pub connections: usize,
    /// Requests a second in an open loop; `None` in a closed one.
    pub rate: Option<f64>,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// Whether it was ended early.
    pub interrupted: bool,
    /// The requests.
    pub requests: Requests,
    /// The orders seen through to the end.
    pub completed: Option<Completed>,
    /// The answers with a board.
    pub reads: Option<Reads>,
    /// The event streams.
    pub screens: Option<Screens>,
    /// The server's memory.
    pub memory: Option<Memory>,
    /// How long things took.
    pub latencies: Vec<LatencyRow>,
    /// What failed, the most frequent first.
    pub errors: Vec<ErrorCount>,
    /// What was promised.
    pub checks: Vec<Check>,
}

/// Requests, by outcome.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Requests {
    /// Answered as hoped.
    pub succeeded: u64,
    /// Refused, or not answered.
    pub failed: u64,
    /// Due in an open loop, but never sent: the server did not keep up with the rate.
    pub unsent: u64,
    /// Those that succeeded, a second.
    pub per_second: f64,
}

/// Orders seen through to the end.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Completed {
    /// How many.
    pub orders: u64,
    /// How many a second, from the first request to the last completion.
    pub per_second: f64,
    /// Orders that waited before the run: bots cook them first, and the latencies show it.
    pub backlog: u64,
}

/// Boards read.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reads {
    /// Answers with a board (200).
    pub full: u64,
    /// Answers that nothing changed (304).
    pub unchanged: u64,
    /// Bytes of the boards.
    pub bytes: u64,
}

/// Event streams.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Screens {
    /// How many were open.
    pub open: usize,
    /// Frames received, heartbeats included.
    pub frames: u64,
    /// Streams that ended and were resumed.
    pub reconnects: u64,
    /// Snapshots that a resumed stream got in place of the events that it missed.
    pub snapshots_again: u64,
}

/// Resident memory of the server, in bytes.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Memory {
    /// Before the screens were opened.
    pub before: u64,
    /// With all screens open and idle.
    pub after: u64,
    /// The difference, for each screen. What the kernel keeps for a socket is not in it.
    pub per_screen: u64,
}

/// Percentiles in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LatencyRow {
    /// From when to when.
    pub span: Span,
    /// How many times were measured.
    pub count: u64,
    /// Half took no longer.
    pub p50: u64,
    /// Nine in ten took no longer.
    pub p90: u64,
    /// 99 in 100 took no longer.
    pub p99: u64,
    /// 999 in 1000 took no longer.
    pub p999: u64,
    /// The longest.
    pub max: u64,
}

/// From when to when a latency counts. Where nothing else is said it counts from when the request was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Span {
    /// Until an order was acknowledged.
    Place,
    /// The same, from when the request was sent.
    PlaceSent,
    /// Until a board was there.
    Read,
    /// The same, from when the request was sent.
    ReadSent,
    /// Until the last screen showed the order.
    LastScreen,
    /// Until a screen showed the order, over all screens.
    EveryScreen,
    /// Until the screen showed that the order cooks.
    Started,
    /// Until the screen showed that the order is complete.
    Completed,
    /// From the screen showing that it cooks to showing it complete.
    Cooking,
}

/// What failed, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorCount {
    /// The HTTP status; `None` where there was no answer.
    pub status: Option<u16>,
    /// The `code` of the problem body, or `connect`, `reset`, `closed`, `timeout`, `malformed`.
    pub code: String,
    /// How often.
    pub count: u64,
}

/// A rate; 0 where no time passed.
#[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
pub(crate) fn per_second(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { count as f64 / seconds } else { 0.0 }
}

impl Report {
    /// Whether all checks held.
    pub fn held(&self) -> bool {
        self.checks.iter().all(Check::held)
    }

    /// One JSON object, as the module documents it.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct WithVerdict<'a> {
            #[serde(flatten)]
            report: &'a Report,
            held: bool,
        }
        let verdict = WithVerdict { report: self, held: self.held() };
        serde_json::to_string(&verdict).expect("a report has text keys and finite numbers")
    }
}

impl ErrorCount {
    pub(crate) fn of(failure: &Failure, count: u64) -> Self {
        match failure {
            Failure::Refused { status, code } => Self { status: Some(*status), code: code.clone(), count },
            Failure::Transport(transport) => {
                let code = match transport {
                    Transport::Connect => "connect",
                    Transport::Reset => "reset",
                    Transport::Closed => "closed",
                    Transport::Timeout => "timeout",
                    Transport::Malformed => "malformed",
                };
                Self { status: None, code: code.to_owned(), count }
            }
        }
    }
}
