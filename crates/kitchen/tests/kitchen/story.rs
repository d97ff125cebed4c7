//! A story: what is asked of one kitchen, one thing after another, and what may be seen of it.
//!
//! Every step is watched. The [`Ledger`] keeps its own account of the events, a replica folds them, and
//! whatever is refused must have changed nothing.

use std::fmt::Write as _;
use std::sync::Arc;

use feedme_kitchen::{
    Actor, Bot, BotId, Change, Claim, Command, Completion, Context, Contradiction, Kitchen, Log, Mode, Order, OrderId,
    OrderNumber, OrderType, Outcome, Parts, Policy, Refusal, Rows, Settings, SettingsPatch, Status, Time, UserId,
    check,
};
use uuid::Uuid;

use crate::ledger::Ledger;

pub(crate) use feedme_kitchen::OrderType::{Normal, Vip};

/// An arbitrary morning: 2026-01-01T09:00:00Z.
pub(crate) const OPENING: Time = Time(1_767_258_000_000);

/// Who places every order of a story.
pub(crate) const CUSTOMER: UserId = UserId(Uuid::from_u128(0x00c0_ffee));

/// Durations that read like speech.
pub(crate) trait Duration {
    /// Seconds, in milliseconds.
    fn s(self) -> i64;
    /// Minutes, in milliseconds.
    fn mins(self) -> i64;
}

impl Duration for i64 {
    fn s(self) -> i64 {
        self * 1000
    }

    fn mins(self) -> i64 {
        self * 60_000
    }
}

pub(crate) struct Story {
    pub(crate) kitchen: Kitchen,
    pub(crate) log: Log,
    pub(crate) now: Time,
    ledger: Ledger,
    replica: (Kitchen, Rows),
    told: usize,
    last_id: u128,
}

impl Story {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn under(policy: Policy) -> Self {
        Self::with(Settings { policy, ..Settings::default() })
    }

    pub(crate) fn with(settings: Settings) -> Self {
        Self {
            kitchen: Kitchen::new(settings),
            log: Log::default(),
            now: OPENING,
            ledger: Ledger::new(settings.policy),
            replica: (Kitchen::new(settings), Rows::default()),
            told: 0,
            last_id: 0,
        }
    }

    /// Asks for something, as the lane does: with the row of an order that is no longer live.
    pub(crate) fn ask(&mut self, command: Command) -> Result<Outcome, Refusal> {
        let stored = command.order().and_then(|id| self.log.rows.orders.get(&id)).cloned();
        let stored = stored.filter(|order| self.kitchen.order(order.id()).is_none());
        let (kitchen, log, asked) = (self.kitchen.clone(), self.log.clone(), format!("{command:?}"));
        let context = Context { at: self.now, actor: Actor::Open, stored };
        let mut alone = Log::default();
        let _ = kitchen.clone().execute(command.clone(), context.clone(), &mut alone);
        rows_fit(&alone.rows, &kitchen, &command);
        let outcome = self.kitchen.execute(command, context, &mut self.log);
        assert_eq!(check::pairs(&self.log.rows), Ok(()), "after {asked}");
        if outcome.is_err() {
            assert_eq!(self.kitchen, kitchen, "refused, but the kitchen changed: {asked}");
            assert_eq!(self.log, log, "refused, but the log changed: {asked}");
        }
        for event in &self.log.events[log.events.len()..] {
            self.ledger.note(event);
            self.replica.0.apply_noting(event, &mut self.replica.1).expect("what was executed can be replayed");
        }
        assert_eq!(self.replica.0, self.kitchen, "the fold differs from what was executed: {asked}");
        assert_eq!(self.replica.1, self.log.rows, "the fold's rows differ: {asked}");
        assert_eq!(check::violations(&self.kitchen), [""; 0], "after {asked}");
        self.ledger.agrees_with(&self.kitchen, &self.log.rows);
        outcome
    }

    pub(crate) fn order_id(&mut self) -> OrderId {
        OrderId(self.fresh())
    }

