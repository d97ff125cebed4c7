//! `PgBouncer` in front of a cluster, which gives a connection for the length of a transaction.

use std::fs::{self, File};
use std::net::TcpStream;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::folder::Folder;
use super::server::{free_port, path};
use super::{Cluster, ClusterError, ROLE, SUPERUSER, programs};

/// How long it may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// `PgBouncer` in transaction mode. It ends with the value.
#[derive(Debug)]
pub struct Pooler {
    // In the order in which they are to go.
    child: Child,
    folder: Folder,
    port: u16,
}

impl Pooler {
    /// Starts one before a cluster, with so few connections to it that callers take turns.
    pub fn before(cluster: &Cluster) -> Result<Self, ClusterError> {
        Self::with(cluster, "")
    }

    /// One that does not refuse the options of sessions, and does not pass them on either: so it is often set up for
    /// programs that send some.
    pub fn that_swallows_options_before(cluster: &Cluster) -> Result<Self, ClusterError> {
        Self::with(cluster, "ignore_startup_parameters = options\n")
    }

    fn with(cluster: &Cluster, more: &str) -> Result<Self, ClusterError> {
        let program = programs::find("pgbouncer", "pgbouncer")?;
        let user = cluster.programs.user();
        let folder = Folder::new(user, None)?;
        let port = free_port()?;
        let at = folder.path().display();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir = {at}\n\
             auth_type = trust\nauth_file = {at}/users\npool_mode = transaction\n\
             max_client_conn = 1000\ndefault_pool_size = 4\nquery_wait_timeout = 30\n{more}",
            cluster.port
        );
        let written = fs::write(folder.path().join("settings"), settings)
            .and_then(|()| fs::write(folder.path().join("users"), format!("\"{ROLE}\" \"\"\n\"{SUPERUSER}\" \"\"\n")));
        written.map_err(ClusterError::machine("a temporary folder"))?;
        let cannot = |source| ClusterError::Machine { what: "pgbouncer".into(), source };
        let log = File::create(folder.log_file()).map_err(cannot)?;
        let mut pgbouncer = programs::command(&program, user, folder.path());
        pgbouncer.arg(path(&folder.path().join("settings"))).stdout(log.try_clone().map_err(cannot)?).stderr(log);
        let pooler = Self { child: pgbouncer.spawn().map_err(cannot)?, folder, port };
        pooler.wait_until_ready()
    }

    fn wait_until_ready(mut self) -> Result<Self, ClusterError> {
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.child.try_wait().map_err(ClusterError::machine("pgbouncer"))?;
            if ended.is_some() || since.elapsed() > START_TIMEOUT {
                return Err(ClusterError::Program { program: "pgbouncer".into(), said: self.folder.log() });
            }
            sleep(Duration::from_millis(10));
        }
        Ok(self)
    }

    /// The address of a database of the cluster, by way of the pooler.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
