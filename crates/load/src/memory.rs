//! What a screen costs the server in memory.

use std::io;
use std::time::Duration;

use crate::report::Memory;
use crate::run::LoadError;

/// How long screens are left idle before the server's memory is read: one heartbeat and some.
pub(crate) const IDLE: Duration = Duration::from_millis(2500);

/// The resident memory of a process, in bytes.
pub(crate) fn resident(pid: u32) -> Result<u64, LoadError> {
    let unreadable = |source| LoadError::ServerMemory { pid, source };
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).map_err(unreadable)?;
    parse(&status).ok_or_else(|| unreadable(io::Error::other("it has no resident memory")))
}

fn parse(status: &str) -> Option<u64> {
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    kib.parse::<u64>().ok().map(|kib| kib * 1024)
}

impl Memory {
    /// What `screens` screens took.
    pub(crate) fn between(before: u64, after: u64, screens: usize) -> Self {
        Self { before, after, per_screen: after.saturating_sub(before) / (screens as u64).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_resident_memory() {
        assert_eq!(parse("Name:\tfeedme\nVmHWM:\t  900 kB\nVmRSS:\t   40960 kB\n"), Some(40 << 20));
        assert_eq!(parse("Name:\tkthreadd\n"), None);
    }

    #[test]
    fn a_screen_takes_its_share_of_what_was_added() {
        assert_eq!(Memory::between(1000, 51_000, 50).per_screen, 1000);
        assert_eq!(Memory::between(1000, 900, 50).per_screen, 0);
    }
}
