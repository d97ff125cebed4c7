//! The log: lines for people or objects for machines, and what of it is written, which can be switched while the server
//! runs.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, reload};

/// Lines that wait for whoever reads the log. Beyond them lines are lost and counted: a kitchen waits for no reader.
const LINES_MAX: usize = 65_536;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people, in colour or not.
    Text {
        /// Whether in colour.
        ansi: bool,
    },
    /// One JSON object a line.
    Json,
}

/// A filter makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("the filter makes no sense: {0}")]
pub struct NoFilter(String);

/// What is written to the log. Clones share it.
#[derive(Clone)]
pub struct Log(Arc<Inner>);

struct Inner {
    filter: Mutex<String>,
    handle: reload::Handle<EnvFilter, Registry>,
    lost: ErrorCounter,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Log").field(&self.filter()).finish()
    }
}

/// What still waits is written when this is dropped.
#[derive(Debug)]
pub struct LogGuard(#[allow(dead_code, reason = "it writes what waits when it is dropped")] WorkerGuard);

impl Log {
    /// Starts logging to standard error, once in a process. The filter is one of `tracing_subscriber`: a level, or levels
    /// by module as in `info,feedme::kitchen=warn`.
    pub fn start(filter: &str, format: LogFormat) -> Result<(Self, LogGuard), NoFilter> {
        let parsed = parse(filter)?;
        let (writer, guard) = NonBlockingBuilder::default()
            .lossy(true)
            .buffered_lines_limit(LINES_MAX)
            .thread_name("log")
            .finish(std::io::stderr());
        let lost = writer.error_counter();
        let (filtering, handle) = reload::Layer::new(parsed);
        let registry = tracing_subscriber::registry();
        match format {
            LogFormat::Text { ansi } => registry.with(text(writer, ansi).with_filter(filtering)).init(),
            LogFormat::Json => registry.with(json(writer).with_filter(filtering)).init(),
        }
        Ok((Self(Arc::new(Inner { filter: Mutex::new(filter.to_owned()), handle, lost })), LogGuard(guard)))
    }

    /// The filter that holds.
    pub fn filter(&self) -> String {
        self.0.filter.lock().clone()
    }

    /// Has another filter hold from now on, until the process ends.
    pub fn switch(&self, filter: &str) -> Result<(), NoFilter> {
        let parsed = parse(filter)?;
        let mut held = self.0.filter.lock();
        self.0.handle.reload(parsed).map_err(|error| NoFilter(error.to_string()))?;
        filter.clone_into(&mut held);
        Ok(())
    }

    /// Lines that were lost because nobody read the others in time.
    pub fn lost(&self) -> usize {
        self.0.lost.dropped_lines()
    }
}

fn parse(filter: &str) -> Result<EnvFilter, NoFilter> {
    EnvFilter::builder().parse(filter).map_err(|error| NoFilter(error.to_string()))
}

fn text(writer: NonBlocking, ansi: bool) -> impl tracing_subscriber::Layer<Registry> + Send + Sync {
    tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(ansi).with_target(false)
}

fn json(writer: NonBlocking) -> impl tracing_subscriber::Layer<Registry> + Send + Sync {
    tracing_subscriber::fmt::layer().with_writer(writer).json().flatten_event(true)
}
