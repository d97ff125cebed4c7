//! Tells events in words. It knows orders and bots by what earlier events said of them.

use std::collections::HashMap;
use std::sync::Arc;

use feedme_kitchen::{
    Bot, BotId, BotNumber, Change, Event, Mode, Order, OrderId, OrderNumber, Settings, State, Status,
};

use crate::simulate::clock::{Clock, Seconds, face};
use crate::simulate::policy;
use crate::simulate::scenario::class;
use crate::simulate::transcript::Entry;

pub(crate) struct Narrator {
    clock: Clock,
    settings: Settings,
    orders: HashMap<OrderNumber, OrderId>,
    bots: HashMap<BotNumber, BotId>,
    order_numbers: HashMap<OrderId, OrderNumber>,
    bot_numbers: HashMap<BotId, BotNumber>,
    cooks: HashMap<OrderId, BotNumber>,
}

impl Narrator {
    pub(crate) fn new(clock: Clock, settings: Settings) -> Self {
        Self {
            clock,
            settings,
            orders: HashMap::new(),
            bots: HashMap::new(),
            order_numbers: HashMap::new(),
            bot_numbers: HashMap::new(),
            cooks: HashMap::new(),
        }
    }

    /// The order of a number, if there ever was one.
    pub(crate) fn order(&self, number: OrderNumber) -> Option<OrderId> {
        self.orders.get(&number).copied()
    }

    /// The bot of a number, if there ever was one.
    pub(crate) fn bot(&self, number: BotNumber) -> Option<BotId> {
        self.bots.get(&number).copied()
    }

    /// Tells the events that one command made.
    pub(crate) fn tell(&mut self, events: &[Arc<Event>]) -> Vec<Entry> {
        events
            .iter()
            .enumerate()
            .map(|(index, event)| self.tell_one(event, &events[..index], &events[index..]))
            .collect()
    }

    fn tell_one(&mut self, event: &Event, before: &[Arc<Event>], after: &[Arc<Event>]) -> Entry {
        self.learn(&event.change);
        let text = match &event.change {
            Change::OrderPlaced(order) => format!("{} created{}", name(order), wishes(order)),
            Change::OrderStarted(order) => format!("{} picked up {}", self.cook(order), name(order)),
            Change::OrderCompleted(order) => {
                let took = Seconds(processing_ms(order).unwrap_or_default());
                format!("{} completed {} (processing time {took})", self.cook(order), name(order))
            }
            Change::OrderReturned(order) => {
                format!("{} returned to its place in the queue by {}", name(order), self.cook(order))
            }
            Change::OrderCancelled(order) if self.cooks.contains_key(&order.id()) => {
                format!("{} cancelled while {} cooked it", name(order), self.cook(order))
            }
            Change::OrderCancelled(order) => format!("{} cancelled", name(order)),
            Change::OrderCollected(order) => format!("{} handed over", name(order)),
            Change::OrderDeleted(order) => format!("{} deleted", name(order)),
            Change::OrderRestored(order) if order.status() == Status::Pending => {
                format!("{} restored to its place in the queue", name(order))
            }
            Change::OrderRestored(order) => format!("{} restored", name(order)),
            Change::OrderArchived(order) => format!("{} left the board", name(order)),
            Change::OrdersCleared { cancelled, archived } => {
                format!("Board cleared: {} cancelled, {} handed to the history", cancelled.len(), archived.len())
            }
            Change::BotAdded(bot) => format!("Bot {} created{}", bot.number, how_it_begins(bot, after)),
            Change::BotIdle(Bot { number, mode: Mode::Auto, .. }) => format!("Bot {number} idle: nothing waits"),
            Change::BotIdle(bot) => format!("Bot {} idle", bot.number),
            Change::BotRemoved(bot) => {
                let was_busy = before.iter().any(|event| matches!(event.change, Change::OrderReturned(_)));
                format!("Bot {} destroyed{}", bot.number, if was_busy { "" } else { " while idle" })
            }
            Change::SettingsChanged(settings) => self.changes(*settings),
            Change::RestaurantRenamed(name) => format!("The restaurant is now called {name}"),
            Change::RestaurantArchived => "The restaurant is archived".into(),
            Change::RestaurantRestored => "The restaurant is run again".into(),
            Change::NumbersSkipped { next_order, next_bot, .. } => {
                format!("Numbers skipped: the next order is #{next_order}, the next bot is Bot {next_bot}")
            }
        };
        let entry = self.entry(event, text);
        self.forget(&event.change);
        entry
    }

