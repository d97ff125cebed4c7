//! Numbers are 1, 2, 3 … but for those passed over; who was acknowledged before another was asked has the
//! smaller one; a number means one order for ever, and an order is of one restaurant.

use std::collections::HashMap;

use feedme_kitchen::{Change, Command, Order, OrderId, OrderNumber, Outcome, UserId};

use super::{Ended, Final, History, Key, Moment, Part, Restaurant, Seen, demand};

pub(super) fn check(part: &Part<'_>, found: &mut Vec<String>) {
    check_sequence(part.last, found);
    check_real_time(part, found);
    let mut meanings = Meanings::default();
    orders(part).for_each(|order| meanings.note(order, found));
}

/// No order is in two restaurants.
pub(super) fn check_owners(history: &History, found: &mut Vec<String>) {
    let mut owners = HashMap::<OrderId, &Restaurant>::new();
    for (restaurant, part) in &history.parts(&mut Vec::new()) {
        for order in orders(part) {
            let owner = *owners.entry(order.id()).or_insert(restaurant);
            demand(found, owner == *restaurant, || {
                format!("order {} was shown in restaurant {owner} and in {restaurant}", order.id())
            });
        }
    }
}

/// Every order that was shown in any way, as often as it was.
fn orders<'a>(part: &'a Part<'_>) -> impl Iterator<Item = &'a Order> {
    let rows = part.last.rows.iter();
    let answered = part.calls.iter().filter_map(|call| match &call.outcome {
        Ended::Ok { outcome: Outcome::Order(order) | Outcome::Completion { order, .. }, .. } => Some(order),
        Ended::Ok { outcome: Outcome::Claimed { order, .. }, .. } => order.as_ref(),
        _ => None,
    });
    let looked = part.looks.iter().filter_map(|look| look.board.as_ref()).flat_map(|board| &board.orders);
    let found = part.lookups.iter().filter_map(|lookup| lookup.found.as_ref());
    let frames = part.screens.iter().flat_map(|(_, screen)| &screen.frames);
    let seen = frames.flat_map(|seen| -> Box<dyn Iterator<Item = _>> {
        match seen {
            Seen::Snapshot(board) => Box::new(board.orders.iter()),
            Seen::Events(_, events) => Box::new(events.iter().filter_map(|event| event.change.order())),
            Seen::Connected(_) | Seen::Heartbeat(_) | Seen::Gone => Box::new(std::iter::empty()),
        }
    });
    rows.chain(answered).chain(looked).chain(found).chain(seen).map(|order| &**order)
}

fn check_sequence(last: &Final, found: &mut Vec<String>) {
    let mut next = last.first.counters().next_order;
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

/// Whoever asked after a number was acknowledged has a larger one, also when they were never told.
fn check_real_time(part: &Part<'_>, found: &mut Vec<String>) {
    let placed = Placed::of(part);
    let mut ended: Vec<(Moment, OrderNumber)> = Vec::new();
    for call in &part.calls {
        let number = match &call.outcome {
            Ended::Ok { outcome: Outcome::Order(order), .. } if is_placing(&call.command) => Some(order.number()),
            Ended::Replayed(_) => call.key.as_ref().and_then(|key| placed.by_key.get(key)).copied(),
            _ => None,
        };
        ended.extend(number.map(|number| (call.end, number)));
    }
    ended.sort_unstable();
    let (mut ended, mut highest) = (ended.into_iter().peekable(), OrderNumber(0));
    for call in &part.calls {
        while let Some((_, number)) = ended.next_if(|(end, _)| *end < call.start) {
            highest = highest.max(number);
        }
        let told = match &call.outcome {
            Ended::Ok { outcome: Outcome::Order(order), .. } if is_placing(&call.command) => Some(order.number()),
            _ => placed.by_caller.get(&call.caller).copied(),
        };
        if let Some(number) = told {
            demand(found, number > highest, || {
                format!("number {number} was asked for after number {highest} was acknowledged")
            });
        }
    }
}

fn is_placing(command: &Command) -> bool {
    matches!(command, Command::PlaceOrder { .. })
}

/// The numbers that calls were given, whatever they were told.
struct Placed<'a> {
    by_caller: HashMap<UserId, OrderNumber>,
    by_key: HashMap<&'a Key, OrderNumber>,
}

impl<'a> Placed<'a> {
    fn of(part: &Part<'a>) -> Self {
        let mut by_caller = HashMap::new();
        for event in &part.last.events {
            if let (Change::OrderPlaced(order), Some(caller)) = (&event.change, part.last.caller(event)) {
                by_caller.insert(caller, order.number());
            }
        }
        let keyed = |call: &&'a super::Call| Some((call.key.as_ref()?, *by_caller.get(&call.caller)?));
        let by_key = part.calls.iter().filter_map(keyed).collect();
        Self { by_caller, by_key }
    }
}

#[derive(Default)]
struct Meanings(HashMap<OrderNumber, OrderId>);

impl Meanings {
    fn note(&mut self, order: &Order, found: &mut Vec<String>) {
        let meant = *self.0.entry(order.number()).or_insert(order.id());
        demand(found, meant == order.id(), || {
            format!("number {} means both {meant} and {}", order.number(), order.id())
        });
    }
}
