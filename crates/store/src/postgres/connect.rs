//! Connections: where the database is, how long anything may take, and the pools.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{self, Metrics, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts};
use deadpool_postgres::ClientWrapper;
use tokio_postgres::Client;
use tokio_postgres::config::{Host, TargetSessionAttrs};

use super::address::{self, Address};
use super::error::{Failed, OpenError};
use super::link::Link;
use super::reach::Driver;
use super::session::Session;
use crate::contract;

/// How long a read waits for a connection of the pool, and then for its answer.
pub(super) const READ_WITHIN: Duration = Duration::from_secs(5);

/// How long a commit waits for its answer. A synchronous standby that is being replaced is waited for as long.
pub(super) const COMMIT_WITHIN: Duration = Duration::from_secs(10);

/// How long one statement of a command that goes through all there is may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// How long it may take until the primary is found and a connection to it stands: three seconds for the one that was it, as
/// many for all servers at once, and again for what has to be noted there.
const ESTABLISH_WITHIN: Duration = Duration::from_secs(10);

/// Silence after which a connection is given up: a host that died says nothing.
const TCP_SILENCE: Duration = Duration::from_secs(5);

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
    /// Whether the database has a synchronous standby, so that a promotion loses nothing that was acknowledged.
    pub loses_nothing: bool,
    /// A replica for reports, as `url`; its certificate is judged by the same authorities.
    pub replica: Option<String>,
}

impl PostgresOptions {
    /// A database at an address, and nothing said beside.
    #[must_use]
    pub fn at(url: String, name: &str, writers: usize) -> Self {
        Self { url, ca: None, unprepared: false, writers, name: name.into(), loses_nothing: false, replica: None }
    }
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
    loses_nothing: bool,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("link", &self.link).finish_non_exhaustive()
    }
}

impl Connections {
    /// Reads where the database is. Nothing is connected yet.
    pub(super) fn new(options: &PostgresOptions) -> Result<Self, OpenError> {
        Self::to(&options.url, TargetSessionAttrs::ReadWrite, options)
    }

    /// To the replica, if there is one.
    pub(super) fn to_replica(options: &PostgresOptions) -> Result<Option<Self>, OpenError> {
        options.replica.as_ref().map(|url| Self::to(url, TargetSessionAttrs::Any, options)).transpose()
    }

    fn to(url: &str, which: TargetSessionAttrs, options: &PostgresOptions) -> Result<Self, OpenError> {
        let Address { mut config, tls } = address::read(url, options.ca.as_deref())?;
        config
            .application_name(&options.name)
            .keepalives_idle(TCP_SILENCE)
            .keepalives_interval(Duration::from_secs(1))
            .keepalives_retries(3)
            .tcp_user_timeout(TCP_SILENCE)
            .target_session_attrs(which);
        let link = Arc::new(Link::new(address::each(&config), tls));
        Ok(Self {
            writers: pool(&link, options.writers + 2),
            readers: pool(&link, READERS),
            link,
            unprepared: options.unprepared,
            loses_nothing: options.loses_nothing,
        })
    }

    /// How the pools stand.
    pub(super) fn pools(&self) -> [contract::Pool; 2] {
        [stands("writers", &self.writers), self.pool_of_readers("readers")]
    }

    /// How the pool for reading stands, by what it is called.
    pub(super) fn pool_of_readers(&self, purpose: &'static str) -> contract::Pool {
        stands(purpose, &self.readers)
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
            PoolError::Backend(failed) => failed,
            error => Failed::away(error),
        })?;
        Ok(Session::new(object, self.unprepared || self.is_pooled(), within))
    }

    /// A connection of one's own, and what drives it: for what lasts, such as listening.
    /// By whose account, comes with it.
    pub(super) async fn alone(&self) -> Result<(Client, Driver, u64), Failed> {
        let connected = Box::pin(self.link.connect()).await?;
        Ok((connected.client, connected.driver, connected.generation))
    }

    /// A connection of one's own, for what takes long.
    pub(super) async fn own(&self) -> Result<Client, Failed> {
        let connected = Box::pin(self.link.connect()).await?;
        tokio::spawn(Arc::clone(&self.link).drive(connected.driver));
        Ok(connected.client)
    }

    /// From now on it is noted beside the data which server serves it.
    pub(super) async fn take_over(&self) -> Result<(), Failed> {
        Box::pin(self.link.take_over(self.loses_nothing)).await
    }

    /// By whose account a connection of now answers.
    pub(super) fn generation(&self) -> u64 {
        self.link.generation()
    }

    /// Restaurants that nobody has touched since this moment may have lost some of their history.
    pub(super) fn doubtful_before(&self) -> i64 {
        self.link.doubtful_before()
    }

    /// Refuses an answer that is from another server than was met last: a pooler changes it without notice.
    pub(super) fn must_be_from(&self, started_us: i64) -> Result<(), Failed> {
        if self.link.answers(started_us) { Ok(()) } else { Err(Failed::away("another server has just answered")) }
    }

    /// When the server was started by whose account a generation is; `None` once another one was met.
    pub(super) fn started(&self, generation: u64) -> Option<i64> {
        self.link.started(generation)
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

/// The connections of a pool.
pub(super) type Object = managed::Object<Manager>;
type Pool = managed::Pool<Manager>;

/// A connection of a pool.
pub(super) struct Kept {
    pub(super) client: ClientWrapper,
    /// By whose account what is heard on it is.
    pub(super) generation: u64,
}

/// How the pools connect.
pub(super) struct Manager(Arc<Link>);

impl managed::Manager for Manager {
    type Type = Kept;
    type Error = Failed;

    async fn create(&self) -> Result<Kept, Failed> {
        // Boxed: it is 20 KB, and whoever asks for a connection would carry it along.
        let connecting = tokio::time::timeout(ESTABLISH_WITHIN, Box::pin(self.0.connect())).await;
        let connected = connecting.unwrap_or_else(|_| Err(Failed::away("no answer in time")));
        self.0.note_attempt(connected.is_ok());
        let connected = connected?;
        let driving = tokio::spawn(Arc::clone(&self.0).drive(connected.driver));
        Ok(Kept { client: ClientWrapper::new(connected.client, driving), generation: connected.generation })
    }

    /// A connection to a server that is no longer the one to ask is closed, however well it works.
    async fn recycle(&self, kept: &mut Kept, _: &Metrics) -> RecycleResult<Failed> {
        if kept.client.is_closed() || kept.generation != self.0.generation() {
            return Err(RecycleError::message("the connection is of no use any more"));
        }
        Ok(())
    }
}

fn stands(purpose: &'static str, pool: &Pool) -> contract::Pool {
    let status = pool.status();
    let used = status.size.saturating_sub(status.available);
    contract::Pool { purpose, max: status.max_size, used, idle: status.available, waiting: status.waiting }
}

fn pool(link: &Arc<Link>, size: usize) -> Pool {
    let waiting = Timeouts { wait: Some(READ_WITHIN), create: None, recycle: None };
    let manager = Manager(Arc::clone(link));
    // The one that was used last: it has its plans and what they need at hand.
    let pool = Pool::builder(manager).queue_mode(QueueMode::Lifo).max_size(size);
    let pool = pool.timeouts(waiting).runtime(Runtime::Tokio1).build();
    pool.expect("a pool with time-outs has a runtime")
}
