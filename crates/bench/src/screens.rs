//! Thousands of live screens, by `feedme load screens` on the same cores.

use std::io::Write as _;
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::Args;
use crate::server::Server;
use crate::table::Table;

/// From the request to the last screen, and what an idle screen takes.
pub(crate) fn measure(args: &Args, table: &mut Table) -> anyhow::Result<()> {
    let server = Server::start(args)?;
    let pid = server.pid().to_string();
    let output = Command::new(&args.binary)
        .args(["load", "screens", "--url", &server.address, "--screens", "5000", "--rate", "10", "--seconds", "20"])
        .args(["--json", "--quiet", "--server-pid", &pid])
        .output()?;
    let report: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("feedme load said: {}", String::from_utf8_lossy(&output.stderr)))?;
    let latencies = report["latencies"].as_array().context("a report has latencies")?;
    let last = latencies.iter().find(|row| row["span"] == "lastScreen").context("the last screen is measured")?;
    let micros = |name: &str| last[name].as_f64().with_context(|| format!("no {name} in {report}"));
    let checks = report["checks"].as_array().context("a report has checks")?;
    let beside = format!("p50 {:.0} ms; aim < 100; nchan 55 to 75", micros("p50")? / 1e3);
    table.add("5,000 screens, 10 orders/s: request to last screen, p99", micros("p99")? / 1e3, "ms", beside);
    let per_screen = report["memory"]["perScreen"].as_f64().context("the memory is measured")?;
    table.add("memory of an idle screen", per_screen / 1024.0, "KiB", "aim < 16; nchan 17");
    writeln!(std::io::stdout(), "{} checks of the screens, exit {}", checks.len(), output.status)?;
    Ok(())
}
