//! Bots join, leave, ask for orders and give them back.

use std::sync::Arc;

use crate::execute::Step;
use crate::{Bot, BotId, Change, Claim, Mode, Order, Outcome, Refusal};

impl Step<'_> {
    /// Adds an idle bot. An automatic one is handed an order right after, if one waits.
    pub(crate) fn add_bot(&mut self, id: BotId, mode: Mode) -> Outcome {
        let bot = Bot {
            id,
            number: self.kitchen.counters.next_bot,
            mode,
            current: None,
            created_at: self.at,
            updated_at: self.at,
            deleted_at: None,
        };
        self.emit(Change::BotAdded(bot));
        Outcome::Bot(bot)
    }

    /// Removes a bot; what it cooks goes back to its place in the queue.
    pub(crate) fn remove_bot(&mut self, id: BotId) -> Result<Outcome, Refusal> {
        let bot = *self.kitchen.bot(id).ok_or(Refusal::UnknownBot)?;
        let returned = self.put_back_order_of(&bot);
        let bot = Bot { current: None, updated_at: self.at, deleted_at: Some(self.at), ..bot };
        self.emit(Change::BotRemoved(bot));
        Ok(Outcome::BotRemoved { bot, returned })
    }

    /// Removes the bot with the highest number.
    pub(crate) fn remove_newest_bot(&mut self) -> Result<Outcome, Refusal> {
        let newest = self.kitchen.bots().next_back().ok_or(Refusal::NoBots)?.id;
        self.remove_bot(newest)
    }

    /// A bot asks for the next order. An idle automatic bot may ask too; nothing waits then, or it would
    /// have been handed an order already.
    pub(crate) fn claim_order(&mut self, id: BotId) -> Result<Outcome, Refusal> {
        let bot = *self.kitchen.bot(id).ok_or(Refusal::UnknownBot)?;
        if bot.current.is_some() {
            return Err(Refusal::BotBusy { number: bot.number });
        }
        let order = self.start_next(bot);
        Ok(Outcome::Claimed { order, bot })
    }

    /// A pull bot gives its order back to its place in the queue.
    pub(crate) fn return_order(&mut self, id: BotId, claim: Claim) -> Result<Outcome, Refusal> {
        let bot = *self.kitchen.bot(id).ok_or(Refusal::UnknownBot)?;
        let number = bot.number;
        if bot.mode != Mode::Pull {
            return Err(Refusal::WrongMode { number, mode: bot.mode });
        }
        let held = self.order_of(&bot).and_then(|order| order.work());
        if held.is_none_or(|work| work.claim != claim) {
            return Err(Refusal::StaleClaim { number });
        }
        let order = self.put_back_order_of(&bot).ok_or(Refusal::StaleClaim { number })?;
        self.note_freed(id);
        Ok(Outcome::Order(order))
    }

    /// Remembers a bot that holds nothing any more, to announce it if it gets nothing else.
    pub(crate) fn note_freed(&mut self, id: BotId) {
        let number = self.kitchen.bot(id).map(|bot| bot.number).filter(|number| !self.freed.contains(number));
        self.freed.extend(number);
    }

    fn order_of(&self, bot: &Bot) -> Option<&Arc<Order>> {
        self.kitchen.orders.get(&bot.current?)
    }

    fn put_back_order_of(&mut self, bot: &Bot) -> Option<Arc<Order>> {
        let order = Arc::new(self.order_of(bot)?.returned(self.at)?);
        self.emit(Change::OrderReturned(Arc::clone(&order)));
        Some(order)
    }
}
