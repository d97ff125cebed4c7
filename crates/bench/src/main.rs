//! Measures FeedMe, beside the disk it runs on. Nothing here asserts: timings belong into tables, not into tests.
//!
//! `cargo run --release -p feedme-bench -- all` prints a table and writes `bench-results/<name>.json`.

mod carry;
mod checker;
mod compared;
mod disk;
mod history;
mod host;
mod http;
mod kitchen;
mod latency;
mod lifecycle;
mod nodes;
mod restaurant;
mod screens;
mod server;
mod sign_in;
mod table;

use std::path::PathBuf;

use clap::Parser;

use table::Table;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures FeedMe.
#[derive(Debug, Parser)]
struct Args {
    /// What to measure
    #[arg(value_enum, default_value = "all")]
    what: What,

    /// Where databases are made: on the disk to be measured
    #[arg(long, default_value = "bench-results")]
    folder: PathBuf,

    /// How many completed orders make a long history
    #[arg(long, default_value_t = 1_000_000)]
    history: usize,

    /// How often each measurement is repeated; the median is shown
    #[arg(long, default_value_t = 3)]
    repeat: usize,

    /// What is special about this run; it is added to each name and to the file's
    #[arg(long, default_value = "")]
    label: String,

    /// The `feedme` binary to start for what is measured over HTTP
    #[arg(long, default_value = "target/release/feedme")]
    binary: PathBuf,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// All of it
    All,
    /// Durable lifecycles a second in one process
    Lifecycle,
    /// From placed to started, with an idle bot
    Latency,
    /// The same work with a long history, and the start with it
    History,
    /// Examining and carrying a restaurant with a long history
    Carry,
    /// Lifecycles on PostgreSQL, through one node and several
    Nodes,
    /// Placing and reading over HTTP, by wrk
    Http,
    /// Thousands of live screens
    Screens,
    /// Whether the time of a sign-in tells who has an account
    SignIn,
    /// Judging a history, and one ten times as long
    Checker,
    /// Memory of an idle server, and the size of the binary
    Size,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    std::fs::create_dir_all(&args.folder)?;
    let wants = |what| args.what == What::All || args.what == what;
    let mut table = Table::new(&args.label);
    disk::measure(&args, &mut table)?;
    let runtime = tokio::runtime::Runtime::new()?;
    if wants(What::Lifecycle) {
        runtime.block_on(lifecycle::measure(&args, &mut table))?;
    }
    if wants(What::Latency) {
        runtime.block_on(latency::measure(&args, &mut table))?;
    }
    if wants(What::History) {
        runtime.block_on(history::measure(&args, &mut table))?;
    }
    if wants(What::Carry) {
        runtime.block_on(carry::measure(&args, &mut table))?;
    }
    if wants(What::Nodes) {
        runtime.block_on(nodes::measure(&args, &mut table))?;
    }
    drop(runtime);
    if wants(What::Checker) {
        checker::measure(&args, &mut table);
    }
    if wants(What::Size) {
        server::measure_size(&args, &mut table)?;
    }
    if wants(What::Http) {
        http::measure(&args, &mut table)?;
    }
    if wants(What::SignIn) {
        sign_in::measure(&args, &mut table)?;
    }
    if wants(What::Screens) {
        screens::measure(&args, &mut table)?;
    }
    table.finish(&args.folder, args.what)
}
