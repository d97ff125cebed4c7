//! What a screen shows.

use std::sync::Arc;

use feedme_kitchen::{Bot, Kitchen, Order, Profile, Settings, Version};

use crate::Epoch;

/// A board, from one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// In which history.
    pub epoch: Epoch,
    /// The last event in it.
    pub version: Version,
    /// The orders, in the order in which they are shown.
    pub orders: Vec<Arc<Order>>,
    /// The bots, oldest first. When they last changed is not shown, and not compared.
    pub bots: Vec<Bot>,
    /// The settings.
    pub settings: Settings,
    /// The restaurant's name and standing.
    pub profile: Profile,
}

impl Board {
    /// Whether this is what a kitchen in that state shows.
    pub(crate) fn shows(&self, kitchen: &Kitchen) -> bool {
        let unchanged = |bot: &Bot| Bot { updated_at: bot.created_at, ..*bot };
        self.orders.iter().eq(kitchen.board())
            && self.bots.iter().map(unchanged).eq(kitchen.bots().map(unchanged))
            && self.settings == kitchen.settings()
            && self.profile == *kitchen.profile()
    }
}
