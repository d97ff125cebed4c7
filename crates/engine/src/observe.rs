//! What the engine tells whoever watches it. Metrics, logs and traces are made of it; nothing depends on them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use feedme_kitchen::{BotId, Event, Kitchen, Order, OrderId, Time};
use feedme_store::RestaurantId;

/// Somebody who watches the engine. What is told is told where the work is done: an observer neither waits nor fails,
/// and is quick.
pub trait Observer: fmt::Debug + Send + Sync {
    /// A restaurant is about to be served here: told before anything else about it, with how addresses name it.
    fn serves(&self, _restaurant: RestaurantId, _slug: &str) {}

    /// A restaurant is served here from now on.
    fn adopted(&self, _restaurant: &Adopted) {}

    /// A restaurant is no longer served here.
    fn let_go(&self, _restaurant: RestaurantId) {}

    /// A lane has tried to commit.
    fn commit(&self, _commit: &Commit<'_>) {}

    /// Events of a restaurant, decided here, are durable.
    fn committed(&self, _committed: &Committed<'_>) {}

    /// A commit did not say what became of it, and is tried again.
    fn retried(&self) {}

    /// Somebody said that an order is done which they no longer hold.
    fn stale_completion(&self, _restaurant: RestaurantId, _order: OrderId, _bot: BotId) {}

    /// A sweep has ended.
    fn swept(&self, _sweep: &Sweep) {}

    /// This process holds the lease of the sweep, as of this time.
    fn holds_sweep(&self, _at: Time) {}
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}

/// A restaurant that is served here from now on.
#[derive(Clone, Copy, Debug)]
pub struct Adopted {
    /// Which.
    pub restaurant: RestaurantId,
    /// How many bots and orders contradicted each other, and were put right.
    pub contradictions: usize,
    /// How long it took until all that was durable.
    pub took: Duration,
}

/// What became of one restaurant's part in a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It is durable.
    Won,
    /// Another process was quicker: nothing of it was written, and its commands are decided again.
    Conflict,
    /// The database refused it, by a constraint: nothing of it was written.
    Violated,
    /// The database was away, or did not say what became of it in the end.
    Failed,
}

/// A batch of commands that a lane decided and committed together, by a number of this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchNumber(pub u64);

/// What a lane tried to commit at once.
#[derive(Clone, Copy, Debug)]
pub struct Commit<'a> {
    /// Which.
    pub batch: BatchNumber,
    /// How long it took until the batch was decided, before the database was asked.
    pub deciding: Duration,
    /// How many commands it carries.
    pub commands: usize,
    /// How long the database took, until its outcome was known.
    pub took: Duration,
    /// Each restaurant, and what became of its part.
    pub outcomes: &'a [(RestaurantId, Outcome)],
}

/// Events that are durable, and what they changed.
#[derive(Clone, Copy, Debug)]
pub struct Committed<'a> {
    /// In which batch.
    pub batch: BatchNumber,
    /// Of which restaurant.
    pub restaurant: RestaurantId,
    /// What happened, in order.
    pub events: &'a [Arc<Event>],
    /// How it stood before.
    pub before: &'a Kitchen,
}

impl Committed<'_> {
    /// An order as it was before one of the events, if it was part of the live state.
    #[must_use]
    pub fn order_before(&self, event: usize, order: OrderId) -> Option<&Arc<Order>> {
        let mut earlier = self.events.iter().take(event).rev().filter_map(|event| event.change.order());
        earlier.find(|it| it.id() == order).or_else(|| self.before.order(order))
    }
}

/// A look for what is overdue.
#[derive(Clone, Copy, Debug)]
pub struct Sweep {
    /// How long it took.
    pub took: Duration,
    /// Orders whose completion it asked for; `None` when it failed.
    pub overdue: Option<usize>,
}

#[cfg(test)]
mod tests {
    use feedme_kitchen::{Actor, Change, OrderNumber, OrderType, Ticket, Version};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_order_is_known_as_it_was_before_each_event() {
        let id = OrderId(Uuid::from_u128(1));
        let placed = Arc::new(Order::placed(Ticket {
            id,
            number: OrderNumber(1),
            order_type: OrderType::Vip,
            user: None,
            note: None,
            lines: Vec::new(),
            external_ref: None,
            created_at: Time(5),
        }));
        let cancelled = Arc::new(placed.cancelled(Time(9)).expect("it waits"));
        let event =
            |version, change| Arc::new(Event { version: Version(version), at: Time(9), actor: Actor::Open, change });
        let events = [
            event(1, Change::OrderPlaced(Arc::clone(&placed))),
            event(2, Change::OrderCancelled(Arc::clone(&cancelled))),
            event(3, Change::OrderRestored(Arc::clone(&placed))),
        ];
        let (restaurant, before) = (RestaurantId(Uuid::nil()), Kitchen::default());
        let committed = Committed { batch: BatchNumber(1), restaurant, events: &events, before: &before };
        assert_eq!(committed.order_before(0, id), None);
        assert_eq!(committed.order_before(1, id), Some(&placed));
        assert_eq!(committed.order_before(2, id), Some(&cancelled));
        assert_eq!(committed.order_before(2, OrderId(Uuid::nil())), None);
    }
}
