//! PostgreSQL for a test alone: clusters in temporary folders that end with whoever started them.
//!
//! | to find | look in |
//! |---|---|
//! | a database that is thrown away | [`Cluster::shared`], [`Database`] |
//! | a cluster to stop, kill and start again | [`Cluster::start`], [`Options`] |
//! | one that follows another | [`Cluster::standby_of`], [`Cluster::promote`] |
//! | a pooler in front of it | [`Pooler`] |
//! | the programs and the user they run as | `programs` |
//! | the folder, and who clears it away | `folder` |

mod ask;
mod database;
mod folder;
mod pooler;
mod programs;
mod server;
mod standby;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use folder::Folder;
use programs::Programs;
use server::Server;

pub use ask::wait_for;
pub use database::Database;
pub use pooler::Pooler;
pub use programs::Missing;
pub use server::Stop;

/// The role that everything but the upkeep of clusters is done as. It is no superuser.
pub const ROLE: &str = "feedme";

/// The role that keeps clusters.
pub const SUPERUSER: &str = "postgres";

/// Why a cluster does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Its programs are not installed.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A file, a folder or a process could not be had.
    #[error("failed to use {what}: {source}")]
    Machine {
        /// Which one.
        what: String,
        /// Why.
        source: std::io::Error,
    },
    /// A program ended otherwise than it should.
    #[error("{program} failed:\n{said}")]
    Program {
        /// Which one.
        program: String,
        /// What it said, or the end of its log.
        said: String,
    },
    /// The server refused a statement or a connection.
    #[error("{url} refused {sql:?}: {why}")]
    Refused {
        /// Which database.
        url: String,
        /// What was asked of it.
        sql: String,
        /// The reason it gave.
        why: String,
    },
}

impl ClusterError {
    pub(crate) fn machine(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::Machine { what: what.into(), source }
    }
}

/// How a cluster is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether it waits for the disk. Without, it is quick, and a loss of power would cost everything.
    pub fsync: bool,
    /// Settings beside that one: `("max_connections", "20")`.
    pub settings: Vec<(&'static str, String)>,
    /// Where it listens on 127.0.0.1; `None` is wherever there is room.
    pub port: Option<u16>,
    /// The folder that its own is made in: on the disk to be measured. The user that runs the server must be let
    /// through to it. `None` is the folder for temporary files.
    pub within: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { fsync: true, settings: Vec::new(), port: None, within: None }
    }
}

impl Options {
    /// Quick, and good for what is thrown away.
    #[must_use]
    pub fn quick() -> Self {
        // Nothing there lives long enough to be vacuumed, and whoever copies a database must be alone with it.
        Self { fsync: false, settings: vec![("autovacuum", "off".into())], ..Self::default() }
    }
}

/// A private PostgreSQL, ended and cleared away with the value, and also when the process is killed.
#[derive(Debug)]
pub struct Cluster {
    // In the order in which they are to go.
    server: Mutex<Server>,
    folder: Folder,
    programs: Arc<Programs>,
    port: u16,
    databases: AtomicU32,
    templates: Mutex<BTreeMap<&'static str, Arc<OnceLock<String>>>>,
}

impl Cluster {
    /// The one cluster of this process, for databases that are thrown away.
    ///
    /// # Panics
    /// With a message that says what is missing, when there can be none.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
        match SHARED.get_or_init(|| Self::start(&Options::quick()).map_err(|error| error.to_string())) {
            Ok(cluster) => cluster,
            Err(error) => panic!("{error}"),
        }
    }

    /// Makes and starts a cluster.
    pub fn start(options: &Options) -> Result<Self, ClusterError> {
        let programs = Programs::find()?;
        let folder = Folder::new(programs.user(), options.within.as_deref())?;
        server::make(&programs, &folder, options)?;
        let cluster = Self::run(programs, folder, options.port)?;
        cluster.ask_as(SUPERUSER, &format!("CREATE ROLE {ROLE} LOGIN CREATEDB"))?;
        Ok(cluster)
    }

    fn run(programs: Arc<Programs>, folder: Folder, port: Option<u16>) -> Result<Self, ClusterError> {
        let server = Server::start_somewhere(&programs, &folder, port)?;
        Ok(Self {
            port: server.port(),
            server: Mutex::new(server),
            folder,
            programs,
            databases: AtomicU32::new(0),
            templates: Mutex::default(),
        })
    }

    /// Where it listens on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its Unix socket.
    pub fn socket_folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The folder of what it keeps.
    pub fn data_folder(&self) -> PathBuf {
        self.folder.data()
    }

    /// The last lines of its log.
    pub fn log(&self) -> String {
        self.folder.log()
    }

    /// The folder of PostgreSQL's programs: `pgbench`, `psql`.
    pub fn programs(&self) -> PathBuf {
        self.programs.folder().to_owned()
    }

    /// The address of one of its databases, for the role that is no superuser.
    pub fn url(&self, database: &str) -> String {
        self.url_as(ROLE, database)
    }

    fn url_as(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port)
    }

    /// Has the superuser ask the database `postgres`: the first column of the first row, if there is one.
    pub fn ask(&self, sql: &str) -> Result<Option<String>, ClusterError> {
        self.ask_as(SUPERUSER, sql)
    }

    /// The same of another of its databases.
    pub fn ask_in(&self, database: &str, sql: &str) -> Result<Option<String>, ClusterError> {
        ask::ask(&self.url_as(SUPERUSER, database), sql)
    }

    fn ask_as(&self, role: &str, sql: &str) -> Result<Option<String>, ClusterError> {
        ask::ask(&self.url_as(role, "postgres"), sql)
    }

    /// Stops the server. What it keeps remains.
    pub fn stop(&self, how: Stop) -> Result<(), ClusterError> {
        self.server.lock().stop(how)
    }

    /// Kills the server, as a loss of power would end it.
    pub fn kill(&self) -> Result<(), ClusterError> {
        self.server.lock().kill()
    }

    /// Starts the server again where it was, after [`Cluster::stop`] or [`Cluster::kill`].
    pub fn start_again(&self) -> Result<(), ClusterError> {
        let mut server = self.server.lock();
        *server = Server::start(&self.programs, &self.folder, self.port)?;
        Ok(())
    }
}
