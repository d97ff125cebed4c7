//! What must be so in the end.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::customers::Told;

/// Numbers are exactly 1 to N, without a gap and without a duplicate.
pub(crate) fn numbers(orders: &[Value]) {
    let numbers: Vec<_> = orders.iter().map(|order| order["number"].as_u64().expect("a number")).collect();
    let expected: Vec<_> = (1..=numbers.len() as u64).collect();
    assert_eq!(numbers, expected, "numbers are not 1 to N");
}

/// Every order is complete, was completed once, at its time or so much later at most.
pub(crate) fn completions(orders: &[Value], seen: Option<&BTreeMap<String, u32>>, late_most_ms: i64) {
    for order in orders {
        assert_eq!(order["status"], "COMPLETE", "{order}");
        assert!(at(order, "createdAt") <= at(order, "processingStartedAt"), "{order}");
        let late_ms = at(order, "completedAt") - at(order, "dueAt");
        assert!((0..=late_most_ms).contains(&late_ms), "{late_ms} ms after it was due: {order}");
        if let Some(seen) = seen {
            let id = order["id"].as_str().expect("an id");
            assert_eq!(seen.get(id), Some(&1), "not completed once: {order}");
        }
    }
}

/// No bot has two orders at any time, and claims rise with the starts.
pub(crate) fn bots(orders: &[Value]) {
    let mut cooked = BTreeMap::<&str, Vec<(u64, i64, i64)>>::new();
    for order in orders {
        let claim = order["claim"].as_u64().expect("a claim");
        let stretch = (claim, at(order, "processingStartedAt"), at(order, "completedAt"));
        cooked.entry(order["botId"].as_str().expect("a bot")).or_default().push(stretch);
    }
    let mut claims = BTreeSet::new();
    for (bot, mut stretches) in cooked {
        stretches.sort_unstable();
        for (claim, ..) in &stretches {
            assert!(claims.insert(*claim), "claim {claim} was given out twice");
        }
        for pair in stretches.windows(2) {
            assert!(pair[0].2 <= pair[1].1, "bot {bot} had two orders: {pair:?}");
        }
    }
}

/// Every acknowledged order is there with the content that was acknowledged, each key made one, and whatever was
/// acknowledged before another was asked for has the smaller number.
pub(crate) fn told(orders: &[Value], told: &Told, restaurant: usize) {
    let by_id: BTreeMap<_, _> = orders.iter().map(|order| (order["id"].as_str().expect("an id"), order)).collect();
    let mut promises: Vec<_> = told.orders.iter().filter(|promise| promise.restaurant == restaurant).collect();
    let mut ids = BTreeSet::new();
    for promise in &promises {
        let order = by_id.get(promise.id.as_str()).unwrap_or_else(|| panic!("lost: {promise:?}"));
        assert_eq!(order["number"].as_u64(), Some(promise.number), "{promise:?}");
        assert_eq!(order["type"].as_str(), Some(promise.order_type), "{promise:?}");
        assert_eq!(order["note"].as_str(), Some(promise.key.as_str()), "the note names another request");
        assert!(ids.insert(&promise.id), "two keys got one order: {promise:?}");
    }
    assert_eq!(orders.len(), promises.len(), "a request without an answer left an order that its retry did not find");

    promises.sort_by_key(|promise| promise.asked);
    let mut answered: Vec<_> = promises.iter().map(|promise| (promise.answered, promise.number)).collect();
    answered.sort_unstable();
    let (mut answered, mut highest) = (answered.into_iter().peekable(), 0);
    for promise in promises {
        while let Some((_, number)) = answered.next_if(|(at, _)| *at < promise.asked) {
            highest = highest.max(number);
        }
        assert!(promise.number > highest, "{promise:?} was asked for after {highest} was acknowledged");
    }
}

fn at(order: &Value, field: &str) -> i64 {
    let moment = order[field].as_str().expect("a moment");
    moment.parse::<Timestamp>().expect("moments are as in RFC 3339").as_millisecond()
}
