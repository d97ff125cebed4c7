//! How a scenario ended.

use std::fmt::{self, Write as _};

use feedme_kitchen::{Kitchen, Order, OrderType, Status};
use serde::Serialize;

use crate::simulate::clock::Seconds;

/// The final status.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    /// Always `summary`, where an event has its name.
    pub(crate) event: &'static str,
    pub(crate) clock: String,
    pub(crate) at_ms: u64,
    /// Orders that a bot picked up, whatever became of them.
    pub(crate) processed: Processed,
    pub(crate) completed: usize,
    pub(crate) pending: usize,
    pub(crate) processing: usize,
    pub(crate) cancelled: usize,
    pub(crate) refused: usize,
    pub(crate) bots: Bots,
    pub(crate) longest_wait_ms: LongestWait,
}

#[derive(Debug, Serialize)]
pub(crate) struct Processed {
    total: usize,
    vip: usize,
    normal: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct Bots {
    active: usize,
    idle: usize,
}

/// From an order's creation to its first start; `None` when no order of the class was started.
#[derive(Debug, Serialize)]
pub(crate) struct LongestWait {
    vip: Option<u64>,
    normal: Option<u64>,
}

/// The waits of the orders that were started.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    vip: Vec<u64>,
    normal: Vec<u64>,
}

impl Waits {
    /// Notes an order's first start.
    pub(crate) fn note(&mut self, order_type: OrderType, ms: u64) {
        match order_type {
            OrderType::Vip => self.vip.push(ms),
            OrderType::Normal => self.normal.push(ms),
        }
    }
}

impl Summary {
    pub(crate) fn new<'a>(
        clock: String,
        at_ms: u64,
        kitchen: &Kitchen,
        orders: impl Iterator<Item = &'a Order>,
        waits: &Waits,
        refused: usize,
    ) -> Self {
        let mut counts = [0; 4];
        for order in orders {
            counts[order.status() as usize] += 1;
        }
        let count = |status: Status| counts[status as usize];
        Self {
            event: "summary",
            clock,
            at_ms,
            processed: Processed {
                total: waits.vip.len() + waits.normal.len(),
                vip: waits.vip.len(),
                normal: waits.normal.len(),
            },
            completed: count(Status::Complete),
            pending: count(Status::Pending),
            processing: count(Status::Processing),
            cancelled: count(Status::Cancelled),
            refused,
            bots: Bots {
                active: kitchen.bots().count(),
                idle: kitchen.bots().filter(|bot| bot.current.is_none()).count(),
            },
            longest_wait_ms: LongestWait {
                vip: waits.vip.iter().max().copied(),
                normal: waits.normal.iter().max().copied(),
            },
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processed, bots, .. } = self;
        writeln!(f, "Final status at {}", self.clock)?;
        let mut line = |what: &str, value: String| writeln!(f, "  {:<18}{value}", format!("{what}:"));
        line("Orders processed", format!("{} ({} VIP, {} NORMAL)", processed.total, processed.vip, processed.normal))?;
        line("Completed", self.completed.to_string())?;
        line("Pending", self.pending.to_string())?;
        for (what, count) in [("Processing", self.processing), ("Cancelled", self.cancelled), ("Refused", self.refused)]
        {
            if count > 0 {
                line(what, count.to_string())?;
            }
        }
        line("Active bots", format!("{} ({} idle)", bots.active, bots.idle))?;
        match self.longest_wait_ms.said() {
            Some(said) => line("Longest wait", said),
            None => Ok(()),
        }
    }
}

impl LongestWait {
    fn said(&self) -> Option<String> {
        let mut said = String::new();
        for (class, ms) in [("VIP", self.vip), ("NORMAL", self.normal)] {
            if let Some(ms) = ms {
                let comma = if said.is_empty() { "" } else { ", " };
                let _ = write!(said, "{comma}{class} {}", Seconds(ms));
            }
        }
        Some(said).filter(|said| !said.is_empty())
    }
}
