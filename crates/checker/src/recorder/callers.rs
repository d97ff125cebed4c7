//! Whose call caused which event, as far as answers and contents tell. An event that no call accounts for, although all
//! callers are known, is blamed on one that was refused, or on nobody.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use feedme_kitchen::{Actor, Change, Command, Event, Order, OrderId, OrderType, Outcome, UserId, Version};
use uuid::Uuid;

use super::Callers;
use crate::{Call, Ended, Key};

/// What was done to what, as an event and a call name it alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Deed {
    /// An order with such a content: who asks does not know its id.
    Placed(Content),
    Added,
    Removed(Uuid),
    RemovedNewest,
    Cancelled(Uuid),
    Collected(Uuid),
    Deleted(Uuid),
    Restored(Uuid),
    Completed(Uuid),
    /// By a bot.
    Claimed(Uuid),
    Cleared,
    Settings,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Content {
    order_type: OrderType,
    note: Option<String>,
    lines: Vec<(String, u8, Option<String>)>,
    external_ref: Option<String>,
}

/// Whose call caused which event of one restaurant. `calls` are in the order in which they were asked, each with the order
/// that a replayed answer was about.
pub(super) fn find(
    calls: &[(Call, Option<OrderId>)],
    events: &[Arc<Event>],
    callers: Callers,
    wrong: &mut Vec<String>,
) -> HashMap<Version, UserId> {
    let mut candidates = Candidates::of(calls);
    let mut found = HashMap::new();
    for event in events.iter().filter(|event| matches!(event.actor, Actor::Open | Actor::User(_) | Actor::Key(_))) {
        let deeds = deeds_in(&event.change);
        let known = candidates.answered(event, &deeds).or_else(|| candidates.retried(event));
        let caller = match callers {
            Callers::Some => known,
            Callers::All => known.or_else(|| candidates.unknown(&deeds)).or_else(|| candidates.blamed(&deeds)),
        };
        match caller {
            Some(index) => {
                found.insert(event.version, calls[index].0.caller);
            }
            None if callers == Callers::All && must_be_asked_for(&event.change) => {
                wrong.push(format!("nobody asked for event {} ({})", event.version, event.change.name()));
            }
            None => {}
        }
    }
    found
}

/// Calls that no event is accounted to yet, each kind in the order in which they were asked. Whatever is taken leaves from
/// the front, so that all of it takes linear time.
struct Candidates<'a> {
    calls: &'a [(Call, Option<OrderId>)],
    used: Vec<bool>,
    placed: HashMap<OrderId, Queue>,
    done: HashMap<Deed, Queue>,
    unknown: HashMap<Deed, Queue>,
    refused: HashMap<Deed, Queue>,
    /// The unknown ones by their key, and the key by the order that a replay told of.
    unknown_of: HashMap<&'a Key, Queue>,
    keys: HashMap<OrderId, &'a Key>,
}

type Queue = VecDeque<usize>;

impl<'a> Candidates<'a> {
    fn of(calls: &'a [(Call, Option<OrderId>)]) -> Self {
        let mut all = Self {
            calls,
            used: vec![false; calls.len()],
            placed: HashMap::new(),
            done: HashMap::new(),
            unknown: HashMap::new(),
            refused: HashMap::new(),
            unknown_of: HashMap::new(),
            keys: HashMap::new(),
        };
        for (index, (call, replayed)) in calls.iter().enumerate() {
            let deed = deed_of(&call.command);
            match (&call.outcome, &deed) {
                (Ended::Ok { outcome: Outcome::Order(order), .. }, Deed::Placed(_)) => {
                    all.placed.entry(order.id()).or_default().push_back(index);
                }
                (Ended::Ok { .. }, _) => all.done.entry(deed).or_default().push_back(index),
                (Ended::Unknown, _) => {
                    if let Some(key) = &call.key {
                        all.unknown_of.entry(key).or_default().push_back(index);
                    }
                    all.unknown.entry(deed).or_default().push_back(index);
                }
                (Ended::Refused(_) | Ended::Replayed(_), _) => {
                    all.keys.extend(replayed.zip(call.key.as_ref()));
                    all.refused.entry(deed).or_default().push_back(index);
                }
            }
        }
        all
    }

    /// A call that was answered with just this.
    fn answered(&mut self, event: &Event, deeds: &[Deed]) -> Option<usize> {
        if let Change::OrderPlaced(order) = &event.change {
            return take(&mut self.used, self.placed.get_mut(&order.id())?);
        }
        for deed in deeds {
            let Some(queue) = self.done.get_mut(deed) else { continue };
            let calls = self.calls;
            let place = queue.iter().position(|index| answers(&calls[*index].0.outcome, event));
            if let Some(index) = place.and_then(|place| queue.remove(place)) {
                self.used[index] = true;
                return Some(index);
            }
        }
        None
    }

    /// A call that got no answer, but whose key was answered with this order later.
    fn retried(&mut self, event: &Event) -> Option<usize> {
        let Change::OrderPlaced(order) = &event.change else { return None };
        take(&mut self.used, self.unknown_of.get_mut(self.keys.get(&order.id())?)?)
    }

