//! Clusters that follow another.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::server::path;
use super::{Cluster, ClusterError, Folder, ROLE, SUPERUSER};

/// How long a standby may take to be heard of at its primary.
const JOIN_TIMEOUT: Duration = Duration::from_secs(30);

impl Cluster {
    /// Copies a cluster and follows it. With `synchronous`, the primary acknowledges nothing that this standby has not
    /// on its disk, from the return of this function on.
    pub fn standby_of(primary: &Self, synchronous: bool) -> Result<Self, ClusterError> {
        let programs = Arc::clone(&primary.programs);
        let folder = Folder::new(programs.user(), None)?;
        let name = format!("standby_{}", primary.databases.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let source = format!("host=127.0.0.1 port={} user={SUPERUSER} application_name={name}", primary.port);
        let data = folder.data();
        let arguments = ["-D", path(&data), "-d", &source, "-R", "-X", "stream", "--checkpoint=fast", "--no-sync"];
        programs.run("pg_basebackup", folder.path(), &arguments)?;
        // Once promoted it is to wait for nobody.
        let file = data.join("postgresql.auto.conf");
        let opened = OpenOptions::new().append(true).open(&file);
        let written = opened.and_then(|mut file| writeln!(file, "synchronous_standby_names = ''"));
        written.map_err(ClusterError::machine(path(&file)))?;
        let standby = Self::run(programs, folder, None)?;
        let streams =
            format!("SELECT 1 FROM pg_stat_replication WHERE application_name = '{name}' AND state = 'streaming'");
        primary.ask_until(&streams)?;
        if synchronous {
            primary.ask(&format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'"))?;
            primary.ask("SELECT pg_reload_conf()")?;
            primary.ask_until(&format!("{streams} AND sync_state = 'sync'"))?;
        }
        Ok(standby)
    }

    /// Follows its primary no more, and stays a standby: whatever that commits from now on is not here.
    pub fn cut_off(&self) -> Result<(), ClusterError> {
        // Nobody listens at port 1.
        self.ask("ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'")?;
        self.ask("SELECT pg_reload_conf()")?;
        self.ask_until("SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_wal_receiver)")
    }

    /// The address of a database of this cluster or of another that has it, too: whichever takes writes.
    pub fn url_of_either(&self, other: &Self, database: &str) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{},127.0.0.1:{}/{database}", self.port, other.port)
    }

    /// Makes a primary of a standby, and waits until it is one.
    pub fn promote(&self) -> Result<(), ClusterError> {
        let sql = "SELECT pg_promote(wait => true)";
        match self.ask(sql)?.as_deref() {
            Some("t") => Ok(()),
            _ => Err(ClusterError::Program { program: sql.into(), said: self.log() }),
        }
    }

    /// Asks until there is an answer.
    fn ask_until(&self, sql: &str) -> Result<(), ClusterError> {
        let since = Instant::now();
        while self.ask(sql)?.is_none() {
            if since.elapsed() > JOIN_TIMEOUT {
                return Err(ClusterError::Program { program: sql.into(), said: self.log() });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}
