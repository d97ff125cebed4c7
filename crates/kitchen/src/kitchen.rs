//! The live state of one restaurant.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::queue::{Queues, Waiting};
use crate::{
    Bot, BotId, BotNumber, Claim, Order, OrderId, OrderNumber, OrderType, Profile, Settings, State, Status, Time, Turn,
    Version,
};

/// COMPLETE orders on the board at most. Two hundred is more than a wall screen shows and keeps the live
/// state, and so every snapshot, small; the oldest give way.
pub const BOARD_COMPLETE_MAX: usize = 200;

/// The numbers a restaurant gives out next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    /// The next order's number.
    pub next_order: OrderNumber,
    /// The next bot's number.
    pub next_bot: BotNumber,
    /// The next start's claim.
    pub next_claim: Claim,
}

impl Default for Counters {
    fn default() -> Self {
        Self { next_order: OrderNumber(1), next_bot: BotNumber(1), next_claim: Claim(1) }
    }
}

/// The orders and bots that changed, each as it is afterwards: the rows a store has to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Orders by id.
    pub orders: BTreeMap<OrderId, Arc<Order>>,
    /// Bots by id.
    pub bots: BTreeMap<BotId, Bot>,
    /// As they were, for a store to compare. Those that were not live before are missing.
    pub orders_before: BTreeMap<OrderId, Arc<Order>>,
    /// As they were, and also those whose order changed. New ones are missing, and those whose row was found to contradict
    /// an order's: nobody but the store knows what it says.
    pub bots_before: BTreeMap<BotId, Bot>,
}

/// The live state of one restaurant: what waits, cooks or stands on the board, the bots, and the counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kitchen {
    pub(crate) version: Version,
    pub(crate) last_at: Time,
    pub(crate) counters: Counters,
    pub(crate) profile: Profile,
    pub(crate) settings: Settings,
    pub(crate) turn: Turn,
    /// Every live order. Looked up, never iterated: iteration goes through the ordered sets below.
    pub(crate) orders: HashMap<OrderId, Arc<Order>>,
    pub(crate) waiting: Queues,
    /// By claim, which is the order of the starts. The number is part of the key because damaged rows may
    /// carry one claim twice, and an order missing here would never be put right.
    pub(crate) cooking: BTreeMap<(Claim, OrderNumber), OrderId>,
    pub(crate) ready: BTreeMap<(Time, OrderNumber), OrderId>,
    pub(crate) bots: BTreeMap<BotNumber, Bot>,
    pub(crate) bot_numbers: HashMap<BotId, BotNumber>,
    pub(crate) idle_auto: BTreeSet<BotNumber>,
}

impl Kitchen {
    /// A restaurant on its first day.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// The same under a name: no event says what a restaurant was called when it opened.
    #[must_use]
    pub fn opened_as(self, name: &str) -> Self {
        Self { profile: Profile { name: name.into(), archived_at: None }, ..self }
    }

    /// The number of the latest event.
    pub fn version(&self) -> Version {
        self.version
    }

    /// When the latest event happened.
    pub fn last_at(&self) -> Time {
        self.last_at
    }

    /// The numbers given out next.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// What it is called, and whether it is archived.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The settings.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// How far a round of the ratio policy has come.
    pub fn turn(&self) -> Turn {
        self.turn
    }

    /// The orders that wait.
    pub fn waiting(&self) -> &Queues {
        &self.waiting
    }

    /// A live order.
    pub fn order(&self, id: OrderId) -> Option<&Arc<Order>> {
        self.orders.get(&id)
    }

    /// A bot.
    pub fn bot(&self, id: BotId) -> Option<&Bot> {
        self.bot_numbers.get(&id).and_then(|number| self.bots.get(number))
    }

    /// The bots, oldest first.
    pub fn bots(&self) -> impl DoubleEndedIterator<Item = &Bot> {
        self.bots.values()
    }

