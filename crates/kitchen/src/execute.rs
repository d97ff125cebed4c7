//! Deciding: a command becomes events, each applied as it is made.

use std::sync::Arc;

use crate::{
    Actor, Bot, BotNumber, Change, Command, Context, Event, Kitchen, Mode, Order, OrderId, Outcome, Refusal, Rows,
    Time, Work,
};

/// What the commands of one batch made: the events, and the rows as they are after the last of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The events, in order.
    pub events: Vec<Arc<Event>>,
    /// The rows that changed.
    pub rows: Rows,
}

impl Kitchen {
    /// Decides a command, applies what follows from it, and appends the events to `log`. A refused command
    /// leaves both the kitchen and the log untouched.
    pub fn execute(&mut self, command: Command, context: Context, log: &mut Log) -> Result<Outcome, Refusal> {
        let Context { at, actor, stored } = context;
        if self.profile.archived_at.is_some() && !command.is_for_archived() {
            return Err(Refusal::RestaurantArchived);
        }
        let at = at.max(self.last_at);
        let mut step = Step { kitchen: self, log, at, actor, freed: Vec::new() };
        let outcome = match command {
            Command::PlaceOrder { id, order_type, user, note, lines, external_ref } => {
                step.place_order(id, order_type, user, note, lines, external_ref)
            }
            Command::CancelOrder(id) => step.cancel_order(id, stored),
            Command::CancelOwnOrder { order, customer } => step.cancel_own_order(order, customer, stored),
            Command::UndoOwnCancellation { order, customer } => step.undo_own_cancellation(order, customer, stored),
            Command::CollectOrder(id) => step.collect_order(id, stored),
            Command::DeleteOrder(id) => step.delete_order(id, stored),
            Command::RestoreOrder(id) => step.restore_order(id, stored),
            Command::CompleteOrder { order, bot, claim } => {
                step.complete_order(order, stored, |work| work.bot == Some(bot) && work.claim == claim)
            }
            Command::CompleteDue { order, bot, claim } => step.complete_order(order, stored, |work| {
                work.bot == Some(bot) && work.due_at.is_some() && claim.is_none_or(|claim| work.claim == claim)
            }),
            Command::ClearOrders => Ok(step.clear_orders()),
            Command::ArchiveOrders => Ok(step.archive_orders()),
            Command::AddBot { id, mode } => Ok(step.add_bot(id, mode)),
            Command::RemoveBot(id) => step.remove_bot(id),
            Command::RemoveNewestBot => step.remove_newest_bot(),
            Command::ClaimOrder(bot) => step.claim_order(bot),
            Command::ReturnOrder { bot, claim } => step.return_order(bot, claim),
            Command::ChangeSettings(patch) => Ok(step.change_settings(patch)),
            Command::RenameRestaurant(name) => Ok(step.rename_restaurant(name)),
            Command::ArchiveRestaurant => step.archive_restaurant(),
            Command::RestoreRestaurant => Ok(step.restore_restaurant()),
            Command::SkipNumbers { count } => Ok(step.skip_numbers(count)),
            Command::Reconcile(contradictions) => Ok(step.reconcile(contradictions)),
        }?;
        step.settle();
        Ok(step.refreshed(outcome))
    }
}

/// One command being carried out.
pub(crate) struct Step<'a> {
    pub(crate) kitchen: &'a mut Kitchen,
    pub(crate) log: &'a mut Log,
    pub(crate) at: Time,
    pub(crate) actor: Actor,
    /// Bots that gave up their order in this step. Those that get no other are announced as idle.
    pub(crate) freed: Vec<BotNumber>,
}

impl Step<'_> {
    /// Makes an event and applies it.
    pub(crate) fn emit(&mut self, change: Change) {
        let event = Event { version: self.kitchen.version.next(), at: self.at, actor: self.actor, change };
        self.kitchen
            .fold(&event, Some(&mut self.log.rows))
            .expect("a command makes only events that are legal in the state it was decided on");
        self.log.events.push(Arc::new(event));
    }

    /// An order that exists and is not deleted: the live one, else the stored row that came along.
    pub(crate) fn find(&self, id: OrderId, stored: Option<Arc<Order>>) -> Result<Arc<Order>, Refusal> {
        self.find_even_deleted(id, stored).filter(|order| order.deleted_at.is_none()).ok_or(Refusal::UnknownOrder)
    }

    pub(crate) fn find_even_deleted(&self, id: OrderId, stored: Option<Arc<Order>>) -> Option<Arc<Order>> {
        self.kitchen.orders.get(&id).cloned().or(stored).filter(|order| order.id() == id)
    }

    /// Gives the next order to a bot.
    pub(crate) fn start_next(&mut self, bot: Bot) -> Option<Arc<Order>> {
        let Kitchen { settings, turn, .. } = *self.kitchen;
        let next = self.kitchen.waiting.next(settings.policy, turn, self.at)?;
        let order = self.kitchen.orders.get(&next.id).expect("every waiting order is live");
        let due_at = match bot.mode {
            Mode::Auto => Some(self.at.plus_ms(settings.cook_ms)),
            Mode::Pull => None,
        };
        let claim = self.kitchen.counters.next_claim;
        let order = order
            .started(Work { bot: Some(bot.id), claim, started_at: self.at, due_at })
            .expect("an order in a queue is PENDING");
        let order = Arc::new(order);
        self.emit(Change::OrderStarted(Arc::clone(&order)));
        Some(order)
    }

    /// What follows every command: idle automatic bots take what waits, bots left without an order are
    /// announced, and the board keeps to its size.
    fn settle(&mut self) {
        while let Some(number) = self.kitchen.idle_auto.first().copied() {
            let bot = self.kitchen.bots[&number];
            if self.start_next(bot).is_none() {
                break;
            }
        }
        for number in std::mem::take(&mut self.freed) {
            if let Some(bot) = self.kitchen.bots.get(&number).filter(|bot| bot.current.is_none()) {
                self.emit(Change::BotIdle(Bot { updated_at: self.at, ..*bot }));
            }
        }
        self.trim_board();
    }

    /// The outcome with orders and bots as they are after everything that followed. An order that left the
    /// live state on the way, as the oldest of a full board does, is found among the rows.
    fn refreshed(&self, outcome: Outcome) -> Outcome {
        let order = |order: Arc<Order>| {
            let now = self.kitchen.orders.get(&order.id()).or_else(|| self.log.rows.orders.get(&order.id()));
            now.cloned().unwrap_or(order)
        };
        let bot = |bot: Bot| self.kitchen.bots.get(&bot.number).copied().unwrap_or(bot);
        match outcome {
            Outcome::Order(it) => Outcome::Order(order(it)),
            Outcome::Completion { completion, order: it } => Outcome::Completion { completion, order: order(it) },
            Outcome::Bot(it) => Outcome::Bot(bot(it)),
            Outcome::BotRemoved { bot, returned } => Outcome::BotRemoved { bot, returned: returned.map(order) },
            Outcome::Claimed { order: it, bot: by } => Outcome::Claimed { order: it.map(order), bot: bot(by) },
            Outcome::Cleared { .. } | Outcome::Settings(_) | Outcome::Restaurant(_) | Outcome::Done => outcome,
        }
    }
}
