//! A server that breaks one promise: that check fires, and no other.

use feedme_load::{Report, Rule};

use crate::fake::{Fake, Misbehaviour};
use crate::{check, load};

/// One connection, so that which order is the fifth is known.
const PLACE: &str = "place --orders 10 --connections 1";
const SCREENS: &str = "screens --screens 3 --orders 10 --rate 500 --connections 1";
const LIFECYCLE: &str = "lifecycle --orders 10 --bots 2 --cook-ms 1 --connections 1";

/// Which checks failed, with how often and the first example.
fn broken(report: &Report) -> Vec<(Rule, u64, &str)> {
    let broken = report.checks.iter().filter(|check| !check.held());
    broken.map(|check| (check.rule, check.violations, check.examples[0].as_str())).collect()
}

fn broken_by(misbehaviour: Misbehaviour, words: &str, expected: &[(Rule, u64, &str)]) {
    let report = load(&Fake::serve(misbehaviour), words);
    assert_eq!(broken(&report), expected, "{report}");
    assert!(!report.held());
}

#[test]
fn a_number_given_twice() {
    broken_by(
        Misbehaviour::DuplicateNumber,
        PLACE,
        &[
            (Rule::NumbersUnique, 1, "number 4 was acknowledged twice"),
            (Rule::NumbersIncrease, 1, "4 was asked for after 4 was acknowledged"),
            (Rule::NumbersGapFree, 2, "4 was placed after 4"),
        ],
    );
}

#[test]
fn a_number_left_out() {
    broken_by(Misbehaviour::Gap, PLACE, &[(Rule::NumbersGapFree, 1, "6 was placed after 4")]);
}

#[test]
fn a_number_smaller_than_one_acknowledged_before() {
    broken_by(
        Misbehaviour::OldNumber,
        PLACE,
        &[
            (Rule::NumbersIncrease, 1, "0 was asked for after 4 was acknowledged"),
            (Rule::NumbersGapFree, 2, "0 was placed after 4"),
        ],
    );
}

#[test]
fn an_event_that_comes_twice() {
    let report = load(&Fake::serve(Misbehaviour::RepeatedEvent), SCREENS);
    assert_eq!(check(&report, Rule::EventsContiguous).violations, 1, "{report}");
    assert!(check(&report, Rule::EventsContiguous).examples[0].ends_with("7-5 came after 7-5"), "{report}");
    assert_eq!(broken(&report).len(), 1);
}

#[test]
fn an_event_that_one_screen_misses() {
    let report = load(&Fake::serve(Misbehaviour::SkippedEvent), SCREENS);
    assert!(check(&report, Rule::EventsContiguous).examples[0].ends_with("7-6 came after 7-4"), "{report}");
    assert_eq!(check(&report, Rule::EventsContiguous).violations, 1);
}

#[test]
fn an_event_that_differs_on_one_screen() {
    let report = load(&Fake::serve(Misbehaviour::DifferentEvent), SCREENS);
    assert!(check(&report, Rule::EventsEqual).violations >= 1, "{report}");
}

#[test]
fn an_order_that_comes_to_no_screen() {
    broken_by(
        Misbehaviour::NeverShown,
        &format!("{PLACE} --patience 0.5"),
        &[
            (Rule::NumbersGapFree, 1, "6 was placed after 4"),
            (Rule::OrdersShown, 1, "order 5 was acknowledged but never shown"),
        ],
    );
}

#[test]
fn an_order_that_is_never_completed() {
    broken_by(
        Misbehaviour::NeverCompleted,
        &format!("{LIFECYCLE} --patience 0.5"),
        &[(Rule::OrdersCompleted, 1, "order 5 was never completed")],
    );
}

#[test]
fn an_order_completed_twice() {
    broken_by(Misbehaviour::CompletedTwice, LIFECYCLE, &[(Rule::CompletedOnce, 1, "order 5 was completed again")]);
}

#[test]
fn an_order_completed_early() {
    let told = "order 5 was completed at 2026-01-01T10:00:00.009Z but due at 2026-01-01T10:00:00.010Z";
    broken_by(Misbehaviour::Early, LIFECYCLE, &[(Rule::NeverEarly, 1, told)]);
}

#[test]
fn bots_that_stay() {
    broken_by(Misbehaviour::KeepsBots, LIFECYCLE, &[(Rule::LeftAsFound, 2, "bot 1 is still there: 500 told to")]);
}

#[test]
fn a_board_that_goes_back() {
    broken_by(
        Misbehaviour::OldBoard,
        "board --reads 10 --connections 1",
        &[(Rule::NeverBack, 1, "version 1 was answered after 4 had been seen")],
    );
}

#[test]
fn refusals_are_counted_by_code_and_are_no_broken_promise() {
    let report = load(&Fake::serve(Misbehaviour::Unavailable), PLACE);
    assert!(report.held(), "{report}");
    assert_eq!((report.requests.succeeded, report.requests.failed), (5, 5));
    let error = &report.errors[0];
    assert_eq!((error.status, error.code.as_str(), error.count), (Some(503), "queueFull", 5));
}

#[test]
fn a_broken_connection_is_counted_and_made_anew() {
    let report = load(&Fake::serve(Misbehaviour::Hangs), PLACE);
    assert_eq!((report.requests.succeeded, report.requests.failed), (9, 1), "{report}");
    assert_eq!((report.errors[0].status, report.errors[0].code.as_str()), (None, "closed"));
}

#[test]
fn a_stall_is_not_hidden_by_the_requests_that_it_held_up() {
    let report =
        load(&Fake::serve(Misbehaviour::Stall), "place --orders 400 --rate 1000 --connections 1 --vip-share 0");
    let [from_due, from_sent] = &report.latencies[..2] else { panic!("an open loop has both: {report}") };
    // Of 400 requests 200 waited for the fifth; only the fifth itself was slow from when it was sent.
    assert!(from_due.p90 >= 100_000, "{report}");
    assert!(from_due.p99 > 2 * from_sent.p90, "{report}");
    assert!(from_sent.max >= 200_000, "{report}");
}

#[test]
fn a_server_that_does_not_keep_up_leaves_requests_unsent() {
    let report = load(&Fake::serve(Misbehaviour::Stall), "place --seconds 0.1 --rate 1000 --connections 1");
    assert!(report.requests.unsent >= 50, "{report}");
}
