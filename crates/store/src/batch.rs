//! What one commit carries.

use std::sync::Arc;

use feedme_kitchen::{Counters, Event, Profile, Rows, Settings, Time, Turn, Version};

use crate::{Epoch, RestaurantId};

/// Everything that one transaction writes: at most one [`Write`] for each restaurant.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The writes. Each wins or loses for itself.
    pub writes: Vec<Write>,
    /// By whose account it was decided: [`Store::generation`](crate::Store::generation).
    pub generation: u64,
}

/// What happened to one restaurant since its last commit.
#[derive(Clone, Debug)]
pub struct Write {
    /// Which restaurant.
    pub restaurant: RestaurantId,
    /// The history it was decided on.
    pub epoch: Epoch,
    /// The version it was decided on: the write wins only if the database still stands there.
    pub expected: Version,
    /// The version after it.
    pub version: Version,
    /// When its last event happened.
    pub last_at: Time,
    /// The counters after it.
    pub counters: Counters,
    /// When the next of the orders that automatic bots cook after it is due.
    pub next_due: Option<Time>,
    /// The ratio policy's turn after it.
    pub turn: Turn,
    /// The settings after it, if they changed.
    pub settings: Option<Settings>,
    /// The name and standing after it, if they changed.
    pub profile: Option<Profile>,
    /// What happened, in order.
    pub events: Vec<Arc<Event>>,
    /// The rows that changed, as they are afterwards.
    pub rows: Rows,
    /// Answers kept for callers who may ask again.
    pub answers: Vec<(KeyScope, KeptAnswer)>,
}

/// Whose idempotency key it is. Keys of different callers are independent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyScope {
    /// The caller; in open mode all are one.
    pub caller: String,
    /// The key as the caller sent it.
    pub key: String,
}

/// The answer that a request with an idempotency key got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// A digest of the request's method, path and body: another request with the same key is a mistake.
    pub fingerprint: [u8; 32],
    /// The answer's status code.
    pub status: u16,
    /// The answer's `Location`, if it had one.
    pub location: Option<String>,
    /// The answer's body.
    pub body: Vec<u8>,
    /// When it was given.
    pub at: Time,
}

/// What became of one restaurant's write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is durable.
    Won,
    /// The restaurant stands at another version or epoch; nothing of it was written.
    Conflict,
    /// A constraint of the schema refused it; nothing of it was written. That is a bug in the state machine.
    Violated(String),
}
