//! A server that behaves: the figures are right and no check fires.

use feedme_load::{LoadError, Rule};

use crate::fake::{Fake, Misbehaviour};
use crate::{args, check, load};

#[test]
fn places_as_many_orders_as_asked() {
    let server = Fake::serve(Misbehaviour::None);
    let report = load(&server, "place --orders 200 --connections 8");
    assert!(report.held(), "{report}");
    assert_eq!((report.requests.succeeded, report.requests.failed), (200, 0));
    assert_eq!(check(&report, Rule::NumbersUnique).examined, 200);
    assert_eq!(check(&report, Rule::NumbersGapFree).examined, 199);
    assert_eq!(check(&report, Rule::OrdersShown).examined, 200);
    assert_eq!(report.latencies[0].count, 200);
}

#[test]
fn sends_a_key_with_each_order_when_asked_to() {
    let server = Fake::serve(Misbehaviour::None);
    load(&server, "place --orders 20 --connections 4 --idempotent");
    let mut keys = server.kitchen().keys.clone();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 20);
}

#[test]
fn keeps_to_a_rate() {
    let server = Fake::serve(Misbehaviour::None);
    let report = load(&server, "place --orders 50 --rate 1000");
    assert!(report.held(), "{report}");
    assert!(report.seconds >= 0.049, "the fiftieth is due after 49 ms, and this took {} s", report.seconds);
}

#[test]
fn sees_orders_through_and_leaves_all_as_it_was() {
    let server = Fake::serve(Misbehaviour::None);
    let report = load(&server, "lifecycle --orders 30 --bots 3 --cook-ms 5 --connections 4");
    assert!(report.held(), "{report}");
    assert_eq!(report.completed.map(|completed| completed.orders), Some(30));
    assert_eq!(check(&report, Rule::OrdersCompleted).examined, 30);
    assert_eq!(check(&report, Rule::NeverEarly).examined, 30);
    let kitchen = server.kitchen();
    assert!(kitchen.bots.is_empty());
    assert_eq!(kitchen.cook_ms, 10_000);
}

#[test]
fn times_each_order_until_the_last_screen_has_it() {
    let server = Fake::serve(Misbehaviour::None);
    let report = load(&server, "screens --screens 20 --orders 10 --rate 500 --connections 2");
    assert!(report.held(), "{report}");
    assert_eq!(check(&report, Rule::EventsContiguous).examined, 200);
    assert_eq!(check(&report, Rule::EventsEqual).examined, 200);
    let counts: Vec<_> = report.latencies.iter().map(|row| row.count).collect();
    assert_eq!(counts, [10, 10, 10, 200], "place, from sending, last screen, every screen");
}

#[test]
fn a_stream_that_is_cut_goes_on_where_it_stopped() {
    let server = Fake::serve(Misbehaviour::CutStream);
    let report = load(&server, "screens --screens 3 --orders 10 --rate 500");
    assert!(report.held(), "{report}");
    let screens = report.screens.expect("there were screens");
    assert_eq!((screens.reconnects, screens.snapshots_again), (1, 0));
    assert_eq!(check(&report, Rule::EventsContiguous).examined, 30);
}

#[test]
fn a_stream_that_goes_on_with_a_snapshot_misses_nothing() {
    let server = Fake::serve(Misbehaviour::ForgetsEvents);
    let report = load(&server, "screens --screens 3 --orders 10 --rate 500");
    assert!(report.held(), "{report}");
    // The run may be over before the other two are back.
    assert!(report.screens.is_some_and(|screens| screens.snapshots_again >= 1), "{report}");
    assert_eq!(check(&report, Rule::OrdersShown).examined, 10);
}

#[test]
fn ctrl_c_ends_it_early_with_a_report_and_all_as_it_was() {
    let server = Fake::serve(Misbehaviour::Interrupted);
    let ctrl_c = server.kitchen().ctrl_c.clone();
    let args = args(&server, "lifecycle --orders 1000 --bots 2 --cook-ms 5 --connections 1");
    let report = feedme_load::run_until(&args, ctrl_c).expect("there is something to report");
    assert!(report.interrupted && report.held(), "{report}");
    assert_eq!(report.requests.succeeded, 5);
    let kitchen = server.kitchen();
    assert!(kitchen.bots.is_empty());
    assert_eq!(kitchen.cook_ms, 10_000);
}

#[test]
fn ctrl_c_before_anything_was_sent_leaves_nothing_to_report() {
    let server = Fake::serve(Misbehaviour::None);
    let ctrl_c = server.kitchen().ctrl_c.clone();
    ctrl_c.cancel();
    let error = feedme_load::run_until(&args(&server, "place"), ctrl_c).expect_err("it was ended");
    assert!(matches!(error, LoadError::Interrupted));
}

#[test]
fn reads_the_board() {
    let server = Fake::serve(Misbehaviour::None);
    let report = load(&server, "board --reads 40 --connections 4 --conditional");
    assert!(report.held(), "{report}");
    let reads = report.reads.expect("boards were read");
    assert_eq!((reads.full, reads.bytes), (40, 40 * 13));
    assert_eq!(check(&report, Rule::NeverBack).examined, 40);
}

#[test]
fn says_when_nobody_listens() {
    let mut server = Fake::serve(Misbehaviour::None);
    // Nothing can listen on this port: it is the one that means "any".
    server.url = "http://127.0.0.1:1".to_owned();
    let error = feedme_load::run(&args(&server, "place")).expect_err("nobody listens");
    assert!(matches!(error, LoadError::Unreachable { .. }));
    assert!(error.to_string().contains("is `feedme serve` running?"), "{error}");
}

#[test]
fn says_when_there_is_no_such_restaurant() {
    let server = Fake::serve(Misbehaviour::Unknown);
    let error = feedme_load::run(&args(&server, "place")).expect_err("there is no such restaurant");
    assert_eq!(error.to_string(), "the server refused to open a screen: 404, told to");
}

#[test]
fn says_when_the_server_process_is_not_there() {
    let server = Fake::serve(Misbehaviour::None);
    let error = feedme_load::run(&args(&server, "screens --server-pid 4294967295")).expect_err("no such process");
    assert!(matches!(error, LoadError::ServerMemory { pid: u32::MAX, .. }));
}
