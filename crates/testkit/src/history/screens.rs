//! Every screen sees the same events in the same order, without a hole or a repeat; what was acknowledged is
//! shown; no screen goes back in time.

use std::collections::{BTreeMap, HashMap};

use feedme_engine::Position;
use feedme_kitchen::{UserId, Version};
use feedme_store::{Epoch, KeyScope, RestaurantId};

use super::{Call, Ended, Final, History, Look, Moment, ScreenLog, Seen, caller, demand};

pub(super) fn check(history: &History, found: &mut Vec<String>) {
    for (index, screen) in history.screens.iter().enumerate() {
        let mut here = Vec::new();
        match history.finals.get(&screen.restaurant) {
            Some(last) => check_screen(screen, last, &mut here),
            None => here.push("it follows a restaurant that does not exist".into()),
        }
        found.extend(here.into_iter().map(|what| format!("screen {index}: {what}")));
    }
    check_looks(history, found);
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
            Seen::Snapshot(snapshot) => {
                at = Some(Position { epoch: snapshot.epoch(), version: snapshot.version });
                demand(found, began.contains_key(&snapshot.epoch()), || "a snapshot of an unknown epoch".into());
            }
            Seen::Events(chunk) => {
                let first = chunk.events.first().map_or(Version(0), |event| event.version);
                let follows = at.is_some_and(|at| at.epoch == chunk.epoch && first == at.version.next());
                demand(found, follows, || format!("event {first} of {} follows {at:?}", chunk.epoch));
                for event in &chunk.events {
                    let index = usize::try_from(event.version.0).unwrap_or(0).wrapping_sub(1);
                    demand(found, last.events.get(index) == Some(event), || {
                        format!("event {} is not the one in the database", event.version)
                    });
                }
                let last = chunk.events.last().map_or(first, |event| event.version);
                at = Some(Position { epoch: chunk.epoch, version: last });
            }
        }
        if matches!(seen, Seen::Snapshot(_) | Seen::Events(_)) {
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
pub(super) fn check_agreement(history: &History, found: &mut Vec<String>) {
    for (index, screen) in history.screens.iter().enumerate() {
        let last = history.finals.get(&screen.restaurant).and_then(|last| last.events.last());
        let shown = screen.frames.iter().rev().find_map(|seen| match seen {
            Seen::Snapshot(snapshot) => Some(snapshot.version),
            Seen::Events(chunk) => chunk.events.last().map(|event| event.version),
            Seen::Connected(_) | Seen::Gone => None,
        });
        demand(found, last.is_none() || shown == last.map(|event| event.version), || {
            format!("screen {index} shows {shown:?} in the end, and not {:?}", last.map(|event| event.version))
        });
    }
}

/// A board that is asked for after something was acknowledged, or shown to anybody, shows that.
fn check_looks(history: &History, found: &mut Vec<String>) {
    let mut looks = BTreeMap::<RestaurantId, Vec<&Look>>::new();
    for look in &history.looks {
        looks.entry(look.restaurant).or_default().push(look);
    }
    for (restaurant, mut looks) in looks {
        let calls = history.calls_of(restaurant);
        let effects = effects_of_keys(&calls, history.finals.get(&restaurant));
        let acknowledged = calls.iter().filter_map(|call| acknowledged(call, &effects));
        let mut known: Vec<_> = acknowledged.chain(looks.iter().map(|look| (look.end, look.version))).collect();
        known.sort_unstable();
        looks.sort_by_key(|look| look.start);
        let (mut known, mut must) = (known.into_iter().peekable(), Version(0));
        for look in looks {
            while let Some((_, version)) = known.next_if(|(end, _)| *end < look.start) {
                must = must.max(version);
            }
            demand(found, look.version >= must, || {
                format!("version {} was shown after version {must} was acknowledged or shown", look.version)
            });
        }
    }
}

/// The version after the effect of each key.
fn effects_of_keys<'a>(calls: &[&'a Call], last: Option<&Final>) -> HashMap<&'a KeyScope, Version> {
    let events = last.map_or(&[][..], |last| &last.events);
    let by_caller: HashMap<UserId, Version> =
        events.iter().filter_map(|event| Some((caller(event)?, event.version))).collect();
    calls.iter().filter_map(|call| Some((call.key.as_ref()?, *by_caller.get(&call.caller)?))).collect()
}

fn acknowledged(call: &Call, effects: &HashMap<&KeyScope, Version>) -> Option<(Moment, Version)> {
    match &call.outcome {
        Ended::Ok { version, .. } => Some((call.end, *version)),
        Ended::Replayed(_) => Some((call.end, *effects.get(call.key.as_ref()?)?)),
        Ended::Refused(_) | Ended::Unknown => None,
    }
}
