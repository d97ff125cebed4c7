//! What concerns the board and the restaurant as a whole.

use std::sync::Arc;

use crate::execute::Step;
use crate::{BOARD_COMPLETE_MAX, BotNumber, Change, Claim, OrderNumber, Outcome, SettingsPatch, State};

impl Step<'_> {
    /// Cancels what waits or cooks and takes what is ready off the board: one event, however much it is.
    pub(crate) fn clear_orders(&mut self) -> Outcome {
        let (mut cancelled, mut archived) = (Vec::new(), Vec::new());
        for order in self.kitchen.board() {
            match order.state {
                State::Pending | State::Processing(_) => cancelled.push(order.id()),
                State::Complete { .. } => archived.push(order.id()),
                State::Cancelled { .. } => {}
            }
        }
        let outcome = Outcome::Cleared { cleared: archived.len(), cancelled: cancelled.len() };
        if self.kitchen.live_orders() > 0 {
            self.emit(Change::OrdersCleared { cancelled, archived });
        }
        outcome
    }

    /// Takes off the board what has stood there for as long as the settings say.
    pub(crate) fn archive_orders(&mut self) -> Outcome {
        while self.kitchen.archive_due(self.at) {
            self.archive_oldest();
        }
        Outcome::Done
    }

    /// Takes the oldest ready orders off a board that holds too many.
    pub(crate) fn trim_board(&mut self) {
        while self.kitchen.ready.len() > BOARD_COMPLETE_MAX {
            self.archive_oldest();
        }
    }

    fn archive_oldest(&mut self) {
        let (_, id) = self.kitchen.oldest_ready().expect("a board with something to archive has an oldest ready order");
        let order = self.kitchen.orders.get(&id).and_then(|order| order.archived(self.at));
        self.emit(Change::OrderArchived(Arc::new(order.expect("a ready order on the board can be archived"))));
    }

    /// Changes settings; what does not differ makes no event.
    pub(crate) fn change_settings(&mut self, patch: SettingsPatch) -> Outcome {
        let settings = patch.onto(self.kitchen.settings);
        if settings != self.kitchen.settings {
            self.emit(Change::SettingsChanged(settings));
        }
        Outcome::Settings(settings)
    }

    /// Passes over order, bot and claim numbers.
    pub(crate) fn skip_numbers(&mut self, count: u64) -> Outcome {
        let counters = self.kitchen.counters;
        self.emit(Change::NumbersSkipped {
            next_order: OrderNumber(counters.next_order.0 + count),
            next_bot: BotNumber(counters.next_bot.0 + count),
            next_claim: Claim(counters.next_claim.0 + count),
        });
        Outcome::Done
    }
}
