//! What can go wrong at a distance.

use std::fmt::Display;
use std::path::PathBuf;

use tokio_postgres::error::SqlState;

use crate::{CommitError, StoreError};

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address makes no sense.
    #[error("that is not the address of a PostgreSQL database, as in postgres://user@host:5432/name: {0}")]
    Address(String),
    /// The certificates to trust cannot be read.
    #[error("failed to read the certificates to trust from {}", path.display())]
    Trust {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// It cannot be reached, or refuses.
    #[error("the database cannot be used: {0}")]
    Unreachable(String),
    /// A migration failed.
    #[error("failed to bring the database up to date: {0}")]
    Migration(String),
}

/// A statement did not end well.
#[derive(Debug)]
pub(super) enum Failed {
    /// There was no connection, so nothing was asked.
    Away(String),
    /// The database said no, in a way that undid the statement.
    Refused(SqlState, String),
    /// A constraint of the schema said no, or a value cannot be kept.
    Constraint(String),
    /// The connection ended, or nothing was heard in time: nobody can tell what became of the statement.
    Unknown(String),
}

impl Failed {
    pub(super) fn away(why: impl Display) -> Self {
        Self::Away(why.to_string())
    }
}

impl Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Away(why) | Self::Constraint(why) | Self::Unknown(why) => f.write_str(why),
            Self::Refused(state, why) => write!(f, "{why} ({})", state.code()),
        }
    }
}

impl From<tokio_postgres::Error> for Failed {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(refusal) = error.as_db_error() else {
            let why =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), |why| format!("{error}: {why}"));
            return Self::Unknown(why);
        };
        let (state, why) = (refusal.code().clone(), refusal.message().to_owned());
        match state.code() {
            // The server ends the session, perhaps while it waits for a standby to confirm what it has written.
            "57P01" | "57P02" | "57P03" | "57P05" => Self::Unknown(why),
            code if code.starts_with("08") || code.starts_with("XX") => Self::Unknown(why),
            // A commit divides by zero when it finds fewer rows to change than it should.
            "22012" => Self::Constraint("a row is not what the write was decided on".into()),
            code if code.starts_with("22") || code.starts_with("23") => Self::Constraint(why),
            _ => Self::Refused(state, why),
        }
    }
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        Self::Unavailable(failed.to_string())
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Failed::from(error).into()
    }
}

impl From<Failed> for CommitError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Unknown(why) => Self::Unknown(why),
            failed => Self::NotCommitted(failed.to_string()),
        }
    }
}

impl From<Failed> for OpenError {
    fn from(failed: Failed) -> Self {
        Self::Unreachable(failed.to_string())
    }
}
