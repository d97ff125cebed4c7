//! A temporary folder that is cleared away with all that works in it, also when this process is killed.

use std::io::Read as _;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use super::ClusterError;
use super::programs::User;

/// Statics are not dropped at the end of a process, and nobody is dropped who is killed. So a shell reads from a pipe
/// that only this process can write to: when the pipe closes, whoever works in the folder is asked to end without
/// ado, then made to. What works there is known by its working folder, which a process number that was given out
/// anew does not have.
const WATCH: &str = r#"
trap '' INT TERM HUP
read -r _
within() {
  for process in /proc/[0-9]*; do
    case "$(readlink "$process/cwd" 2>/dev/null)/" in "$1"/*) echo "${process#/proc/}" ;; esac
  done
}
for signal in QUIT QUIT QUIT QUIT QUIT QUIT QUIT QUIT QUIT QUIT KILL KILL KILL; do
  left=$(within "$1")
  [ -n "$left" ] || break
  kill -s "$signal" $left 2>/dev/null
  for _ in 1 2 3 4 5; do
    [ -n "$(within "$1")" ] || break
    sleep 0.1
  done
done
rm -rf "$1"
"#;

/// How much of a log is shown, in bytes.
const LOG_SHOWN: usize = 4000;

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Closed to have the folder cleared away.
    line: Option<ChildStdin>,
    watcher: Child,
}

impl Folder {
    pub(super) fn new(owner: Option<User>, within: Option<&Path>) -> Result<Self, ClusterError> {
        let within = within.map_or_else(std::env::temp_dir, Path::to_owned);
        let folder =
            TempDir::with_prefix_in("feedme-cluster-", within).map_err(ClusterError::machine("a temporary folder"))?;
        if let Some(User { uid, gid }) = owner {
            chown(folder.path(), Some(uid), Some(gid)).map_err(ClusterError::machine("a temporary folder"))?;
        }
        // As the kernel will name it.
        let path = folder.path().canonicalize().map_err(ClusterError::machine("a temporary folder"))?;
        let mut watcher = Command::new("sh")
            .args(["-c", WATCH, "sh"])
            .arg(&path)
            .current_dir("/")
            // What ends a test from the terminal must not end this.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(ClusterError::machine("sh"))?;
        let line = watcher.stdin.take();
        let _: PathBuf = folder.keep();
        Ok(Self { path, line, watcher })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub(super) fn log_file(&self) -> PathBuf {
        self.path.join("log")
    }

    /// The last lines of the log.
    pub(super) fn log(&self) -> String {
        let mut bytes = Vec::new();
        let read = std::fs::File::open(self.log_file()).and_then(|mut file| file.read_to_end(&mut bytes));
        if let Err(error) = read {
            return format!("no log can be read: {error}");
        }
        String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(LOG_SHOWN)..]).into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.line.take());
        let _ = self.watcher.wait();
    }
}
