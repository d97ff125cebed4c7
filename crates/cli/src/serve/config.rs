//! How the server is configured: by flag, else by environment variable, else by file, else by default.

use std::net::{AddrParseError, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use feedme_delayed::Settings as Delayed;
use feedme_server::{Limits, Proxies};
use serde::Deserialize;

use super::delayed::{self, DelayedArgs, DelayedKeys};
use crate::data_folder;
use crate::database::{Database, DatabaseArgs};
use crate::prune::DAY_MS;

/// What `feedme serve` takes.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ServeArgs {
    /// The address to listen on; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", env = "FEEDME_LISTEN")]
    listen: Option<SocketAddr>,

    /// The certificate to serve HTTPS with, PEM, its chain included; `feedme tls init` makes one
    #[arg(long, value_name = "FILE", env = "FEEDME_TLS_CERT")]
    tls_cert: Option<PathBuf>,

    /// Its key, PEM. Both files are read anew when they change, and on SIGHUP
    #[arg(long, value_name = "FILE", env = "FEEDME_TLS_KEY")]
    tls_key: Option<PathBuf>,

    /// Another address, without encryption, for the one page by which devices come to trust your own authority
    #[arg(long, value_name = "ADDR", env = "FEEDME_TRUST_LISTEN")]
    trust_listen: Option<SocketAddr>,

    /// The authority that the page tells of [default: ca.crt beside the certificate]
    #[arg(long, value_name = "FILE", env = "FEEDME_TLS_CA")]
    tls_ca: Option<PathBuf>,

    /// Serve other machines without encryption: whoever is on the network reads everything, passwords too
    #[arg(long, env = "FEEDME_INSECURE_HTTP")]
    insecure_http: bool,

    /// A name by which this server is reached, as a proxy in front passes it on; `*.` before it stands for every name
    /// below. Those of the certificate, localhost and addresses are known without. May be given several times
    #[arg(long = "host", value_name = "NAME", env = "FEEDME_HOSTS", value_delimiter = ',')]
    hosts: Vec<String>,

    /// A proxy in front, its address or network, which is believed when it says in X-Forwarded-For who asked and in
    /// X-Forwarded-Proto how. From anybody else these headers mean nothing. May be given several times
    #[arg(long = "proxy", value_name = "NET", env = "FEEDME_PROXIES", value_delimiter = ',')]
    proxies: Vec<String>,

    /// Requests a second of one account or key, four seconds' worth at once; 0 does not count them [default: 50]
    #[arg(long, value_name = "N", env = "FEEDME_CALLER_RATE", value_parser = clap::value_parser!(u32).range(..=RATE_MAX))]
    caller_rate: Option<u32>,

    /// Requests a second of all in one network who are not signed in, five seconds' worth at once; 0 does not count
    /// them [default: 20]
    #[arg(long, value_name = "N", env = "FEEDME_ADDRESS_RATE", value_parser = clap::value_parser!(u32).range(..=RATE_MAX))]
    address_rate: Option<u32>,

    /// The folder that holds the database; it is made if need be [default: feedme-data]
    #[arg(long, value_name = "DIR", env = "FEEDME_DATA")]
    data: Option<PathBuf>,

    #[command(flatten)]
    database: DatabaseArgs,

    /// A replica of the database on PostgreSQL, where pages of the history and of the audit log are read: never live boards.
    /// While it lags more than five seconds behind, or does not answer, the database itself is asked
    #[arg(long, value_name = "URL", env = "FEEDME_REPLICA", hide_env_values = true)]
    replica: Option<String>,

    /// Open mode, for trying things out on this machine: whoever does not sign in is a manager
    #[arg(long, env = "FEEDME_OPEN")]
    open: bool,

    /// Managers must have a second factor: until they have set one up, they may do nothing else
    #[arg(long, env = "FEEDME_REQUIRE_SECOND_FACTOR")]
    require_second_factor: bool,

    /// The folder for hourly backups [default: beside the data folder, its name with -backups]
    #[arg(long, value_name = "DIR", env = "FEEDME_BACKUPS")]
    backups: Option<PathBuf>,

    /// How many hourly backups to keep; 0 makes none [default: 24]
    #[arg(long, value_name = "N", env = "FEEDME_BACKUPS_KEEP")]
    backups_keep: Option<usize>,

    /// Minutes between two backups [default: 60]
    #[arg(long, value_name = "MINUTES", env = "FEEDME_BACKUPS_EVERY", value_parser = clap::value_parser!(u64).range(1..=10_080))]
    backups_every: Option<u64>,

    /// Days for which events, and orders to which nothing happens any more, are kept [default: for ever]
    #[arg(long, value_name = "DAYS", env = "FEEDME_KEEP_HISTORY", value_parser = clap::value_parser!(u64).range(1..=36_500))]
    keep_history: Option<u64>,

    #[command(flatten)]
    delayed: DelayedArgs,

    /// Another address, for a Prometheus to read metrics at `/metrics`, without encryption; `off` for none. Where the default
    /// is taken, the server runs without [default: 127.0.0.1:9464]
    #[arg(long, value_name = "ADDR|off", env = "FEEDME_METRICS_LISTEN")]
    metrics_listen: Option<MetricsListen>,

    /// Restaurants with series of their own in the metrics; the others are counted together. With 0 metrics do not tell
    /// restaurants apart [default: 20]
    #[arg(long, value_name = "N", env = "FEEDME_METRICS_RESTAURANTS")]
    metrics_restaurants: Option<usize>,

    /// A collector of OpenTelemetry, to which traces are sent by OTLP over HTTP (`/v1/traces` is added): of each order one, by
    /// its own id. The environment variables of OpenTelemetry for OTLP, such as for headers, hold too [default: none]
    #[arg(long, value_name = "URL", env = "FEEDME_TRACES")]
    traces: Option<String>,

    /// Which part of the orders is traced, from 0 to 1; all nodes take the same [default: 1]
    #[arg(long, value_name = "SHARE", env = "FEEDME_TRACES_SHARE")]
    traces_share: Option<f64>,

    /// What to log: error, warn, info, debug or trace, or by module as in `info,feedme_engine=debug`;
    /// `info,feedme::kitchen=warn` leaves out what happens to orders and bots. `feedme log` switches it [default: info]
    #[arg(long, value_name = "FILTER", env = "FEEDME_LOG")]
    log: Option<String>,

    /// How to log [default: text]
    #[arg(long, value_name = "FORMAT", env = "FEEDME_LOG_FORMAT", value_enum)]
    log_format: Option<LogFormat>,

    /// A TOML file with any of these settings
    #[arg(long, value_name = "FILE", env = "FEEDME_CONFIG")]
    config: Option<PathBuf>,
}

