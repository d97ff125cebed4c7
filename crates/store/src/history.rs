//! Questions about orders that are no longer on the board.

use std::sync::Arc;

use feedme_kitchen::{Order, OrderNumber, OrderType, Status, Time, UserId};

/// Orders on a page at most.
pub const PAGE_MAX: usize = 100;

/// Which orders to list, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryFilter {
    /// Only orders in this status.
    pub status: Option<Status>,
    /// Only orders of this type.
    pub order_type: Option<OrderType>,
    /// Only the order with this number.
    pub number: Option<OrderNumber>,
    /// Only orders placed at this moment or later.
    pub from: Option<Time>,
    /// Only orders placed before this moment.
    pub to: Option<Time>,
    /// Only orders that this account placed.
    pub user: Option<UserId>,
    /// Only orders with a smaller number: where the last page ended.
    pub below: Option<OrderNumber>,
    /// How many, from 1 to [`PAGE_MAX`].
    pub limit: usize,
}

/// A page of orders, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The orders.
    pub orders: Vec<Arc<Order>>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<OrderNumber>,
}
