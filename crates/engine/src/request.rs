//! What callers hand to the engine and what they get back.

use std::fmt;

use feedme_kitchen::{Actor, Command, Outcome, Refusal, Version};
use feedme_store::{KeptAnswer, KeyScope};

/// A command, who asks, and the idempotency key, if there is one.
#[derive(Debug)]
pub struct Request {
    /// What is asked.
    pub command: Command,
    /// Who asks.
    pub actor: Actor,
    /// The idempotency key.
    pub key: Option<Keyed>,
}

impl Request {
    /// A request without an idempotency key.
    #[must_use]
    pub fn new(command: Command, actor: Actor) -> Self {
        Self { command, actor, key: None }
    }
}

/// An idempotency key with what is needed to keep the answer in the transaction of the effect.
pub struct Keyed {
    /// Whose key, and which.
    pub scope: KeyScope,
    /// A digest of the request's method, path and body.
    pub fingerprint: [u8; 32],
    /// Renders the answer that is kept. Called only when the command is not refused.
    pub render: Box<dyn Fn(&Outcome) -> RenderedAnswer + Send + Sync>,
}

/// An answer as the caller gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedAnswer {
    /// The status code.
    pub status: u16,
    /// The `Location`, if it has one.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// What became of a request. It is durable.
#[derive(Debug)]
pub enum Reply {
    /// The command was carried out now.
    Fresh {
        /// What it answers.
        outcome: Outcome,
        /// The restaurant's version after it.
        version: Version,
    },
    /// It was carried out before, under the same idempotency key; this is the first answer.
    Replayed(KeptAnswer),
}

/// Why a request did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The rules refuse it. Nothing changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A constraint of the database refused it, which is a bug of ours. Nothing changed.
    #[error("a constraint of the database refused this")]
    Violated,
    /// The idempotency key was used for another request. Nothing changed.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The first request with this idempotency key is still being carried out. Nothing changed.
    #[error("the first request with this idempotency key is still being carried out")]
    KeyInUse,
    /// Too many commands wait. Nothing changed.
    #[error("too many commands wait")]
    QueueFull,
    /// The database is away, full, or the engine is stopping. Nothing changed.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database did not say whether it committed.
    #[error("the database did not say whether it committed")]
    OutcomeUnknown,
}

impl Failure {
    /// What was decided was outdated each time. Nothing changed.
    pub(crate) fn outrun() -> Self {
        Self::Unavailable("another process is always quicker".into())
    }
}
