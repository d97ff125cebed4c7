//! One PostgreSQL server process.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use rustix::process::{Pid, Signal, kill_process};

use super::folder::Folder;
use super::programs::{Programs, command};
use super::{ClusterError, Options, SUPERUSER};

/// How long a server may take to start: longest is the recovery of one that was killed.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// How long a server may take to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// How often it is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Ports that the kernel gives to no outgoing connection (those are above 32768), so that a server finds its own free
/// when it starts again.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

/// How many ports are tried: somebody may take one between the look and the start.
const PORTS_TRIED: usize = 5;

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// After whoever is connected has gone.
    Smart,
    /// In good order, hanging up on whoever is connected.
    Fast,
    /// At once; the next start recovers.
    Immediate,
}

impl Stop {
    const fn signal(self) -> Signal {
        match self {
            Self::Smart => Signal::TERM,
            Self::Fast => Signal::INT,
            Self::Immediate => Signal::QUIT,
        }
    }
}

/// Makes what a server keeps.
pub(super) fn make(programs: &Programs, folder: &Folder, options: &Options) -> Result<(), ClusterError> {
    let data = folder.data();
    let mut arguments = vec!["-D", path(&data), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"];
    // Words in the order of people, not of bytes, as most clusters have them: what relies on bytes has to say so.
    arguments.extend(["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=und"]);
    if !options.fsync {
        arguments.push("--no-sync");
    }
    programs.run("initdb", folder.path(), &arguments)?;
    let quick = if options.fsync { "on" } else { "off" };
    let mut settings = format!(
        "\nfsync = {quick}\nfull_page_writes = {quick}\nsynchronous_commit = {quick}\nmax_connections = 500\n\
         log_line_prefix = '%m [%p] %q%a %d '\nwal_keep_size = '256MB'\n"
    );
    for (name, value) in &options.settings {
        let _ = writeln!(settings, "{name} = '{}'", value.replace('\'', "''"));
    }
    let file = data.join("postgresql.conf");
    let written = fs::read_to_string(&file).and_then(|comes_with_it| fs::write(&file, comes_with_it + &settings));
    written.map_err(ClusterError::machine(path(&file)))
}

/// A path as an argument.
pub(super) fn path(path: &Path) -> &str {
    path.to_str().expect("temporary folders have names that are text")
}

#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts it at a port, or wherever there is room.
    pub(super) fn start_somewhere(
        programs: &Programs,
        folder: &Folder,
        port: Option<u16>,
    ) -> Result<Self, ClusterError> {
        if let Some(port) = port {
            return Self::start(programs, folder, port);
        }
        let mut tried = 1;
        loop {
            match Self::start(programs, folder, free_port()?) {
                Err(_) if tried < PORTS_TRIED && folder.log().contains("could not bind") => tried += 1,
                started => return started,
            }
        }
    }

    /// Starts it, and waits until it answers.
    pub(super) fn start(programs: &Programs, folder: &Folder, port: u16) -> Result<Self, ClusterError> {
        let since = Instant::now();
        loop {
            let mut server = Self::launch(programs, folder, port)?;
            match server.wait_until_ready(folder, since) {
                // Those whom a killed server left behind are still on their way out.
                Err(_) if since.elapsed() < START_TIMEOUT && folder.log().contains(LEFT_BEHIND) => {
                    sleep(LOOK_EVERY * 10);
                }
                Err(error) => return Err(error),
                Ok(()) => return Ok(server),
            }
        }
    }

    fn launch(programs: &Programs, folder: &Folder, port: u16) -> Result<Self, ClusterError> {
        let cannot = |source| ClusterError::Machine { what: "postgres".into(), source };
        let log = File::create(folder.log_file()).map_err(cannot)?;
        let mut postgres = command(&programs.folder().join("postgres"), programs.user(), folder.path());
        // On the command line is what a standby must not have from its primary.
        postgres.args(["-D", path(&folder.data()), "-p", &port.to_string(), "-k", path(folder.path())]);
        postgres.args(["-h", "127.0.0.1"]).stdout(log.try_clone().map_err(cannot)?).stderr(log);
        Ok(Self { child: postgres.spawn().map_err(cannot)?, port })
    }

    fn wait_until_ready(&mut self, folder: &Folder, since: Instant) -> Result<(), ClusterError> {
        let pid_file = folder.data().join("postmaster.pid");
        loop {
            let ended = self.child.try_wait().map_err(ClusterError::machine("postgres"))?;
            if ended.is_none() && is_ready(&pid_file, self.child.id()) {
                return Ok(());
            }
            if ended.is_some() || since.elapsed() > START_TIMEOUT {
                let _ = self.kill();
                return Err(ClusterError::Program { program: "postgres".into(), said: folder.log() });
            }
            sleep(LOOK_EVERY);
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn stop(&mut self, how: Stop) -> Result<(), ClusterError> {
        self.send(how.signal()).map_err(ClusterError::machine("postgres"))?;
        let since = Instant::now();
        while self.child.try_wait().map_err(ClusterError::machine("postgres"))?.is_none() {
            if since.elapsed() > STOP_TIMEOUT {
                let said = format!("it did not stop within {STOP_TIMEOUT:?}");
                return Err(ClusterError::Program { program: "postgres".into(), said });
            }
            sleep(LOOK_EVERY);
        }
        Ok(())
    }

    pub(super) fn kill(&mut self) -> Result<(), ClusterError> {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.map(drop).map_err(ClusterError::machine("postgres"))
    }

    fn send(&mut self, signal: Signal) -> io::Result<()> {
        // Once it was waited for, its number may be another's.
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        kill_process(Pid::from_child(&self.child), signal).map_err(io::Error::from)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.stop(Stop::Immediate).is_err() {
            let _ = self.kill();
        }
    }
}

/// What a server says that finds those whom a killed one left behind.
const LEFT_BEHIND: &str = "is still in use";

/// The last line of a server's file says how it is; the first is its process.
fn is_ready(pid_file: &Path, pid: u32) -> bool {
    let Ok(lines) = fs::read_to_string(pid_file) else { return false };
    let mut lines = lines.lines().map(str::trim);
    lines.next() == Some(&pid.to_string()) && matches!(lines.nth(6), Some("ready" | "standby"))
}

/// A port that nobody listens on.
pub(super) fn free_port() -> Result<u16, ClusterError> {
    let mut last = io::Error::other("no port was tried");
    let mut rng = StdRng::from_os_rng();
    for _ in 0..100 {
        match TcpListener::bind(("127.0.0.1", rng.random_range(PORTS))) {
            Ok(listener) => return listener.local_addr().map(|it| it.port()).map_err(ClusterError::machine("a port")),
            Err(error) => last = error,
        }
    }
    Err(ClusterError::Machine { what: "a port".into(), source: last })
}
