//! The process, as Prometheus's own clients tell of it.

use procfs::process::{Limit, LimitValue};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// The process that this runs in.
#[derive(Debug)]
pub(crate) struct Process;

impl Collector for Process {
    /// Where the system does not tell, nothing is told.
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let Ok(process) = procfs::process::Process::myself() else { return Ok(()) };
        let mut gauge = |name, help, unit: Option<&Unit>, value: f64| {
            let encoder = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
            ConstGauge::new(value).encode(encoder)
        };
        let files = process.fd_count().ok();
        if let Some(open) = files {
            gauge("process_open_fds", "Files and connections that are open", None, wide(open as u64))?;
        }
        if let Ok(limits) = process.limits()
            && let Limit { soft_limit: LimitValue::Value(max), .. } = limits.max_open_files
        {
            gauge("process_max_fds", "How many may be", None, wide(max))?;
        }
        let Ok(stat) = process.stat() else { return Ok(()) };
        let page = procfs::page_size();
        let resident = wide(stat.rss.saturating_mul(page));
        gauge("process_resident_memory", "Memory in use", Some(&Unit::Bytes), resident)?;
        gauge("process_virtual_memory", "Addresses in use", Some(&Unit::Bytes), wide(stat.vsize))?;
        gauge("process_threads", "Threads", None, wide(u64::try_from(stat.num_threads).unwrap_or(0)))?;
        let ticks = wide(procfs::ticks_per_second());
        if let Ok(booted) = procfs::boot_time_secs() {
            let started = wide(booted) + wide(stat.starttime) / ticks;
            gauge("process_start_time", "When the process was started", Some(&Unit::Seconds), started)?;
        }
        let spent = wide(stat.utime + stat.stime) / ticks;
        let (name, help) = ("process_cpu", "Processor time spent");
        let encoder = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Counter)?;
        ConstCounter::new(spent).encode(encoder)
    }
}

#[expect(clippy::cast_precision_loss, reason = "bytes and ticks are wanted to the thousandth at best")]
fn wide(value: u64) -> f64 {
    value as f64
}
