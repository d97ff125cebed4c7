//! The log of who did what names every event, in its order.

use feedme_kitchen::{Change, Event, Time};

use super::{Final, demand};

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it happened.
    pub at: Time,
    /// The event's name.
    pub kind: String,
    /// To what.
    pub subject: String,
}

pub(super) fn check(last: &Final, found: &mut Vec<String>) {
    let Some(log) = &last.log else { return };
    let before = usize::try_from(last.first.version().0).unwrap_or(usize::MAX);
    demand(found, log.len() == before.saturating_add(last.events.len()), || {
        format!("the log has {} lines for {} events", log.len(), before.saturating_add(last.events.len()))
    });
    for (event, line) in last.events.iter().zip(log.iter().skip(before)) {
        let number = line.subject.split_once(' ').and_then(|(_, number)| number.parse().ok());
        let same = line.at == event.at && line.kind == event.change.name() && number == numbered(event);
        demand(found, same, || format!("the log says {line:?} of event {} ({})", event.version, event.change.name()));
    }
}

/// The number of the order or the bot that an event is about.
fn numbered(event: &Event) -> Option<u64> {
    match &event.change {
        Change::BotAdded(bot) | Change::BotIdle(bot) | Change::BotRemoved(bot) => Some(bot.number.0),
        change => change.order().map(|order| order.number().0),
    }
}
