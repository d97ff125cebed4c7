//! Why something was refused, on the scenario's clock and in the transcript's words.

use feedme_kitchen::{Refusal, Status};

use crate::simulate::clock::{Seconds, face};

/// The reason, as it completes "… refused: ".
pub(crate) fn reason(refusal: Refusal) -> String {
    match refusal {
        Refusal::WrongStatus { number, status } => format!("order #{number} is {}", status_name(status)),
        Refusal::TooLateToRestore { number, window_ms } => {
            format!("order #{number} was cancelled more than {} ago", Seconds(window_ms))
        }
        Refusal::TooEarly { number, due_at } => format!("order #{number} is due at {}", face(due_at)),
        Refusal::BotBusy { number } => format!("Bot {number} is busy"),
        Refusal::StaleClaim { number } => format!("Bot {number} does not hold an order under this claim"),
        Refusal::WrongMode { number, .. } => format!("Bot {number} is automatic"),
        Refusal::UnknownOrder
        | Refusal::UnknownBot
        | Refusal::NoBots
        | Refusal::OrderingPaused
        | Refusal::OrdersActive { .. }
        | Refusal::RestaurantArchived => refusal.to_string(),
    }
}

/// A status as people read it.
pub(crate) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Pending => "PENDING",
        Status::Processing => "PROCESSING",
        Status::Complete => "COMPLETE",
        Status::Cancelled => "CANCELLED",
    }
}
