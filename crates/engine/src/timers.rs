//! When the orders of automatic bots are due.

use std::collections::BTreeSet;
use std::sync::Arc;

use feedme_kitchen::{BotId, Change, Claim, Event, Order, OrderId, Time};
use feedme_store::RestaurantId;

use crate::driver::Driver;

/// How long after its due time this process completes what another one should have. The other one's completion is heard
/// of within some 50 ms; with two seconds to spare until the order would be late, there is time for a slow commit.
const ANOTHERS_GRACE_MS: u64 = 1000;

/// An order that will be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    /// When.
    pub due_at: Time,
    /// Where.
    pub restaurant: RestaurantId,
    /// Which order.
    pub order: OrderId,
    /// Who cooks it.
    pub bot: BotId,
    /// Under which claim.
    pub claim: Claim,
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
pub(crate) struct Timers {
    armed: BTreeSet<Timer>,
    driver: Driver,
}

impl Timers {
    pub(crate) fn new(driver: Driver) -> Self {
        Self { armed: BTreeSet::new(), driver }
    }

    /// Arms a timer for everything that the events started.
    pub(crate) fn arm_started(&mut self, restaurant: RestaurantId, events: &[Arc<Event>], now: Time) {
        for event in events {
            if let Change::OrderStarted(order) = &event.change {
                self.arm(restaurant, order, now);
            }
        }
    }

    /// Arms a timer for each of the orders that an automatic bot cooks.
    pub(crate) fn arm_all(&mut self, restaurant: RestaurantId, orders: &[Arc<Order>], now: Time) {
        for order in orders {
            self.arm(restaurant, order, now);
        }
    }

    /// Arms a timer for each of the orders that another process has started, for when that one should have completed it
    /// long since: it may be dead, or paused.
    pub(crate) fn arm_for_another(&mut self, restaurant: RestaurantId, orders: &[Arc<Order>]) {
        for order in orders {
            if let Some(timer) = Timer::of(restaurant, order) {
                self.armed.insert(Timer { due_at: timer.due_at.plus_ms(ANOTHERS_GRACE_MS), ..timer });
            }
        }
    }

    fn arm(&mut self, restaurant: RestaurantId, order: &Order, now: Time) {
        let Some(timer) = Timer::of(restaurant, order) else { return };
        match &self.driver {
            // What is due already needs nobody to wait for it.
            Driver::Outside(outside) if timer.due_at > now => outside.tell(timer),
            Driver::Outside(_) | Driver::Timers => {
                self.armed.insert(timer);
            }
        }
    }

    /// When the next one fires.
    pub(crate) fn next_due(&self) -> Option<Time> {
        self.armed.first().map(|timer| timer.due_at)
    }

    /// Takes the next one, if it is due.
    pub(crate) fn pop_due(&mut self, now: Time) -> Option<Timer> {
        self.armed.first().is_some_and(|timer| timer.due_at <= now).then(|| self.armed.pop_first())?
    }
}
