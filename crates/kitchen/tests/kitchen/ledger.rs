//! An account of the events that shares no code with the kitchen: it believes the events' words, remembers
//! where each order must be, and panics at the first event that the rules forbid.

use std::collections::BTreeMap;
use std::sync::Arc;

use feedme_kitchen::{
    BotId, BotNumber, Change, Claim, Event, Kitchen, Mode, Order, OrderId, OrderNumber, OrderType, Policy, Profile,
    Rows, State, Status, Time,
};

struct Entry {
    row: Order,
    status: Status,
}

struct Cook {
    mode: Mode,
    holds: Option<(OrderId, Claim)>,
    changed_at: Time,
}

pub(crate) struct Ledger {
    orders: BTreeMap<OrderId, Entry>,
    bots: BTreeMap<BotId, Cook>,
    policy: Policy,
    name: Arc<str>,
    archived_at: Option<Time>,
    version: u64,
    at: Time,
    next_order: u64,
    next_bot: u64,
    last_claim: u64,
}

impl Ledger {
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            orders: BTreeMap::new(),
            bots: BTreeMap::new(),
            policy,
            name: Arc::default(),
            archived_at: None,
            version: 0,
            at: Time::default(),
            next_order: 1,
            next_bot: 1,
            last_claim: 0,
        }
    }

    /// Writes an event down.
    pub(crate) fn note(&mut self, event: &Event) {
        assert_eq!(event.version.0, self.version + 1, "events are numbered without a gap");
        assert!(event.at >= self.at, "time ran backwards at event {}", event.version);
        (self.version, self.at) = (event.version.0, event.at);
        let upkeep = matches!(event.change.name(), "restaurant.restored" | "order.archived" | "numbers.skipped");
        assert!(self.archived_at.is_none() || upkeep, "{} though it is archived", event.change.name());
        match &event.change {
            Change::OrderPlaced(order) => self.placed(order),
            Change::OrderStarted(order) => self.started(order),
            Change::OrderCompleted(order) => {
                self.completed(order);
                self.moved(order, &[Status::Processing], Status::Complete);
            }
            Change::OrderReturned(order) => {
                self.released(order.id());
                self.moved(order, &[Status::Processing], Status::Pending);
            }
            Change::OrderCancelled(order) => {
                self.released(order.id());
                self.moved(order, &[Status::Pending, Status::Processing], Status::Cancelled);
            }
            Change::OrderCollected(order) | Change::OrderArchived(order) => {
                self.moved(order, &[Status::Complete], Status::Complete);
            }
            Change::OrderDeleted(order) => {
                let status = self.status(order.id());
                assert!(matches!(status, Status::Complete | Status::Cancelled), "only what is final is deleted");
                self.moved(order, &[status], status);
            }
            Change::OrderRestored(order) => self.restored(order),
            Change::OrdersCleared { cancelled, archived } => self.cleared(cancelled, archived),
            Change::BotAdded(bot) => {
                self.numbered_bot(bot.number);
                assert!(
                    self.bots.insert(bot.id, Cook { mode: bot.mode, holds: None, changed_at: self.at }).is_none(),
                    "a bot joins once"
                );
            }
            Change::BotIdle(bot) => {
                let cook = self.bots.get_mut(&bot.id).expect("the bot is there");
                assert!(cook.holds.is_none(), "an idle bot holds an order");
                cook.changed_at = self.at;
            }
            Change::BotRemoved(bot) => {
                let cook = self.bots.remove(&bot.id).expect("a bot leaves once");
                assert!(cook.holds.is_none(), "a bot left with an order");
            }
            Change::SettingsChanged(settings) => self.policy = settings.policy,
            Change::RestaurantRenamed(name) => {
                assert_ne!(*name, self.name, "a new name is another");
                self.name = Arc::clone(name);
            }
            Change::RestaurantArchived => {
                let is_final = |entry: &Entry| matches!(entry.status, Status::Complete | Status::Cancelled);
                assert!(self.orders.values().all(is_final), "archived while orders wait or cook");
                self.archived_at = Some(self.at);
            }
            Change::RestaurantRestored => assert!(self.archived_at.take().is_some(), "it was not archived"),
            Change::NumbersSkipped { next_order, next_bot, next_claim } => {
                assert!(next_order.0 >= self.next_order && next_bot.0 >= self.next_bot, "numbers never go back");
                assert!(next_claim.0 > self.last_claim, "claims never go back");
                (self.next_order, self.next_bot) = (next_order.0, next_bot.0);
                self.last_claim = next_claim.0 - 1;
            }
        }
    }

    fn placed(&mut self, order: &Order) {
        assert_eq!(order.number(), OrderNumber(self.next_order), "numbers follow one another");
        assert_eq!(order.status(), Status::Pending);
        assert_eq!(order.ticket.created_at, self.at);
        self.next_order += 1;
        let entry = Entry { row: order.clone(), status: Status::Pending };
        assert!(self.orders.insert(order.id(), entry).is_none(), "an order is placed once");
    }

    /// A start is legal for an order at the head of its class, with a free bot, under a claim never seen.
    fn started(&mut self, order: &Order) {
        let work = order.work().expect("a started order cooks");
        assert_eq!(work.claim, Claim(self.last_claim + 1), "claims rise by one");
        self.last_claim = work.claim.0;
        let waiting = || self.orders.values().filter(|entry| entry.status == Status::Pending).map(|entry| &entry.row);
        let class = order.ticket.order_type;
        let first = waiting().filter(|other| other.ticket.order_type == class).map(Order::number).min();
        assert_eq!(first, Some(order.number()), "first come, first served within a class");
        if self.policy == Policy::Strict && class == OrderType::Normal {
            let vip = waiting().find(|other| other.ticket.order_type == OrderType::Vip);
            assert!(vip.is_none(), "NORMAL order {} started while a VIP order waited", order.number());
        }
        let cook = self.bots.get_mut(&work.bot.expect("a start names its bot")).expect("the bot exists");
        assert_eq!(cook.holds, None, "a bot took a second order");
        (cook.holds, cook.changed_at) = (Some((order.id(), work.claim)), self.at);
        assert_eq!(work.started_at, self.at);
        assert_eq!(work.due_at.is_some(), cook.mode == Mode::Auto, "automatic bots alone have a due time");
        self.moved(order, &[Status::Pending], Status::Processing);
    }

    fn completed(&mut self, order: &Order) {
        let State::Complete { work, completed_at, collected_at: None } = order.state else {
            panic!("a completed order is complete and not handed over")
        };
        let held = self.released(order.id());
        assert_eq!(held, Some((work.bot.expect("a completion names its bot"), work.claim)), "the holder completes");
        assert!(order.ticket.created_at <= work.started_at && work.started_at <= completed_at, "times are ordered");
        assert!(work.due_at.is_none_or(|due_at| completed_at >= due_at), "complete before it was due");
    }

    fn restored(&mut self, order: &Order) {
        let entry = &self.orders[&order.id()];
        if entry.row.deleted_at.is_some() {
            let status = entry.status;
            self.moved(order, &[status], status);
        } else {
            self.moved(order, &[Status::Cancelled], Status::Pending);
        }
    }

    fn cleared(&mut self, cancelled: &[OrderId], archived: &[OrderId]) {
        for id in cancelled {
            self.released(*id);
            let at = self.at;
            let entry = self.orders.get_mut(id).expect("what is cancelled exists");
            assert!(matches!(entry.status, Status::Pending | Status::Processing));
            entry.status = Status::Cancelled;
            entry.row = Order { state: State::Cancelled { at }, updated_at: at, ..entry.row.clone() };
        }
        for id in archived {
            let at = self.at;
            let entry = self.orders.get_mut(id).expect("what is archived exists");
            assert_eq!(entry.status, Status::Complete);
            entry.row = Order { archived_at: Some(at), updated_at: at, ..entry.row.clone() };
        }
    }

    /// Nothing but the state may differ from what was known before: above all not number, class and time.
    fn moved(&mut self, order: &Order, from: &[Status], to: Status) {
        let entry = self.orders.get_mut(&order.id()).expect("an order is placed before it moves");
        assert!(from.contains(&entry.status), "order {} moved from {:?} to {to:?}", order.number(), entry.status);
        assert_eq!(order.status(), to);
        assert_eq!(entry.row.ticket, order.ticket, "what was ordered never changes");
        assert_eq!(order.updated_at, self.at);
        entry.status = to;
        entry.row = order.clone();
    }

    fn released(&mut self, order: OrderId) -> Option<(BotId, Claim)> {
        let holds = |cook: &Cook| cook.holds.filter(|(held, _)| *held == order);
        let (bot, claim) = self.bots.iter().find_map(|(bot, cook)| Some((*bot, holds(cook)?.1)))?;
        let cook = self.bots.get_mut(&bot).expect("it was just found");
        (cook.holds, cook.changed_at) = (None, self.at);
        Some((bot, claim))
    }

    fn numbered_bot(&mut self, number: BotNumber) {
        assert_eq!(number.0, self.next_bot, "bot numbers follow one another");
        self.next_bot += 1;
    }

    fn status(&self, id: OrderId) -> Status {
        self.orders[&id].status
    }

    /// Compares the account with the kitchen and with the rows a store would hold.
    pub(crate) fn agrees_with(&self, kitchen: &Kitchen, rows: &Rows) {
        assert_eq!(kitchen.profile(), &Profile { name: Arc::clone(&self.name), archived_at: self.archived_at });
        let count = |status| self.orders.values().filter(|entry| entry.status == status).count();
        let [pending, processing, complete, cancelled] =
            [Status::Pending, Status::Processing, Status::Complete, Status::Cancelled].map(count);
        assert_eq!(self.orders.len(), pending + processing + complete + cancelled);
        assert_eq!(kitchen.count(Status::Pending), pending);
        assert_eq!(kitchen.count(Status::Processing), processing);
        assert_eq!(rows.orders.len(), self.orders.len(), "every order has a row");
        for (id, entry) in &self.orders {
            assert_eq!(*rows.orders[id], entry.row, "a row is the fold of its order's events");
            assert_eq!(kitchen.order(*id).is_some(), entry.row.is_live());
        }
        assert_eq!(kitchen.bots().count(), self.bots.len());
        for bot in kitchen.bots() {
            let holds = self.bots[&bot.id].holds;
            assert_eq!(bot.current, holds.map(|(order, _)| order), "bot {}", bot.number);
            assert_eq!(bot.updated_at, self.bots[&bot.id].changed_at, "bot {}", bot.number);
            assert_eq!(rows.bots[&bot.id], *bot);
            let idle = bot.mode == Mode::Auto && holds.is_none();
            assert!(!idle || pending == 0, "bot {} idles while orders wait", bot.number);
        }
    }
}
