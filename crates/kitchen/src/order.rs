//! What an order is, and the only ways in which it may move.

use std::sync::Arc;

use crate::{BotId, Claim, OrderId, OrderNumber, Time, UserId};

/// For how long a cancellation can be undone. A minute is long enough to notice a wrong tap and short enough
/// that nobody has cooked around the gap.
pub const UNDO_CANCEL_MS: u64 = 60_000;

/// The class an order waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderType {
    /// Served in turn.
    Normal,
    /// Served before NORMAL, as far as the restaurant's policy says.
    Vip,
}

/// One line of an order: what to cook and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The dish.
    pub name: String,
    /// How many of it.
    pub quantity: u8,
    /// What the cook should know about it.
    pub note: Option<String>,
}

/// What is settled when an order is placed and never changes afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The order's id.
    pub id: OrderId,
    /// The order's number.
    pub number: OrderNumber,
    /// The class it waits in.
    pub order_type: OrderType,
    /// The account that placed it, if there are accounts.
    pub user: Option<UserId>,
    /// What the cook should know about the whole order.
    pub note: Option<String>,
    /// What to cook.
    pub lines: Vec<Line>,
    /// The till's own reference.
    pub external_ref: Option<String>,
    /// When it was placed.
    pub created_at: Time,
}

/// One bot's hold on one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Who cooks, or cooked. `None` only for finished work of a bot whose row was physically removed.
    pub bot: Option<BotId>,
    /// The fencing token of this start.
    pub claim: Claim,
    /// When cooking began.
    pub started_at: Time,
    /// When it will be done; `None` when a pull bot cooks, which says so itself.
    pub due_at: Option<Time>,
}

/// Where an order stands, with what only makes sense there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits.
    Pending,
    /// A bot cooks it.
    Processing(Work),
    /// It is ready.
    Complete {
        /// Who cooked it, and when.
        work: Work,
        /// When it was ready.
        completed_at: Time,
        /// When it was handed over, if it was.
        collected_at: Option<Time>,
    },
    /// It was called off.
    Cancelled {
        /// When.
        at: Time,
    },
}

/// [`State`] without its particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It waits.
    Pending,
    /// A bot cooks it.
    Processing,
    /// It is ready.
    Complete,
    /// It was called off.
    Cancelled,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What never changes.
    pub ticket: Arc<Ticket>,
    /// Where it stands.
    pub state: State,
    /// When it last changed.
    pub updated_at: Time,
    /// When it left the board for the history, if it did.
    pub archived_at: Option<Time>,
    /// When it was deleted, if it is.
    pub deleted_at: Option<Time>,
}

impl Order {
    /// A new order: it waits.
    #[must_use]
    pub fn placed(ticket: Ticket) -> Self {
        let updated_at = ticket.created_at;
        Self { ticket: Arc::new(ticket), state: State::Pending, updated_at, archived_at: None, deleted_at: None }
    }

    /// The order's id.
    #[must_use]
    pub fn id(&self) -> OrderId {
        self.ticket.id
    }

    /// The order's number.
    #[must_use]
    pub fn number(&self) -> OrderNumber {
        self.ticket.number
    }

    /// Where it stands, without particulars.
    #[must_use]
    pub fn status(&self) -> Status {
        match self.state {
            State::Pending => Status::Pending,
            State::Processing(_) => Status::Processing,
            State::Complete { .. } => Status::Complete,
            State::Cancelled { .. } => Status::Cancelled,
        }
    }

    /// The work being done on it now.
    #[must_use]
    pub fn work(&self) -> Option<Work> {
        match self.state {
            State::Processing(work) => Some(work),
            _ => None,
        }
    }

    /// True once nobody will cook it any more, unless it is restored.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.state, State::Complete { .. } | State::Cancelled { .. })
    }

    /// True while it belongs to a restaurant's live state: it waits, cooks, or stands on the board.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.deleted_at.is_none()
            && match self.state {
                State::Pending | State::Processing(_) => true,
                State::Complete { .. } => self.archived_at.is_none(),
                State::Cancelled { .. } => false,
            }
    }

    fn moved(&self, state: State, at: Time) -> Self {
        Self { state, updated_at: at, ..self.clone() }
    }

    /// PENDING to PROCESSING; `None` from anywhere else.
    #[must_use]
    pub fn started(&self, work: Work) -> Option<Self> {
        matches!(self.state, State::Pending).then(|| self.moved(State::Processing(work), work.started_at))
    }

    /// PROCESSING to COMPLETE; `None` from anywhere else.
    #[must_use]
    pub fn completed(&self, at: Time) -> Option<Self> {
        self.work().map(|work| self.moved(State::Complete { work, completed_at: at, collected_at: None }, at))
    }

    /// PROCESSING back to PENDING; `None` from anywhere else.
    #[must_use]
    pub fn returned(&self, at: Time) -> Option<Self> {
        self.work().map(|_| self.moved(State::Pending, at))
    }

    /// PENDING or PROCESSING to CANCELLED; `None` from anywhere else.
    #[must_use]
    pub fn cancelled(&self, at: Time) -> Option<Self> {
        matches!(self.state, State::Pending | State::Processing(_)).then(|| self.moved(State::Cancelled { at }, at))
    }

    /// CANCELLED back to PENDING; `None` from anywhere else.
    #[must_use]
    pub fn uncancelled(&self, at: Time) -> Option<Self> {
        matches!(self.state, State::Cancelled { .. }).then(|| self.moved(State::Pending, at))
    }

    /// A COMPLETE order, handed over; `None` for any other and for one handed over before.
    #[must_use]
    pub fn collected(&self, at: Time) -> Option<Self> {
        match self.state {
            State::Complete { work, completed_at, collected_at: None } => {
                Some(self.moved(State::Complete { work, completed_at, collected_at: Some(at) }, at))
            }
            _ => None,
        }
    }

    /// A COMPLETE order, off the board; `None` for any other and for one that left before.
    #[must_use]
    pub fn archived(&self, at: Time) -> Option<Self> {
        let on_board = matches!(self.state, State::Complete { .. }) && self.archived_at.is_none();
        on_board.then(|| Self { archived_at: Some(at), updated_at: at, ..self.clone() })
    }

    /// A final order, deleted; `None` for one that waits or cooks and for one deleted before.
    #[must_use]
    pub fn deleted(&self, at: Time) -> Option<Self> {
        let deletable = self.is_final() && self.deleted_at.is_none();
        deletable.then(|| Self { deleted_at: Some(at), updated_at: at, ..self.clone() })
    }

    /// A deleted order, back as it was; `None` for one that is not deleted.
    #[must_use]
    pub fn undeleted(&self, at: Time) -> Option<Self> {
        self.deleted_at.map(|_| Self { deleted_at: None, updated_at: at, ..self.clone() })
    }
}
