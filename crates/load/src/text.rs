//! The report as people read it.

use std::fmt::{Display, Formatter, Result, Write as _};

use crate::report::{ErrorCount, LatencyRow, Report, Span};

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.heading(f)?;
        self.totals(f)?;
        self.latencies(f)?;
        self.verdicts(f)
    }
}

impl Report {
    fn heading(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} on {}", self.scenario, self.url)?;
        if let Some(restaurant) = &self.restaurant {
            write!(f, ", restaurant {restaurant}")?;
        }
        write!(f, ": {} connection{}, ", self.connections, if self.connections == 1 { "" } else { "s" })?;
        match self.rate {
            Some(rate) => writeln!(f, "{rate} requests a second")?,
            None => writeln!(f, "each asks again once it is answered")?,
        }
        if self.interrupted {
            writeln!(f, "ended early")?;
        }
        writeln!(f)
    }

    fn totals(&self, f: &mut Formatter<'_>) -> Result {
        let requests = self.requests;
        let name = if self.reads.is_some() { "reads" } else { "placed" };
        let per_second = rate(requests.per_second);
        let each = format!("{per_second} a second over {:.2} s", self.seconds);
        line(f, name, requests.succeeded, &each)?;
        if let Some(reads) = self.reads {
            line(f, "unchanged", reads.unchanged, "answered 304")?;
            line(f, "full", reads.full, &format!("answered 200, {} in all", size(reads.bytes)))?;
        }
        if let Some(completed) = self.completed {
            line(f, "completed", completed.orders, &format!("{} a second", rate(completed.per_second)))?;
            if completed.backlog > 0 {
                line(f, "backlog", completed.backlog, "waited before the run; bots cook these first")?;
            }
        }
        if let Some(screens) = self.screens {
            let mut frames = format!("{} frames", count(screens.frames));
            if screens.reconnects > 0 {
                let _ = write!(frames, ", {} reconnected", count(screens.reconnects));
            }
            if screens.snapshots_again > 0 {
                let _ = write!(frames, ", {} of them with a snapshot", count(screens.snapshots_again));
            }
            line(f, if screens.open == 1 { "screen" } else { "screens" }, screens.open as u64, &frames)?;
        }
        if let Some(memory) = self.memory {
            writeln!(
                f,
                "  {:<10}{:>12}  a screen: the server went from {} to {}",
                "memory",
                size(memory.per_screen),
                size(memory.before),
                size(memory.after)
            )?;
        }
        if requests.unsent > 0 {
            line(f, "unsent", requests.unsent, "were due, but the server did not keep up with the rate")?;
        }
        for error in &self.errors {
            line(f, "failed", error.count, &words(error))?;
        }
        writeln!(f)
    }

    fn latencies(&self, f: &mut Formatter<'_>) -> Result {
        if self.latencies.is_empty() {
            return Ok(());
        }
        let header = ["p50", "p90", "p99", "p99.9", "max"].map(|name| format!("{name:>10}")).concat();
        writeln!(f, "  {:<32}{header}", "latency")?;
        let one_screen = self.screens.is_some_and(|screens| screens.open == 1);
        for row in &self.latencies {
            let LatencyRow { p50, p90, p99, p999, max, .. } = *row;
            let cells = [p50, p90, p99, p999, max].map(|micros| format!("{:>10}", time(micros))).concat();
            let title = if one_screen { row.span.title_with_one_screen() } else { row.span.title() };
            writeln!(f, "  {title:<32}{cells}")?;
        }
        writeln!(f)
    }

    fn verdicts(&self, f: &mut Formatter<'_>) -> Result {
        for check in &self.checks {
            let mark = if check.held() { '✓' } else { '✗' };
            write!(f, "  {mark} {:<40}{:>12}", check.rule.title(), count(check.examined))?;
            if check.held() {
                writeln!(f)?;
                continue;
            }
            writeln!(f, "  {} broken", count(check.violations))?;
            for example in &check.examples {
                writeln!(f, "      {example}")?;
            }
            let more = check.violations - check.examples.len() as u64;
            if more > 0 {
                writeln!(f, "      … and {} more", count(more))?;
            }
        }
        if !self.checks.is_empty() {
            writeln!(f)?;
        }
        let broken = self.checks.iter().filter(|check| !check.held()).count();
        match (broken, self.requests.succeeded) {
            (0, 0) => writeln!(f, "Not one request succeeded, so nothing was checked."),
            (0, _) => writeln!(f, "All checks held."),
            (1, _) => writeln!(f, "1 check failed."),
            (broken, _) => writeln!(f, "{broken} checks failed."),
        }
    }
}

impl Span {
    fn title_with_one_screen(self) -> &'static str {
        if self == Self::LastScreen { "until the screen shows it" } else { self.title() }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Place => "place an order",
            Self::PlaceSent => "  counted from sending it",
            Self::Read => "read the board",
            Self::ReadSent => "  counted from asking",
            Self::LastScreen => "until the last screen shows it",
            Self::EveryScreen => "until a screen shows it",
            Self::Started => "until it cooks",
            Self::Completed => "until it is complete",
            Self::Cooking => "from cooking to complete",
        }
    }
}

fn line(f: &mut Formatter<'_>, name: &str, value: u64, remark: &str) -> Result {
    writeln!(f, "  {name:<10}{:>12}  {remark}", count(value))
}

fn words(error: &ErrorCount) -> String {
    match error.status {
        Some(status) if error.code.is_empty() => format!("answered {status}, without a code"),
        Some(status) => format!("answered {status} {}", error.code),
        None => match error.code.as_str() {
            "connect" => "could not connect".to_owned(),
            "reset" => "connection reset".to_owned(),
            "closed" => "connection closed before the answer".to_owned(),
            "timeout" => "no answer in time".to_owned(),
            _ => "answer not understood".to_owned(),
        },
    }
}

/// 1234567 as 1,234,567.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A rate: whole from 100 on, with a decimal below.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is positive and small")]
pub(crate) fn rate(per_second: f64) -> String {
    if per_second < 100.0 { format!("{per_second:.1}") } else { count(per_second.round() as u64) }
}

/// Microseconds with the unit that reads best, to three digits.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn time(micros: u64) -> String {
    let value = micros as f64;
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{:.2} ms", value / 1e3),
        10_000..100_000 => format!("{:.1} ms", value / 1e3),
        100_000..1_000_000 => format!("{:.0} ms", value / 1e3),
        1_000_000..10_000_000 => format!("{:.2} s", value / 1e6),
        _ => format!("{:.1} s", value / 1e6),
    }
}

/// Bytes with the unit that reads best.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn size(bytes: u64) -> String {
    let value = bytes as f64;
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..0x10_0000 => format!("{:.1} KiB", value / 1024.0),
        0x10_0000..0x4000_0000 => format!("{:.1} MiB", value / 1_048_576.0),
        _ => format!("{:.2} GiB", value / 1_073_741_824.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_easy_to_read() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        let times = [7, 999, 2310, 23_100, 231_000, 2_310_000, 23_100_000].map(time);
        assert_eq!(times, ["7 µs", "999 µs", "2.31 ms", "23.1 ms", "231 ms", "2.31 s", "23.1 s"]);
        assert_eq!([9.96, 1234.6].map(rate), ["10.0", "1,235"]);
        assert_eq!([512, 15_565, 3 << 20].map(size), ["512 B", "15.2 KiB", "3.0 MiB"]);
    }
}
