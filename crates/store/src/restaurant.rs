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

/// Characters of a slug at most.
pub const SLUG_MAX: usize = 40;

/// Whether a restaurant may be named so in addresses: 1 to [`SLUG_MAX`] lower-case letters, digits and hyphens.
#[must_use]
pub fn is_slug(slug: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=SLUG_MAX).contains(&slug.len()) && slug.bytes().all(legal)
}

/// What names a restaurant and its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restaurant {
    /// Its id.
    pub id: RestaurantId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people when this was read. The kitchen's profile has the current one.
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
