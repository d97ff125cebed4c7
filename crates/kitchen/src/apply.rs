//! Folding events into the state.
//!
//! The fold does not trust its input: an event that no legal command could have made is refused as
//! [`Corrupt`], so replaying a restaurant's events proves that they form legal paths only.

use std::sync::Arc;

use crate::{BotId, Change, Event, Kitchen, Order, OrderId, Rows, State, Status, Time, Version};

/// An event that cannot follow the state it meets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Corrupt {
    /// Events are missing or repeated.
    #[error("event {found} follows event {after}")]
    OutOfSequence {
        /// The state's version.
        after: Version,
        /// The event's number.
        found: Version,
    },
    /// No command could have made this event here.
    #[error("event {version} ({name}) is illegal: {why}")]
    Illegal {
        /// The event's number.
        version: Version,
        /// The event's name.
        name: &'static str,
        /// What it violates.
        why: &'static str,
    },
}

impl Kitchen {
    /// Folds one event into the state. When it is refused the state is unchanged.
    pub fn apply(&mut self, event: &Event) -> Result<(), Corrupt> {
        self.fold(event, None)
    }

    /// Folds one event and notes the rows that it changed.
    pub fn apply_noting(&mut self, event: &Event, rows: &mut Rows) -> Result<(), Corrupt> {
        self.fold(event, Some(rows))
    }

    pub(crate) fn fold(&mut self, event: &Event, mut rows: Option<&mut Rows>) -> Result<(), Corrupt> {
        if event.version != self.version.next() {
            return Err(Corrupt::OutOfSequence { after: self.version, found: event.version });
        }
        self.check_legal(event).map_err(|why| Corrupt::Illegal {
            version: event.version,
            name: event.change.name(),
            why,
        })?;

        let at = event.at;
        match &event.change {
            Change::OrderPlaced(order) => {
                self.counters.next_order = order.number().next();
                self.put(order, &mut rows);
            }
            Change::OrderStarted(order) => self.fold_started(order, at, &mut rows),
            Change::OrderCompleted(order)
            | Change::OrderReturned(order)
            | Change::OrderCancelled(order)
            | Change::OrderCollected(order)
            | Change::OrderDeleted(order)
            | Change::OrderRestored(order)
            | Change::OrderArchived(order) => {
                self.release_bot_of(order.id(), at, &mut rows);
                self.put(order, &mut rows);
            }
            Change::OrdersCleared { cancelled, archived } => {
                for id in cancelled {
                    self.release_bot_of(*id, at, &mut rows);
                    self.put_moved(*id, |order| order.cancelled(at), &mut rows);
                }
                for id in archived {
                    self.put_moved(*id, |order| order.archived(at), &mut rows);
                }
            }
            Change::BotAdded(bot) => {
                self.counters.next_bot = bot.number.next();
                self.put_bot(*bot, &mut rows);
            }
            Change::BotIdle(bot) | Change::BotRemoved(bot) => self.put_bot(*bot, &mut rows),
            Change::SettingsChanged(settings) => {
                if settings.policy != self.settings.policy {
                    self.turn = crate::Turn::default();
                }
                self.settings = *settings;
            }
            Change::NumbersSkipped { next_order, next_bot, next_claim } => {
                self.counters =
                    crate::Counters { next_order: *next_order, next_bot: *next_bot, next_claim: *next_claim };
            }
        }
        self.version = event.version;
        self.last_at = at;
        Ok(())
    }

    fn fold_started(&mut self, order: &Arc<Order>, at: Time, rows: &mut Option<&mut Rows>) {
        if self.waiting.contended() {
            self.turn = self.settings.policy.after_contended_pick(self.turn, order.ticket.order_type);
        }
        if let Some(work) = order.work() {
            self.counters.next_claim = work.claim.next();
            if let Some(mut bot) = work.bot.and_then(|id| self.bot(id).copied()) {
                bot.current = Some(order.id());
                bot.updated_at = at;
                self.put_bot(bot, rows);
            }
        }
        self.put(order, rows);
    }

    fn put(&mut self, order: &Arc<Order>, rows: &mut Option<&mut Rows>) {
        self.file(order);
        if let Some(rows) = rows {
            rows.orders.insert(order.id(), Arc::clone(order));
        }
    }

    fn put_moved(&mut self, id: OrderId, step: impl Fn(&Order) -> Option<Order>, rows: &mut Option<&mut Rows>) {
        if let Some(order) = self.orders.get(&id).and_then(|order| step(order)) {
            self.put(&Arc::new(order), rows);
        }
    }

    fn put_bot(&mut self, bot: crate::Bot, rows: &mut Option<&mut Rows>) {
        self.file_bot(bot);
        if let Some(rows) = rows {
            rows.bots.insert(bot.id, bot);
        }
    }