    /// A call that got no answer and asked for this.
    fn unknown(&mut self, deeds: &[Deed]) -> Option<usize> {
        deeds.iter().find_map(|deed| take(&mut self.used, self.unknown.get_mut(deed)?))
    }

    /// A call that asked for this and was told that it changed nothing.
    fn blamed(&mut self, deeds: &[Deed]) -> Option<usize> {
        deeds.iter().find_map(|deed| take(&mut self.used, self.refused.get_mut(deed)?))
    }
}

fn take(used: &mut [bool], queue: &mut Queue) -> Option<usize> {
    while let Some(index) = queue.pop_front() {
        if !std::mem::replace(&mut used[index], true) {
            return Some(index);
        }
    }
    None
}

fn deed_of(command: &Command) -> Deed {
    match command {
        Command::PlaceOrder { order_type, note, lines, external_ref, .. } => Deed::Placed(Content {
            order_type: *order_type,
            note: note.clone(),
            lines: lines.iter().map(|line| (line.name.clone(), line.quantity, line.note.clone())).collect(),
            external_ref: external_ref.clone(),
        }),
        Command::AddBot { .. } => Deed::Added,
        Command::RemoveBot(bot) => Deed::Removed(bot.0),
        Command::RemoveNewestBot => Deed::RemovedNewest,
        Command::CancelOrder(order) => Deed::Cancelled(order.0),
        Command::CollectOrder(order) => Deed::Collected(order.0),
        Command::DeleteOrder(order) => Deed::Deleted(order.0),
        Command::RestoreOrder(order) => Deed::Restored(order.0),
        Command::CompleteOrder { order, .. } => Deed::Completed(order.0),
        Command::ClaimOrder(bot) => Deed::Claimed(bot.0),
        Command::ClearOrders => Deed::Cleared,
        _ => Deed::Settings,
    }
}

/// What an event may have been asked for as. What follows from another event was not asked for.
fn deeds_in(change: &Change) -> Vec<Deed> {
    match change {
        Change::OrderPlaced(order) => vec![Deed::Placed(content(order))],
        Change::OrderCancelled(order) => vec![Deed::Cancelled(order.id().0)],
        Change::OrderCollected(order) => vec![Deed::Collected(order.id().0)],
        Change::OrderDeleted(order) => vec![Deed::Deleted(order.id().0)],
        Change::OrderRestored(order) => vec![Deed::Restored(order.id().0)],
        Change::OrderCompleted(order) => vec![Deed::Completed(order.id().0)],
        // An automatic bot is given its order by whatever came before.
        Change::OrderStarted(order) => match order.work() {
            Some(work) if work.due_at.is_none() => work.bot.map(|bot| Deed::Claimed(bot.0)).into_iter().collect(),
            _ => Vec::new(),
        },
        Change::BotAdded(_) => vec![Deed::Added],
        Change::BotRemoved(bot) => vec![Deed::Removed(bot.id.0), Deed::RemovedNewest],
        Change::OrdersCleared { .. } => vec![Deed::Cleared],
        Change::SettingsChanged(_)
        | Change::RestaurantRenamed(_)
        | Change::RestaurantArchived
        | Change::RestaurantRestored => vec![Deed::Settings],
        Change::OrderReturned(_) | Change::OrderArchived(_) | Change::BotIdle(_) | Change::NumbersSkipped { .. } => {
            Vec::new()
        }
    }
}

fn must_be_asked_for(change: &Change) -> bool {
    !matches!(change, Change::OrderStarted(_)) && !deeds_in(change).is_empty()
}

fn content(order: &Order) -> Content {
    let ticket = &*order.ticket;
    Content {
        order_type: ticket.order_type,
        note: ticket.note.clone(),
        lines: ticket.lines.iter().map(|line| (line.name.clone(), line.quantity, line.note.clone())).collect(),
        external_ref: ticket.external_ref.clone(),
    }
}

/// Whether a call was answered with what an event did.
fn answers(ended: &Ended, event: &Event) -> bool {
    let Ended::Ok { outcome, .. } = ended else { return false };
    let order = event.change.order();
    match (outcome, &event.change) {
        (Outcome::Order(told) | Outcome::Completion { order: told, .. }, _) => {
            order.is_some_and(|order| told.id() == order.id() && told.updated_at == event.at)
        }
        (Outcome::Claimed { order: Some(told), .. }, _) => {
            order.is_some_and(|order| told.work().map(|work| work.claim) == order.work().map(|work| work.claim))
        }
        (Outcome::Bot(told), Change::BotAdded(bot))
        | (Outcome::BotRemoved { bot: told, .. }, Change::BotRemoved(bot)) => told.id == bot.id,
        (Outcome::Cleared { cleared, cancelled }, Change::OrdersCleared { cancelled: gone, archived }) => {
            (*cleared, *cancelled) == (archived.len(), gone.len())
        }
        (Outcome::Settings(told), Change::SettingsChanged(settings)) => told == settings,
        (Outcome::Restaurant(told), Change::RestaurantRenamed(name)) => told.name == *name,
        (Outcome::Restaurant(told), Change::RestaurantArchived) => told.archived_at == Some(event.at),
        (Outcome::Restaurant(told), Change::RestaurantRestored) => told.archived_at.is_none(),
        _ => false,
    }
}
