//! `feedme serve`: the server.

mod backups;
mod config;
mod delayed;
mod encryption;
mod metrics;
mod telling;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use feedme_delayed::SetUpError;
use feedme_engine::{Engine, Ids, Options, StartError};
use feedme_kitchen::Time;
use feedme_server::{Access, AccessOptions, ServeOptions, ServiceOptions, Tls, TlsError, serve_metrics};
use feedme_telemetry::{NoFilter, NoTraces, Observers};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::database::{self, OpenError, Opened};
use crate::exit::Exit;
use crate::{operator, say, tls};
use config::{Config, ConfigError};
use encryption::Encrypted;
use telling::Telling;

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
    /// Everybody could read along.
    #[error(
        "refusing to listen on {0} without encryption: that address can be reached from other machines, and whoever is \
         on the network would read everything, passwords too. Give --tls-cert and --tls-key (`feedme tls init` makes \
         them), or --insecure-http if you must"
    )]
    PlainToTheNetwork(SocketAddr),
    /// The certificate is of no use.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The page that leads to trust has nothing to tell of.
    #[error(transparent)]
    NoAuthority(#[from] encryption::NoAuthority),
    /// The address cannot be had.
    #[error("failed to listen on {address}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The log cannot be filtered so.
    #[error(transparent)]
    Log(#[from] NoFilter),
    /// Traces cannot be sent.
    #[error(transparent)]
    Traces(#[from] NoTraces),
    /// The address for metrics cannot be had.
    #[error(transparent)]
    Metrics(#[from] metrics::CannotListen),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The engine cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The delayed-message service cannot be spoken to.
    #[error(transparent)]
    Delayed(#[from] SetUpError),
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
            Self::Config(_)
            | Self::OpenToTheNetwork(_)
            | Self::PlainToTheNetwork(_)
            | Self::Tls(_)
            | Self::NoAuthority(_) => Exit::Usage,
            Self::DatabaseFailed(_) => Exit::DatabaseFailed,
            _ => Exit::Failed,
        }
    }
}

/// Serves until a signal ends it or the database fails.
pub(crate) fn run(args: ServeArgs) -> Result<(), ServeError> {
    let config = Config::resolve(args)?;
    let telling = Telling::start(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Setup)?;
    let served = runtime.block_on(serve(config, &telling));
    // Everything is committed or refused by now; a reader that still waits for a slow disk is not waited for.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    telling.end();
    served
}

async fn serve(config: Config, telling: &Telling) -> Result<(), ServeError> {
    check_reach(&config)?;
    let encrypted = match &config.encryption {
        None => None,
        Some(encryption) => Some(Encrypted::prepare(encryption).await?),
    };
    let tls = encrypted.as_ref().map(|encrypted| encrypted.tls.clone());
    let mut signals = Signals::listen().map_err(ServeError::Setup)?;
    let cannot = |source| ServeError::Listen { address: config.listen, source };
    // Bound first, so that a second server fails before it has touched the database; connections wait in the
    // kernel until recovery is done.
    let listener = TcpListener::bind(config.listen).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    let metrics = metrics::start(&config, telling);
    let metrics_listener = metrics::listen(&config).await?;

    let ids = Arc::new(Ids::random());
    let holder = database::holder(&ids);
    let Opened { store, accounts, clock, lanes } = config.database.open(&holder, &ids).await?;
    let (driver, delayed) = delayed::set_up(config.delayed.clone(), &ids, clock.now())?;
    let hosts = hosts(&config, tls.as_ref());
    let url = url(&config, address, &hosts);
    let options = AccessOptions {
        open: config.open,
        hosts,
        proxies: config.proxies.clone(),
        require_second_factor: config.require_second_factor,
    };
    let access = Access::new(accounts, options);
    let observer = Arc::new(Observers(vec![metrics.observer(), telling.changes.observer()]));
    let engine =
        Engine::start(store, clock, ids, Options { holder, lanes, driver, kept_ms: config.kept_ms, observer }).await?;
    metrics.watch(&engine);

    let (stop, stopping) = watch::channel(false);
    let backups = tokio::spawn(backups::every_hour(engine.clone(), config.clone(), metrics.clone(), stopping.clone()));
    let (delayed, publisher) = delayed.unzip();
    let publishing = publisher.map(|publisher| tokio::spawn(publisher.run(engine.clone(), stopping.clone())));
    let upkeep = tokio::spawn(access.clone().keep_up(engine.clone(), stopping.clone()));
    let operator = config
        .database
        .folder()
        .map(|folder| operator::listen(folder, engine.clone(), access.clone(), &telling.log, stopping.clone()));
    announce(&url, &config, encrypted.as_ref().and_then(Encrypted::page));
    metrics::announce(&config, metrics_listener.as_ref());
    invite(&access, &url, engine.now()).await?;
    let metrics_read = metrics_listener
        .map(|listener| tokio::spawn(serve_metrics(listener, metrics.clone(), stopped(stopping.clone()))));
    let encrypted = encrypted.map(|encrypted| tokio::spawn(encrypted.keep(address, metrics.clone(), stopping)));

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
    let (traces, log) = (telling.traces.clone(), Some(telling.log.clone()));
    let service = ServiceOptions { limits: config.limits, delayed, metrics: Some(metrics), traces, log };
    let options = ServeOptions { service, tls };
    feedme_server::serve(listener, engine.clone(), access, options, shutdown).await;
    engine.stop().await;
    let _ = tokio::join!(backups, upkeep);
    if let Some(operator) = operator {
        let _ = operator.await;
    }
    if let Some(metrics_read) = metrics_read {
        let _ = metrics_read.await;
    }
    if let Some(publishing) = publishing {
        let _ = publishing.await;
    }
    if let Some(encrypted) = encrypted {
        let _ = encrypted.await;
    }
    if let Some(reason) = failed {
        return Err(ServeError::DatabaseFailed(reason));
    }
    tracing::info!("stopped");
    Ok(())
}

/// The names that lead to this server: those it was told, and those of its certificate. In open mode there are none,
/// for whoever owns a name could point it here.
fn hosts(config: &Config, tls: Option<&Tls>) -> Vec<String> {
    if config.open {
        return Vec::new();
    }
    let certified = tls.and_then(Tls::certificate).map(|certificate| certificate.names()).unwrap_or_default();
    config.hosts.iter().cloned().chain(certified.iter().map(ToString::to_string)).collect()
}

/// An address that leads to this server. One that stands for all leads nowhere: then it is a name of the server, or an
/// address of this machine.
fn url(config: &Config, address: SocketAddr, hosts: &[String]) -> String {
    let scheme = if config.encryption.is_some() { "https" } else { "http" };
    if !address.ip().is_unspecified() {
        return format!("{scheme}://{address}");
    }
    let is_name = |host: &&String| !host.starts_with('*') && *host != "localhost" && host.parse::<IpAddr>().is_err();
    match (hosts.iter().find(is_name), tls::reached_at()) {
        (Some(name), _) => format!("{scheme}://{name}:{}", address.port()),
        (None, Some(ip)) => format!("{scheme}://{}", SocketAddr::new(ip, address.port())),
        (None, None) => format!("{scheme}://localhost:{}", address.port()),
    }
}

/// Refuses to show other machines more than was asked for.
fn check_reach(config: &Config) -> Result<(), ServeError> {
    let address = config.listen;
    if address.ip().is_loopback() {
        return Ok(());
    }
    if config.open {
        return Err(ServeError::OpenToTheNetwork(address));
    }
    if config.encryption.is_none() {
        if !config.insecure_http {
            return Err(ServeError::PlainToTheNetwork(address));
        }
        tracing::warn!(%address, "serving other machines WITHOUT ENCRYPTION: whoever is on the network reads everything");
    }
    Ok(())
}

/// A line for people and scripts, one for the page that leads to trust, and a word to the supervisor.
fn announce(url: &str, config: &Config, page: Option<SocketAddr>) {
    say(format_args!("FeedMe serves at {url} (data in {}, API at /api/docs)", config.database));
    if let Some(page) = page {
        say(format_args!("Devices come to trust it at http://{page}"));
    }
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
}

/// Says how one comes in: who may is not told by the address.
async fn invite(access: &Access, url: &str, now: Time) -> Result<(), ServeError> {
    if access.is_open() {
        say(format_args!(
            "Open mode: everybody on this machine is a manager. To see it as others do, switch to the demonstration \
             accounts normal, vip or manager on the page"
        ));
    } else if let Some(link) = access.offer_set_up(now).await.map_err(StartError::from)? {
        say(format_args!(
            "There are no accounts yet. Make the first manager within 30 minutes, once, at {url}/set-up#{}\n\
             or with: feedme user add NAME --role manager",
            link.reveal()
        ));
    }
    Ok(())
}

/// Resolves when the server stops.
async fn stopped(mut stopping: watch::Receiver<bool>) {
    // Nobody left to say so is as good as being told.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// The signals that end a server.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    /// Has certificates read anew, where there are any; without them it shall end nothing either.
    _hangup: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            _hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(words: &[&str]) -> Result<(), ServeError> {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            serve: ServeArgs,
        }
        let line = <Line as clap::Parser>::parse_from(["serve"].iter().chain(words));
        check_reach(&Config::resolve(line.serve).expect("it is valid"))
    }

    #[test]
    fn the_address_that_is_said_leads_to_the_server() {
        let config = |words: &[&str]| {
            #[derive(clap::Parser)]
            struct Line {
                #[command(flatten)]
                serve: ServeArgs,
            }
            let line = <Line as clap::Parser>::parse_from(["serve"].iter().chain(words));
            Config::resolve(line.serve).expect("it is valid")
        };
        let at = |address: &str| address.parse::<SocketAddr>().expect("it is an address");
        let hosts = ["localhost", "*.example", "192.0.2.1", "kitchen.local"].map(str::to_owned);
        let tls = config(&["--tls-cert", "a.crt", "--tls-key", "a.key"]);
        assert_eq!(url(&tls, at("0.0.0.0:8443"), &hosts), "https://kitchen.local:8443");
        assert_eq!(url(&tls, at("[::]:8443"), &hosts), "https://kitchen.local:8443");
        assert_eq!(url(&config(&[]), at("[::1]:8080"), &hosts), "http://[::1]:8080");
        let unnamed = url(&config(&[]), at("0.0.0.0:8080"), &hosts[..2]);
        assert!(!unnamed.contains("0.0.0.0") && unnamed.ends_with(":8080"), "{unnamed}");
    }

    #[test]
    fn other_machines_are_served_with_accounts_and_encrypted_unless_told_otherwise() {
        let tls = ["--tls-cert", "a.crt", "--tls-key", "a.key", "--listen", "0.0.0.0:8443"];
        let plain = ["--listen", "192.168.1.7:8080"];
        let insecure = ["--insecure-http", "--listen", "[::]:8080"];
        assert!(reach(&["--open", "--listen", "[::1]:8080"]).is_ok());
        for words in [&tls[..], &plain, &insecure] {
            let open = [&["--open"], words].concat();
            assert!(matches!(reach(&open), Err(ServeError::OpenToTheNetwork(_))), "{words:?}");
        }
        assert!(reach(&tls).is_ok());
        assert!(reach(&insecure).is_ok());
        assert!(matches!(reach(&plain), Err(ServeError::PlainToTheNetwork(_))));
    }
}
