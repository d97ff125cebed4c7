//! `feedme log`: what a running server writes to its log.

use std::io;
use std::path::PathBuf;

use http::Method;
use serde_json::json;

use crate::data_folder::DataFolder;
use crate::operator::{Line, OperatorError};
use crate::say;

/// What `feedme log` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct LogArgs {
    /// What to log from now on: error, warn, info, debug or trace, or by module as in `info,feedme_engine=debug`; without it the
    /// command says what is logged
    filter: Option<String>,

    #[command(flatten)]
    data: DataFolder,
}

const AFTER_HELP: &str = "\
It speaks to the server that runs on the data folder. What it sets holds until that server ends; then its
configuration holds again. Servers on PostgreSQL have no data folder: ask each by PATCH /api/log.

Examples:
  feedme log                                    what is logged now
  feedme log info,feedme_engine=debug           more of the engine
  feedme log info,feedme::kitchen=warn          nothing of what happens to orders and bots
  feedme log info                               as it is by default";

/// Why the log is not switched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// Nobody is there.
    #[error("no server runs on {}", .0.display())]
    NoServer(PathBuf),
    /// It does not do it.
    #[error(transparent)]
    Operator(#[from] OperatorError),
    /// Threads cannot be had.
    #[error("failed to set the command up")]
    Setup(#[source] io::Error),
}

/// Says what is logged, or has something else logged.
pub(crate) fn run(args: &LogArgs) -> Result<(), LogError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(LogError::Setup)?;
    let answer = runtime.block_on(async {
        let line = Line::running(&args.data.path).await?;
        let line = line.ok_or_else(|| LogError::NoServer(args.data.path.clone()))?;
        let body = args.filter.as_ref().map(|filter| json!({ "filter": filter }));
        let method = if body.is_some() { Method::PATCH } else { Method::GET };
        line.ask(method, "/api/log", body.as_ref()).await.map_err(LogError::from)
    })?;
    say(format_args!("{}", answer["filter"].as_str().unwrap_or_default()));
    Ok(())
}
