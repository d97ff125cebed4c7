//! What the disk does by itself: every figure of a durable system is a multiple of it.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::time::Instant;

use crate::Args;
use crate::table::{Table, percentile};

/// Bytes of one write: about what a small commit takes.
const WRITE_BYTES: usize = 16 * 1024;

/// How often it is done.
const WRITES: usize = 400;

/// One fsync, growing a file and overwriting it.
pub(crate) fn measure(args: &Args, table: &mut Table) -> anyhow::Result<()> {
    for (name, mut micros) in [("growing", fsyncs(args, true)?), ("overwriting", fsyncs(args, false)?)] {
        let p99 = percentile(&mut micros, 0.99);
        table.add(
            format!("one fsync, {name} a file, p50"),
            percentile(&mut micros, 0.5),
            "µs",
            format!("p99 {p99:.0} µs"),
        );
    }
    Ok(())
}

/// The median of one fsync that overwrites, in microseconds.
pub(crate) fn fsync_micros(args: &Args) -> anyhow::Result<f64> {
    Ok(percentile(&mut fsyncs(args, false)?, 0.5))
}

fn fsyncs(args: &Args, growing: bool) -> anyhow::Result<Vec<f64>> {
    let folder = tempfile::tempdir_in(&args.folder)?;
    let file = OpenOptions::new().write(true).create_new(true).open(folder.path().join("probe"))?;
    let block = vec![7; WRITE_BYTES];
    if !growing {
        for at in 0..WRITES {
            file.write_all_at(&block, (at * WRITE_BYTES) as u64)?;
        }
        file.sync_all()?;
    }
    let mut micros = Vec::with_capacity(WRITES);
    for at in 0..WRITES {
        let start = Instant::now();
        file.write_all_at(&block, (at * WRITE_BYTES) as u64)?;
        file.sync_data()?;
        micros.push(start.elapsed().as_secs_f64() * 1e6);
    }
    Ok(micros)
}
