//! Automatic bots complete their orders when they are due, and no later than three seconds after while a
//! node lives and its store answers.

use feedme_kitchen::{Change, Time};

use super::{Final, Trouble, demand};

/// How late a completion may be.
const LATE_MS: u64 = 3000;

pub(super) fn check(last: &Final, troubles: &[Trouble], found: &mut Vec<String>) {
    let mut troubles = troubles.to_vec();
    troubles.sort_unstable();
    for event in &last.events {
        let Change::OrderCompleted(order) = &event.change else { continue };
        let feedme_kitchen::State::Complete { work, completed_at, .. } = order.state else { continue };
        let Some(due_at) = work.due_at else { continue };
        let number = order.number();
        demand(found, completed_at >= due_at, || format!("order {number} was complete before it was due"));
        let deadline = deadline(due_at, &troubles);
        demand(found, completed_at <= deadline, || {
            format!("order {number} was due at {due_at} and complete at {completed_at}, after {deadline}")
        });
    }
}

/// Three seconds after it was due, or after the trouble in which that falls.
fn deadline(due_at: Time, troubles: &[Trouble]) -> Time {
    let mut deadline = due_at.plus_ms(LATE_MS);
    // What ended before the order was due is of no concern; long histories have many of those.
    let first = troubles.partition_point(|trouble| trouble.from.plus_ms(LATE_MS) < due_at && trouble.to < due_at);
    for trouble in &troubles[first..] {
        if trouble.from > deadline {
            break;
        }
        deadline = deadline.max(trouble.to.plus_ms(LATE_MS));
    }
    deadline
}
