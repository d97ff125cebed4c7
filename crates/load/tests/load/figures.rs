//! How the report looks, with figures that do not change.

use feedme_load::report::{Completed, ErrorCount, LatencyRow, Memory, Reads, Report, Requests, Screens, Span};
use feedme_load::{Check, Rule};

fn placed() -> Report {
    let check = |rule, examined| Check { examined, ..Check::new(rule) };
    Report {
        scenario: "place",
        url: "http://127.0.0.1:8080".to_owned(),
        restaurant: None,
        connections: 64,
        rate: None,
        seconds: 1.84,
        interrupted: false,
        requests: Requests { succeeded: 50_000, failed: 13, unsent: 0, per_second: 27_173.9 },
        completed: None,
        reads: None,
        screens: Some(Screens { open: 1, frames: 50_002, reconnects: 0, snapshots_again: 0 }),
        memory: None,
        latencies: vec![
            LatencyRow { span: Span::Place, count: 50_000, p50: 847, p90: 2310, p99: 5900, p999: 11_000, max: 142_000 },
            LatencyRow {
                span: Span::LastScreen,
                count: 50_000,
                p50: 900,
                p90: 2400,
                p99: 6100,
                p999: 12_000,
                max: 143_000,
            },
        ],
        errors: vec![
            ErrorCount { status: Some(503), code: "queueFull".to_owned(), count: 12 },
            ErrorCount { status: None, code: "reset".to_owned(), count: 1 },
        ],
        checks: vec![
            check(Rule::NumbersUnique, 50_000),
            check(Rule::NumbersIncrease, 50_000),
            check(Rule::NumbersGapFree, 49_999),
            check(Rule::EventsContiguous, 50_000),
            check(Rule::OrdersShown, 50_000),
        ],
    }
}

fn watched() -> Report {
    let mut report = Report {
        scenario: "screens",
        restaurant: Some("corner".to_owned()),
        rate: Some(10.0),
        interrupted: true,
        requests: Requests { succeeded: 300, failed: 0, unsent: 4, per_second: 10.0 },
        screens: Some(Screens { open: 5000, frames: 1_500_000, reconnects: 3, snapshots_again: 1 }),
        memory: Some(Memory { before: 41_943_040, after: 120_586_240, per_screen: 15_728 }),
        errors: Vec::new(),
        ..placed()
    };
    report.checks[3].violations = 7;
    report.checks[3].examples = vec!["screen 4: 7-17 came after 7-15".to_owned()];
    report
}

#[test]
fn orders_placed() {
    insta::assert_snapshot!(placed());
}

#[test]
fn screens_that_watched() {
    insta::assert_snapshot!(watched());
}

#[test]
fn orders_seen_through() {
    let completed = Some(Completed { orders: 50_000, per_second: 79.96, backlog: 1_200 });
    let row =
        |span| LatencyRow { span, count: 50_000, p50: 8_470, p90: 23_100, p99: 59_000, p999: 110_000, max: 1_420_000 };
    let latencies = [Span::Place, Span::Started, Span::Completed, Span::Cooking].map(row).into();
    insta::assert_snapshot!(Report { scenario: "lifecycle", completed, latencies, ..placed() });
}

#[test]
fn boards_read() {
    let reads = Some(Reads { full: 20_000, unchanged: 30_000, bytes: 6_000_000_000 });
    insta::assert_snapshot!(Report { scenario: "board", reads, screens: None, ..placed() });
}

#[test]
fn nothing_accepted() {
    let requests = Requests { succeeded: 0, failed: 13, unsent: 0, per_second: 0.0 };
    let report = Report { requests, latencies: Vec::new(), checks: Vec::new(), ..placed() };
    insta::assert_snapshot!(report);
}

#[test]
fn as_json() {
    insta::assert_snapshot!(watched().to_json());
}
