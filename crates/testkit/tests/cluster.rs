//! Private clusters come about, follow each other, and go.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use feedme_testkit::cluster::{Cluster, Options, Pooler, Stop};

/// How long something may take that should have happened long ago.
const PATIENCE: Duration = Duration::from_secs(30);

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "in vain: {what}");
        sleep(Duration::from_millis(20));
    }
}

fn processes_within(folder: &Path) -> usize {
    let processes = std::fs::read_dir("/proc").expect("Linux has one").flatten();
    let working_in = processes.filter_map(|process| std::fs::read_link(process.path().join("cwd")).ok());
    working_in.filter(|it| it.starts_with(folder)).count()
}

fn durable() -> Cluster {
    Cluster::start(&Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_database_is_made_and_dropped() {
    let cluster = Cluster::shared();
    let database = cluster.database();
    let count = format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", database.name());
    database.ask("CREATE TABLE t (n bigint); INSERT INTO t VALUES (7)").unwrap();
    assert_eq!(database.ask("SELECT n FROM t").unwrap().as_deref(), Some("7"));
    assert_eq!(database.ask("SELECT current_user").unwrap().as_deref(), Some("feedme"));
    assert_eq!(
        database.ask("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").unwrap().as_deref(),
        Some("f")
    );
    assert_eq!(cluster.ask(&count).unwrap().as_deref(), Some("1"));
    drop(database);
    assert_eq!(cluster.ask(&count).unwrap().as_deref(), Some("0"));
}

#[test]
fn what_a_database_starts_with_is_made_once() {
    let made = AtomicU32::new(0);
    let fresh = || {
        Cluster::shared().database_made_by("a table", |empty| {
            made.fetch_add(1, Ordering::Relaxed);
            empty.ask("CREATE TABLE t (n bigint)").unwrap();
        })
    };
    let (one, other) = (fresh(), fresh());
    one.ask("INSERT INTO t VALUES (7)").unwrap();
    assert_eq!(other.ask("SELECT count(*) FROM t").unwrap().as_deref(), Some("0"));
    assert_eq!(made.load(Ordering::Relaxed), 1);
}

#[test]
fn a_cluster_stops_dies_and_starts_again_with_what_it_kept() {
    let cluster = durable();
    cluster.ask("CREATE TABLE t (n bigint)").unwrap();
    for (n, how) in [Some(Stop::Fast), Some(Stop::Immediate), Some(Stop::Smart), None].into_iter().enumerate() {
        cluster.ask(&format!("INSERT INTO t VALUES ({n})")).unwrap();
        match how {
            Some(how) => cluster.stop(how).unwrap(),
            None => cluster.kill().unwrap(),
        }
        assert!(cluster.ask("SELECT 1").is_err(), "{how:?}: it still answers");
        cluster.start_again().unwrap();
        assert_eq!(cluster.ask("SELECT count(*) FROM t").unwrap(), Some((n + 1).to_string()), "{how:?}");
    }
    assert_eq!(cluster.ask("SHOW fsync").unwrap().as_deref(), Some("on"));
}

#[test]
fn a_cluster_is_gone_after_its_last_use() {
    let cluster = Cluster::start(&Options::quick()).unwrap();
    let folder = cluster.data_folder().parent().unwrap().to_owned();
    assert_ne!(processes_within(&folder), 0);
    drop(cluster);
    assert_eq!(processes_within(&folder), 0);
    assert!(!folder.exists());
}

#[test]
fn a_cluster_is_gone_after_whoever_had_it_was_killed() {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_process_with_a_cluster_waits", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let folder =
        lines.map(Result::unwrap).find_map(|line| line.split_once("it is in ").map(|(_, it)| PathBuf::from(it)));
    let folder = folder.expect("it says where");
    assert_ne!(processes_within(&folder), 0);
    process.kill().unwrap();
    process.wait().unwrap();
    until("its processes end", || processes_within(&folder) == 0);
    until("its folder goes", || !folder.exists());
}

#[test]
#[ignore = "for the test above, which kills it"]
#[expect(clippy::print_stdout, reason = "the test above reads it")]
fn a_process_with_a_cluster_waits() {
    let cluster = Cluster::shared();
    println!("it is in {}", cluster.socket_folder().display());
    let _ = std::io::stdin().read(&mut [0]);
}

#[test]
fn a_standby_follows_and_is_promoted() {
    let primary = durable();
    primary.ask("CREATE TABLE t (n bigint)").unwrap();
    let standby = Cluster::standby_of(&primary, true).unwrap_or_else(|error| panic!("{error}"));
    primary.ask("INSERT INTO t VALUES (7)").unwrap();
    // Nothing was awaited but the acknowledgement.
    primary.kill().unwrap();
    assert_eq!(standby.ask("SELECT pg_is_in_recovery()").unwrap().as_deref(), Some("t"));
    standby.promote().unwrap();
    assert_eq!(standby.ask("SELECT n FROM t").unwrap().as_deref(), Some("7"));
    standby.ask("INSERT INTO t VALUES (8)").unwrap();
}

#[test]
fn a_synchronous_primary_acknowledges_nothing_alone() {
    let primary = durable();
    let standby = Cluster::standby_of(&primary, true).unwrap();
    standby.stop(Stop::Fast).unwrap();
    std::thread::scope(|scope| {
        let written = scope.spawn(|| primary.ask("CREATE TABLE t ()"));
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        until("it waits for the standby", || primary.ask(waits).unwrap().as_deref() == Some("1"));
        standby.start_again().unwrap();
        written.join().unwrap().unwrap();
    });
}

#[test]
fn a_pooler_passes_transactions_on() {
    let cluster = Cluster::shared();
    let database = cluster.database();
    let pooler = Pooler::before(cluster).unwrap_or_else(|error| panic!("{error}"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        // More callers than the pooler has connections: between transactions they share them.
        let mut callers = Vec::new();
        for _ in 0..20 {
            let (client, connection) =
                tokio_postgres::connect(&pooler.url(database.name()), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute("BEGIN; SELECT 1; COMMIT").await.unwrap();
            callers.push(client);
        }
        let sql = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database()";
        let there = callers[0].simple_query(sql).await.unwrap();
        let [_, tokio_postgres::SimpleQueryMessage::Row(row), ..] = &there[..] else { panic!("{there:?}") };
        let connections: u32 = row.get(0).unwrap().parse().unwrap();
        assert!(connections <= 4, "{connections} connections");
    });
}
