//! When the orders of automatic bots are due.

use std::collections::BTreeSet;
use std::sync::Arc;

use feedme_kitchen::{BotId, Change, Claim, Event, Order, OrderId, Time};
use feedme_store::RestaurantId;

/// An order that will be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timer {
    pub(crate) due_at: Time,
    pub(crate) restaurant: RestaurantId,
    pub(crate) order: OrderId,
    pub(crate) bot: BotId,
    pub(crate) claim: Claim,
}

impl Timer {
    /// The timer of an order that cooks with an automatic bot.
    pub(crate) fn of(restaurant: RestaurantId, order: &Order) -> Option<Self> {
        let work = order.work()?;
        Some(Self { due_at: work.due_at?, restaurant, order: order.id(), bot: work.bot?, claim: work.claim })
    }
}

/// The timers of one lane, soonest first. One per automatic bot at work, and the few whose order was returned
/// or called off meanwhile: those find nothing to do when they fire.
#[derive(Debug, Default)]
pub(crate) struct Timers(BTreeSet<Timer>);

impl Timers {
    /// Arms a timer for everything that the events started.
    pub(crate) fn arm_started(&mut self, restaurant: RestaurantId, events: &[Arc<Event>]) {
        for event in events {
            if let Change::OrderStarted(order) = &event.change {
                self.0.extend(Timer::of(restaurant, order));
            }
        }
    }

    /// Arms a timer for each of the orders that an automatic bot cooks.
    pub(crate) fn arm_all(&mut self, restaurant: RestaurantId, orders: &[Arc<Order>]) {
        self.0.extend(orders.iter().filter_map(|order| Timer::of(restaurant, order)));
    }

    /// When the next one fires.
    pub(crate) fn next_due(&self) -> Option<Time> {
        self.0.first().map(|timer| timer.due_at)
    }

    /// Takes the next one, if it is due.
    pub(crate) fn pop_due(&mut self, now: Time) -> Option<Timer> {
        self.0.first().is_some_and(|timer| timer.due_at <= now).then(|| self.0.pop_first())?
    }
}
