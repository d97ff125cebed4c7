//! Numbers are 1, 2, 3 … but for those passed over; who was acknowledged before another was asked has the
//! smaller one; a number means one order for ever.

use std::collections::HashMap;

use feedme_kitchen::{Change, Command, Order, OrderId, OrderNumber, Outcome};
use feedme_store::RestaurantId;

use super::{Call, Ended, Final, History, Moment, Seen, demand};

pub(super) fn check(history: &History, found: &mut Vec<String>) {
    let mut meanings = Meanings::default();
    for (restaurant, last) in &history.finals {
        check_sequence(last, found);
        check_real_time(&history.calls_of(*restaurant), found);
        last.rows.iter().for_each(|order| meanings.note(*restaurant, order, found));
    }
    for call in &history.calls {
        if let Ended::Ok { outcome: Outcome::Order(order) | Outcome::Completion { order, .. }, .. } = &call.outcome {
            meanings.note(call.restaurant, order, found);
        }
    }
    for screen in &history.screens {
        for seen in &screen.frames {
            match seen {
                Seen::Snapshot(all) => {
                    all.orders.iter().for_each(|order| meanings.note(screen.restaurant, order, found));
                }
                Seen::Events(chunk) => {
                    let orders = chunk.events.iter().filter_map(|event| event.change.order());
                    orders.for_each(|order| meanings.note(screen.restaurant, order, found));
                }
                Seen::Connected(_) | Seen::Gone => {}
            }
        }
    }
}

fn check_sequence(last: &Final, found: &mut Vec<String>) {
    let mut next = OrderNumber(1);
    for event in &last.events {
        match &event.change {
            Change::OrderPlaced(order) => {
                let number = order.number();
                demand(found, number == next, || format!("number {number} was given out where {next} was due"));
                next = number.next();
            }
            Change::NumbersSkipped { next_order, .. } => {
                demand(found, *next_order >= next, || format!("numbers went back to {next_order}"));
                next = *next_order;
            }
            _ => {}
        }
    }
}

/// `calls` are sorted by start.
fn check_real_time(calls: &[&Call], found: &mut Vec<String>) {
    let mut ended: Vec<(Moment, OrderNumber)> =
        calls.iter().filter_map(|call| Some((call.end, placed(call)?))).collect();
    ended.sort_unstable();
    let (mut ended, mut highest) = (ended.into_iter().peekable(), OrderNumber(0));
    for call in calls {
        while let Some((_, number)) = ended.next_if(|(end, _)| *end < call.start) {
            highest = highest.max(number);
        }
        if let Some(number) = placed(call) {
            demand(found, number > highest, || {
                format!("number {number} was asked for after number {highest} was acknowledged")
            });
        }
    }
}

fn placed(call: &Call) -> Option<OrderNumber> {
    match (&call.command, &call.outcome) {
        (Command::PlaceOrder { .. }, Ended::Ok { outcome: Outcome::Order(order), .. }) => Some(order.number()),
        _ => None,
    }
}

#[derive(Default)]
struct Meanings(HashMap<(RestaurantId, OrderNumber), OrderId>);

impl Meanings {
    fn note(&mut self, restaurant: RestaurantId, order: &Order, found: &mut Vec<String>) {
        let meant = *self.0.entry((restaurant, order.number())).or_insert(order.id());
        demand(found, meant == order.id(), || {
            format!("number {} means both {meant} and {}", order.number(), order.id())
        });
    }
}
