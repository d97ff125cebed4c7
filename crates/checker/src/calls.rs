//! What was acknowledged is there, with the same content; what was refused left nothing; what is unknown
//! happened once or not at all.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use feedme_kitchen::{Change, Command, Event, Order, OrderId, Outcome, Refusal, UserId};
use uuid::Uuid;

use super::{Call, Ended, Final, Part, demand};

pub(super) fn check(part: &Part<'_>, found: &mut Vec<String>) {
    let mut by_caller = HashMap::<UserId, Vec<&Arc<Event>>>::new();
    for event in &part.last.events {
        if let Some(caller) = part.last.caller(event) {
            by_caller.entry(caller).or_default().push(event);
        }
    }
    let placed = placed(part.last);
    check_unknown(part, found);
    for call in &part.calls {
        check_call(call, by_caller.get(&call.caller).map_or(&[][..], Vec::as_slice), &placed, found);
    }
}

/// Nobody is told that an order or a bot is unknown which was acknowledged before they asked, unless somebody deleted or
/// removed it.
fn check_unknown(part: &Part<'_>, found: &mut Vec<String>) {
    let unknown = [Refusal::UnknownOrder, Refusal::UnknownBot].map(|refusal| refusal.to_string());
    let gone: HashSet<_> = part.last.events.iter().filter_map(|event| gone(&event.change)).collect();
    let acknowledged: HashMap<_, _> = part.calls.iter().filter_map(|call| Some((made(call)?, call.end))).collect();
    for call in &part.calls {
        let Ended::Refused(why) = &call.outcome else { continue };
        let Some(named) = named(&call.command).filter(|_| unknown.contains(why)) else { continue };
        let known = acknowledged.get(&named).is_some_and(|end| *end < call.start) && !gone.contains(&named);
        demand(found, !known, || format!("unknown after it was acknowledged: {:?} at {}", call.command, call.start.0));
    }
}

/// What a call made, if it did.
fn made(call: &Call) -> Option<Uuid> {
    match (&call.command, &call.outcome) {
        (Command::PlaceOrder { .. }, Ended::Ok { outcome: Outcome::Order(order), .. }) => Some(order.id().0),
        (Command::AddBot { id, .. }, Ended::Ok { .. }) => Some(id.0),
        _ => None,
    }
}

/// What an event took away.
fn gone(change: &Change) -> Option<Uuid> {
    match change {
        Change::OrderDeleted(order) => Some(order.id().0),
        Change::BotRemoved(bot) => Some(bot.id.0),
        _ => None,
    }
}

/// What a command is about: a bot that works on an order is not what it may find unknown first.
fn named(command: &Command) -> Option<Uuid> {
    match command {
        Command::RemoveBot(bot) | Command::ClaimOrder(bot) => Some(bot.0),
        command => command.order().map(|order| order.0),
    }
}

type Placed<'a> = HashMap<OrderId, (usize, &'a Arc<Order>)>;

/// How often each order was placed, and as what.
fn placed(last: &Final) -> Placed<'_> {
    let mut placed = Placed::new();
    for event in &last.events {
        if let Change::OrderPlaced(order) = &event.change {
            placed.entry(order.id()).or_insert((0, order)).0 += 1;
        }
    }
    placed
}

fn check_call(call: &Call, caused: &[&Arc<Event>], placed: &Placed<'_>, found: &mut Vec<String>) {
    let what = || format!("{:?} by {} at {}", call.command, call.caller, call.start.0);
    match &call.outcome {
        Ended::Refused(why) => {
            demand(found, caused.is_empty(), || format!("refused ({why}), but it changed something: {}", what()));
        }
        Ended::Replayed(_) => {
            demand(found, caused.is_empty(), || format!("a replay changed something: {}", what()));
        }
        Ended::Ok { outcome, version, .. } => {
            let last = caused.last().map(|event| event.version);
            demand(found, last.is_none() || version.is_none() || last == *version, || {
                format!("answered with version {version:?}, but its last event is {last:?}: {}", what())
            });
            let must = must_have_happened(&call.command, outcome);
            demand(found, !must || last.is_some(), || format!("acknowledged, but nothing happened: {}", what()));
        }
        Ended::Unknown => {}
    }
    // One step of one kitchen: whatever a call caused stands together.
    let together = caused.windows(2).all(|pair| pair[1].version == pair[0].version.next());
    demand(found, together, || format!("it was carried out twice: {}", what()));
    let Command::PlaceOrder { id, order_type, user, note, lines, external_ref } = &call.command else { return };
    let times = placed.get(id);
    demand(found, times.is_none_or(|(times, _)| *times == 1), || format!("placed more than once: {}", what()));
    let same = times.is_none_or(|(_, order)| {
        let ticket = &order.ticket;
        (ticket.order_type, ticket.user) == (*order_type, *user)
            && (&ticket.note, &ticket.lines, &ticket.external_ref) == (note, lines, external_ref)
    });
    demand(found, same, || format!("stored with another content: {}", what()));
    if let Ended::Ok { outcome: Outcome::Order(answered), .. } = &call.outcome {
        let stored = times.map(|(_, order)| &order.ticket);
        demand(found, stored == Some(&answered.ticket), || {
            format!("acknowledged as {:?}, stored as {stored:?}", answered.ticket)
        });
    }
}

/// Whether a call that was answered so cannot have left everything as it was.
fn must_have_happened(command: &Command, outcome: &Outcome) -> bool {
    use feedme_kitchen::Completion::Completed;
    match outcome {
        Outcome::Completion { completion, .. } => *completion == Completed,
        Outcome::Claimed { order, .. } => order.is_some(),
        Outcome::BotRemoved { .. } => true,
        _ => matches!(
            command,
            Command::PlaceOrder { .. } | Command::AddBot { .. } | Command::DeleteOrder(_) | Command::RestoreOrder(_)
        ),
    }
}
