//! What is kept of one restaurant.

use std::collections::BTreeMap;
use std::sync::Arc;

use feedme_kitchen::{
    Bot, BotId, Counters, Event, Order, OrderId, OrderNumber, Parts, Profile, Settings, Status, Time, Turn, UserId,
    Version,
};
use feedme_store::accounts::Account;
use feedme_store::moment::EventRow;
use feedme_store::past::{Checkpoint, Forgetting};
use feedme_store::record::encode_events;
use feedme_store::{
    Confirmed, Epoch, HistoryFilter, HistoryPage, KeptAnswer, KeyScope, Loaded, Overdue, PAGE_MAX, Restaurant, Tally,
    Verdict, Write,
};

/// One restaurant's tables. Rows live in one of two places, as in a real database, so that whatever looks in
/// one only is found out.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    /// Under the name that it opened with.
    restaurant: Restaurant,
    profile: Profile,
    version: Version,
    last_at: Time,
    counters: Counters,
    settings: Settings,
    turn: Turn,
    /// Of each commit, as a real database has one row for them.
    events: Vec<Vec<Arc<Event>>>,
    checkpoint: Checkpoint,
    pub(super) orders: BTreeMap<OrderNumber, Arc<Order>>,
    moved: BTreeMap<OrderNumber, Arc<Order>>,
    pub(super) numbers: BTreeMap<OrderId, OrderNumber>,
    pub(super) bots: BTreeMap<BotId, Bot>,
    /// What a unique index would hold: who cooks what, by bot.
    pub(super) cooked_by: BTreeMap<BotId, OrderId>,
    /// What a unique index would hold: who holds what, by order.
    pub(super) held_by: BTreeMap<OrderId, BotId>,
    pub(super) bot_numbers: BTreeMap<u64, BotId>,
    pub(super) answers: BTreeMap<KeyScope, KeptAnswer>,
}

impl Shelf {
    pub(super) fn new(restaurant: Restaurant) -> Self {
        let profile = Profile { name: restaurant.name.as_str().into(), archived_at: None };
        Self {
            checkpoint: Checkpoint::at_the_opening(&restaurant.name),
            restaurant,
            profile,
            version: Version::default(),
            last_at: Time::default(),
            counters: Counters::default(),
            settings: Settings::default(),
            turn: Turn::default(),
            events: Vec::new(),
            orders: BTreeMap::new(),
            moved: BTreeMap::new(),
            numbers: BTreeMap::new(),
            bots: BTreeMap::new(),
            cooked_by: BTreeMap::new(),
            held_by: BTreeMap::new(),
            bot_numbers: BTreeMap::new(),
            answers: BTreeMap::new(),
        }
    }

    /// What was due before a moment and still cooks, and since when it is due.
    pub(super) fn overdue(&self, before: Time) -> impl Iterator<Item = (Time, Overdue)> {
        let restaurant = self.restaurant.id;
        self.cooked_by.iter().filter_map(move |(bot, id)| {
            let work = self.orders.get(self.numbers.get(id)?)?.work()?;
            let due_at = work.due_at.filter(|due_at| *due_at < before)?;
            Some((due_at, Overdue { restaurant, order: *id, bot: *bot, claim: work.claim }))
        })
    }

    /// Takes a write if the restaurant stands where it was decided and no constraint refuses it.
    pub(super) fn take(&mut self, write: &Write, accounts: &BTreeMap<UserId, Account>) -> Verdict {
        if (self.restaurant.epoch, self.version) != (write.epoch, write.expected) {
            return Verdict::Conflict;
        }
        if let Err(what) = self.check(write, accounts) {
            return Verdict::Violated(what);
        }
        (self.version, self.last_at) = (write.version, write.last_at);
        (self.counters, self.turn) = (write.counters, write.turn);
        self.settings = write.settings.unwrap_or(self.settings);
        if let Some(profile) = &write.profile {
            self.profile = profile.clone();
        }
        if !write.events.is_empty() {
            self.events.push(write.events.clone());
        }
        self.let_go(write);
        for order in write.rows.orders.values() {
            self.moved.remove(&order.number());
            self.numbers.insert(order.id(), order.number());
            self.cooked_by.extend(order.work().and_then(|work| work.bot).map(|bot| (bot, order.id())));
            self.orders.insert(order.number(), Arc::clone(order));
        }
        for bot in write.rows.bots.values() {
            self.held_by.extend(bot.current.map(|order| (order, bot.id)));
            self.bot_numbers.insert(bot.number.0, bot.id);
            self.bots.insert(bot.id, *bot);
        }
        self.answers.extend(write.answers.iter().cloned());
        Verdict::Won
    }

    /// Takes the rows of a write out of the indexes, before any of them takes its new place.
    fn let_go(&mut self, write: &Write) {
        for before in write.rows.orders.keys().filter_map(|id| self.orders.get(self.numbers.get(id)?)) {
            if let Some(bot) = before.work().and_then(|work| work.bot) {
                self.cooked_by.remove(&bot);
            }
        }
        for before in write.rows.bots.keys().filter_map(|id| self.bots.get(id)) {
            if let Some(order) = before.current {
                self.held_by.remove(&order);
            }
        }
    }

    pub(super) fn begin_history(&mut self, epoch: Epoch) {
        self.restaurant.epoch = epoch;
    }

    pub(super) fn restaurant(&self) -> Restaurant {
        Restaurant { name: self.profile.name.to_string(), ..self.restaurant.clone() }
    }

    pub(super) fn opened_as(&self) -> &str {
        &self.restaurant.name
    }

    pub(super) fn profile(&self) -> &Profile {
        &self.profile
    }

