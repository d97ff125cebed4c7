//! What is ready stands on the board until it is old, one of too many, or cleared.

use feedme_kitchen::{BOARD_COMPLETE_MAX, Command, Outcome, Settings, SettingsPatch, Status};

use crate::story::{Duration, Normal, Story, Vip};

fn archive(story: &mut Story) {
    assert_eq!(story.ask(Command::ArchiveOrders), Ok(Outcome::Done));
}

#[test]
fn the_board_lists_waiting_then_cooking_then_ready_with_the_newest_first() {
    let mut story = Story::new();
    story.add_bot();
    story.add_bot();
    for order_type in [Normal, Normal, Normal, Normal, Normal, Vip, Normal, Vip] {
        story.place(order_type);
    }
    story.advance(20.s());
    assert_eq!(story.board(), "waiting N5 N7 / cooking N3@1 N4@2 / ready V8 V6 N2 N1 / idle");
    let listed: Vec<_> = story.kitchen.board().map(|order| order.number().0).collect();
    assert_eq!(listed, [5, 7, 3, 4, 8, 6, 2, 1]);
}

#[test]
fn ready_orders_leave_the_board_when_they_have_stood_long_enough() {
    let mut story = Story::new();
    story.add_bot();
    story.place(Normal);
    story.place(Normal);
    story.advance(20.s());
    story.news();
    story.advance(30.mins() - 10_001);
    assert!(!story.kitchen.archive_due(story.now));
    archive(&mut story);
    assert_eq!(story.news(), "");
    story.advance(1);
    assert_eq!(story.kitchen.archive_due_at(), Some(story.now));
    assert!(story.kitchen.archive_due(story.now));
    archive(&mut story);
    assert_eq!(story.news(), "archived N1");
    story.change(SettingsPatch { completed_stays_ms: Some(0), ..SettingsPatch::default() });
    archive(&mut story);
    assert_eq!(story.board(), "waiting / cooking / ready / idle 1");
    assert_eq!(story.order(1).status(), Status::Complete, "it is off the board, not gone");
    archive(&mut story);
}

#[test]
fn a_full_board_lets_the_oldest_go() {
    let mut story = Story::with(Settings { cook_ms: 10, ..Settings::default() });
    story.add_bot();
    for _ in 0..=BOARD_COMPLETE_MAX {
        story.place(Normal);
        story.advance(10);
        assert!(story.kitchen.count(Status::Complete) <= BOARD_COMPLETE_MAX);
    }
    assert_eq!(story.order(1).archived_at, Some(story.now));
    assert_eq!(story.order(2).archived_at, None);
    assert_eq!(story.kitchen.count(Status::Complete), BOARD_COMPLETE_MAX);
}

#[test]
fn clearing_cancels_what_waits_or_cooks_and_archives_what_is_ready() {
    let mut story = Story::new();
    story.add_bot();
    story.add_pull_bot();
    for order_type in [Normal, Vip, Normal] {
        story.place(order_type);
    }
    story.advance(10.s());
    story.news();
    let cleared = story.ask(Command::ClearOrders);
    assert_eq!(cleared, Ok(Outcome::Cleared { cleared: 1, cancelled: 2 }));
    assert_eq!(story.news(), "cleared [3 2] [1]", "one event; that bots idle is implied");
    assert_eq!(story.board(), "waiting / cooking / ready / idle 1 2");
    let statuses = [1, 2, 3].map(|number| story.order(number).status());
    assert_eq!(statuses, [Status::Complete, Status::Cancelled, Status::Cancelled]);
    assert_eq!(story.ask(Command::ClearOrders), Ok(Outcome::Cleared { cleared: 0, cancelled: 0 }));
    assert_eq!(story.news(), "", "an empty board is not cleared again");
    assert_eq!(story.place(Normal), 4, "numbers go on");
    assert_eq!(story.board(), "waiting / cooking N4@1 / ready / idle 2");
}

#[test]
fn what_was_cleared_can_be_restored_for_a_minute() {
    let mut story = Story::new();
    story.place(Normal);
    story.place(Vip);
    story.place(Normal);
    story.ask(Command::ClearOrders).expect("never refused");
    story.advance(60.s());
    for number in [3, 1] {
        story.ask(Command::RestoreOrder(story.id(number))).expect("a minute is not over");
    }
    assert_eq!(story.board(), "waiting N1 N3 / cooking / ready / idle");
    story.advance(1);
    assert!(story.ask(Command::RestoreOrder(story.id(2))).is_err());
}