/// Requests a second at most: more than a server answers, so whoever wants more wants them not counted.
const RATE_MAX: i64 = 1_000_000;

const AFTER_HELP: &str = "\
A flag goes before its environment variable, that before the file, that before the default. The file has the
flags' names as its keys:

  # feedme.toml
  listen = \"127.0.0.1:8080\"
  data = \"/var/lib/feedme\"
  backups_keep = 48
  log_format = \"json\"

Examples:
  feedme serve                                  serve at http://127.0.0.1:8080, data in ./feedme-data
  feedme serve --open                           the same without signing in, for this machine alone
  feedme serve --listen 127.0.0.1:0 --data /tmp/try
  FEEDME_LISTEN=127.0.0.1:9000 feedme serve --config feedme.toml

HTTPS for the tablets of a restaurant:
  feedme tls init                               make an authority and a certificate in ./feedme-tls
  feedme serve --tls-cert feedme-tls/server.crt --tls-key feedme-tls/server.key \\
               --trust-listen 127.0.0.1:8081    and a page at which devices come to trust it

A chain, from any number of servers, on PostgreSQL:
  FEEDME_DATABASE=postgres://feedme@db.example/feedme feedme serve
                                                (also `database = \"…\"` in the file; not as a flag when it has a
                                                password in it: flags can be read by everybody on the machine)

Without encryption only this machine is served, unless --insecure-http is given.

The first start prints a link by which the first manager is made; `feedme user` does the same by command.

Exit codes: 0 stopped in good order, 1 could not start, 2 wrong configuration, 3 the database failed while
serving (start again: the next start recovers).";

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Restaurants with series of their own, unless told otherwise: some 150 series each.
const METRICS_RESTAURANTS: usize = 20;

/// Where metrics are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum MetricsListen {
    /// At this address.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

impl FromStr for MetricsListen {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, AddrParseError> {
        if text == "off" { Ok(Self::Off) } else { text.parse().map(Self::At) }
    }
}

impl TryFrom<String> for MetricsListen {
    type Error = AddrParseError;

    fn try_from(text: String) -> Result<Self, AddrParseError> {
        text.parse()
    }
}

/// How metrics are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metrics {
    /// Where; `None` when nobody has said.
    pub(crate) listen: Option<MetricsListen>,
    /// How many restaurants have series of their own.
    pub(crate) restaurants_max: usize,
}

