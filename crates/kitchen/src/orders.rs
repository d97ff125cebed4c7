//! What may happen to an order after it was placed: it is completed, called off, handed over, deleted, restored.

use std::sync::Arc;

use crate::execute::Step;
use crate::order::UNDO_CANCEL_MS;
use crate::{Change, Completion, Order, OrderId, Outcome, Refusal, State, UserId, Work};

impl Step<'_> {
    /// Completes an order, provided that the work on it is what is meant and, for an automatic bot, that its time
    /// is up. Anything that comes late or twice changes nothing.
    pub(crate) fn complete_order(
        &mut self,
        id: OrderId,
        stored: Option<Arc<Order>>,
        is_meant: impl FnOnce(&Work) -> bool,
    ) -> Result<Outcome, Refusal> {
        let order = self.find(id, stored)?;
        let outcome = |completion, order| Ok(Outcome::Completion { completion, order });
        if order.is_final() {
            return outcome(Completion::AlreadyFinal, order);
        }
        let Some(work) = order.work().filter(is_meant) else {
            return outcome(Completion::Stale, order);
        };
        if let Some(due_at) = work.due_at.filter(|due_at| self.at < *due_at) {
            return Err(Refusal::TooEarly { number: order.number(), due_at });
        }
        let order = Arc::new(order.completed(self.at).ok_or_else(|| wrong_status(&order))?);
        self.emit(Change::OrderCompleted(Arc::clone(&order)));
        if let Some(bot) = work.bot {
            self.note_freed(bot);
        }
        outcome(Completion::Completed, order)
    }

    /// Calls off an order that waits or cooks. Calling it off again changes nothing.
    pub(crate) fn cancel_order(&mut self, id: OrderId, stored: Option<Arc<Order>>) -> Result<Outcome, Refusal> {
        let order = self.find(id, stored)?;
        if matches!(order.state, State::Cancelled { .. }) {
            return Ok(Outcome::Order(order));
        }
        let bot = order.work().and_then(|work| work.bot);
        let order = Arc::new(order.cancelled(self.at).ok_or_else(|| wrong_status(&order))?);
        self.emit(Change::OrderCancelled(Arc::clone(&order)));
        if let Some(bot) = bot {
            self.note_freed(bot);
        }
        Ok(Outcome::Order(order))
    }

    /// Calls off an order for the customer who placed it, who may while it waits. To anybody else it is not there.
    pub(crate) fn cancel_own_order(
        &mut self,
        id: OrderId,
        customer: UserId,
        stored: Option<Arc<Order>>,
    ) -> Result<Outcome, Refusal> {
        let order = self.find_own(id, customer, stored)?;
        match order.state {
            State::Pending | State::Cancelled { .. } => self.cancel_order(id, Some(order)),
            State::Processing(_) | State::Complete { .. } => Err(wrong_status(&order)),
        }
    }

    /// Undoes that.
    pub(crate) fn undo_own_cancellation(
        &mut self,
        id: OrderId,
        customer: UserId,
        stored: Option<Arc<Order>>,
    ) -> Result<Outcome, Refusal> {
        let order = self.find_own(id, customer, stored)?;
        self.restore_order(id, Some(order))
    }

    fn find_own(&self, id: OrderId, customer: UserId, stored: Option<Arc<Order>>) -> Result<Arc<Order>, Refusal> {
        let order = self.find(id, stored)?;
        if order.ticket.user == Some(customer) { Ok(order) } else { Err(Refusal::UnknownOrder) }
    }

    /// Notes that a COMPLETE order was handed over. Doing so again changes nothing.
    pub(crate) fn collect_order(&mut self, id: OrderId, stored: Option<Arc<Order>>) -> Result<Outcome, Refusal> {
        let order = self.find(id, stored)?;
        if matches!(order.state, State::Complete { collected_at: Some(_), .. }) {
            return Ok(Outcome::Order(order));
        }
        let order = Arc::new(order.collected(self.at).ok_or_else(|| wrong_status(&order))?);
        self.emit(Change::OrderCollected(Arc::clone(&order)));
        Ok(Outcome::Order(order))
    }

    /// Deletes a final order from every normal view. Its row and its number stay.
    pub(crate) fn delete_order(&mut self, id: OrderId, stored: Option<Arc<Order>>) -> Result<Outcome, Refusal> {
        let order = self.find(id, stored)?;
        let order = Arc::new(order.deleted(self.at).ok_or_else(|| wrong_status(&order))?);
        self.emit(Change::OrderDeleted(Arc::clone(&order)));
        Ok(Outcome::Order(order))
    }

    /// Undoes a deletion, or a cancellation of the last minute: then the order waits at its old place.
    pub(crate) fn restore_order(&mut self, id: OrderId, stored: Option<Arc<Order>>) -> Result<Outcome, Refusal> {
        let order = self.find_even_deleted(id, stored).ok_or(Refusal::UnknownOrder)?;
        let restored = match order.undeleted(self.at) {
            Some(undeleted) => undeleted,
            None => self.uncancel(&order)?,
        };
        let order = Arc::new(restored);
        self.emit(Change::OrderRestored(Arc::clone(&order)));
        Ok(Outcome::Order(order))
    }

    fn uncancel(&self, order: &Order) -> Result<Order, Refusal> {
        match order.state {
            State::Cancelled { at } if self.at.since_ms(at) > UNDO_CANCEL_MS => {
                Err(Refusal::TooLateToRestore { number: order.number(), window_ms: UNDO_CANCEL_MS })
            }
            _ => order.uncancelled(self.at).ok_or_else(|| wrong_status(order)),
        }
    }
}

fn wrong_status(order: &Order) -> Refusal {
    Refusal::WrongStatus { number: order.number(), status: order.status() }
}
