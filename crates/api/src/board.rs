//! What a screen shows, from one version.

use serde::ser::{Serialize, SerializeSeq, Serializer};
use utoipa::ToSchema;

use feedme_kitchen as kitchen;

use crate::bot::Bot;
use crate::order::Order;
use crate::settings::Settings;
use crate::time::Timestamp;

/// Everything that a screen needs, from one version.
#[derive(Clone, Copy, Debug, serde::Serialize, ToSchema)]
pub struct Board<'a> {
    /// Which restaurant.
    pub restaurant: Restaurant<'a>,
    /// Which history of the restaurant the version belongs to: a 63-bit number in decimal.
    #[schema(value_type = String, example = "6917529027641081856")]
    pub epoch: Epoch,
    /// The number of the latest event.
    pub version: u64,
    /// PENDING VIP, PENDING NORMAL, PROCESSING, then COMPLETE with the newest first.
    #[schema(value_type = Vec<Order<'_>>)]
    pub orders: Orders<'a>,
    /// The bots, newest first.
    #[schema(value_type = Vec<Bot>)]
    pub bots: Bots<'a>,
    /// The settings.
    pub settings: Settings,
}

/// The orders of the board.
#[derive(Clone, Copy, Debug, serde::Serialize, ToSchema)]
pub struct OrderList<'a> {
    /// PENDING VIP, PENDING NORMAL, PROCESSING, then COMPLETE with the newest first.
    #[schema(value_type = Vec<Order<'_>>)]
    pub orders: Orders<'a>,
    /// The version that this shows.
    pub version: u64,
}

/// What names a restaurant.
#[derive(Clone, Copy, Debug, serde::Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Restaurant<'a> {
    /// Its name in addresses.
    pub slug: &'a str,
    /// Its name for people.
    pub name: &'a str,
    /// When it was archived; null while it is run.
    #[schema(required)]
    pub archived_at: Option<Timestamp>,
}

/// An epoch: text on the wire, because it does not fit the numbers of every JSON reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(pub i64);

/// Kitchen orders, converted one by one as they are serialised.
#[derive(Clone, Copy, Debug)]
pub struct Orders<'a>(pub &'a [std::sync::Arc<kitchen::Order>]);

/// Kitchen bots, oldest first, serialised newest first.
#[derive(Clone, Copy, Debug)]
pub struct Bots<'a>(pub &'a [kitchen::Bot]);

impl Serialize for Epoch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Orders<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.0.len()))?;
        for order in self.0 {
            sequence.serialize_element(&Order::from(&**order))?;
        }
        sequence.end()
    }
}

impl Serialize for Bots<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().rev().map(Bot::from))
    }
}
