//! Orders are called off, handed over, deleted and restored.

use feedme_kitchen::{Command, OrderId, OrderNumber, Outcome, Refusal, Settings, State, Status, UserId};
use uuid::Uuid;

use crate::story::{CUSTOMER, Duration, Normal, Story, Vip};

/// Where an order may stand when it is named: each is order 1.
const STANDS: [&str; 7] = ["waiting", "cooking", "ready", "collected", "archived", "cancelled", "deleted"];

fn order_that_is(stand: &str) -> Story {
    let mut story = Story::with(Settings { completed_stays_ms: 0, ..Settings::default() });
    story.place(Normal);
    if stand == "waiting" {
        return story;
    }
    let id = story.id(1);
    let then = |story: &mut Story, command| drop(story.ask(command).expect("legal"));
    if stand == "cancelled" {
        then(&mut story, Command::CancelOrder(id));
        return story;
    }
    story.add_bot();
    if stand == "cooking" {
        return story;
    }
    story.advance(10.s());
    match stand {
        "ready" => {}
        "collected" => then(&mut story, Command::CollectOrder(id)),
        "archived" => then(&mut story, Command::ArchiveOrders),
        "deleted" => then(&mut story, Command::DeleteOrder(id)),
        other => panic!("an order cannot be {other}"),
    }
    story
}

/// What becomes of a command in every stand: news, `-` for nothing, or why it is refused.
fn check(command: fn(OrderId) -> Command, expected: [&str; 7]) {
    for (stand, expected) in STANDS.into_iter().zip(expected) {
        let mut story = order_that_is(stand);
        story.news();
        let command = command(story.id(1));
        let outcome = story.ask(command.clone());
        let found = match outcome {
            Err(Refusal::UnknownOrder) => "unknown".into(),
            Err(Refusal::WrongStatus { number: OrderNumber(1), status }) => format!("refused {status:?}"),
            Err(other) => panic!("{command:?} of an order {stand}: {other}"),
            Ok(Outcome::Order(order)) => {
                assert_eq!(order, story.order(1), "the answer is the order as it is now");
                Some(story.news()).filter(|news| !news.is_empty()).unwrap_or("-".into())
            }
            Ok(other) => panic!("{command:?} of an order {stand} answered {other:?}"),
        };
        assert_eq!(found, expected, "{command:?} of an order {stand}");
    }
}

#[test]
fn an_order_is_called_off_while_it_waits_or_cooks() {
    let ready = "refused Complete";
    check(Command::CancelOrder, ["cancelled N1", "cancelled N1, bot 1 idle", ready, ready, ready, "-", "unknown"]);
}

#[test]
fn a_ready_order_is_handed_over() {
    let table =
        ["refused Pending", "refused Processing", "collected N1", "-", "collected N1", "refused Cancelled", "unknown"];
    check(Command::CollectOrder, table);
}

#[test]
fn a_final_order_is_deleted() {
    let gone = "deleted N1";
    check(Command::DeleteOrder, ["refused Pending", "refused Processing", gone, gone, gone, gone, "unknown"]);
}

#[test]
fn a_deletion_or_cancellation_is_undone() {
    let ready = "refused Complete";
    let table = ["refused Pending", "refused Processing", ready, ready, ready, "restored N1", "restored N1"];
    check(Command::RestoreOrder, table);
}

#[test]
fn a_customer_calls_an_own_order_off_while_it_waits() {
    let (cooking, ready) = ("refused Processing", "refused Complete");
    let own = |order| Command::CancelOwnOrder { order, customer: CUSTOMER };
    check(own, ["cancelled N1", cooking, ready, ready, ready, "-", "unknown"]);
    let strangers = |order| Command::CancelOwnOrder { order, customer: UserId(Uuid::nil()) };
    check(strangers, ["unknown"; 7]);
}

#[test]
fn a_customer_undoes_an_own_cancellation_but_no_deletion() {
    let (cooking, ready) = ("refused Processing", "refused Complete");
    let own = |order| Command::UndoOwnCancellation { order, customer: CUSTOMER };
    check(own, ["refused Pending", cooking, ready, ready, ready, "restored N1", "unknown"]);
    let strangers = |order| Command::UndoOwnCancellation { order, customer: UserId(Uuid::nil()) };
    check(strangers, ["unknown"; 7]);
}

