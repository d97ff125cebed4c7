//! Whether the service answers, as far as its last answers tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use feedme_kitchen::Time;
use parking_lot::Mutex;

/// What the service did when it was last asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Nothing is known yet: it was not asked.
    NotAsked,
    /// It answered at this time.
    At(Time),
    /// It has not answered since then.
    NotSince(Time),
    /// It answers, but has refused messages since then, the last with this status.
    Refuses {
        /// Since when.
        since: Time,
        /// With which status.
        status: u16,
    },
}

/// How the service met one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Met {
    Taken,
    Refused(u16),
    NoAnswer,
}

/// The line to the service.
#[derive(Debug)]
pub(crate) struct Contact {
    answers: Mutex<Answers>,
    dropped: Arc<AtomicU64>,
}

impl Contact {
    pub(crate) fn new(dropped: Arc<AtomicU64>) -> Self {
        Self { answers: Mutex::new(Answers::NotAsked), dropped }
    }

    pub(crate) fn answers(&self) -> Answers {
        *self.answers.lock()
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Notes how a message was met.
    pub(crate) fn note(&self, met: Met, now: Time) {
        let mut answers = self.answers.lock();
        let before = *answers;
        *answers = match (met, before) {
            (Met::Taken, _) => Answers::At(now),
            (Met::NoAnswer, Answers::NotSince(since)) => Answers::NotSince(since),
            (Met::NoAnswer, _) => Answers::NotSince(now),
            (Met::Refused(status), Answers::Refuses { since, .. }) => Answers::Refuses { since, status },
            (Met::Refused(status), _) => Answers::Refuses { since: now, status },
        };
        // Only what changes is worth a line: an outage lasts for thousands of orders.
        match (before, *answers) {
            (Answers::NotSince(_) | Answers::Refuses { .. }, Answers::At(_)) => {
                tracing::info!("the delayed-message service answers again");
            }
            (Answers::NotAsked | Answers::At(_) | Answers::Refuses { .. }, Answers::NotSince(_)) => {
                tracing::warn!("the delayed-message service does not answer; the sweep completes what is due");
            }
            (Answers::NotAsked | Answers::At(_) | Answers::NotSince(_), Answers::Refuses { status, .. }) => {
                tracing::warn!(status, "the delayed-message service refuses messages; the sweep completes what is due");
            }
            _ => {}
        }
    }

    /// Notes how a probe was met: a service that refuses messages is not well because it answers probes.
    pub(crate) fn note_probe(&self, met: Met, now: Time) {
        let refuses = matches!(self.answers(), Answers::Refuses { .. });
        if !(refuses && met == Met::Taken) {
            self.note(met, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_known_since_when_the_service_does_not_answer() {
        let contact = Contact::new(Arc::default());
        assert_eq!(contact.answers(), Answers::NotAsked);
        contact.note_probe(Met::Taken, Time(1));
        assert_eq!(contact.answers(), Answers::At(Time(1)));
        contact.note(Met::NoAnswer, Time(2));
        contact.note_probe(Met::NoAnswer, Time(3));
        assert_eq!(contact.answers(), Answers::NotSince(Time(2)));
        contact.note_probe(Met::Taken, Time(4));
        assert_eq!(contact.answers(), Answers::At(Time(4)));
    }

    #[test]
    fn a_service_that_refuses_messages_is_not_well_because_it_answers() {
        let contact = Contact::new(Arc::default());
        contact.note(Met::Refused(401), Time(1));
        contact.note_probe(Met::Taken, Time(2));
        contact.note(Met::Refused(429), Time(3));
        assert_eq!(contact.answers(), Answers::Refuses { since: Time(1), status: 429 });
        contact.note(Met::Taken, Time(4));
        assert_eq!(contact.answers(), Answers::At(Time(4)));
    }
}
