//! A screen: it follows a restaurant's stream, comes back to it, and writes down all that it receives.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use feedme_kitchen::Version;
use serde::Deserialize;

use super::event::WireEvent;
use super::wire::parse;
use super::{Recorder, Written, answer};
use crate::{Board, Epoch, Position};

/// What a screen received, as it is kept: screens share the events.
#[derive(Debug)]
pub(super) enum Frame {
    Connected(Option<Position>),
    Snapshot(Arc<Board>),
    /// Which of the ways in which the event of that version was shown.
    Event(Position, usize),
    Heartbeat(Position),
    Gone,
}

/// A screen that follows one restaurant.
#[derive(Debug)]
pub struct Screen {
    recorder: Arc<Recorder>,
    index: usize,
    position: Option<Position>,
    unread: Vec<u8>,
}

#[derive(Deserialize)]
struct Beat<'a> {
    epoch: &'a str,
    version: u64,
}

impl Screen {
    pub(super) fn new(recorder: Arc<Recorder>, index: usize) -> Self {
        Self { recorder, index, position: None, unread: Vec::new() }
    }

    /// What to send as `Last-Event-ID`; nothing before the first event.
    #[must_use]
    pub fn last_event_id(&self) -> Option<String> {
        self.position.map(|at| format!("{}-{}", at.epoch.0, at.version))
    }

    /// The last version that it knows; nothing before the first event.
    #[must_use]
    pub fn version(&self) -> Option<u64> {
        self.position.map(|at| at.version.0)
    }

    /// A stream begins, from where the screen stands.
    pub fn connected(&mut self) {
        self.unread.clear();
        self.note(Frame::Connected(self.position));
    }

    /// The stream ended; a frame that was cut off comes again.
    pub fn gone(&mut self) {
        self.note(Frame::Gone);
    }

    /// Bytes of the stream, in whatever pieces they come.
    pub fn feed(&mut self, bytes: &[u8]) {
        // The two line feeds may lie on either side of the seam.
        let mut from = self.unread.len().saturating_sub(1);
        self.unread.extend_from_slice(bytes);
        while let Some(end) = self.unread[from..].windows(2).position(|pair| pair == b"\n\n") {
            let frame: Vec<u8> = self.unread.drain(..from + end + 2).collect();
            from = 0;
            self.read(&frame);
        }
    }

    /// One frame: its name, its id, and what it carries.
    pub fn frame(&mut self, name: &str, id: Option<&str>, data: &[u8]) {
        let recorder = Arc::clone(&self.recorder);
        let mut seen = recorder.seen.lock();
        let frame = match self.understand(&mut seen, name, id, data) {
            Ok(frame) => frame,
            Err(why) => return seen.wrong.push(format!("screen {} got {name} {id:?}: {why}", self.index)),
        };
        if let Frame::Snapshot(board) = &frame {
            self.position = Some(Position { epoch: board.epoch, version: board.version });
        } else if let Frame::Event(at, _) = frame {
            self.position = Some(at);
        }
        seen.screens[self.index].1.push(frame);
    }

    fn read(&mut self, frame: &[u8]) {
        let field = |name: &[u8]| {
            let line = frame.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(name))?;
            Some(line.strip_prefix(b" ").unwrap_or(line))
        };
        let text = |bytes| str::from_utf8(bytes).unwrap_or_default();
        // What has no name only says when to come back.
        let Some(name) = field(b"event:").map(text) else { return };
        self.frame(name, field(b"id:").map(text), field(b"data:").unwrap_or_default());
    }

    fn understand(&self, seen: &mut Written, name: &str, id: Option<&str>, data: &[u8]) -> Result<Frame, String> {
        if name == "heartbeat" {
            let Beat { epoch, version } = parse(data)?;
            let epoch = Epoch(epoch.parse().map_err(|_| "its epoch is no number")?);
            return Ok(Frame::Heartbeat(Position { epoch, version: Version(version) }));
        }
        let at = id.and_then(position).ok_or("its id is no position")?;
        if name == "snapshot" {
            let board = answer::board(data)?;
            let same = (board.epoch, board.version) == (at.epoch, at.version);
            return if same { Ok(Frame::Snapshot(Arc::new(board))) } else { Err("it is of another version".into()) };
        }
        let digest = digest(name, data);
        let restaurant = seen.screens[self.index].0.clone();
        let shown = seen.places.entry(restaurant).or_default().events.entry(at.version.0).or_default();
        let known = shown.iter().position(|(known, _)| *known == digest);
        let index = known.unwrap_or(shown.len());
        if known.is_none() {
            let event = parse::<WireEvent>(data)?.read(name)?;
            if event.event.version != at.version {
                return Err("it carries another version".into());
            }
            shown.push((digest, event));
        }
        Ok(Frame::Event(at, index))
    }

    fn note(&self, frame: Frame) {
        self.recorder.seen.lock().screens[self.index].1.push(frame);
    }
}

fn position(id: &str) -> Option<Position> {
    let (epoch, version) = id.split_once('-')?;
    Some(Position { epoch: Epoch(epoch.parse().ok()?), version: Version(version.parse().ok()?) })
}

fn digest(name: &str, data: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (name, data).hash(&mut hasher);
    hasher.finish()
}
