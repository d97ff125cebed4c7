//! Taking an order.

use std::sync::Arc;

use crate::execute::Step;
use crate::{Change, Line, Order, OrderId, OrderType, Outcome, Refusal, Ticket, UserId};

impl Step<'_> {
    /// Numbers the order and queues it. Whether a bot takes it at once is decided after every command alike.
    pub(crate) fn place_order(
        &mut self,
        id: OrderId,
        order_type: OrderType,
        user: Option<UserId>,
        note: Option<String>,
        lines: Vec<Line>,
        external_ref: Option<String>,
    ) -> Result<Outcome, Refusal> {
        if !self.kitchen.settings.accepting_orders {
            return Err(Refusal::OrderingPaused);
        }
        let number = self.kitchen.counters.next_order;
        let order = Arc::new(Order::placed(Ticket {
            id,
            number,
            order_type,
            user,
            note,
            lines,
            external_ref,
            created_at: self.at,
        }));
        self.emit(Change::OrderPlaced(Arc::clone(&order)));
        Ok(Outcome::Order(order))
    }
}
