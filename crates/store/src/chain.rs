//! Questions about many restaurants at a time.

use feedme_kitchen::{Profile, Time, Version};

use crate::{Restaurant, RestaurantId};

/// Restaurants on a page at most: about 250 KB of JSON, and ten pages for a chain of ten thousand.
pub const CHAIN_PAGE_MAX: usize = 1000;

/// Which restaurants to list, by slug.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainFilter {
    /// Only these; `None` for all.
    pub among: Option<Vec<RestaurantId>>,
    /// Only those with this in their slug or name, whatever the capitals of ASCII letters.
    pub search: Option<String>,
    /// Only those whose slug comes after this one: where the last page ended.
    pub after: Option<String>,
    /// How many, from 1 to [`CHAIN_PAGE_MAX`].
    pub limit: usize,
}

/// A page of restaurants, by slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainPage {
    /// The restaurants, each with its name and standing.
    pub restaurants: Vec<(Restaurant, Profile)>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
}

/// How busy a restaurant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Which restaurant.
    pub restaurant: RestaurantId,
    /// Its latest event.
    pub version: Version,
    /// How many orders wait.
    pub waiting: usize,
    /// How many cook.
    pub cooking: usize,
    /// When the order that waits longest was placed.
    pub waiting_since: Option<Time>,
    /// How many bots there are.
    pub bots: usize,
    /// How many of them cook.
    pub busy_bots: usize,
}
