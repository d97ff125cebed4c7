//! A restaurant as it is stored.

use std::fmt;

use feedme_kitchen::{Parts, Version};
use uuid::Uuid;

/// Names a restaurant: a UUIDv7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RestaurantId(pub Uuid);

/// Which history of a restaurant the versions belong to: a random 63-bit number. A restore draws a new one,
/// so that nobody mistakes a new version 7 for the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub i64);

impl Epoch {
    /// Makes an epoch from any 64 random bits.
    #[must_use]
    pub const fn from_random(bits: u64) -> Self {
        Self((bits >> 1).cast_signed())
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What names a restaurant and its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restaurant {
    /// Its id.
    pub id: RestaurantId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Its current history.
    pub epoch: Epoch,
}

/// A restaurant's live state as it stands in the database.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Which restaurant.
    pub restaurant: Restaurant,
    /// The rows of its live state.
    pub parts: Parts,
}

impl Loaded {
    /// The version it was loaded at.
    pub fn version(&self) -> Version {
        self.parts.version
    }
}
