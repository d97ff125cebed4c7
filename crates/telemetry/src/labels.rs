//! The labels of series, each with few values.

use std::fmt::Write as _;
use std::sync::Arc;

use feedme_kitchen::OrderType;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

/// A restaurant as series name it; see [`Restaurants`](crate::restaurants::Restaurants).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Name(pub(crate) Arc<str>);

impl EncodeLabelValue for Name {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        encoder.write_str(&self.0)
    }
}

/// The classes, as series name them.
pub(crate) const CLASSES: [(OrderType, &str); 2] = [(OrderType::Vip, "vip"), (OrderType::Normal, "normal")];

/// Where a class stands in [`CLASSES`].
pub(crate) fn class(order_type: OrderType) -> usize {
    match order_type {
        OrderType::Vip => 0,
        OrderType::Normal => 1,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfEvent {
    pub(crate) event: &'static str,
    pub(crate) r#type: &'static str,
    pub(crate) restaurant: Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfClass {
    pub(crate) r#type: &'static str,
    pub(crate) restaurant: Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfRestaurant {
    pub(crate) restaurant: Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfState {
    pub(crate) state: &'static str,
    pub(crate) restaurant: Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfOutcome {
    pub(crate) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfRequest {
    pub(crate) method: &'static str,
    pub(crate) route: &'static str,
    pub(crate) status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfRoute {
    pub(crate) method: &'static str,
    pub(crate) route: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfReason {
    pub(crate) reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfPool {
    pub(crate) pool: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfConnection {
    pub(crate) pool: &'static str,
    pub(crate) state: &'static str,
}
