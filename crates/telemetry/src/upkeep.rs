//! What keeps the server going: backups, room on the disk, its certificate, and whether its log is whole.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::RwLock;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};

use crate::log::Log;
use crate::teller::Teller;

/// What keeps the server going.
#[derive(Debug)]
pub struct Upkeep {
    backed_up_at: Gauge<f64, AtomicU64>,
    backups_failed: Counter,
    certificate_ends_at: Gauge<f64, AtomicU64>,
    disk: std::sync::Arc<Disk>,
    told: std::sync::Arc<OnceLock<(Log, Teller)>>,
}

impl Upkeep {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let upkeep = Self {
            backed_up_at: Gauge::default(),
            backups_failed: Counter::default(),
            certificate_ends_at: Gauge::default(),
            disk: std::sync::Arc::default(),
            told: std::sync::Arc::default(),
        };
        registry.register_with_unit(
            "backup_last_success_timestamp",
            "When the newest scheduled backup was last known to hold everything; 0 where there is none",
            Unit::Seconds,
            upkeep.backed_up_at.clone(),
        );
        registry.register("backup_failures", "Scheduled backups that failed", upkeep.backups_failed.clone());
        registry.register_with_unit(
            "certificate_expiry_timestamp",
            "When the certificate that is served ends; 0 without encryption",
            Unit::Seconds,
            upkeep.certificate_ends_at.clone(),
        );
        registry.register_collector(Box::new(std::sync::Arc::clone(&upkeep.disk)));
        registry.register_collector(Box::new(Lost(std::sync::Arc::clone(&upkeep.told))));
        upkeep
    }

    /// The newest scheduled backup held everything then: it was made, or nothing has happened since.
    pub fn backed_up(&self, at: SystemTime) {
        self.backed_up_at.set(unix(at));
    }

    /// A scheduled backup failed.
    pub fn backup_failed(&self) {
        self.backups_failed.inc();
    }

    /// The certificate that is served ends then.
    pub fn certificate_ends(&self, at: SystemTime) {
        self.certificate_ends_at.set(unix(at));
    }

    /// Here changes are told.
    pub fn tells(&self, log: Log, changes: Teller) {
        // There is one log in a process.
        let _ = self.told.set((log, changes));
    }

    /// The database is kept in this folder.
    pub fn keeps_in(&self, folder: PathBuf) {
        *self.disk.folder.write() = Some(folder);
    }
}

fn unix(at: SystemTime) -> f64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// What is missing in the log and in traces.
#[derive(Debug)]
struct Lost(std::sync::Arc<OnceLock<(Log, Teller)>>);

impl Collector for Lost {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let Some((log, changes)) = self.0.get() else { return Ok(()) };
        let mut tell = |name, help, lost: u64| {
            let encoder = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            ConstCounter::new(lost).encode(encoder)
        };
        tell("log_lines_lost", "Lines that are missing in the log because nobody read it in time", log.lost() as u64)?;
        tell(
            "commits_untold",
            "Commits that are missing in the log and in traces: too many came at once",
            changes.lost(),
        )
    }
}

/// The room on the disk that holds the database.
#[derive(Debug, Default)]
struct Disk {
    folder: RwLock<Option<PathBuf>>,
}

impl Collector for Disk {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let Some(folder) = self.folder.read().clone() else { return Ok(()) };
        // A folder that cannot be asked about says nothing: no figure is better than a wrong one.
        let Ok(found) = rustix::fs::statvfs(&folder) else { return Ok(()) };
        let mut tell = |name, help, bytes: u64| {
            let encoder = encoder.encode_descriptor(name, help, Some(&Unit::Bytes), MetricType::Gauge)?;
            #[expect(clippy::cast_precision_loss, reason = "a disk's room is wanted to the thousandth at best")]
            ConstGauge::new(bytes as f64).encode(encoder)
        };
        tell("disk_free", "Room left on the disk of the database", found.f_bavail.saturating_mul(found.f_frsize))?;
        tell("disk_size", "Size of the disk of the database", found.f_blocks.saturating_mul(found.f_frsize))
    }
}