/// Where traces go, and how many.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Traces {
    /// The collector.
    pub(crate) collector: String,
    /// Which part of the orders, from 0 to 1.
    pub(crate) share: f64,
}

/// What may stand in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    listen: Option<SocketAddr>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    trust_listen: Option<SocketAddr>,
    tls_ca: Option<PathBuf>,
    insecure_http: Option<bool>,
    hosts: Option<Vec<String>>,
    proxies: Option<Vec<String>>,
    caller_rate: Option<u32>,
    address_rate: Option<u32>,
    data: Option<PathBuf>,
    database: Option<String>,
    database_ca: Option<PathBuf>,
    replica: Option<String>,
    pg_unprepared: Option<bool>,
    synchronous_standby: Option<bool>,
    open: Option<bool>,
    require_second_factor: Option<bool>,
    backups: Option<PathBuf>,
    backups_keep: Option<usize>,
    backups_every: Option<u64>,
    keep_history: Option<u64>,
    delayed_url: Option<String>,
    delayed_callback: Option<String>,
    delayed_secrets: Option<PathBuf>,
    metrics_listen: Option<MetricsListen>,
    metrics_restaurants: Option<usize>,
    traces: Option<String>,
    traces_share: Option<f64>,
    log: Option<String>,
    log_format: Option<LogFormat>,
}

/// The configuration that holds.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) encryption: Option<Encryption>,
    pub(crate) insecure_http: bool,
    pub(crate) hosts: Vec<String>,
    pub(crate) proxies: Proxies,
    pub(crate) limits: Limits,
    pub(crate) database: Database,
    pub(crate) open: bool,
    pub(crate) require_second_factor: bool,
    pub(crate) backups: PathBuf,
    pub(crate) backups_keep: usize,
    pub(crate) backups_every: Duration,
    /// How long the past is kept, in milliseconds.
    pub(crate) kept_ms: Option<u64>,
    pub(crate) delayed: Option<Delayed>,
    pub(crate) metrics: Metrics,
    pub(crate) traces: Option<Traces>,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
}

/// What the server encrypts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encryption {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) trust: Option<TrustPage>,
}

/// Where devices are told to trust the restaurant's own authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrustPage {
    pub(crate) listen: SocketAddr,
    pub(crate) authority: PathBuf,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("failed to read the configuration {}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file makes no sense; the message shows where.
    #[error("the configuration {} is wrong", path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: Box<toml::de::Error>,
    },
    /// A value makes no sense.
    #[error("{key} is wrong: {what}")]
    Value {
        /// Its key.
        key: &'static str,
        /// What is wrong.
        what: String,
    },
}

