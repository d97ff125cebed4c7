//! Connections: where the database is, how it is reached, and how long anything may take.

use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use deadpool_postgres::{Connect, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, Timeouts};
use futures::StreamExt as _;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_postgres::config::{Host, TargetSessionAttrs};
use tokio_postgres::error::Severity;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{self, Address};
use super::error::{Failed, OpenError};
use super::session::Session;

/// How long a connection may take to come about. A database that answers does so within a few round trips.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// How long a read waits for a connection of the pool, and then for its answer.
pub(super) const READ_WITHIN: Duration = Duration::from_secs(5);

/// How long a commit waits for its answer. A synchronous standby that is being replaced is waited for as long.
pub(super) const COMMIT_WITHIN: Duration = Duration::from_secs(10);

/// How long one statement of a command that goes through all there is may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// How long a statement waits for a row that another node holds: that node holds it for one commit, or is dead and lets
/// go within a second.
const LOCK_TIMEOUT_MS: u32 = 500;

/// How long a node that was paused within a transaction keeps others from a restaurant.
const IDLE_IN_TRANSACTION_MS: u32 = 1000;

/// Silence after which a connection is given up: a host that died says nothing.
const TCP_SILENCE: Duration = Duration::from_secs(5);

/// The pauses between attempts to connect, each twice the former, both ends of a range from which one is drawn: so that
/// nodes that lost the database together do not come back together.
const BACK_OFF_MS: [u32; 2] = [50, 2000];

/// Connections that read, besides those that commit.
const READERS: usize = 6;

/// How the database is reached. It is shown without what the address keeps secret.
#[derive(Clone)]
pub struct PostgresOptions {
    /// Where it is: `postgres://user:password@host:5432/database`, several hosts with commas.
    pub url: String,
    /// The certificates to trust instead of the system's, PEM.
    pub ca: Option<PathBuf>,
    /// Send each statement whole, for poolers that keep no prepared statements (pgbouncer before 1.21).
    pub unprepared: bool,
    /// Connections that commit: one for each lane, and a few for accounts.
    pub writers: usize,
    /// What this process calls itself at the database.
    pub name: String,
}

impl fmt::Display for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(address) = address::read(&self.url, None) else { return f.write_str("PostgreSQL") };
        let hosts = address.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        });
        let hosts = hosts.collect::<Vec<_>>().join(", ");
        write!(f, "PostgreSQL at {hosts}, database {}", address.config.get_dbname().unwrap_or("of the user's name"))
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresOptions({self})")
    }
}

/// All connections of a process.
#[derive(Clone)]
pub(super) struct Connections {
    writers: Pool,
    readers: Pool,
    link: Arc<Link>,
    unprepared: bool,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("link", &self.link).finish_non_exhaustive()
    }
}

/// What all connections share.
pub(super) struct Link {
    config: Config,
    tls: MakeRustlsConnect,
    /// Whether something stands between, which passes on no options: a pooler.
    pooled: AtomicBool,
    /// Commits that the database gave up waiting for a standby for.
    unreplicated: AtomicU64,
    attempts: Mutex<Attempts>,
}

/// Attempts to connect that failed, one after the other.
#[derive(Default)]
struct Attempts {
    failed: u32,
    closed_until: Option<Instant>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("hosts", &self.config.get_hosts())
            .field("pooled", &self.pooled)
            .finish_non_exhaustive()
    }
}

impl Connections {
    /// Reads where the database is. Nothing is connected yet.
    pub(super) fn new(options: &PostgresOptions) -> Result<Self, OpenError> {
        let Address { mut config, tls } = address::read(&options.url, options.ca.as_deref())?;
        config
            .application_name(&options.name)
            .connect_timeout(CONNECT_WITHIN)
            .keepalives_idle(TCP_SILENCE)
            .keepalives_interval(Duration::from_secs(1))
            .keepalives_retries(3)
            .tcp_user_timeout(TCP_SILENCE)
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        let link = Arc::new(Link {
            config,
            tls,
            pooled: AtomicBool::new(false),
            unreplicated: AtomicU64::new(0),
            attempts: Mutex::new(Attempts::default()),
        });
        Ok(Self {
            writers: pool(&link, options.writers + 2),
            readers: pool(&link, READERS),
            link,
            unprepared: options.unprepared,
        })
    }

    /// A connection for reading.
    pub(super) async fn reader(&self) -> Result<Session, Failed> {
        self.session(&self.readers, READ_WITHIN).await
    }

    /// A connection for writing.
    pub(super) async fn writer(&self) -> Result<Session, Failed> {
        self.session(&self.writers, COMMIT_WITHIN).await
    }

    /// A connection for a command that goes through all there is. Its statements are many and each is another, so none
    /// is kept.
    pub(super) async fn patient(&self) -> Result<Session, Failed> {
        let object = self.session(&self.writers, COMMIT_WITHIN).await?;
        Ok(object.patient(PATIENCE))
    }

