//! How VIP and NORMAL orders share the bots.

use feedme_kitchen::{OrderNumber, OrderType, Policy, SettingsPatch, Turn};

use crate::story::{Duration, Normal, Story, Vip};

/// Places orders a second apart, lets a pull bot take them all `after_s` seconds after the last one, and
/// tells the order of the starts. Every place in the queue must have been foretold.
fn starts(policy: Policy, orders: &str, after_s: i64) -> String {
    let mut story = Story::under(policy);
    for (place, letter) in orders.chars().enumerate() {
        story.advance(if place == 0 { 0 } else { 1.s() });
        story.place(if letter == 'V' { Vip } else { Normal });
    }
    story.advance(after_s.s());
    drain(&mut story)
}

fn drain(story: &mut Story) -> String {
    let waiting: Vec<_> = story.kitchen.waiting().iter().map(|waiting| waiting.id).collect();
    let mut foretold: Vec<_> =
        waiting.iter().map(|id| (story.kitchen.queue_position(*id, story.now).expect("it waits"), *id)).collect();
    foretold.sort_unstable();
    let foretold: Vec<_> =
        foretold.iter().map(|(_, id)| story.kitchen.order(*id).expect("it is live").number().0).collect();

    let cook = story.add_pull_bot();
    let mut started = Vec::new();
    while let Some(number) = story.claim(&cook).expect("the bot is idle") {
        started.push(number);
        story.complete(number, &cook, story.claim_of(number)).expect("pull bots are done when they say so");
    }
    assert_eq!(foretold, started, "the queue's places are the sequence of the starts");
    started.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn strict_serves_every_vip_order_first() {
    assert_eq!(starts(Policy::Strict, "NNVNV", 0), "3 5 1 2 4");
    assert_eq!(starts(Policy::Strict, "NNVNV", 86_400), "3 5 1 2 4");
    assert_eq!(starts(Policy::Strict, "", 0), "");
}

/// The last order is as old as the wait, the one before a second older, and so on.
#[test]
fn ageing_lets_an_old_normal_order_count_as_vip() {
    let ageing = Policy::Ageing { after_ms: 10_000 };
    let table = [
        ("NVV", 7, "2 3 1"),
        ("NVV", 8, "1 2 3"),
        ("VNV", 8, "1 3 2"),
        ("VNV", 9, "1 2 3"),
        ("VVN", 60, "1 2 3"),
        ("NNVV", 6, "3 4 1 2"),
        ("NNVV", 7, "1 3 4 2"),
        ("NNVV", 8, "1 2 3 4"),
    ];
    for (orders, after_s, expected) in table {
        assert_eq!(starts(ageing, orders, after_s), expected, "{orders} {after_s}");
    }
    assert_eq!(starts(Policy::Ageing { after_ms: 0 }, "NVNV", 0), "1 2 3 4", "at once: first come, first served");
    assert_eq!(starts(Policy::Ageing { after_ms: u64::MAX }, "NVNV", 0), "2 4 1 3", "never: strict");
}

#[test]
fn ratio_alternates_while_both_classes_wait() {
    let table = [
        (2, 1, "NNNVVVV", "4 5 1 6 7 2 3"),
        (1, 1, "NNVV", "3 1 4 2"),
        (1, 2, "NNNNVV", "5 1 2 6 3 4"),
        (3, 1, "VVNNV", "1 2 5 3 4"),
        (1, 1, "VVVN", "1 4 2 3"),
        (5, 5, "NNN", "1 2 3"),
        // Out of range, and all the same it runs.
        (0, 0, "NNVV", "1 2 3 4"),
        (u32::MAX, u32::MAX, "NNVV", "3 4 1 2"),
    ];
    for (vip, normal, orders, expected) in table {
        assert_eq!(starts(Policy::Ratio { vip, normal }, orders, 0), expected, "{vip}:{normal} {orders}");
    }
}

#[test]
fn a_pick_while_one_class_waits_does_not_count() {
    let mut story = Story::under(Policy::Ratio { vip: 1, normal: 1 });
    let cook = story.add_pull_bot();
    for _ in 0..3 {
        let number = story.place(Vip);
        assert_eq!(story.claim(&cook), Ok(Some(number)));
        story.complete(number, &cook, story.claim_of(number)).expect("it is done");
    }
    assert_eq!(story.kitchen.turn(), Turn::default());
    story.place(Normal);
    story.place(Vip);
    assert_eq!(story.claim(&cook), Ok(Some(5)), "the VIP orders before had no rival");
    assert_eq!(story.kitchen.turn(), Turn { vip: 1, normal: 0 });
}

#[test]
fn a_change_of_policy_starts_the_round_anew_and_any_other_change_does_not() {
    let ratio = Policy::Ratio { vip: 2, normal: 1 };
    let mut story = Story::under(ratio);
    for order_type in [Vip, Vip, Vip, Normal] {
        story.place(order_type);
    }
    story.add_bot();
    let round = Turn { vip: 1, normal: 0 };
    assert_eq!(story.kitchen.turn(), round);
    story.change(SettingsPatch { cook_ms: Some(1), policy: Some(ratio), ..SettingsPatch::default() });
    assert_eq!(story.kitchen.turn(), round);
    story.change(SettingsPatch { policy: Some(Policy::Ratio { vip: 1, normal: 1 }), ..SettingsPatch::default() });
    assert_eq!(story.kitchen.turn(), Turn::default());
    assert_eq!(drain(&mut story), "2 4 3");
}

#[test]
fn deadline_serves_the_earliest_deadline_and_a_tie_goes_to_vip() {
    let deadline = Policy::Deadline { vip_ms: 10_000, normal_ms: 13_000 };
    let table = [("NNNNV", "1 5 2 3 4"), ("NNNV", "4 1 2 3"), ("NNNNNV", "1 2 6 3 4 5"), ("VN", "1 2"), ("NV", "2 1")];
    for (orders, expected) in table {
        assert_eq!(starts(deadline, orders, 0), expected, "{orders}");
        assert_eq!(starts(deadline, orders, 86_400), expected, "{orders}: waiting changes no deadline");
    }
    assert_eq!(
        starts(Policy::Deadline { vip_ms: u64::MAX, normal_ms: u64::MAX }, "NV", 0),
        "2 1",
        "a tie at the end of time"
    );
    assert_eq!(
        starts(Policy::Deadline { vip_ms: 60_000, normal_ms: 0 }, "VN", 0),
        "2 1",
        "NORMAL may be the urgent class"
    );
}

#[test]
fn a_change_of_policy_affects_later_picks_only() {
    let mut story = Story::new();
    for order_type in [Normal, Normal, Vip] {
        story.place(order_type);
    }
    story.add_bot();
    story.change(SettingsPatch { policy: Some(Policy::Ageing { after_ms: 0 }), ..SettingsPatch::default() });
    assert_eq!(story.board(), "waiting N1 N2 / cooking V3@1 / ready / idle");
    story.place(Vip);
    story.advance(10.s());
    assert_eq!(story.board(), "waiting V4 N2 / cooking N1@1 / ready V3 / idle");
}

#[test]
fn only_waiting_orders_have_a_place() {
    let mut story = Story::new();
    story.add_bot();
    story.place(Normal);
    story.place(Normal);
    let place = |story: &Story, number| story.kitchen.queue_position(story.id(number), story.now);
    assert_eq!((place(&story, 1), place(&story, 2)), (None, Some(1)));
    story.place(Vip);
    assert_eq!((place(&story, 2), place(&story, 3)), (Some(2), Some(1)));
    story.advance(10.s());
    assert_eq!((place(&story, 1), place(&story, 3)), (None, None));
    let unknown = story.order_id();
    assert_eq!(story.kitchen.queue_position(unknown, story.now), None);
}

#[test]
fn the_queues_tell_their_length() {
    let mut story = Story::new();
    assert!(story.kitchen.waiting().is_empty());
    for order_type in [Normal, Vip, Normal] {
        story.place(order_type);
    }
    let waiting = story.kitchen.waiting();
    assert_eq!((waiting.len(OrderType::Vip), waiting.len(OrderType::Normal)), (1, 2));
    assert!(waiting.contended() && !waiting.is_empty());
    assert_eq!(waiting.iter().map(|waiting| waiting.number).collect::<Vec<_>>(), [2, 1, 3].map(OrderNumber));
}