    /// The order's place in the sequence of picks if nothing more came in, from 1.
    pub fn queue_position(&self, id: OrderId, now: Time) -> Option<usize> {
        let order = self.order(id)?;
        matches!(order.state, State::Pending)
            .then(|| self.waiting.position(id, self.settings.policy, self.turn, now))
            .flatten()
    }

    /// Every live order as the board lists them: waiting VIP, waiting NORMAL, cooking in order of their
    /// start, then ready with the newest first.
    pub fn board(&self) -> impl Iterator<Item = &Arc<Order>> {
        let waiting = self.waiting.iter().map(|waiting| waiting.id);
        let cooking = self.cooking.values().copied();
        let ready = self.ready.values().rev().copied();
        waiting.chain(cooking).chain(ready).filter_map(|id| self.orders.get(&id))
    }

    /// The orders that cook, in order of their start.
    pub fn cooking(&self) -> impl Iterator<Item = &Arc<Order>> {
        self.cooking.values().filter_map(|id| self.orders.get(id))
    }

    /// When the next of the orders that automatic bots cook is due.
    pub fn next_due(&self) -> Option<Time> {
        self.cooking().filter_map(|order| order.work()?.due_at).min()
    }

    /// How many live orders there are.
    pub fn live_orders(&self) -> usize {
        self.orders.len()
    }

    /// When the oldest COMPLETE order on the board will have stood there long enough.
    pub fn archive_due_at(&self) -> Option<Time> {
        self.oldest_ready().map(|(completed_at, _)| completed_at.plus_ms(self.settings.completed_stays_ms))
    }

    /// True when a COMPLETE order has stood on the board long enough.
    pub fn archive_due(&self, now: Time) -> bool {
        self.archive_due_at().is_some_and(|due_at| due_at <= now)
    }

    pub(crate) fn oldest_ready(&self) -> Option<(Time, OrderId)> {
        self.ready.first_key_value().map(|((completed_at, _), id)| (*completed_at, *id))
    }

    /// Puts a live order into the sets it belongs to and takes it out of those it was in.
    pub(crate) fn file(&mut self, order: &Arc<Order>) {
        self.unfile(order.id());
        if !order.is_live() {
            return;
        }
        let (id, number) = (order.id(), order.number());
        match order.state {
            State::Pending => self
                .waiting
                .insert(order.ticket.order_type, Waiting { id, number, created_at: order.ticket.created_at }),
            State::Processing(work) => {
                self.cooking.insert((work.claim, number), id);
            }
            State::Complete { completed_at, .. } => {
                self.ready.insert((completed_at, number), id);
            }
            State::Cancelled { .. } => return,
        }
        self.orders.insert(id, Arc::clone(order));
    }

    fn unfile(&mut self, id: OrderId) {
        let Some(order) = self.orders.remove(&id) else { return };
        match order.state {
            State::Pending => self.waiting.remove(order.ticket.order_type, order.number()),
            State::Processing(work) => {
                self.cooking.remove(&(work.claim, order.number()));
            }
            State::Complete { completed_at, .. } => {
                self.ready.remove(&(completed_at, order.number()));
            }
            State::Cancelled { .. } => {}
        }
    }

    /// Stores a bot as it is now.
    pub(crate) fn file_bot(&mut self, bot: Bot) {
        if bot.deleted_at.is_some() {
            self.bots.remove(&bot.number);
            self.bot_numbers.remove(&bot.id);
            self.idle_auto.remove(&bot.number);
            return;
        }
        if bot.mode == crate::Mode::Auto && bot.current.is_none() {
            self.idle_auto.insert(bot.number);
        } else {
            self.idle_auto.remove(&bot.number);
        }
        self.bot_numbers.insert(bot.id, bot.number);
        self.bots.insert(bot.number, bot);
    }

    /// How many live orders are in a status.
    pub fn count(&self, status: Status) -> usize {
        match status {
            Status::Pending => self.waiting.len(OrderType::Vip) + self.waiting.len(OrderType::Normal),
            Status::Processing => self.cooking.len(),
            Status::Complete => self.ready.len(),
            Status::Cancelled => 0,
        }
    }
}