    fn entry(&self, event: &Event, text: String) -> Entry {
        let order = event.change.order();
        let bot = match &event.change {
            Change::BotAdded(bot) | Change::BotIdle(bot) | Change::BotRemoved(bot) => Some(bot.number),
            _ => order.and_then(|order| self.cooks.get(&order.id())).copied(),
        };
        let (cancelled, archived) = match &event.change {
            Change::OrdersCleared { cancelled, archived } => (self.numbers(cancelled), self.numbers(archived)),
            _ => (Vec::new(), Vec::new()),
        };
        Entry {
            clock: face(event.at),
            at_ms: self.clock.ms_until(event.at),
            event: event.change.name(),
            version: Some(event.version.0),
            order: order.map(|order| order.number().0),
            order_type: order.map(|order| class(order.ticket.order_type)),
            bot: bot.map(|number| number.0),
            claim: order.and_then(|order| order.work()).map(|work| work.claim.0),
            processing_ms: order.filter(|_| event.change.name() == "order.completed").and_then(|it| processing_ms(it)),
            cancelled,
            archived,
            text,
        }
    }

    fn learn(&mut self, change: &Change) {
        match change {
            Change::OrderPlaced(order) => {
                self.orders.insert(order.number(), order.id());
                self.order_numbers.insert(order.id(), order.number());
            }
            Change::OrderStarted(order) => {
                let number = order.work().and_then(|work| self.bot_numbers.get(&work.bot?));
                self.cooks.extend(number.map(|number| (order.id(), *number)));
            }
            Change::BotAdded(bot) => {
                self.bots.insert(bot.number, bot.id);
                self.bot_numbers.insert(bot.id, bot.number);
            }
            _ => {}
        }
    }

    /// Who cooked an order is told with the event that ends it, and not afterwards.
    fn forget(&mut self, change: &Change) {
        match change {
            Change::OrderCompleted(order) | Change::OrderReturned(order) | Change::OrderCancelled(order) => {
                self.cooks.remove(&order.id());
            }
            Change::OrdersCleared { .. } => self.cooks.clear(),
            Change::SettingsChanged(settings) => self.settings = *settings,
            _ => {}
        }
    }

    fn cook(&self, order: &Order) -> String {
        self.cooks.get(&order.id()).map_or("a bot".into(), |number| format!("Bot {number}"))
    }

    fn numbers(&self, ids: &[OrderId]) -> Vec<u64> {
        ids.iter().filter_map(|id| self.order_numbers.get(id)).map(|number| number.0).collect()
    }

    fn changes(&self, now: Settings) -> String {
        let before = self.settings;
        let changes = [
            (now.cook_ms != before.cook_ms).then(|| format!("cooking takes {}", Seconds(now.cook_ms))),
            (now.policy != before.policy).then(|| format!("policy is {}", policy::said(now.policy))),
            (now.completed_stays_ms != before.completed_stays_ms)
                .then(|| format!("ready orders stay {}", Seconds(now.completed_stays_ms))),
            (now.accepting_orders != before.accepting_orders)
                .then(|| format!("ordering is {}", if now.accepting_orders { "open" } else { "paused" })),
        ];
        format!("Settings changed: {}", changes.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

fn name(order: &Order) -> String {
    format!("{} order #{}", class(order.ticket.order_type), order.number())
}

/// What the cook should know: `: 2 × Soup (hot), 1 × Bread; no onions; till-7`.
fn wishes(order: &Order) -> String {
    let lines = order.ticket.lines.iter().map(|line| {
        let note = line.note.as_ref().map_or(String::new(), |note| format!(" ({note})"));
        format!("{} × {}{note}", line.quantity, line.name)
    });
    let lines = Some(lines.collect::<Vec<_>>().join(", ")).filter(|lines| !lines.is_empty());
    let ticket = &order.ticket;
    let said: Vec<_> = [lines, ticket.note.clone(), ticket.external_ref.clone()].into_iter().flatten().collect();
    // A line break within a note would break "one line an event".
    let said = said.join("; ").replace(char::is_control, " ");
    if said.is_empty() { said } else { format!(": {said}") }
}

fn how_it_begins(bot: &Bot, after: &[Arc<Event>]) -> &'static str {
    let begins = after.iter().any(|event| {
        matches!(&event.change, Change::OrderStarted(order) if order.work().is_some_and(|work| work.bot == Some(bot.id)))
    });
    match (bot.mode, begins) {
        (Mode::Pull, _) => ", a pull bot: it asks for its orders",
        (Mode::Auto, true) => "",
        (Mode::Auto, false) => ", idle: nothing waits",
    }
}

fn processing_ms(order: &Order) -> Option<u64> {
    match order.state {
        State::Complete { work, completed_at, .. } => Some(completed_at.since_ms(work.started_at)),
        _ => None,
    }
}
