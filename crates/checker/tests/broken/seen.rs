//! What was shown.

use std::sync::Arc;

use feedme_checker::{Look, Moment, Seen};
use feedme_kitchen::{Event, State, Time, Version};

use crate::{broken, placing};

#[test]
fn a_hole_or_a_repeat_in_what_a_screen_saw() {
    let position =
        |frames: &[Seen]| frames.windows(2).position(|pair| matches!(pair, [Seen::Events(..), Seen::Events(..)]));
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
            let Seen::Events(_, events) = seen else { return None };
            let event = events.first_mut()?;
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
            board: None,
        });
        Some(())
    });
}

#[test]
fn what_is_left_over_in_the_end() {
    broken("is still Pending", |history| {
        let row = history.finals.values_mut().find_map(|last| last.rows.first_mut())?;
        *row = Arc::new(feedme_kitchen::Order { state: State::Pending, ..(**row).clone() });
        Some(())
    });
    broken("in the end", |history| {
        let screen = history.screens.first_mut()?;
        let last = screen.frames.iter().rposition(|seen| matches!(seen, Seen::Events(..)))?;
        screen.frames.truncate(last);
        Some(())
    });
}
