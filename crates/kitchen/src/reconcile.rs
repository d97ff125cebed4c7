//! Loading a state from rows, and putting right by events what contradicts itself.
//!
//! Bots and orders are stored in tables of their own, so a damaged database can say two things at once. The
//! orders are believed; a bot that claims otherwise is announced as idle, an order whose bot does not exist
//! or cooks something else goes back to its place.

use std::sync::Arc;

use crate::execute::Step;
use crate::{
    Bot, BotId, Change, Counters, Kitchen, Order, OrderId, Outcome, Profile, Settings, State, Time, Turn, Version,
};

/// The rows of one restaurant's live state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The number of the latest event.
    pub version: Version,
    /// When it happened.
    pub last_at: Time,
    /// The numbers given out next.
    pub counters: Counters,
    /// What it is called, and whether it is archived.
    pub profile: Profile,
    /// The settings.
    pub settings: Settings,
    /// How far a round of the ratio policy has come.
    pub turn: Turn,
    /// The live orders.
    pub orders: Vec<Order>,
    /// The bots.
    pub bots: Vec<Bot>,
}

/// Something that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contradiction {
    /// An order cooks with a bot that does not exist or cooks something else.
    OrderWithoutBot(OrderId),
    /// A bot says that it cooks an order that it does not.
    BotWithoutOrder(BotId),
}

impl Kitchen {
    /// Builds the state from rows and says what contradicts itself. Give the contradictions to
    /// [`Command::Reconcile`](crate::Command::Reconcile) before anything else is asked of the kitchen.
    pub fn load(parts: Parts) -> (Self, Vec<Contradiction>) {
        let Parts { version, last_at, counters, profile, settings, turn, orders, bots } = parts;
        let mut kitchen = Self { version, last_at, counters, profile, settings, turn, ..Self::default() };
        for bot in &bots {
            kitchen.file_bot(Bot { current: None, ..*bot });
        }
        let mut contradictions = Vec::new();
        for order in orders {
            let order = Arc::new(order);
            if let State::Processing(work) = order.state {
                match work.bot.and_then(|id| kitchen.bot(id).copied()).filter(|bot| bot.current.is_none()) {
                    Some(bot) => kitchen.file_bot(Bot { current: Some(order.id()), ..bot }),
                    None => contradictions.push(Contradiction::OrderWithoutBot(order.id())),
                }
            }
            kitchen.file(&order);
        }
        let disagrees = |bot: &&Bot| kitchen.bot(bot.id).is_some_and(|loaded| loaded.current != bot.current);
        contradictions.extend(bots.iter().filter(disagrees).map(|bot| Contradiction::BotWithoutOrder(bot.id)));
        (kitchen, contradictions)
    }

    /// The rows that [`Kitchen::load`] builds this state from: orders and bots by number.
    #[must_use]
    pub fn parts(&self) -> Parts {
        let mut orders: Vec<_> = self.orders.values().map(|order| Order::clone(order)).collect();
        orders.sort_by_key(Order::number);
        Parts {
            version: self.version,
            last_at: self.last_at,
            counters: self.counters,
            profile: self.profile.clone(),
            settings: self.settings,
            turn: self.turn,
            orders,
            bots: self.bots().copied().collect(),
        }
    }
}

impl Step<'_> {
    /// Puts right what still contradicts itself: it may have been put right since it was found.
    pub(crate) fn reconcile(&mut self, contradictions: Vec<Contradiction>) -> Outcome {
        for contradiction in contradictions {
            match contradiction {
                Contradiction::OrderWithoutBot(id) => {
                    let order = self.kitchen.orders.get(&id).filter(|order| self.kitchen.bot_of(order).is_none());
                    if let Some(order) = order.and_then(|order| order.returned(self.at)) {
                        self.emit(Change::OrderReturned(Arc::new(order)));
                    }
                }
                // Its row is written with whatever the kitchen knows of the bot once it is settled.
                Contradiction::BotWithoutOrder(id) => {
                    if let Some(bot) = self.kitchen.bot(id).copied() {
                        self.log.rows.bots.insert(id, bot);
                        self.log.rows.bots_before.remove(&id);
                        self.note_freed(id);
                    }
                }
            }
        }
        Outcome::Done
    }
}
