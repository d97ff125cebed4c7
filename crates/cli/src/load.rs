//! `feedme load`: the load generator, a crate of its own.

use feedme_load::{Args, LoadError};

use crate::exit::Exit;
use crate::say;

/// Why a load is no success.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadFailure {
    /// It could not run.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It ran, and the server broke a promise; the report says which.
    #[error("a check failed: the server broke a promise")]
    Broken,
    /// It ran, and nothing succeeded.
    #[error("not one request succeeded")]
    NothingSucceeded,
}

impl LoadFailure {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Load(_) | Self::NothingSucceeded => Exit::Failed,
            Self::Broken => Exit::Findings,
        }
    }
}

/// Loads the server and prints the report.
pub(crate) fn run(args: &Args) -> Result<(), LoadFailure> {
    let report = feedme_load::run(args)?;
    say(format_args!("{}", args.render(&report).trim_end()));
    if !report.held() {
        Err(LoadFailure::Broken)
    } else if report.requests.succeeded == 0 {
        Err(LoadFailure::NothingSucceeded)
    } else {
        Ok(())
    }
}