#[test]
fn nobody_knows_an_order_that_never_was() {
    let commands = [Command::CancelOrder, Command::CollectOrder, Command::DeleteOrder, Command::RestoreOrder];
    for command in commands {
        let mut story = order_that_is("waiting");
        assert_eq!(story.ask(command(OrderId(Uuid::from_u128(99)))), Err(Refusal::UnknownOrder));
    }
}

#[test]
fn the_bot_of_a_cancelled_order_takes_the_next() {
    let mut story = Story::new();
    story.add_bot();
    story.place(Normal);
    story.place(Normal);
    story.news();
    story.ask(Command::CancelOrder(story.id(1))).expect("it cooks");
    assert_eq!(story.news(), "cancelled N1, started N2@1");
}

#[test]
fn a_restored_order_waits_at_its_old_place() {
    let mut story = Story::new();
    for order_type in [Normal, Normal, Vip] {
        story.place(order_type);
    }
    story.ask(Command::CancelOrder(story.id(1))).expect("it waits");
    story.place(Normal);
    story.advance(60.s());
    story.ask(Command::RestoreOrder(story.id(1))).expect("a minute is not over");
    assert_eq!(story.board(), "waiting V3 N1 N2 N4 / cooking / ready / idle");
}

#[test]
fn a_restored_order_cooks_at_once_when_a_bot_is_idle() {
    let mut story = Story::new();
    story.add_bot();
    story.place(Normal);
    story.ask(Command::CancelOrder(story.id(1))).expect("it cooks");
    let answer = story.ask(Command::RestoreOrder(story.id(1)));
    let Ok(Outcome::Order(order)) = answer else { panic!("restoring answered {answer:?}") };
    assert_eq!(order.status(), Status::Processing);
    assert_eq!(story.board(), "waiting / cooking N1@1 / ready / idle");
}

#[test]
fn a_cancellation_stands_after_a_minute() {
    let mut story = order_that_is("cancelled");
    story.advance(60_001);
    let refused = Refusal::TooLateToRestore { number: OrderNumber(1), window_ms: 60_000 };
    assert_eq!(story.ask(Command::RestoreOrder(story.id(1))), Err(refused));
}

#[test]
fn a_deletion_is_undone_at_any_time_and_first() {
    let mut story = order_that_is("cancelled");
    story.ask(Command::DeleteOrder(story.id(1))).expect("it is final");
    story.advance(59.s());
    story.ask(Command::RestoreOrder(story.id(1))).expect("it is deleted");
    assert_eq!(story.order(1).status(), Status::Cancelled, "what it was before it was deleted");
    story.ask(Command::RestoreOrder(story.id(1))).expect("a minute is not over");
    assert_eq!(story.board(), "waiting N1 / cooking / ready / idle");

    let mut story = order_that_is("deleted");
    story.advance(365 * 24 * 60.mins());
    story.ask(Command::RestoreOrder(story.id(1))).expect("it is deleted");
    assert_eq!(story.board(), "waiting / cooking / ready N1 / idle 1");
}

#[test]
fn a_handed_over_order_tells_when() {
    let mut story = order_that_is("ready");
    story.advance(5.s());
    story.ask(Command::CollectOrder(story.id(1))).expect("it is ready");
    let State::Complete { collected_at, .. } = story.order(1).state else { panic!("it is complete") };
    assert_eq!(collected_at, Some(story.now));
    story.advance(5.s());
    story.ask(Command::CollectOrder(story.id(1))).expect("doing so again changes nothing");
    assert_eq!(story.order(1).updated_at, story.now.minus_ms(5000));
}

#[test]
fn a_vip_order_restored_goes_before_normal_ones() {
    let mut story = Story::new();
    story.place(Vip);
    story.ask(Command::CancelOrder(story.id(1))).expect("it waits");
    story.place(Normal);
    story.ask(Command::RestoreOrder(story.id(1))).expect("a minute is not over");
    story.add_bot();
    assert_eq!(story.board(), "waiting N2 / cooking V1@1 / ready / idle");
}
