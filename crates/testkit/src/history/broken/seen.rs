//! What was shown.

use std::sync::Arc;

use feedme_kitchen::{Change, Event, Kitchen, Time, Version};

use super::{broken, placing};
use crate::history::{Final, Look, Moment, Seen};

#[test]
fn a_hole_or_a_repeat_in_what_a_screen_saw() {
    let position =
        |frames: &[Seen]| frames.windows(2).position(|pair| matches!(pair, [Seen::Events(_), Seen::Events(_)]));
    broken("follows", |history| {
        history.screens.iter_mut().find_map(|screen| {
            let at = position(&screen.frames)?;
            screen.frames.remove(at);
            Some(())
        })
    });
    broken("follows", |history| {
        history.screens.iter_mut().find_map(|screen| {
            let at = position(&screen.frames)?;
            screen.frames.insert(at, screen.frames[at].clone());
            Some(())
        })
    });
}

#[test]
fn a_screen_that_saw_another_event() {
    broken("is not the one in the database", |history| {
        history.screens.iter_mut().flat_map(|screen| &mut screen.frames).find_map(|seen| {
            let Seen::Events(chunk) = seen else { return None };
            let event = Arc::get_mut(chunk)?.events.first_mut()?;
            *event = Arc::new(Event { at: Time(event.at.0 + 1), ..Event::clone(event) });
            Some(())
        })
    });
}

#[test]
fn a_snapshot_of_something_else() {
    broken("shows something else", |history| {
        history.screens.iter_mut().flat_map(|screen| &mut screen.frames).find_map(|seen| {
            let Seen::Snapshot(snapshot) = seen else { return None };
            let shown = Arc::get_mut(snapshot)?;
            shown.settings.cook_ms += 1;
            Some(())
        })
    });
    broken("which never was", |history| {
        history.screens.iter_mut().flat_map(|screen| &mut screen.frames).find_map(|seen| {
            let Seen::Snapshot(snapshot) = seen else { return None };
            Arc::get_mut(snapshot)?.version = Version(1 << 40);
            Some(())
        })
    });
}

#[test]
fn a_screen_that_goes_back_in_time() {
    broken("it went back", |history| {
        let screen = history.screens.first_mut()?;
        let first = screen.frames.iter().find(|seen| matches!(seen, Seen::Snapshot(_)))?.clone();
        screen.frames.push(first);
        Some(())
    });
}

#[test]
fn a_board_without_what_was_acknowledged() {
    broken("was shown after version", |history| {
        let call = placing(history).next()?.clone();
        history.looks.push(Look {
            restaurant: call.restaurant,
            start: Moment(call.end.0 + 1),
            end: Moment(call.end.0 + 2),
            version: Version(0),
        });
        Some(())
    });
}

#[test]
fn what_is_left_over_in_the_end() {
    broken("is still Pending", |history| {
        let author_of_one = |last: &mut Final| {
            let event = last.events.iter().find(|event| matches!(event.change, Change::OrderPlaced(_)))?;
            let mut kitchen = Kitchen::default();
            let event = Event { version: Version(1), ..Event::clone(event) };
            kitchen.apply(&event).ok()?;
            last.loaded = kitchen;
            Some(())
        };
        history.finals.values_mut().next().and_then(author_of_one)
    });
    broken("in the end", |history| {
        let screen = history.screens.first_mut()?;
        let last = screen.frames.iter().rposition(|seen| matches!(seen, Seen::Events(_)))?;
        screen.frames.truncate(last);
        Some(())
    });
}