    fn fresh(&mut self) -> Uuid {
        self.last_id += 1;
        Uuid::from_u128(self.last_id)
    }

    /// Places an order and tells its number.
    pub(crate) fn place(&mut self, order_type: OrderType) -> u64 {
        match self.try_place(order_type).expect("ordering is open") {
            Outcome::Order(order) => order.number().0,
            other => panic!("placing answered {other:?}"),
        }
    }

    pub(crate) fn try_place(&mut self, order_type: OrderType) -> Result<Outcome, Refusal> {
        let id = self.order_id();
        self.ask(Command::PlaceOrder {
            id,
            order_type,
            user: Some(CUSTOMER),
            note: None,
            lines: vec![],
            external_ref: None,
        })
    }

    pub(crate) fn add_bot(&mut self) -> Bot {
        self.add(Mode::Auto)
    }

    pub(crate) fn add_pull_bot(&mut self) -> Bot {
        self.add(Mode::Pull)
    }

    pub(crate) fn add(&mut self, mode: Mode) -> Bot {
        match self.try_add(mode) {
            Ok(Outcome::Bot(bot)) => bot,
            other => panic!("adding a bot answered {other:?}"),
        }
    }

    pub(crate) fn try_add(&mut self, mode: Mode) -> Result<Outcome, Refusal> {
        let id = BotId(self.fresh());
        self.ask(Command::AddBot { id, mode })
    }

    /// Lets time pass; what falls due on the way completes when it is due.
    pub(crate) fn advance(&mut self, ms: i64) {
        let until = Time(self.now.0 + ms);
        while let Some((due_at, command)) = self.next_due().filter(|(due_at, _)| *due_at <= until) {
            self.now = due_at;
            self.ask(command).expect("a timer that fires on time is not refused");
        }
        self.now = until;
    }

    pub(crate) fn next_due(&self) -> Option<(Time, Command)> {
        let due = self.kitchen.cooking().filter_map(|order| {
            let work = order.work()?;
            Some((
                work.due_at?,
                work.claim,
                Command::CompleteOrder { order: order.id(), bot: work.bot?, claim: work.claim },
            ))
        });
        due.min_by_key(|(due_at, claim, _)| (*due_at, *claim)).map(|(due_at, _, command)| (due_at, command))
    }

    pub(crate) fn change(&mut self, patch: SettingsPatch) {
        self.ask(Command::ChangeSettings(patch)).expect("settings are never refused");
    }

    /// The order of a number, wherever it is.
    pub(crate) fn order(&self, number: u64) -> Arc<Order> {
        let found = self.log.rows.orders.values().find(|order| order.number() == OrderNumber(number));
        Arc::clone(found.unwrap_or_else(|| panic!("there is no order {number}")))
    }

    pub(crate) fn id(&self, number: u64) -> OrderId {
        self.order(number).id()
    }

    pub(crate) fn claim_of(&self, number: u64) -> Claim {
        self.order(number).work().expect("the order cooks").claim
    }

    pub(crate) fn complete(&mut self, number: u64, bot: &Bot, claim: Claim) -> Result<Completion, Refusal> {
        let order = self.id(number);
        match self.ask(Command::CompleteOrder { order, bot: bot.id, claim })? {
            Outcome::Completion { completion, .. } => Ok(completion),
            other => panic!("completing answered {other:?}"),
        }
    }

    /// A pull bot asks for the next order and is told its number.
    pub(crate) fn claim(&mut self, bot: &Bot) -> Result<Option<u64>, Refusal> {
        match self.ask(Command::ClaimOrder(bot.id))? {
            Outcome::Claimed { order, .. } => Ok(order.map(|order| order.number().0)),
            other => panic!("claiming answered {other:?}"),
        }
    }

