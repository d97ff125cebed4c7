//! How long it takes to examine a restaurant with a long history, and to carry it from one database to another.

use std::fs;
use std::path::Path;
use std::time::Instant;

use feedme_engine::{Clock, Ids};
use feedme_store::carry::{Arrival, Terms, export, import};
use feedme_store::doctor::examine;
use feedme_store::moment::Moment;
use feedme_store::postgres::{PostgresArrival, PostgresMoment, PostgresOptions};
use feedme_store::sqlite::{SqliteArrival, SqliteMoment};
use feedme_testkit::cluster::{self, Cluster};

use crate::restaurant::{Restaurant, rate};
use crate::table::Table;
use crate::{Args, kitchen};

/// From the embedded database to PostgreSQL and back.
pub(crate) async fn measure(args: &Args, table: &mut Table) -> anyhow::Result<()> {
    let [till, back] = [tempfile::tempdir_in(&args.folder)?, tempfile::tempdir_in(&args.folder)?];
    let restaurant = Restaurant::open(till.path()).await?;
    kitchen::cook(&restaurant, args.history).await?;
    let now = restaurant.engine.now();
    while restaurant.engine.store().tidy(now.plus_ms(1), now.minus_ms(7 * 86_400_000)).await?.more {}
    restaurant.close().await;
    // What making the history took is not asked for: this begins the kernel's record anew.
    fs::write("/proc/self/clear_refs", "5")?;

    let files = tempfile::tempdir_in(&args.folder)?;
    let [first, second] = ["first", "second"].map(|name| files.path().join(name));
    look(args, table, "SQLite", &mut SqliteMoment::of(till.path())?).await?;
    write(args, table, "SQLite", &mut SqliteMoment::of(till.path())?, &first).await?;

    let within = fs::canonicalize(&args.folder)?;
    let settings = vec![("shared_buffers", "512MB".into()), ("max_wal_size", "4GB".into())];
    let cluster = Cluster::start(&cluster::Options { within: Some(within), settings, ..cluster::Options::default() })?;
    let database = cluster.database();
    let options = PostgresOptions::at(database.url(), "feedme-bench", 1);
    take_in(args, table, "PostgreSQL", &mut PostgresArrival::into(&options).await?, &first).await?;
    look(args, table, "PostgreSQL", &mut PostgresMoment::of(&options).await?).await?;
    write(args, table, "PostgreSQL", &mut PostgresMoment::of(&options).await?, &second).await?;

    take_in(args, table, "SQLite", &mut SqliteArrival::into(back.path())?, &second).await?;
    look(args, table, "SQLite, when it is back", &mut SqliteMoment::of(back.path())?).await?;
    table.add("most memory that any of this took", most_memory_mib(), "MiB", "");
    Ok(())
}

async fn look(args: &Args, table: &mut Table, place: &str, moment: &mut dyn Moment) -> anyhow::Result<()> {
    let began = Instant::now();
    let findings = examine(moment, None, |_, _| {}).await?;
    anyhow::ensure!(findings.problems.is_empty(), "{:?}", findings.problems);
    let events = findings.examined.iter().map(|examined| examined.events).sum::<u64>();
    let took = began.elapsed();
    let beside = format!("{:.0} s for {} orders and {events} events", took.as_secs_f64(), args.history);
    table.add(format!("examining, {place}"), rate(args.history, took), "orders/s", beside);
    Ok(())
}

async fn write(
    args: &Args,
    table: &mut Table,
    place: &str,
    moment: &mut dyn Moment,
    file: &Path,
) -> anyhow::Result<()> {
    let began = Instant::now();
    let exported = export(moment, "default", file, |_, _| {}).await?;
    let rows = exported.counts.all();
    let beside = format!("{rows} rows; {} MiB", fs::metadata(file)?.len() / 1024 / 1024);
    table.add(
        format!("export of {} orders from {place}", args.history),
        rate(count(rows), began.elapsed()),
        "rows/s",
        beside,
    );
    Ok(())
}

async fn take_in(
    args: &Args,
    table: &mut Table,
    place: &str,
    arrival: &mut dyn Arrival,
    file: &Path,
) -> anyhow::Result<()> {
    let began = Instant::now();
    let terms = Terms { slug: None, skip: 0, epoch: Ids::random().epoch(), now: Clock::system().now() };
    let rows = import(arrival, file, terms, |_, _| {}).await?.counts.all();
    let took = began.elapsed();
    let beside = format!("{:.0} s", took.as_secs_f64());
    table.add(format!("import of {} orders to {place}", args.history), rate(count(rows), took), "rows/s", beside);
    Ok(())
}

fn count(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

/// What the kernel says of this process.
fn most_memory_mib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}
