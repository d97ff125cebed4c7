//! What the screens have seen.

use std::time::Instant;

use feedme_checker::recorder::Screen;
use serde::Deserialize;

use crate::check::{Check, Rule};
use crate::lives::Lives;
use crate::numbers::Sequence;
use crate::sse::Frame;
use crate::versions::Versions;

/// The screen whose events are read; of the others only the bytes are compared.
pub(crate) const WITNESS: usize = 0;

/// Everything that the screens have seen, and the checks on it.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) versions: Versions,
    pub(crate) lives: Lives,
    pub(crate) sequence: Sequence,
    /// Frames of all screens, heartbeats included.
    pub(crate) frames: u64,
    pub(crate) readable: Check,
    /// Snapshots that came in place of events, after the first of each screen.
    pub(crate) snapshots_again: u64,
    /// Orders that waited before the run.
    pub(crate) backlog: u64,
    /// Writes down what the witness sees, where that is wanted.
    chronicle: Option<Screen>,
}

/// An event about an order, as much of it as is needed.
#[derive(Deserialize)]
struct AboutOrder<'a> {
    #[serde(borrow)]
    order: Order<'a>,
}

/// A board, as much of it as is needed.
#[derive(Default, Deserialize)]
struct Snapshot<'a> {
    #[serde(borrow, default)]
    orders: Vec<Order<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order<'a> {
    number: u64,
    #[serde(default)]
    status: Option<&'a str>,
    #[serde(default)]
    due_at: Option<&'a str>,
    #[serde(default)]
    completed_at: Option<&'a str>,
}

impl Observed {
    pub(crate) fn new(screens: usize, lives: Lives, chronicle: Option<Screen>) -> Self {
        Self {
            versions: Versions::new(screens),
            lives,
            sequence: Sequence::new(),
            frames: 0,
            readable: Check::new(Rule::EventsReadable),
            snapshots_again: 0,
            backlog: 0,
            chronicle,
        }
    }

    /// A screen's stream begins, from where the screen stands.
    pub(crate) fn connected(&mut self, screen: usize) {
        if let Some(chronicle) = self.chronicle.as_mut().filter(|_| screen == WITNESS) {
            chronicle.connected();
        }
    }

    /// A screen received a frame.
    pub(crate) fn frame(&mut self, screen: usize, frame: Frame<'_>, now: Instant) {
        self.frames += 1;
        if let Some(chronicle) = self.chronicle.as_mut().filter(|_| screen == WITNESS) {
            let (name, id) = (str::from_utf8(frame.event).unwrap_or_default(), frame.position);
            if !name.is_empty() {
                chronicle.frame(name, id.map(|id| id.to_string()).as_deref(), frame.data);
            }
        }
        let Some(position) = frame.position else { return };
        match frame.event {
            b"heartbeat" => return,
            b"snapshot" => {
                let first = self.versions.position(screen).is_none();
                self.snapshots_again += u64::from(!first);
                self.versions.snapshot(screen, position);
                if screen == WITNESS {
                    self.read_snapshot(first, frame, now);
                }
            }
            event => {
                self.versions.event(screen, position, frame.bytes, now);
                if screen == WITNESS {
                    self.read(event, frame, now);
                }
            }
        }
        self.versions.settle(|shown| self.lives.shown(shown));
    }

    /// Takes from the first snapshot what was there before us, and from another what the witness missed in events.
    fn read_snapshot(&mut self, first: bool, frame: Frame<'_>, now: Instant) {
        let Snapshot { orders } = serde_json::from_slice(frame.data).unwrap_or_default();
        if first {
            self.backlog = orders.iter().filter(|order| order.status == Some("PENDING")).count() as u64;
            return;
        }
        self.sequence.start_anew();
        for order in orders {
            self.lives.on_board(order.number, order.status == Some("COMPLETE"), now);
        }
    }

    fn read(&mut self, event: &[u8], frame: Frame<'_>, now: Instant) {
        if event == b"numbers.skipped" {
            self.sequence.start_anew();
        }
        if !matches!(event, b"order.placed" | b"order.started" | b"order.completed") {
            return;
        }
        let about = serde_json::from_slice(frame.data);
        self.readable.expect(about.is_ok(), || {
            let start = &frame.data[..frame.data.len().min(100)];
            format!("{} with {}", event.escape_ascii(), start.escape_ascii())
        });
        let Ok(AboutOrder { order }) = about else { return };
        match event {
            b"order.placed" => {
                self.sequence.placed(order.number);
                if let Some(position) = frame.position {
                    self.versions.placed(position, order.number);
                }
            }
            b"order.started" => self.lives.started(order.number, now),
            _ => self.lives.completed(order.number, now, order.due_at, order.completed_at),
        }
    }
}