    /// What a screen shows, e.g. `waiting V2 N1 / cooking N3@1 / ready V4 / idle 2`.
    pub(crate) fn board(&self) -> String {
        let mut shown = String::from("waiting");
        for (status, heading) in
            [(Status::Pending, ""), (Status::Processing, " / cooking"), (Status::Complete, " / ready")]
        {
            shown.push_str(heading);
            for order in self.kitchen.board().filter(|order| order.status() == status) {
                let _ = write!(shown, " {}", self.name(order));
            }
        }
        shown.push_str(" / idle");
        for bot in self.kitchen.bots().filter(|bot| bot.current.is_none()) {
            let _ = write!(shown, " {}", bot.number);
        }
        shown
    }

    fn name(&self, order: &Order) -> String {
        let class = if order.ticket.order_type == Vip { "V" } else { "N" };
        let bot = order.work().and_then(|work| self.log.rows.bots.get(&work.bot?));
        let bot = bot.map_or(String::new(), |bot| format!("@{}", bot.number));
        format!("{class}{}{bot}", order.number())
    }

    /// What happened since this was last asked, e.g. `placed V2, started V2@1`.
    pub(crate) fn news(&mut self) -> String {
        let news: Vec<_> = self.log.events[self.told..].iter().map(|event| self.tell(&event.change)).collect();
        self.told = self.log.events.len();
        news.join(", ")
    }

    fn tell(&self, change: &Change) -> String {
        let what = change.name().split_once('.').expect("an event's name has two parts").1;
        let numbers = |ids: &[OrderId]| {
            let names = ids.iter().map(|id| self.log.rows.orders[id].number().to_string());
            names.collect::<Vec<_>>().join(" ")
        };
        match change {
            Change::OrdersCleared { cancelled, archived } => {
                format!("cleared [{}] [{}]", numbers(cancelled), numbers(archived))
            }
            Change::BotAdded(bot) | Change::BotIdle(bot) | Change::BotRemoved(bot) => {
                format!("bot {} {what}", bot.number)
            }
            Change::SettingsChanged(_) => "settings changed".into(),
            Change::RestaurantRenamed(name) => format!("renamed {name}"),
            Change::RestaurantArchived | Change::RestaurantRestored => format!("restaurant {what}"),
            Change::NumbersSkipped { next_order, next_bot, next_claim } => {
                format!("skipped to {next_order} {next_bot} {next_claim}")
            }
            _ => format!("{what} {}", self.name(change.order().expect("every other event is about an order"))),
        }
    }

    /// The live rows, as a store would hand them over at the next start.
    pub(crate) fn parts(&self) -> Parts {
        Parts {
            version: self.kitchen.version(),
            last_at: self.kitchen.last_at(),
            counters: self.kitchen.counters(),
            profile: self.kitchen.profile().clone(),
            settings: self.kitchen.settings(),
            turn: self.kitchen.turn(),
            orders: self
                .log
                .rows
                .orders
                .values()
                .filter(|order| order.is_live())
                .map(|order| (**order).clone())
                .collect(),
            bots: self.log.rows.bots.values().filter(|bot| bot.deleted_at.is_none()).copied().collect(),
        }
    }
}

/// Rows say what they were in the kitchen that they come from, and may be written.
fn rows_fit(rows: &Rows, before: &Kitchen, command: &Command) {
    let unknown: Vec<_> = match command {
        Command::Reconcile(found) => found
            .iter()
            .filter_map(|found| match found {
                Contradiction::BotWithoutOrder(bot) => Some(*bot),
                Contradiction::OrderWithoutBot(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let orders = rows.orders.keys().filter_map(|id| Some((*id, Arc::clone(before.order(*id)?))));
    assert_eq!(rows.orders_before, orders.collect());
    let with_orders = rows.orders_before.values().filter_map(|order| order.work()?.bot);
    let bots = rows.bots.keys().copied().chain(with_orders).filter(|id| !unknown.contains(id));
    let bots = bots.filter_map(|id| Some((id, *before.bot(id)?)));
    assert_eq!(rows.bots_before, bots.collect());
    assert_eq!(check::pairs(rows), Ok(()));
}
