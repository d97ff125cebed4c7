//! The scenario that reads the board.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use crate::args::{Board, View};
use crate::check::{Check, Rule};
use crate::connection::{Answer, Connection, Transport};
use crate::drive::drive;
use crate::meter::{Failure, Meter};
use crate::pace::{Pace, Turn};
use crate::report::{Reads, Report, Requests, Span, per_second};
use crate::run::{LoadError, Session};
use crate::sse::Position;
use crate::target::Target;

/// What is recorded while boards are read.
struct Record {
    meter: Meter,
    reads: Reads,
    /// The newest board that anybody has seen.
    newest: Option<Position>,
    never_back: Check,
}

/// Reads boards and checks that none is older than one that was already seen when it was asked for.
pub(crate) async fn run(session: &Session, args: &Board) -> Result<Report, LoadError> {
    let common = &args.common;
    let pace = Rc::new(Pace::new(common.amount(args.reads), common.rate, session.stop.clone()));
    let record = Rc::new(RefCell::new(Record {
        meter: Meter::new(),
        reads: Reads { full: 0, unchanged: 0, bytes: 0 },
        newest: None,
        never_back: Check::new(Rule::NeverBack),
    }));

    session.progress.phase("reading", pace.extent());
    let tick = || session.progress.update(pace.done(), record.borrow().meter.summary(pace.elapsed()));
    let work = {
        let (record, ask) = (Rc::clone(&record), Ask::new(&session.target, args));
        async move |connection: &mut Connection, turn: Turn| {
            let known = record.borrow().newest;
            let request = ask.request(known);
            let sent = Instant::now();
            let outcome = match connection.call(&request).await {
                Ok(answer) => Fetched::read(answer),
                Err(transport) => Err(transport.into()),
            };
            record.borrow_mut().note(&turn, known, sent, outcome);
        }
    };
    let elapsed = drive(&session.target, common.connections.into(), &pace, tick, work).await?;
    session.progress.finish();

    let Record { meter, reads, never_back, .. } = Rc::into_inner(record).expect("the workers ended").into_inner();
    let (succeeded, seconds) = (meter.count_succeeded(), elapsed.as_secs_f64());
    let from_sent = common.rate.and_then(|_| meter.from_sent.row(Span::ReadSent));
    Ok(Report {
        scenario: "board",
        url: common.url.to_string(),
        restaurant: common.restaurant.clone(),
        connections: common.connections.into(),
        rate: common.rate,
        seconds,
        interrupted: session.stop.is_cancelled(),
        requests: Requests {
            succeeded,
            failed: meter.count_failed(),
            unsent: pace.unsent(),
            per_second: per_second(succeeded, seconds),
        },
        completed: None,
        reads: Some(reads),
        screens: None,
        memory: None,
        latencies: meter.from_due.row(Span::Read).into_iter().chain(from_sent).collect(),
        errors: meter.errors(),
        checks: vec![never_back],
    })
}

/// An answer with a board, or without because nothing changed.
struct Fetched {
    position: Position,
    /// The size of the board; `None` when nothing changed.
    bytes: Option<usize>,
}

impl Fetched {
    fn read(answer: Answer<'_>) -> Result<Self, Failure> {
        let bytes = match answer.status {
            200 => Some(answer.body.len()),
            304 => None,
            _ => return Err(Failure::refused(answer)),
        };
        let position = answer.etag.and_then(version_of).ok_or(Transport::Malformed)?;
        Ok(Self { position, bytes })
    }
}

impl Record {
    fn note(&mut self, turn: &Turn, known: Option<Position>, sent: Instant, outcome: Result<Fetched, Failure>) {
        let Fetched { position, bytes } = match outcome {
            Ok(fetched) => fetched,
            Err(failure) => return self.meter.failed(failure),
        };
        self.meter.succeeded(turn, sent, Instant::now());
        match bytes {
            Some(bytes) => {
                self.reads.full += 1;
                self.reads.bytes += bytes as u64;
            }
            None => self.reads.unchanged += 1,
        }
        // Boards of another epoch cannot be compared: the restaurant was restored meanwhile.
        let back = known.filter(|known| known.epoch == position.epoch && known.version > position.version);
        self.never_back.expect(back.is_none(), || {
            let known = back.map_or(0, |known| known.version);
            format!("version {} was answered after {known} had been seen", position.version)
        });
        if self.newest.is_none_or(|newest| newest.epoch != position.epoch || newest.version < position.version) {
            self.newest = Some(position);
        }
    }
}

/// The request for a board.
struct Ask {
    target: Rc<Target>,
    route: &'static str,
    plain: Vec<u8>,
    conditional: bool,
}

impl Ask {
    fn new(target: &Rc<Target>, args: &Board) -> Self {
        let route = match args.view {
            View::Orders => "/orders",
            View::Board => "/board",
        };
        let plain = target.request("GET", route, &[], None);
        Self { target: Rc::clone(target), route, plain, conditional: args.conditional }
    }

    fn request(&self, known: Option<Position>) -> std::borrow::Cow<'_, [u8]> {
        match known.filter(|_| self.conditional) {
            None => (&self.plain).into(),
            Some(known) => {
                let etag = format!("\"{known}\"");
                self.target.request("GET", self.route, &[("if-none-match", &etag)], None).into()
            }
        }
    }
}

/// The position in an `ETag`: `"epoch-version"`, weak or not.
fn version_of(etag: &[u8]) -> Option<Position> {
    let etag = etag.strip_prefix(b"W/").unwrap_or(etag);
    Position::parse(etag.strip_prefix(b"\"")?.strip_suffix(b"\"")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_names_the_version() {
        let position = Position { epoch: 7, version: 12 };
        assert_eq!(version_of(b"\"7-12\""), Some(position));
        assert_eq!(version_of(b"W/\"7-12\""), Some(position));
        assert_eq!(version_of(b"7-12"), None);
        assert_eq!(version_of(b"\"abc\""), None);
    }
}
