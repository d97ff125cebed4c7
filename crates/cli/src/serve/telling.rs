//! The log, which goes to standard error, and traces.

use std::io::IsTerminal as _;

use feedme_telemetry::{Log, LogFormat, LogGuard, Teller, TraceOptions, Traces};

use super::ServeError;
use super::config::{self, Config};

/// What tells of the server while it runs.
pub(super) struct Telling {
    pub(super) log: Log,
    pub(super) traces: Option<Traces>,
    pub(super) changes: Teller,
    guard: LogGuard,
}

impl Telling {
    /// Starts logging, and sending traces where the configuration says. To be called outside of a runtime.
    pub(super) fn start(config: &Config) -> Result<Self, ServeError> {
        let format = match config.log_format {
            config::LogFormat::Text => LogFormat::Text { ansi: std::io::stderr().is_terminal() },
            config::LogFormat::Json => LogFormat::Json,
        };
        let (log, guard) = Log::start(&config.log, format)?;
        let options = config.traces.as_ref().map(|traces| TraceOptions {
            collector: traces.collector.clone(),
            share: traces.share,
            version: env!("CARGO_PKG_VERSION"),
        });
        let traces = options.as_ref().map(Traces::start).transpose()?;
        Ok(Self { log, changes: Teller::start(traces.clone()), traces, guard })
    }

    /// Writes and sends what still waits.
    pub(super) fn end(self) {
        self.changes.end();
        drop(self.guard);
    }
}
