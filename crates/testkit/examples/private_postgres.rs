//! A private PostgreSQL that waits for the disk, in a folder: prints its address and the folder of its programs,
//! as JSON, and ends with its standard input. For benchmarks that are not written in Rust.

#![expect(clippy::print_stdout, reason = "whoever starts it reads where it is")]

use std::io::Read as _;
use std::path::PathBuf;

use feedme_testkit::cluster::{Cluster, ClusterError, Options};
use serde_json::json;

fn main() -> Result<(), ClusterError> {
    let within = std::env::args_os().nth(1).map(PathBuf::from);
    let cluster = Cluster::start(&Options { within, ..Options::default() })?;
    let database = cluster.database();
    println!("{}", json!({ "url": database.url(), "programs": cluster.programs() }));
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    Ok(())
}