impl Config {
    /// Puts flags, environment, file and defaults together.
    pub(crate) fn resolve(args: ServeArgs) -> Result<Self, ConfigError> {
        let file = args.config.as_deref().map_or(Ok(ConfigFile::default()), ConfigFile::read)?;
        let encryption = encryption(
            args.tls_cert.or(file.tls_cert),
            args.tls_key.or(file.tls_key),
            args.trust_listen.or(file.trust_listen),
            args.tls_ca.or(file.tls_ca),
        )?;
        let data = args.data.or(file.data).unwrap_or_else(|| data_folder::DEFAULT.into());
        let told = args.database;
        let database = DatabaseArgs {
            database: told.database.or(file.database),
            database_ca: told.database_ca.or(file.database_ca),
            pg_unprepared: told.pg_unprepared || file.pg_unprepared.unwrap_or(false),
            synchronous_standby: told.synchronous_standby || file.synchronous_standby.unwrap_or(false),
        };
        let database = database
            .or_in(&data)
            .with_replica(args.replica.or(file.replica))
            .map_err(|what| ConfigError::Value { key: "replica", what: what.into() })?;
        let every = args.backups_every.or(file.backups_every).unwrap_or(60);
        if every == 0 {
            return Err(ConfigError::Value { key: "backups_every", what: "it must be at least a minute".into() });
        }
        let keep_history = args.keep_history.or(file.keep_history);
        if keep_history == Some(0) {
            return Err(ConfigError::Value { key: "keep_history", what: "it must be at least a day".into() });
        }
        let log = args.log.or(file.log).unwrap_or_else(|| "info,refinery_core=warn,memory_serve=warn".into());
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&log) {
            return Err(ConfigError::Value { key: "log", what: error.to_string() });
        }
        let traces = traces(args.traces.or(file.traces), args.traces_share.or(file.traces_share))?;
        let proxies = if args.proxies.is_empty() { file.proxies.unwrap_or_default() } else { args.proxies };
        let proxies =
            Proxies::parse(&proxies).map_err(|error| ConfigError::Value { key: "proxies", what: error.to_string() })?;
        let open = args.open || file.open.unwrap_or(false);
        if open && !proxies.is_empty() {
            let what = "with open everybody is a manager, and a proxy lets in everybody".into();
            return Err(ConfigError::Value { key: "proxies", what });
        }
        let default = Limits::default();
        let limits = Limits {
            caller_per_s: rate("caller_rate", args.caller_rate.or(file.caller_rate), default.caller_per_s)?,
            stranger_per_s: rate("address_rate", args.address_rate.or(file.address_rate), default.stranger_per_s)?,
            ..default
        };
        let keys =
            DelayedKeys { url: file.delayed_url, callback: file.delayed_callback, secrets: file.delayed_secrets };
        let delayed = delayed::resolve(args.delayed, keys, |name| std::env::var(name).ok())?;
        Ok(Self {
            listen: args.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            encryption,
            insecure_http: args.insecure_http || file.insecure_http.unwrap_or(false),
            hosts: if args.hosts.is_empty() { file.hosts.unwrap_or_default() } else { args.hosts },
            require_second_factor: args.require_second_factor || file.require_second_factor.unwrap_or(false),
            proxies,
            limits,
            open,
            backups: args.backups.or(file.backups).unwrap_or_else(|| beside(&data)),
            backups_keep: args.backups_keep.or(file.backups_keep).unwrap_or(24),
            backups_every: Duration::from_secs(60 * every),
            kept_ms: keep_history.map(|days| days.saturating_mul(DAY_MS)),
            delayed,
            metrics: Metrics {
                listen: args.metrics_listen.or(file.metrics_listen),
                restaurants_max: args.metrics_restaurants.or(file.metrics_restaurants).unwrap_or(METRICS_RESTAURANTS),
            },
            traces,
            log,
            log_format: args.log_format.or(file.log_format).unwrap_or_default(),
            database,
        })
    }
}

impl ConfigFile {
    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|source| ConfigError::Wrong { path: path.to_owned(), source: source.into() })
    }
}

/// Where traces go: an address that a client can use.
fn traces(collector: Option<String>, share: Option<f64>) -> Result<Option<Traces>, ConfigError> {
    let wrong = |key, what: &str| ConfigError::Value { key, what: what.into() };
    let share = share.unwrap_or(1.0);
    if !(0.0..=1.0).contains(&share) {
        return Err(wrong("traces_share", "it must be from 0 to 1"));
    }
    let Some(collector) = collector else { return Ok(None) };
    match collector.parse::<http::Uri>() {
        Ok(uri) if uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https")) => {
            Ok(Some(Traces { collector, share }))
        }
        _ => Err(wrong("traces", "it must be an address such as http://127.0.0.1:4318")),
    }
}

/// How many requests a second are granted.
fn rate(key: &'static str, told: Option<u32>, default: u32) -> Result<u32, ConfigError> {
    match told.unwrap_or(default) {
        rate if i64::from(rate) > RATE_MAX => {
            Err(ConfigError::Value { key, what: format!("it must be at most {RATE_MAX}; 0 does not count requests") })
        }
        rate => Ok(rate),
    }
}

/// Puts together what belongs together.
fn encryption(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    trust_listen: Option<SocketAddr>,
    authority: Option<PathBuf>,
) -> Result<Option<Encryption>, ConfigError> {
    let wrong = |key, what: &str| Err(ConfigError::Value { key, what: what.into() });
    match (certificate, key) {
        (Some(certificate), Some(key)) => {
            let authority = authority.unwrap_or_else(|| certificate.with_file_name("ca.crt"));
            let trust = trust_listen.map(|listen| TrustPage { listen, authority });
            Ok(Some(Encryption { certificate, key, trust }))
        }
        (None, None) if trust_listen.is_some() => wrong("trust_listen", "there is no tls_cert to come to trust"),
        (None, None) => Ok(None),
        (Some(_), None) => wrong("tls_key", "tls_cert needs it"),
        (None, Some(_)) => wrong("tls_cert", "tls_key needs it"),
    }
}

/// The folder for backups beside a data folder.
fn beside(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_else(|| "feedme".as_ref()).to_owned();
    name.push("-backups");
    data.with_file_name(name)
}

#[cfg(test)]
mod tests;
