//! `feedme serve`: the server.

mod backups;
mod config;
mod log;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use feedme_engine::{Clock, Engine, Ids, Lanes, Options, StartError};
use feedme_kitchen::Time;
use feedme_server::{Access, AccessOptions, Limits, ServeOptions};
use feedme_store::sqlite::{OpenError, SqliteStore};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::exit::Exit;
use crate::{operator, say};
use config::{Config, ConfigError};

pub(crate) use config::ServeArgs;

/// Why the server did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Everybody would be a manager to the whole network.
    #[error(
        "refusing to listen on {0}: with --open every caller is a manager, and that address can be reached from other \
         machines. Leave --open away, or listen on 127.0.0.1 or [::1]"
    )]
    OpenToTheNetwork(SocketAddr),
    /// The address cannot be had.
    #[error("failed to listen on {address}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The engine cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Threads or signals cannot be had.
    #[error("failed to set the server up")]
    Setup(#[source] std::io::Error),
    /// The database failed while serving.
    #[error(
        "the database failed, and whether the last orders were written is unknown: {0}. Start again: the next start \
         finds out and recovers"
    )]
    DatabaseFailed(String),
}

impl ServeError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::OpenToTheNetwork(_) => Exit::Usage,
            Self::DatabaseFailed(_) => Exit::DatabaseFailed,
            _ => Exit::Failed,
        }
    }
}

/// Serves until a signal ends it or the database fails.
pub(crate) fn run(args: ServeArgs) -> Result<(), ServeError> {
    let config = Config::resolve(args)?;
    log::start(&config);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Setup)?;
    let served = runtime.block_on(serve(config));
    // Everything is committed or refused by now; a reader that still waits for a slow disk is not waited for.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    served
}

async fn serve(config: Config) -> Result<(), ServeError> {
    if config.open && !config.listen.ip().is_loopback() {
        return Err(ServeError::OpenToTheNetwork(config.listen));
    }
    let mut signals = Signals::listen().map_err(ServeError::Setup)?;
    let cannot = |source| ServeError::Listen { address: config.listen, source };
    // Bound first, so that a second server fails before it has touched the database; connections wait in the
    // kernel until recovery is done.
    let listener = TcpListener::bind(config.listen).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;

    let clock = Arc::new(Clock::system());
    let ids = Arc::new(Ids::random());
    let holder = format!("process {}", std::process::id());
    let store = SqliteStore::open(&config.data, &holder, clock.now(), ids.epoch())?;
    let store = Arc::new(store);
    let access = Access::new(store.clone(), AccessOptions { open: config.open });
    let engine = Engine::start(store, clock, ids, Options { holder, lanes: Lanes::Threads }).await?;

    let (stop, stopping) = watch::channel(false);
    let backups = tokio::spawn(backups::every_hour(engine.clone(), config.clone(), stopping.clone()));
    let upkeep = tokio::spawn(access.clone().keep_up(engine.clone(), stopping.clone()));
    let operator = operator::listen(&config.data, engine.clone(), access.clone(), stopping);
    announce(address, &config.data);
    invite(&access, address, config.open, engine.now()).await?;

    let ended = async {
        tokio::select! {
            signal = signals.next() => {
                tracing::info!(signal, "stopping: finishing what was accepted");
                None
            }
            reason = engine.failed() => Some(reason),
        }
    };
    let mut failed = None;
    let shutdown = async {
        failed = ended.await;
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
        stop.send_replace(true);
    };
    feedme_server::serve(listener, engine.clone(), access, ServeOptions { limits: Limits::default() }, shutdown).await;
    engine.stop().await;
    let _ = tokio::join!(backups, upkeep, operator);
    if let Some(reason) = failed {
        return Err(ServeError::DatabaseFailed(reason));
    }
    tracing::info!("stopped");
    Ok(())
}

/// One line for people and scripts, and a word to the supervisor.
fn announce(address: SocketAddr, data: &PathBuf) {
    let folder = std::fs::canonicalize(data).unwrap_or_else(|_| data.clone());
    say(format_args!("FeedMe serves at http://{address} (data in {}, API at /api/docs)", folder.display()));
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
}

/// Says how one comes in: who may is not told by the address.
async fn invite(access: &Access, address: SocketAddr, open: bool, now: Time) -> Result<(), ServeError> {
    if open {
        say(format_args!(
            "Open mode: everybody on this machine is a manager. To see it as others do, switch to the demonstration \
             accounts normal, vip or manager on the page"
        ));
    } else if let Some(link) = access.offer_set_up(now).await.map_err(StartError::from)? {
        say(format_args!(
            "There are no accounts yet. Make the first manager within 30 minutes, once, at http://{address}/set-up#{}\n\
             or with: feedme user add NAME --role manager",
            link.reveal()
        ));
    }
    Ok(())
}

/// The signals that end a server.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
