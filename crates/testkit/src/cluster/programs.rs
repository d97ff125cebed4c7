//! PostgreSQL's programs, and the user they run as.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use super::ClusterError;

/// Where Debian keeps one folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Where programs stand that are for administrators, which PATH need not name.
const SYSTEM_PROGRAMS: &str = "/usr/sbin";

/// Who may run a server, if we may not: it refuses root.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// A program is not installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{program} is needed: apt-get install {package}")]
pub struct Missing {
    /// The program.
    pub program: &'static str,
    /// The Debian package it is in.
    pub package: &'static str,
}

/// A user and a group of the machine, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// PostgreSQL's programs.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    /// `None` is whoever we are.
    user: Option<User>,
}

impl Programs {
    pub(super) fn find() -> Result<Arc<Self>, ClusterError> {
        let missing = Missing { program: "PostgreSQL's server", package: "postgresql" };
        let folder = configured().or_else(newest).ok_or(missing)?;
        Ok(Arc::new(Self { folder, user: stand_in()? }))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn user(&self) -> Option<User> {
        self.user
    }

    /// A program of PostgreSQL's, to be run within a folder.
    pub(super) fn command(&self, program: &str, within: &Path) -> Command {
        command(&self.folder.join(program), self.user, within)
    }

    /// Runs a program to its end.
    pub(super) fn run(&self, program: &str, within: &Path, arguments: &[&str]) -> Result<(), ClusterError> {
        let mut command = self.command(program, within);
        let output = command.args(arguments).output().map_err(ClusterError::machine(program))?;
        let Output { status, stdout, stderr } = output;
        if status.success() {
            return Ok(());
        }
        let said = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        Err(ClusterError::Program { program: program.to_owned(), said })
    }
}

/// A program to be run within a folder: whatever works there is ended with it. What happens at the terminal does not
/// reach it.
pub(super) fn command(program: &Path, user: Option<User>, within: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(within).process_group(0).stdin(Stdio::null());
    // What the caller's environment says of another cluster is not meant for this one.
    for name in ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGDATA", "PGOPTIONS", "PGSERVICE", "PGPASSFILE"] {
        command.env_remove(name);
    }
    if let Some(user) = user {
        // Root's other groups go with this, too.
        command.uid(user.uid).gid(user.gid);
    }
    command
}

/// A program in PATH or where administrators keep theirs.
pub(super) fn find(program: &'static str, package: &'static str) -> Result<PathBuf, Missing> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain([PathBuf::from(SYSTEM_PROGRAMS)]);
    folders.find_map(|folder| Some(folder.join(program)).filter(|it| it.is_file())).ok_or(Missing { program, package })
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output().ok()?;
    let folder = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    has_server(&folder).then_some(folder)
}

fn newest() -> Option<PathBuf> {
    let versions = fs::read_dir(VERSIONS).ok()?.flatten().filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path().join("bin")))
    });
    versions.filter(|(_, folder)| has_server(folder)).max().map(|(_, folder)| folder)
}

/// `pg_config` comes with the libraries, too, where there is no server.
fn has_server(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn stand_in() -> Result<Option<User>, ClusterError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(ClusterError::machine("/etc/passwd"))?;
    let user = USERS.iter().find_map(|name| user(&users, name));
    let nobody = || std::io::Error::other("neither postgres nor nobody is a user here, and a server refuses root");
    user.ok_or_else(nobody).map(Some).map_err(ClusterError::machine("/etc/passwd"))
}

fn user(users: &str, name: &str) -> Option<User> {
    let mut fields = users
        .lines()
        .map(|line| line.split(':'))
        .find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(User { uid, gid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "root:x:0:0::/root:/bin/sh\npostgres2:x:7:8:::\npostgres:x:101:104:,,,:/var:/bin/bash\n";
        assert_eq!(user(users, "postgres"), Some(User { uid: 101, gid: 104 }));
        assert_eq!(user(users, "nobody"), None);
    }

    #[test]
    fn a_missing_program_is_named_with_its_package() {
        let missing = find("pgbouncer-of-another-world", "pgbouncer").expect_err("there is none");
        assert_eq!(missing.to_string(), "pgbouncer-of-another-world is needed: apt-get install pgbouncer");
    }
}
