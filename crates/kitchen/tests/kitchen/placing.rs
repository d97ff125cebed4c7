//! Orders are numbered, queued by class and number, and cooked at once when a bot is idle.

use feedme_kitchen::{Command, Line, OrderNumber, Outcome, Refusal, SettingsPatch, Status, UserId};
use uuid::Uuid;

use crate::story::{Normal, Story, Vip};

#[test]
fn orders_are_numbered_from_one_and_vip_waits_before_normal() {
    let mut story = Story::new();
    for order_type in [Normal, Vip, Normal, Vip] {
        story.place(order_type);
    }
    assert_eq!(story.board(), "waiting V2 V4 N1 N3 / cooking / ready / idle");
    assert_eq!(story.news(), "placed N1, placed V2, placed N3, placed V4");
}

#[test]
fn an_order_keeps_what_it_was_placed_with() {
    let mut story = Story::new();
    let (id, user) = (story.order_id(), UserId(Uuid::from_u128(77)));
    let line = Line { name: "Soup".into(), quantity: 2, note: Some("hot".into()) };
    let placed = story.ask(Command::PlaceOrder {
        id,
        order_type: Vip,
        user: Some(user),
        note: Some("no onions".into()),
        lines: vec![line.clone()],
        external_ref: Some("till-7".into()),
    });
    let Ok(Outcome::Order(order)) = placed else { panic!("placing answered {placed:?}") };
    assert_eq!((order.number(), order.ticket.user, order.status()), (OrderNumber(1), Some(user), Status::Pending));
    assert_eq!(order.ticket.note.as_deref(), Some("no onions"));
    assert_eq!(order.ticket.lines, [line]);
    assert_eq!(order.ticket.external_ref.as_deref(), Some("till-7"));
    assert_eq!(order.ticket.created_at, story.now);
}

#[test]
fn an_idle_bot_takes_a_new_order_in_the_same_step() {
    let mut story = Story::new();
    story.add_bot();
    let answer = story.try_place(Normal);
    let Ok(Outcome::Order(order)) = answer else { panic!("placing answered {answer:?}") };
    assert_eq!(order.status(), Status::Processing, "the answer shows what followed");
    assert_eq!(story.news(), "bot 1 added, placed N1, started N1@1");
}

#[test]
fn a_paused_kitchen_takes_no_orders_and_spends_no_number() {
    let mut story = Story::new();
    story.change(SettingsPatch { accepting_orders: Some(false), ..SettingsPatch::default() });
    assert_eq!(story.try_place(Normal), Err(Refusal::OrderingPaused));
    assert_eq!(story.try_place(Vip), Err(Refusal::OrderingPaused));
    story.change(SettingsPatch { accepting_orders: Some(true), ..SettingsPatch::default() });
    assert_eq!(story.place(Normal), 1);
}

#[test]
fn a_paused_kitchen_finishes_what_it_has() {
    let mut story = Story::new();
    story.place(Normal);
    story.change(SettingsPatch { accepting_orders: Some(false), ..SettingsPatch::default() });
    story.add_bot();
    story.advance(10_000);
    assert_eq!(story.board(), "waiting / cooking / ready N1 / idle 1");
}

#[test]
fn time_that_runs_backwards_counts_as_the_last_moment() {
    let mut story = Story::new();
    story.place(Normal);
    let then = story.now;
    story.now = then.minus_ms(86_400_000);
    story.place(Normal);
    assert_eq!(story.order(2).ticket.created_at, then);
}
