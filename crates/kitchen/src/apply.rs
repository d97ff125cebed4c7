//! Folding events into the state.
//!
//! The fold does not trust its input: an event that no legal command could have made is refused as
//! [`Corrupt`], so replaying a restaurant's events proves that they form legal paths only.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{Bot, BotId, Change, Event, Kitchen, Mode, Order, OrderId, Rows, State, Status, Time, Version};

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
            Change::RestaurantRenamed(name) => self.profile.name = Arc::clone(name),
            Change::RestaurantArchived => self.profile.archived_at = Some(at),
            Change::RestaurantRestored => self.profile.archived_at = None,
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
        if let Some(rows) = rows {
            let first = rows.orders.insert(order.id(), Arc::clone(order)).is_none();
            if let Some(before) = self.orders.get(&order.id()).filter(|_| first) {
                rows.orders_before.insert(order.id(), Arc::clone(before));
                if let Some(bot) = self.bot_of(before).filter(|bot| !rows.bots.contains_key(&bot.id)) {
                    rows.bots_before.insert(bot.id, *bot);
                }
            }
        }
        self.file(order);
    }

    fn put_moved(&mut self, id: OrderId, step: impl Fn(&Order) -> Option<Order>, rows: &mut Option<&mut Rows>) {
        if let Some(order) = self.orders.get(&id).and_then(|order| step(order)) {
            self.put(&Arc::new(order), rows);
        }
    }

    fn put_bot(&mut self, bot: Bot, rows: &mut Option<&mut Rows>) {
        if let Some(rows) = rows {
            let first = rows.bots.insert(bot.id, bot).is_none();
            if let Some(before) = self.bot(bot.id).filter(|_| first) {
                rows.bots_before.entry(bot.id).or_insert(*before);
            }
        }
        self.file_bot(bot);
    }

    /// The bot that cooks the order holds nothing from now on.
    fn release_bot_of(&mut self, order: OrderId, at: Time, rows: &mut Option<&mut Rows>) {
        let Some(mut bot) = self.bot_cooking(order) else { return };
        bot.current = None;
        bot.updated_at = at;
        self.put_bot(bot, rows);
    }

    fn bot_cooking(&self, order: OrderId) -> Option<Bot> {
        self.bot_of(self.orders.get(&order)?).copied()
    }

    /// The bot that cooks an order, if the two agree that it does.
    pub(crate) fn bot_of(&self, order: &Order) -> Option<&Bot> {
        let id: BotId = order.work()?.bot?;
        self.bot(id).filter(|bot| bot.current == Some(order.id()))
    }

    /// Says what is wrong with an event, if anything is.
    fn check_legal(&self, event: &Event) -> Result<(), &'static str> {
        let at = event.at;
        demand(at >= self.last_at, "it happened before the event it follows")?;
        demand(self.profile.archived_at.is_none() || goes_on_archived(&event.change), "the restaurant is archived")?;
        match &event.change {
            Change::OrderPlaced(order) => {
                demand(order.state == State::Pending && order.is_live(), "a new order waits")?;
                demand(order.archived_at.is_none(), "a new order never left the board")?;
                demand(order.ticket.created_at == at && order.updated_at == at, "it was not placed now")?;
                demand(order.number() == self.counters.next_order, "its number is not the next")?;
                demand(!self.orders.contains_key(&order.id()), "its id is taken")
            }
            Change::OrderStarted(order) => {
                let work = order.work().ok_or("a started order cooks")?;
                demand(work.claim == self.counters.next_claim, "its claim is not the next")?;
                let bot = work.bot.and_then(|id| self.bot(id)).ok_or("its bot does not exist")?;
                demand(bot.current.is_none(), "its bot is busy")?;
                demand(work.started_at == at, "it was not started now")?;
                demand(work.due_at.is_some() == (bot.mode == Mode::Auto), "automatic bots alone have a due time")?;
                demand(work.due_at.is_none_or(|due_at| due_at >= at), "it is due before it started")?;
                self.demand_move(order, |before| before.started(work))
            }
            Change::OrderCompleted(order) => {
                self.demand_move(order, |before| before.completed(at))?;
                let due_at = self.orders.get(&order.id()).and_then(|before| before.work()?.due_at);
                demand(due_at.is_none_or(|due_at| due_at <= at), "it is not due yet")
            }
            Change::OrderReturned(order) => self.demand_move(order, |before| before.returned(at)),
            Change::OrderCancelled(order) => self.demand_move(order, |before| before.cancelled(at)),
            Change::OrderArchived(order) => self.demand_move(order, |before| before.archived(at)),
            Change::OrderCollected(order) => {
                demand(
                    matches!(order.state, State::Complete { collected_at: Some(then), .. } if then == at),
                    "only a ready order is handed over",
                )?;
                self.demand_known(order, at)?;
                self.demand_move_if_live(order, |before| before.collected(at))
            }
            Change::OrderDeleted(order) => {
                demand(order.is_final() && order.deleted_at == Some(at), "only a final order is deleted")?;
                self.demand_known(order, at)?;
                self.demand_move_if_live(order, |before| before.deleted(at))
            }
            Change::OrderRestored(order) => {
                demand(!self.orders.contains_key(&order.id()), "a live order has nothing to restore")?;
                self.demand_known(order, at)?;
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
                demand(legal(archived, Order::archived), "it archives what is not on the board")?;
                let named: BTreeSet<_> = cancelled.iter().chain(archived).collect();
                let once = named.len() == cancelled.len() + archived.len();
                demand(once && named.len() == self.orders.len(), "it does not name every live order once")
            }
            Change::BotAdded(bot) => {
                demand(bot.number == self.counters.next_bot, "its number is not the next")?;
                demand(bot.current.is_none() && bot.deleted_at.is_none(), "a new bot is idle")?;
                demand(bot.created_at == at && bot.updated_at == at, "it was not added now")?;
                demand(!self.bot_numbers.contains_key(&bot.id), "its id is taken")
            }
            Change::BotIdle(bot) => {
                let before = self.bot(bot.id).ok_or("the bot does not exist")?;
                demand(before.current.is_none(), "the bot still holds an order")?;
                demand(
                    *bot == Bot { updated_at: at, ..*before },
                    "an idle bot holds nothing and is otherwise as it was",
                )
            }
            Change::BotRemoved(bot) => {
                let before = self.bot(bot.id).ok_or("the bot does not exist")?;
                demand(before.current.is_none(), "the bot still holds an order")?;
                let after = Bot { updated_at: at, deleted_at: Some(at), ..*before };
                demand(*bot == after, "a removed bot holds nothing and is otherwise as it was")
            }
            Change::SettingsChanged(_) => Ok(()),
            Change::RestaurantRenamed(name) => demand(*name != self.profile.name, "it is called that already"),
            Change::RestaurantArchived => {
                let active = self.count(Status::Pending) + self.count(Status::Processing);
                demand(active == 0, "orders wait or cook")
            }
            Change::RestaurantRestored => demand(self.profile.archived_at.is_some(), "it is not archived"),
            Change::NumbersSkipped { next_order, next_bot, next_claim } => demand(
                *next_order >= self.counters.next_order
                    && *next_bot >= self.counters.next_bot
                    && *next_claim >= self.counters.next_claim,
                "numbers never go back",
            ),
        }
    }

    /// What can be asked of an order whose row before the event is not at hand.
    fn demand_known(&self, order: &Order, at: Time) -> Result<(), &'static str> {
        demand(order.number() < self.counters.next_order, "its number was not given out yet")?;
        demand(order.updated_at == at, "it did not change now")?;
        demand(times_in_order(order, at), "its times contradict each other")
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

/// What may happen to an archived restaurant. Nothing cooks in one, unless its rows were damaged: then what cooks goes
/// on or goes back, as it would anywhere.
fn goes_on_archived(change: &Change) -> bool {
    matches!(
        change,
        Change::RestaurantRestored
            | Change::NumbersSkipped { .. }
            | Change::OrderArchived(_)
            | Change::OrderStarted(_)
            | Change::OrderReturned(_)
            | Change::OrderCompleted(_)
            | Change::BotIdle(_)
    )
}

fn times_in_order(order: &Order, now: Time) -> bool {
    let created_at = order.ticket.created_at;
    match order.state {
        State::Pending => created_at <= now,
        State::Processing(work) => created_at <= work.started_at && work.started_at <= now,
        State::Complete { work, completed_at, collected_at } => {
            let last_at = collected_at.unwrap_or(completed_at);
            [created_at, work.started_at, completed_at, last_at, now].is_sorted()
        }
        State::Cancelled { at } => created_at <= at && at <= now,
    }
}

fn demand(holds: bool, why: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(why) }
}