    pub(super) fn tally(&self) -> Tally {
        let live = |status| self.orders.values().filter(move |order| order.is_live() && order.status() == status);
        let bots = || self.bots.values().filter(|bot| bot.deleted_at.is_none());
        Tally {
            restaurant: self.restaurant.id,
            version: self.version,
            waiting: live(Status::Pending).count(),
            cooking: live(Status::Processing).count(),
            waiting_since: live(Status::Pending).map(|order| order.ticket.created_at).min(),
            bots: bots().count(),
            busy_bots: bots().filter(|bot| bot.current.is_some()).count(),
        }
    }

    pub(super) fn load(&self) -> Loaded {
        let parts = Parts {
            version: self.version,
            last_at: self.last_at,
            counters: self.counters,
            profile: self.profile.clone(),
            settings: self.settings,
            turn: self.turn,
            orders: self.orders.values().filter(|order| order.is_live()).map(|order| Order::clone(order)).collect(),
            bots: self.bots.values().filter(|bot| bot.deleted_at.is_none()).copied().collect(),
        };
        Loaded { restaurant: self.restaurant(), parts }
    }

    pub(super) fn stands(&self) -> Confirmed {
        Confirmed {
            restaurant: self.restaurant.id,
            epoch: self.restaurant.epoch,
            version: self.version,
            is_doubtful: false,
        }
    }

    /// Whole commits are read until there are enough, so there may be more.
    pub(super) fn events(&self, after: Version, limit: usize) -> Vec<Arc<Event>> {
        let first = self.events.partition_point(|commit| commit.last().is_none_or(|last| last.version <= after));
        let mut found = Vec::new();
        for commit in &self.events[first..] {
            if found.len() >= limit {
                break;
            }
            found.extend(commit.iter().filter(|event| event.version > after).cloned());
        }
        found
    }

    /// Whole commits, too.
    pub(super) fn events_before(&self, before: Version, limit: usize) -> Vec<Arc<Event>> {
        let mut found = Vec::new();
        for commit in self.events.iter().rev() {
            if found.len() >= limit {
                break;
            }
            found.extend(commit.iter().rev().filter(|event| event.version < before).cloned());
        }
        found
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        self.checkpoint.clone()
    }

    pub(super) fn commits(&self, after: Version, limit: usize) -> Vec<EventRow> {
        let row = |commit: &Vec<Arc<Event>>| {
            let [first, last] = [commit.first()?, commit.last()?];
            let payload = encode_events(commit);
            Some(EventRow { first: first.version.0, last: last.version.0, at: last.at, payload })
        };
        self.events.iter().filter_map(row).filter(|row| row.last > after.0).take(limit).collect()
    }

    /// Takes a step in forgetting, unless another did.
    pub(super) fn forget(&mut self, step: Forgetting) -> Option<u64> {
        if self.checkpoint.version() != step.from {
            return None;
        }
        let until = step.state.version;
        self.events.retain(|commit| commit.last().is_some_and(|last| last.version > until));
        let mut forgotten = 0;
        for order in step.orders {
            for rows in [&mut self.orders, &mut self.moved] {
                if rows.get(&order.number()) == Some(&order) {
                    rows.remove(&order.number());
                    self.numbers.remove(&order.id());
                    forgotten += 1;
                }
            }
        }
        self.checkpoint = Checkpoint { state: step.state, orders: self.checkpoint.orders + forgotten };
        Some(forgotten)
    }

    pub(super) fn order(&self, id: OrderId) -> Option<Arc<Order>> {
        let number = self.numbers.get(&id)?;
        self.orders.get(number).or_else(|| self.moved.get(number)).cloned()
    }

    pub(super) fn rows(&self) -> Vec<Arc<Order>> {
        self.numbers.keys().filter_map(|id| self.order(*id)).collect()
    }

    pub(super) fn answers(&self) -> &BTreeMap<KeyScope, KeptAnswer> {
        &self.answers
    }

    pub(super) fn history(&self, filter: &HistoryFilter) -> HistoryPage {
        let limit = filter.limit.clamp(1, PAGE_MAX);
        let matches = |order: &Order| {
            order.deleted_at.is_none()
                && filter.status.is_none_or(|status| order.status() == status)
                && filter.order_type.is_none_or(|order_type| order.ticket.order_type == order_type)
                && filter.number.is_none_or(|number| order.number() == number)
                && filter.from.is_none_or(|from| order.ticket.created_at >= from)
                && filter.to.is_none_or(|to| order.ticket.created_at < to)
                && filter.user.is_none_or(|user| order.ticket.user == Some(user))
                && filter.below.is_none_or(|below| order.number() < below)
        };
        let both = self.orders.values().chain(self.moved.values());
        let mut orders: Vec<_> = both.filter(|order| matches(order)).cloned().collect();
        orders.sort_by_key(|order| std::cmp::Reverse(order.number()));
        let more = orders.len() > limit;
        orders.truncate(limit);
        let next = orders.last().filter(|_| more).map(|order| order.number());
        HistoryPage { orders, next }
    }

    pub(super) fn move_old(&mut self, before: Time, at_most: usize) -> usize {
        let left = |order: &Order| {
            order.archived_at.is_some() || order.deleted_at.is_some() || order.status() == Status::Cancelled
        };
        let old = self.orders.values().filter(|order| order.updated_at < before && left(order));
        let old: Vec<_> = old.take(at_most).cloned().collect();
        for order in &old {
            self.orders.remove(&order.number());
            self.moved.insert(order.number(), Arc::clone(order));
        }
        old.len()
    }

    pub(super) fn forget_old(&mut self, before: Time, at_most: usize) -> usize {
        let old = self.answers.iter().filter(|(_, answer)| answer.at < before).map(|(scope, _)| scope.clone());
        let old: Vec<_> = old.take(at_most).collect();
        for scope in &old {
            self.answers.remove(scope);
        }
        old.len()
    }
}
