//! What must be so in the end, whatever was lost.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

/// Every order that was not called off is complete, at its time or so much later at most.
pub(crate) fn completions(orders: &[Value], late_most_ms: i64) {
    for order in orders.iter().filter(|order| order["status"] != "CANCELLED") {
        assert_eq!(order["status"], "COMPLETE", "{order}");
        assert!(at(order, "createdAt") <= at(order, "processingStartedAt"), "{order}");
        let late_ms = at(order, "completedAt") - at(order, "dueAt");
        assert!((0..=late_most_ms).contains(&late_ms), "{late_ms} ms after it was due: {order}");
    }
}

/// No bot has two orders at any time, and claims rise with the starts.
pub(crate) fn bots(orders: &[Value]) {
    let mut cooked = BTreeMap::<&str, Vec<(u64, i64, i64)>>::new();
    for order in orders.iter().filter(|order| order["status"] != "CANCELLED") {
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

fn at(order: &Value, field: &str) -> i64 {
    let moment = order[field].as_str().expect("a moment");
    moment.parse::<Timestamp>().expect("moments are as in RFC 3339").as_millisecond()
}