    async fn session(&self, pool: &Pool, within: Duration) -> Result<Session, Failed> {
        if pool.status().available == 0 && !self.link.is_open() {
            return Err(Failed::away("it could not be reached a moment ago"));
        }
        let object = pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => Failed::from(error),
            error => Failed::away(error),
        })?;
        Ok(Session::new(object, self.unprepared || self.is_pooled(), within))
    }

    /// A connection of one's own, and what drives it: for what lasts, such as listening.
    pub(super) async fn alone(&self) -> Result<(Client, Driver), tokio_postgres::Error> {
        self.link.connect().await
    }

    /// A connection of one's own, for what takes long.
    pub(super) async fn own(&self) -> Result<Client, Failed> {
        let (client, connection) = self.link.connect().await?;
        tokio::spawn(Arc::clone(&self.link).drive(connection));
        Ok(client)
    }

    /// Whether a pooler stands between. Known once something was connected.
    pub(super) fn is_pooled(&self) -> bool {
        self.link.pooled.load(Ordering::Relaxed)
    }

    /// How often the database gave up waiting for a standby: a commit that was under way meanwhile may be lost with
    /// this server, whatever it answered.
    pub(super) fn unreplicated(&self) -> u64 {
        self.link.unreplicated.load(Ordering::Acquire)
    }
}

/// Drives a connection.
pub(super) type Driver = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

impl Link {
    /// Connects, with the options that pin plans and bound waiting unless a pooler refuses them.
    async fn connect(&self) -> Result<(Client, Driver), tokio_postgres::Error> {
        if !self.pooled.load(Ordering::Relaxed) {
            let mut config = self.config.clone();
            config.options(session_options(self.config.get_options()));
            match config.connect(self.tls.clone()).await {
                Err(error) if refuses_options(&error) => {
                    tracing::info!(
                        "a pooler stands before the database: hints go by polling, statements are sent whole, and \
                         waiting is bounded on this side alone"
                    );
                    self.pooled.store(true, Ordering::Relaxed);
                }
                connected => return connected,
            }
        }
        self.config.connect(self.tls.clone()).await
    }

    /// Whether it is time for another attempt.
    fn is_open(&self) -> bool {
        self.attempts.lock().closed_until.is_none_or(|until| until <= Instant::now())
    }

    fn note_attempt(&self, succeeded: bool) {
        let mut attempts = self.attempts.lock();
        if succeeded {
            *attempts = Attempts::default();
            return;
        }
        let [least, most] = BACK_OFF_MS;
        let longest = least.saturating_mul(1 << attempts.failed.min(10)).min(most);
        let pause_ms = StdRng::from_os_rng().random_range(longest / 2..=longest);
        attempts.failed += 1;
        attempts.closed_until = Some(Instant::now() + Duration::from_millis(pause_ms.into()));
    }

    /// Drives a connection until it ends, and listens to what the database remarks.
    async fn drive(self: Arc<Self>, mut connection: Driver) {
        let mut messages = futures::stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(message) = messages.next().await {
            match message {
                Ok(AsyncMessage::Notice(notice)) => {
                    let what = notice.message();
                    // By what PostgreSQL calls it in its code: the words are in the server's language.
                    if notice.routine() == Some("SyncRepWaitForLSN") {
                        self.unreplicated.fetch_add(1, Ordering::Release);
                    }
                    if notice.parsed_severity() == Some(Severity::Warning) {
                        tracing::warn!(what, "the database warns");
                    } else {
                        tracing::debug!(what, "the database remarks");
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(error = %Failed::from(error), "a connection to the database ended");
                    return;
                }
            }
        }
    }
}

/// How the pools connect.
struct Connector(Arc<Link>);

impl Connect for Connector {
    fn connect(
        &self,
        _: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), tokio_postgres::Error>> + Send + '_>> {
        let link = Arc::clone(&self.0);
        Box::pin(async move {
            let connected = link.connect().await;
            link.note_attempt(connected.is_ok());
            let (client, connection) = connected?;
            Ok((client, tokio::spawn(link.drive(connection))))
        })
    }
}

fn pool(link: &Arc<Link>, size: usize) -> Pool {
    let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_connect(link.config.clone(), Connector(Arc::clone(link)), config);
    let waiting = Timeouts { wait: Some(READ_WITHIN), create: Some(CONNECT_WITHIN), recycle: Some(CONNECT_WITHIN) };
    let pool = Pool::builder(manager).max_size(size).timeouts(waiting).runtime(Runtime::Tokio1).build();
    pool.expect("a pool with time-outs has a runtime")
}

/// What a session is told. Every statement but reports finds its rows by an index, whatever the statistics say: a plan
/// that was made while a table was empty must not be kept for a full one.
fn session_options(given: Option<&str>) -> String {
    let given = given.unwrap_or_default();
    format!(
        "{given} -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off \
         -c plan_cache_mode=force_generic_plan -c default_transaction_isolation=read\\ committed \
         -c lock_timeout={LOCK_TIMEOUT_MS} \
         -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}"
    )
}

/// Poolers refuse what they cannot pass on.
fn refuses_options(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|error| error.message().contains("unsupported startup parameter"))
}
