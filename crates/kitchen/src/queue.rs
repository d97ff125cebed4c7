//! Who is picked next: two queues, one for each class, and a policy that looks at their heads alone.
//!
//! A policy sees the head of each queue, the time, and (ratio only) whose turn it is, so a pick costs
//! O(log n) however many orders wait. Within a class the lowest number always goes first.

use std::collections::BTreeMap;

use crate::{OrderId, OrderNumber, OrderType, Time};

/// How VIP and NORMAL orders share the bots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Every VIP order goes before every NORMAL one.
    #[default]
    Strict,
    /// A NORMAL order that has waited `after_ms` counts as VIP; the heads then compare by number.
    Ageing {
        /// How long a NORMAL order waits before it counts as VIP.
        after_ms: u64,
    },
    /// While both classes wait, `vip` VIP orders are followed by `normal` NORMAL ones. A pick while only
    /// one class waits is nobody's loss and does not count.
    Ratio {
        /// VIP orders in a round; at least 1.
        vip: u32,
        /// NORMAL orders in a round; at least 1.
        normal: u32,
    },
    /// Each order should start within its class's target; the earliest deadline goes first.
    Deadline {
        /// Target of a VIP order.
        vip_ms: u64,
        /// Target of a NORMAL order.
        normal_ms: u64,
    },
}

/// How far a round of [`Policy::Ratio`] has come. It starts anew when the policy changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// VIP orders picked in this round.
    pub vip: u32,
    /// NORMAL orders picked in this round.
    pub normal: u32,
}

/// What a policy needs to know of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which order.
    pub id: OrderId,
    /// Its number.
    pub number: OrderNumber,
    /// When it was placed.
    pub created_at: Time,
}

impl Policy {
    /// The class whose head goes next, or `None` when nothing waits.
    #[must_use]
    pub fn pick(self, turn: Turn, vip: Option<Waiting>, normal: Option<Waiting>, now: Time) -> Option<OrderType> {
        let (vip, normal) = match (vip, normal) {
            (None, None) => return None,
            (Some(_), None) => return Some(OrderType::Vip),
            (None, Some(_)) => return Some(OrderType::Normal),
            (Some(vip), Some(normal)) => (vip, normal),
        };
        let normal_first = match self {
            Self::Strict => false,
            Self::Ageing { after_ms } => now.since_ms(normal.created_at) >= after_ms && normal.number < vip.number,
            Self::Ratio { vip, .. } => turn.vip >= vip,
            // A tie goes to the VIP order.
            Self::Deadline { vip_ms, normal_ms } => {
                normal.created_at.plus_ms(normal_ms) < vip.created_at.plus_ms(vip_ms)
            }
        };
        Some(if normal_first { OrderType::Normal } else { OrderType::Vip })
    }

    /// The turn after a pick made while both classes waited.
    #[must_use]
    pub fn after_contended_pick(self, turn: Turn, picked: OrderType) -> Turn {
        let Self::Ratio { vip, normal } = self else { return turn };
        let turn = match picked {
            OrderType::Vip => Turn { vip: turn.vip + 1, ..turn },
            OrderType::Normal => Turn { normal: turn.normal + 1, ..turn },
        };
        if turn.vip >= vip && turn.normal >= normal { Turn::default() } else { turn }
    }
}

/// The orders that wait, by class and number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queues {
    vip: BTreeMap<OrderNumber, Waiting>,
    normal: BTreeMap<OrderNumber, Waiting>,
}

impl Queues {
    fn of(&mut self, order_type: OrderType) -> &mut BTreeMap<OrderNumber, Waiting> {
        match order_type {
            OrderType::Vip => &mut self.vip,
            OrderType::Normal => &mut self.normal,
        }
    }

    pub(crate) fn insert(&mut self, order_type: OrderType, waiting: Waiting) {
        self.of(order_type).insert(waiting.number, waiting);
    }

    pub(crate) fn remove(&mut self, order_type: OrderType, number: OrderNumber) {
        self.of(order_type).remove(&number);
    }

    fn class(&self, order_type: OrderType) -> &BTreeMap<OrderNumber, Waiting> {
        match order_type {
            OrderType::Vip => &self.vip,
            OrderType::Normal => &self.normal,
        }
    }

    /// How many wait in a class.
    #[must_use]
    pub fn len(&self, order_type: OrderType) -> usize {
        self.class(order_type).len()
    }

    /// The order of a class that waits longest.
    #[must_use]
    pub fn head(&self, order_type: OrderType) -> Option<Waiting> {
        self.class(order_type).first_key_value().map(|(_, waiting)| *waiting)
    }

    /// True when nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vip.is_empty() && self.normal.is_empty()
    }

    /// Since when the order has waited that waits longest. Those with higher numbers were placed later.
    #[must_use]
    pub fn since(&self) -> Option<Time> {
        let heads = [OrderType::Vip, OrderType::Normal].into_iter().filter_map(|class| self.head(class));
        heads.map(|waiting| waiting.created_at).min()
    }

    /// True when both classes wait, so that a pick favours one over the other.
    #[must_use]
    pub fn contended(&self) -> bool {
        !self.vip.is_empty() && !self.normal.is_empty()
    }

    /// The order that goes next.
    #[must_use]
    pub fn next(&self, policy: Policy, turn: Turn, now: Time) -> Option<Waiting> {
        let (vip, normal) = (self.head(OrderType::Vip), self.head(OrderType::Normal));
        match policy.pick(turn, vip, normal, now)? {
            OrderType::Vip => vip,
            OrderType::Normal => normal,
        }
    }

    /// All that wait, VIP before NORMAL, by number: the order of the board.
    pub fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.vip.values().chain(self.normal.values())
    }

    /// The order's place in the sequence of picks if nothing more came in, from 1. Costs O(place).
    #[must_use]
    pub fn position(&self, id: OrderId, policy: Policy, turn: Turn, now: Time) -> Option<usize> {
        let (mut vip, mut normal) = (self.vip.values().copied().peekable(), self.normal.values().copied().peekable());
        let mut turn = turn;
        for place in 1.. {
            let (vip_head, normal_head) = (vip.peek().copied(), normal.peek().copied());
            let picked = policy.pick(turn, vip_head, normal_head, now)?;
            if vip_head.is_some() && normal_head.is_some() {
                turn = policy.after_contended_pick(turn, picked);
            }
            let waiting = match picked {
                OrderType::Vip => vip.next(),
                OrderType::Normal => normal.next(),
            };
            if waiting.is_some_and(|waiting| waiting.id == id) {
                return Some(place);
            }
        }
        None
    }
}
