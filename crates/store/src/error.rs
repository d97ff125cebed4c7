//! What can go wrong with a database.

/// A read, or anything outside a commit, failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or is busy; trying again may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// What the database holds makes no sense.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
}

/// A commit did not end well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Nothing was written, and later commits may succeed: the disk is full, say.
    #[error("nothing was written: {0}")]
    NotCommitted(String),
    /// Nobody can tell whether it was written, but the store can be asked.
    #[error("the outcome is unknown: {0}")]
    Unknown(String),
    /// Nobody can tell whether it was written, and the store cannot be trusted any further: the process has
    /// to end, the next start recovers.
    #[error("the outcome is unknown and the database has failed: {0}")]
    Fatal(String),
}
