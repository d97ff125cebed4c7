//! The real binary, as a process of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

use crate::Args;
use crate::table::Table;

/// A running server. It ends with its handle.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    folder: tempfile::TempDir,
}

impl Server {
    /// In open mode.
    pub(crate) fn start(args: &Args) -> anyhow::Result<Self> {
        Self::with(args, &["--open"])
    }

    /// In open mode, on PostgreSQL.
    pub(crate) fn on_postgres(args: &Args, url: &str) -> anyhow::Result<Self> {
        Self::with(args, &["--open", "--database", url])
    }

    /// One that wants to know who asks.
    pub(crate) fn locked(args: &Args, words: &[&str]) -> anyhow::Result<Self> {
        Self::with(args, words)
    }

    fn with(args: &Args, words: &[&str]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(&args.folder)?;
        let mut child = Command::new(&args.binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "error", "--data"])
            .arg(folder.path())
            .args(words)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("failed to start {}", args.binary.display()))?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("it has an output")?).read_line(&mut line)?;
        let address =
            line.split_whitespace().find(|word| word.starts_with("http://")).context("it says where it serves")?;
        Ok(Self { child, address: address.to_owned(), folder })
    }

    /// Makes an account, outside of any measurement.
    pub(crate) fn add_user(&self, args: &Args, name: &str, password: &str) -> anyhow::Result<()> {
        let mut child = Command::new(&args.binary)
            .args(["user", "add", name, "--role", "normal", "--password-stdin", "--data"])
            .arg(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut stdin = child.stdin.take().context("it has an input")?;
        writeln!(stdin, "{password}")?;
        drop(stdin);
        let status = child.wait()?;
        anyhow::ensure!(status.success(), "feedme user add {name}: {status}");
        Ok(())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory in KiB.
    pub(crate) fn resident_kib(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("it has memory")?;
        Ok(line.split_whitespace().nth(1).context("it is a number")?.parse()?)
    }

    /// Sends one request with curl, outside of any measurement.
    pub(crate) fn curl(&self, words: &[&str], path: &str) -> anyhow::Result<()> {
        let status = Command::new("curl")
            .args(["-sf", "-o", "/dev/null"])
            .args(words)
            .arg(format!("{}{path}", self.address))
            .status()?;
        anyhow::ensure!(status.success(), "curl {path}: {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Memory of an idle server and the size of the binary.
pub(crate) fn measure_size(args: &Args, table: &mut Table) -> anyhow::Result<()> {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
    let bytes = std::fs::metadata(&args.binary)?.len() as f64;
    table.add("release binary", bytes / 1e6, "MB", "aim < 30");
    let server = Server::start(args)?;
    std::thread::sleep(std::time::Duration::from_secs(3));
    table.add("idle server, resident", server.resident_kib()? / 1024.0, "MiB", "aim < 40");
    Ok(())
}
