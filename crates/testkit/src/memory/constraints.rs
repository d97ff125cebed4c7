//! The constraints of the schema, as far as the types leave anything to violate.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use feedme_kitchen::{Bot, BotId, Change, Order, OrderId, Rows, State, UserId, check};
use feedme_store::Write;
use feedme_store::accounts::Account;

use super::shelf::Shelf;

impl Shelf {
    /// Says which constraint refuses the write. Nothing was written yet.
    pub(super) fn check(&self, write: &Write, accounts: &BTreeMap<UserId, Account>) -> Result<(), String> {
        let rows = &write.rows;
        let counters = write.counters;
        demand(counters.next_order.0 >= 1 && counters.next_bot.0 >= 1 && counters.next_claim.0 >= 1, "a counter")?;
        rows.orders.values().try_for_each(|order| check_order(order))?;
        rows.bots.values().try_for_each(check_bot)?;
        check::pairs(rows)?;
        self.check_before(rows)?;
        self.check_numbers(write)?;
        self.check_bots_and_orders(&rows.orders, &rows.bots)?;
        let exists = |order: &Arc<Order>| order.ticket.user.is_none_or(|user| accounts.contains_key(&user));
        demand(rows.orders.values().all(exists), "an order names an account that does not exist")?;
        let mut keys = BTreeSet::new();
        for (scope, answer) in &write.answers {
            demand((200..300).contains(&answer.status), "only answers that say yes are kept")?;
            demand(keys.insert(scope) && !self.answers.contains_key(scope), "an idempotency key is taken")?;
        }
        let first = write.events.first().map_or(write.version.next(), |event| event.version);
        demand(first == write.expected.next(), "the events do not follow")
    }

    /// What changes is what it was when the write was decided.
    fn check_before(&self, rows: &Rows) -> Result<(), String> {
        for (id, before) in &rows.orders_before {
            let is = self.numbers.get(id).and_then(|number| self.orders.get(number));
            demand(is == Some(before), "an order is not what the write was decided on")?;
        }
        for (id, before) in &rows.bots_before {
            demand(self.bots.get(id) == Some(before), "a bot is not what the write was decided on")?;
        }
        Ok(())
    }

    fn check_numbers(&self, write: &Write) -> Result<(), String> {
        let placed = write.events.iter().filter_map(|event| match &event.change {
            Change::OrderPlaced(order) => Some(order.number()),
            _ => None,
        });
        let first_placed = placed.min();
        let mut numbers = BTreeSet::new();
        for order in write.rows.orders.values() {
            let number = order.number();
            demand(numbers.insert(number), "two orders have one number")?;
            let new = first_placed.is_some_and(|first| number >= first);
            demand(!(new && self.orders.contains_key(&number)), "an order's number is taken")?;
            demand(
                !(new && self.numbers.get(&order.id()).is_some_and(|taken| self.orders.contains_key(taken))),
                "an order's id is taken",
            )?;
        }
        for bot in write.rows.bots.values() {
            let owner = self.bot_numbers.get(&bot.number.0);
            let also = write.rows.bots.values().filter(|other| other.number == bot.number).count();
            demand(owner.is_none_or(|owner| *owner == bot.id) && also == 1, "a bot's number is taken")?;
        }
        Ok(())
    }

    /// One cooking order a bot, one bot an order, and nobody names what does not exist, once all is written.
    fn check_bots_and_orders(
        &self,
        orders: &BTreeMap<OrderId, Arc<Order>>,
        bots: &BTreeMap<BotId, Bot>,
    ) -> Result<(), String> {
        let mut cooks = BTreeSet::new();
        for order in orders.values() {
            let named = match order.state {
                State::Processing(work) | State::Complete { work, .. } => work.bot,
                State::Pending | State::Cancelled { .. } => None,
            };
            let exists = |bot: &BotId| bots.contains_key(bot) || self.bots.contains_key(bot);
            demand(named.as_ref().is_none_or(exists), "an order names a bot that does not exist")?;
            let Some(bot) = order.work().and_then(|work| work.bot) else { continue };
            let other = self.cooked_by.get(&bot).filter(|other| !orders.contains_key(other));
            demand(cooks.insert(bot) && other.is_none(), "two orders cook with one bot")?;
        }
        let mut held = BTreeSet::new();
        for order in bots.values().filter_map(|bot| bot.current) {
            let live = self.numbers.get(&order).is_some_and(|number| self.orders.contains_key(number));
            demand(live || orders.contains_key(&order), "a bot holds an order that does not exist")?;
            let other = self.held_by.get(&order).filter(|other| !bots.contains_key(other));
            demand(held.insert(order) && other.is_none(), "two bots hold one order")?;
        }
        Ok(())
    }
}

fn check_order(order: &Order) -> Result<(), String> {
    let created_at = order.ticket.created_at;
    demand(order.number().0 >= 1, "an order's number")?;
    demand(order.deleted_at.is_none() || order.is_final(), "only a final order is deleted")?;
    demand(
        order.archived_at.is_none() || matches!(order.state, State::Complete { .. }),
        "only a ready order leaves the board",
    )?;
    match order.state {
        State::Pending | State::Cancelled { .. } => Ok(()),
        State::Processing(work) => {
            demand(work.bot.is_some(), "an order cooks without a bot")?;
            demand(work.claim.0 >= 1 && work.started_at >= created_at, "an order started before it was placed")
        }
        State::Complete { work, completed_at, .. } => {
            demand(work.claim.0 >= 1 && work.started_at >= created_at, "an order started before it was placed")?;
            demand(completed_at >= work.started_at, "an order was ready before it was started")
        }
    }
}

fn check_bot(bot: &Bot) -> Result<(), String> {
    demand(bot.number.0 >= 1, "a bot's number")?;
    demand(bot.deleted_at.is_none() || bot.current.is_none(), "a removed bot holds an order")
}

fn demand(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}