    /// The bot that cooks the order holds nothing from now on.
    fn release_bot_of(&mut self, order: OrderId, at: Time, rows: &mut Option<&mut Rows>) {
        let Some(mut bot) = self.bot_cooking(order) else { return };
        bot.current = None;
        bot.updated_at = at;
        self.put_bot(bot, rows);
    }

    fn bot_cooking(&self, order: OrderId) -> Option<crate::Bot> {
        let id: BotId = self.orders.get(&order)?.work()?.bot?;
        self.bot(id).copied().filter(|bot| bot.current == Some(order))
    }

    /// Says what is wrong with an event, if anything is.
    fn check_legal(&self, event: &Event) -> Result<(), &'static str> {
        let at = event.at;
        demand(at >= self.last_at, "it happened before the event it follows")?;
        match &event.change {
            Change::OrderPlaced(order) => {
                demand(order.status() == Status::Pending, "a new order waits")?;
                demand(order.number() == self.counters.next_order, "its number is not the next")?;
                demand(!self.orders.contains_key(&order.id()), "its id is taken")
            }
            Change::OrderStarted(order) => {
                let work = order.work().ok_or("a started order cooks")?;
                demand(work.claim == self.counters.next_claim, "its claim is not the next")?;
                let bot = work.bot.and_then(|id| self.bot(id)).ok_or("its bot does not exist")?;
                demand(bot.current.is_none(), "its bot is busy")?;
                self.demand_move(order, |before| before.started(work))
            }
            Change::OrderCompleted(order) => self.demand_move(order, |before| before.completed(at)),
            Change::OrderReturned(order) => self.demand_move(order, |before| before.returned(at)),
            Change::OrderCancelled(order) => self.demand_move(order, |before| before.cancelled(at)),
            Change::OrderArchived(order) => self.demand_move(order, |before| before.archived(at)),
            Change::OrderCollected(order) => {
                demand(
                    matches!(order.state, State::Complete { collected_at: Some(_), .. }),
                    "only a ready order is handed over",
                )?;
                self.demand_move_if_live(order, |before| before.collected(at))
            }
            Change::OrderDeleted(order) => {
                demand(order.is_final() && order.deleted_at.is_some(), "only a final order is deleted")?;
                self.demand_move_if_live(order, |before| before.deleted(at))
            }
            Change::OrderRestored(order) => {
                demand(!self.orders.contains_key(&order.id()), "a live order has nothing to restore")?;
                demand(
                    order.deleted_at.is_none() && order.status() != Status::Processing,
                    "a restored order waits or is final",
                )
            }
            Change::OrdersCleared { cancelled, archived } => {
                let legal = |ids: &[OrderId], step: fn(&Order, Time) -> Option<Order>| {
                    ids.iter().all(|id| self.orders.get(id).is_some_and(|order| step(order, at).is_some()))
                };
                demand(legal(cancelled, Order::cancelled), "it cancels what neither waits nor cooks")?;
                demand(legal(archived, Order::archived), "it archives what is not on the board")
            }
            Change::BotAdded(bot) => {
                demand(bot.number == self.counters.next_bot, "its number is not the next")?;
                demand(bot.current.is_none() && bot.deleted_at.is_none(), "a new bot is idle")
            }
            Change::BotIdle(bot) => {
                demand(bot.current.is_none() && bot.deleted_at.is_none(), "an idle bot holds nothing")?;
                let before = self.bot(bot.id).ok_or("the bot does not exist")?;
                demand(before.current.is_none(), "the bot still holds an order")
            }
            Change::BotRemoved(bot) => {
                let before = self.bot(bot.id).ok_or("the bot does not exist")?;
                demand(before.current.is_none(), "the bot still holds an order")?;
                demand(bot.deleted_at.is_some() && bot.current.is_none(), "a removed bot holds nothing")
            }
            Change::SettingsChanged(_) => Ok(()),
            Change::NumbersSkipped { next_order, next_bot, next_claim } => demand(
                *next_order >= self.counters.next_order
                    && *next_bot >= self.counters.next_bot
                    && *next_claim >= self.counters.next_claim,
                "numbers never go back",
            ),
        }
    }

    fn demand_move(&self, after: &Order, step: impl Fn(&Order) -> Option<Order>) -> Result<(), &'static str> {
        demand(self.orders.contains_key(&after.id()), "the order is not live")?;
        self.demand_move_if_live(after, step)
    }

    fn demand_move_if_live(&self, after: &Order, step: impl Fn(&Order) -> Option<Order>) -> Result<(), &'static str> {
        let Some(before) = self.orders.get(&after.id()) else { return Ok(()) };
        demand(step(before).as_ref() == Some(after), "the order could not move so")
    }
}

fn demand(holds: bool, why: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(why) }
}
