//! Every screen sees the same events in the same order, without a hole or a repeat; what was acknowledged is
//! shown; no screen goes back in time.

use std::collections::HashMap;

use feedme_kitchen::{UserId, Version};

use super::{Call, Ended, Epoch, Final, Key, Moment, Part, Position, ScreenLog, Seen, demand};

pub(super) fn check(part: &Part<'_>, found: &mut Vec<String>) {
    for (index, screen) in &part.screens {
        let mut here = Vec::new();
        check_screen(screen, part.last, &mut here);
        found.extend(here.into_iter().map(|what| format!("screen {index}: {what}")));
    }
    check_looks(part, found);
}

fn check_screen(screen: &ScreenLog, last: &Final, found: &mut Vec<String>) {
    let began: HashMap<Epoch, Version> = last.epochs.iter().map(|(version, epoch)| (*epoch, *version)).collect();
    let (mut at, mut highest) = (None::<Position>, None::<Position>);
    for seen in &screen.frames {
        match seen {
            Seen::Connected(from) => {
                at = *from;
                // A screen that asks for what it had before gets it; nothing goes back by itself.
                let asked_back = from
                    .filter(|from| highest.is_some_and(|had| from.epoch == had.epoch && from.version < had.version));
                highest = asked_back.or(highest);
            }
            Seen::Gone => {}
            Seen::Heartbeat(says) => {
                demand(found, at.is_none_or(|at| at == *says), || {
                    format!("a heartbeat says {says:?} to a screen that was told everything up to {at:?}")
                });
            }
            Seen::Snapshot(board) => {
                at = Some(Position { epoch: board.epoch, version: board.version });
                demand(found, began.contains_key(&board.epoch), || "a snapshot of an unknown epoch".into());
            }
            Seen::Events(epoch, events) => {
                let first = events.first().map_or(Version(0), |event| event.version);
                let follows = at.is_some_and(|at| at.epoch == *epoch && first == at.version.next());
                demand(found, follows, || format!("event {first} of {} follows {at:?}", epoch.0));
                for event in events {
                    demand(found, last.event(event.version) == Some(event), || {
                        format!("event {} is not the one in the database", event.version)
                    });
                }
                at = Some(Position { epoch: *epoch, version: events.last().map_or(first, |event| event.version) });
            }
        }
        if matches!(seen, Seen::Snapshot(_) | Seen::Events(..)) {
            let back = at.zip(highest).is_some_and(|(at, highest)| {
                at.epoch == highest.epoch && at.version < highest.version
                    || began.get(&at.epoch) < began.get(&highest.epoch)
            });
            demand(found, !back, || format!("it went back from {highest:?} to {at:?}"));
            highest = at;
        }
    }
}

/// Whether every screen shows the last version in the end.
pub(super) fn check_agreement(part: &Part<'_>, found: &mut Vec<String>) {
    let Some(last) = part.last.events.last().map(|event| event.version) else { return };
    for (index, screen) in &part.screens {
        let shown = screen.frames.iter().rev().find_map(|seen| match seen {
            Seen::Snapshot(board) => Some(board.version),
            Seen::Events(_, events) => events.last().map(|event| event.version),
            Seen::Connected(_) | Seen::Heartbeat(_) | Seen::Gone => None,
        });
        demand(found, shown == Some(last), || format!("screen {index} shows {shown:?} in the end, and not {last}"));
    }
}

/// A board that is asked for after something was acknowledged, or shown to anybody, shows that.
fn check_looks(part: &Part<'_>, found: &mut Vec<String>) {
    let (mut looks, mut known) = (part.looks.clone(), Known::of(part));
    looks.sort_by_key(|look| look.start);
    for look in looks {
        let must = known.before(look.start);
        demand(found, look.version >= must, || {
            format!("version {} was shown after version {must} was acknowledged or shown", look.version)
        });
    }
}

/// What was acknowledged or shown to anybody, by when.
pub(super) struct Known {
    ended: std::iter::Peekable<std::vec::IntoIter<(Moment, Version)>>,
    highest: Version,
}

impl Known {
    pub(super) fn of(part: &Part<'_>) -> Self {
        let effects = Effects::of(part);
        let acknowledged = part.calls.iter().filter_map(|call| effects.acknowledged(call));
        let shown = part.looks.iter().map(|look| (look.end, look.version));
        let mut ended: Vec<_> = acknowledged.chain(shown).collect();
        ended.sort_unstable();
        Self { ended: ended.into_iter().peekable(), highest: Version(0) }
    }

    /// The highest version that was known before a moment. Moments must not fall.
    pub(super) fn before(&mut self, moment: Moment) -> Version {
        while let Some((_, version)) = self.ended.next_if(|(end, _)| *end < moment) {
            self.highest = self.highest.max(version);
        }
        self.highest
    }
}

/// The version after the effect of each call, and of each key.
struct Effects<'a> {
    by_caller: HashMap<UserId, Version>,
    by_key: HashMap<&'a Key, Version>,
}

impl<'a> Effects<'a> {
    fn of(part: &Part<'a>) -> Self {
        let events = part.last.events.iter();
        let by_caller: HashMap<_, _> =
            events.filter_map(|event| Some((part.last.caller(event)?, event.version))).collect();
        let keyed = |call: &&'a Call| Some((call.key.as_ref()?, *by_caller.get(&call.caller)?));
        let by_key = part.calls.iter().filter_map(keyed).collect();
        Self { by_caller, by_key }
    }

    fn acknowledged(&self, call: &Call) -> Option<(Moment, Version)> {
        let version = match &call.outcome {
            Ended::Ok { version, .. } => version.or_else(|| self.by_caller.get(&call.caller).copied())?,
            Ended::Replayed(_) => *self.by_key.get(call.key.as_ref()?)?,
            Ended::Refused(_) | Ended::Unknown => return None,
        };
        Some((call.end, version))
    }
}
