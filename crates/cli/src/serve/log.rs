//! Logs go to standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use super::config::{Config, LogFormat};

/// Starts logging.
pub(super) fn start(config: &Config) {
    let filter = EnvFilter::new(&config.log);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}
