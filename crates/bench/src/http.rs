//! Over HTTP, with wrk on the same cores.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use crate::server::Server;
use crate::table::{Table, median};
use crate::{Args, disk};

/// Seconds of one run of wrk.
const SECONDS: &str = "4";

const PLACE: &str = r#"
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"type":"NORMAL"}'
"#;

const REFUSED: &str = r#"
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"type":"NOTHING"}'
"#;

/// What wrk says.
struct Wrk {
    rate: f64,
    p99_micros: f64,
    bytes: f64,
}

pub(crate) fn measure(args: &Args, table: &mut Table) -> anyhow::Result<()> {
    let scripts = tempfile::tempdir_in(&args.folder)?;
    let script = |name: &str, text: &str| {
        let path = scripts.path().join(name);
        std::fs::write(&path, text).map(|()| path)
    };
    let (place, refused) = (script("place.lua", PLACE)?, script("refused.lua", REFUSED)?);
    for (connections, aim) in [(64, 0.65), (256, 0.75)] {
        let (mut ratios, mut placed, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..args.repeat {
            // A fresh server each time: what waits would otherwise grow from run to run.
            let server = Server::start(args)?;
            let first = wrk(&server, connections, Some(&refused), "/api/orders")?.rate;
            let durable = wrk(&server, connections, Some(&place), "/api/orders")?.rate;
            let second = wrk(&server, connections, Some(&refused), "/api/orders")?.rate;
            let refusing = f64::midpoint(first, second);
            ratios.push(durable / refusing);
            placed.push(durable);
            refusals.push(refusing);
        }
        let beside = format!("{:.0}/s against {:.0}/s; aim {aim}", median(placed), median(refusals));
        table.add(format!("durable place against refusing, {connections} connections"), median(ratios), "", beside);
    }

    let (mut p99, mut fsyncs) = (Vec::new(), Vec::new());
    for _ in 0..args.repeat {
        let server = Server::start(args)?;
        p99.push(wrk(&server, 16, Some(&place), "/api/orders")?.p99_micros);
        fsyncs.push(disk::fsync_micros(args)?);
    }
    let (p99, fsync) = (median(p99), median(fsyncs));
    let beside = format!("{:.1} times one fsync of {fsync:.0} µs; aim 10", p99 / fsync);
    table.add("place at 16 connections, p99", p99, "µs", beside);

    let server = Server::start(args)?;
    for _ in 0..1000 {
        server.curl(&["-H", "content-type: application/json", "-d", r#"{"type":"NORMAL"}"#], "/api/orders")?;
    }
    let etag = etag(&server)?;
    let unchanged = script("unchanged.lua", &format!("wrk.headers[\"If-None-Match\"] = '{etag}'"))?;
    let (mut ratios, mut bytes) = (Vec::new(), Vec::new());
    for _ in 0..args.repeat {
        let live = wrk(&server, 64, None, "/livez")?.rate;
        ratios.push(wrk(&server, 64, Some(&unchanged), "/api/orders")?.rate / live);
        let board = wrk(&server, 64, None, "/api/orders")?;
        bytes.push((board.rate, board.bytes));
    }
    table.add("304 of a board of 1,000 orders against /livez", median(ratios), "", "aim 0.7");
    let (rates, bytes): (Vec<_>, Vec<_>) = bytes.into_iter().unzip();
    table.add("200 of a board of 1,000 orders", median(rates), "/s", format!("{:.2} GB/s", median(bytes) / 1e9));
    Ok(())
}

/// Durable orders a second over HTTP at so many connections, and the 99th percentile of their time in microseconds.
pub(crate) fn place(args: &Args, server: &Server, connections: usize) -> anyhow::Result<(f64, f64)> {
    let scripts = tempfile::tempdir_in(&args.folder)?;
    let place = scripts.path().join("place.lua");
    std::fs::write(&place, PLACE)?;
    let wrk = wrk(server, connections, Some(&place), "/api/orders")?;
    Ok((wrk.rate, wrk.p99_micros))
}

fn etag(server: &Server) -> anyhow::Result<String> {
    let output = Command::new("curl")
        .args(["-s", "-D", "-", "-o", "/dev/null"])
        .arg(format!("{}/api/orders", server.address))
        .output()?;
    let headers = String::from_utf8(output.stdout)?;
    let line = headers.lines().find_map(|line| line.strip_prefix("etag: ")).context("a board has an ETag")?;
    Ok(line.trim().to_owned())
}

fn wrk(server: &Server, connections: usize, script: Option<&Path>, path: &str) -> anyhow::Result<Wrk> {
    let mut command = Command::new("wrk");
    command.args(["-t1", "-d", SECONDS, "--latency", "-c"]).arg(connections.to_string());
    if let Some(script) = script {
        command.arg("-s").arg(script);
    }
    let output =
        command.arg(format!("{}{path}", server.address)).output().context("wrk is needed: apt-get install wrk")?;
    let text = String::from_utf8(output.stdout)?;
    let word_after = |label: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(label));
        line.and_then(|line| line.trim_start()[label.len()..].split_whitespace().next())
            .with_context(|| format!("wrk said: {text}"))
    };
    Ok(Wrk {
        rate: word_after("Requests/sec:")?.parse()?,
        p99_micros: scaled(word_after("99%")?, &[("us", 1.0), ("ms", 1e3), ("s", 1e6)])?,
        bytes: scaled(word_after("Transfer/sec:")?, &[("GB", 1e9), ("MB", 1e6), ("KB", 1e3), ("B", 1.0)])?,
    })
}

fn scaled(word: &str, units: &[(&str, f64)]) -> anyhow::Result<f64> {
    let (number, scale) = units
        .iter()
        .find_map(|(unit, scale)| word.strip_suffix(unit).map(|number| (number, scale)))
        .with_context(|| format!("{word} has no unit"))?;
    Ok(number.parse::<f64>()? * scale)
}
