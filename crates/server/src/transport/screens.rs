//! The threads that carry the streams.
//!
//! An event wakes five thousand streams at once, and writing to them all takes the processor 50 ms. On the
//! threads that serve requests the next order would wait behind them, once for each step of its way; between
//! threads the operating system sees to it that nobody waits long.

use std::thread::available_parallelism;

use tokio::runtime::{Builder, Handle, Runtime};

/// The threads that carry the streams.
#[derive(Debug)]
pub(super) struct Screens(Option<Runtime>);

impl Screens {
    pub(super) fn start() -> Self {
        let threads = available_parallelism().map_or(1, usize::from);
        let runtime = Builder::new_multi_thread().worker_threads(threads).thread_name("screens").enable_all().build();
        Self(runtime.inspect_err(|error| tracing::warn!(%error, "streams share the threads of the requests")).ok())
    }

    pub(super) fn handle(&self) -> Handle {
        self.0.as_ref().map_or_else(Handle::current, |runtime| runtime.handle().clone())
    }
}

impl Drop for Screens {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Whatever still runs was given its time; waiting is not allowed here.
            runtime.shutdown_background();
        }
    }
}
