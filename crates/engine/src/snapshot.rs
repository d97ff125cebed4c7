//! One version of a restaurant, frozen for readers.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use feedme_kitchen::{Bot, Kitchen, Order, Profile, Settings, Version};
use feedme_store::{Epoch, Restaurant};

/// How many renderings of one version are kept.
pub const RENDERINGS_MAX: usize = 6;

/// Everything a screen needs, from one version. The first reader of a version makes it; all share it.
#[derive(Debug)]
pub struct Snapshot {
    /// Which restaurant.
    pub restaurant: Restaurant,
    /// The version.
    pub version: Version,
    /// The orders as the board lists them.
    pub orders: Vec<Arc<Order>>,
    /// The bots, oldest first.
    pub bots: Vec<Bot>,
    /// The settings.
    pub settings: Settings,
    /// What the restaurant is called, and whether it is archived.
    pub profile: Profile,
    renderings: [OnceLock<Bytes>; RENDERINGS_MAX],
}

impl Snapshot {
    pub(crate) fn of(restaurant: &Restaurant, kitchen: &Kitchen) -> Self {
        Self {
            restaurant: restaurant.clone(),
            version: kitchen.version(),
            orders: kitchen.board().cloned().collect(),
            bots: kitchen.bots().copied().collect(),
            settings: kitchen.settings(),
            profile: kitchen.profile().clone(),
            renderings: Default::default(),
        }
    }

    /// The restaurant's history that the version belongs to.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.restaurant.epoch
    }

    /// The bytes of one rendering: made by the first who asks, shared by the others.
    pub fn rendering(&self, which: usize, render: impl FnOnce(&Self) -> Bytes) -> Bytes {
        self.renderings[which].get_or_init(|| render(self)).clone()
    }
}
