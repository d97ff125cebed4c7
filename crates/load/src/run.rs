//! A run from the command line to the report.

use std::io;
use std::rc::Rc;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;
use tokio_util::sync::CancellationToken;

use crate::args::{Args, Scenario};
use crate::ordering::Ordering;
use crate::progress::Progress;
use crate::report::Report;
use crate::target::{Target, Url};
use crate::{board, ordering};

/// Files that the process needs besides its connections: standard streams, poll, timer, signals, and some.
const FILES_BESIDES: u64 = 64;

/// Why a load could not run. What the system said is in the source.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Nothing listens there.
    #[error("no connection to {url} (is `feedme serve` running?)")]
    Unreachable {
        /// The server.
        url: Url,
        /// Why not.
        source: io::Error,
    },
    /// The server refused what the run depends on.
    #[error("the server refused to {doing}: {status}, {reason}")]
    Refused {
        /// What was asked for.
        doing: &'static str,
        /// The HTTP status.
        status: u16,
        /// The server's words.
        reason: String,
    },
    /// The server did not answer what the run depends on.
    #[error("the server did not {doing}: {reason}")]
    NoAnswer {
        /// What was asked for.
        doing: &'static str,
        /// What happened instead.
        reason: String,
    },
    /// The process may not open as many files as it needs connections.
    #[error(
        "{need} files are needed for so many connections and screens, and this process may open {may}. Raise the hard \
         limit, with `ulimit -Hn {need}` as root or LimitNOFILE={need} under systemd, or ask for fewer"
    )]
    TooFewFiles {
        /// Files needed.
        need: u64,
        /// Files allowed.
        may: u64,
    },
    /// The memory of the server's process cannot be read.
    #[error("the memory of the process {pid} cannot be read")]
    ServerMemory {
        /// The process.
        pid: u32,
        /// Why not.
        source: io::Error,
    },
    /// It was ended before there was anything to report.
    #[error("interrupted before anything was sent")]
    Interrupted,
    /// It was ended for the second time.
    #[error("cut off: bots and the cook time of a lifecycle run may have been left behind")]
    CutOff,
    /// The operating system refused something that nothing works without.
    #[error("the system refused a thread, a timer or a signal")]
    System(#[from] io::Error),
}

/// What all scenarios run with.
pub(crate) struct Session {
    pub(crate) target: Rc<Target>,
    pub(crate) progress: Rc<Progress>,
    /// The first Ctrl-C: send no more, clean up, report.
    pub(crate) stop: CancellationToken,
}

/// Loads a server. Blocks until the run is over; Ctrl-C (or SIGTERM) ends it early with a report.
pub fn run(args: &Args) -> Result<Report, LoadError> {
    on_a_thread(|| async {
        let (stop, cut_off) = (CancellationToken::new(), CancellationToken::new());
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let (first, second) = (stop.clone(), cut_off.clone());
        tokio::task::spawn_local(async move {
            for token in [first, second] {
                tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
                token.cancel();
            }
        });
        tokio::select! {
            report = run_scenario(args, stop) => report,
            () = cut_off.cancelled() => Err(LoadError::CutOff),
        }
    })
}

/// The same for programs that decide themselves when to end it: cancelling `stop` does what Ctrl-C does.
pub fn run_until(args: &Args, stop: CancellationToken) -> Result<Report, LoadError> {
    on_a_thread(|| run_scenario(args, stop))
}

/// Runs on a thread of its own, because the caller may itself run within a runtime.
fn on_a_thread<L: Future<Output = Result<Report, LoadError>>>(
    load: impl FnOnce() -> L + Send,
) -> Result<Report, LoadError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("load".to_owned()).spawn_scoped(scope, || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            LocalSet::new().block_on(&runtime, async { load().await })
        })?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

async fn run_scenario(args: &Args, stop: CancellationToken) -> Result<Report, LoadError> {
    let common = args.common();
    let target = Rc::new(Target::find(&common.url, common.restaurant.as_deref()).await?);
    let session = Session { target, progress: Rc::new(Progress::new(!common.quiet && !common.json)), stop };
    match &args.scenario {
        Scenario::Board(args) => {
            allow_files(u64::from(common.connections))?;
            board::run(&session, args).await
        }
        Scenario::Place(args) => order(&session, Ordering::of_place(args)).await,
        Scenario::Lifecycle(args) => order(&session, Ordering::of_lifecycle(args)).await,
        Scenario::Screens(args) => order(&session, Ordering::of_screens(args)).await,
    }
}

async fn order(session: &Session, ordering: Ordering<'_>) -> Result<Report, LoadError> {
    allow_files(u64::from(ordering.common.connections) + ordering.screens as u64)?;
    ordering::run(session, ordering).await
}

/// Raises the limit on open files as far as it is needed.
fn allow_files(connections: u64) -> Result<(), LoadError> {
    let need = connections + FILES_BESIDES;
    let may = rlimit::increase_nofile_limit(need)?;
    if may < need { Err(LoadError::TooFewFiles { need, may }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_for_too_many_files_says_what_to_raise() {
        let error = allow_files(1 << 40).expect_err("no system allows so many");
        assert!(matches!(error, LoadError::TooFewFiles { .. }));
        assert!(error.to_string().contains("ulimit -Hn 1099511627840"), "{error}");
    }
}
