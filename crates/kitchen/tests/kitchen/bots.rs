//! Bots join and leave; an order that loses its bot keeps its place.

use feedme_kitchen::{BotId, BotNumber, Command, Mode, Outcome, Refusal};
use uuid::Uuid;

use crate::story::{Duration, Normal, Story, Vip};

#[test]
fn bots_are_numbered_and_no_number_returns() {
    let mut story = Story::new();
    assert_eq!(story.add_bot().number, BotNumber(1));
    assert_eq!(story.add_pull_bot().number, BotNumber(2));
    story.ask(Command::RemoveNewestBot).expect("there are two");
    assert_eq!(story.add_bot().number, BotNumber(3));
    assert_eq!(story.news(), "bot 1 added, bot 2 added, bot 2 removed, bot 3 added");
}

#[test]
fn adding_a_bot_answers_with_what_it_already_cooks() {
    let mut story = Story::new();
    story.place(Normal);
    assert_eq!(story.add_bot().current, Some(story.id(1)));
    assert_eq!(story.add(Mode::Pull).current, None);
}

#[test]
fn removing_the_newest_bot_at_work_puts_its_order_back_at_its_place() {
    let mut story = Story::new();
    story.add_bot();
    story.add_bot();
    for order_type in [Normal, Normal, Normal, Vip, Normal] {
        story.place(order_type);
    }
    assert_eq!(story.board(), "waiting V4 N3 N5 / cooking N1@1 N2@2 / ready / idle");
    story.news();
    let answer = story.ask(Command::RemoveNewestBot);
    let Ok(Outcome::BotRemoved { bot, returned }) = answer else { panic!("removing answered {answer:?}") };
    assert_eq!((bot.number, bot.current, bot.deleted_at), (BotNumber(2), None, Some(story.now)));
    assert_eq!(returned, Some(story.order(2)));
    assert_eq!(story.board(), "waiting V4 N2 N3 N5 / cooking N1@1 / ready / idle");
    assert_eq!(story.news(), "returned N2, bot 2 removed");
    story.advance(20.s());
    assert_eq!(story.board(), "waiting N3 N5 / cooking N2@1 / ready V4 N1 / idle");
}

#[test]
fn the_returned_order_starts_at_once_on_another_idle_bot() {
    let mut story = Story::new();
    story.add_bot();
    story.place(Normal);
    story.add_bot();
    story.place(Vip);
    story.advance(10.s());
    story.place(Normal);
    story.place(Normal);
    story.advance(4.s());
    story.ask(Command::CancelOrder(story.id(3))).expect("it cooks");
    story.news();
    let answer = story.ask(Command::RemoveNewestBot);
    assert_eq!(story.news(), "returned N4, bot 2 removed, started N4@1");
    let Ok(Outcome::BotRemoved { returned: Some(order), .. }) = answer else { panic!("removing answered {answer:?}") };
    assert_eq!(order.work().expect("the answer shows what followed").started_at, story.now, "it cooks from the start");
    story.advance(9_999);
    assert_eq!(story.board(), "waiting / cooking N4@1 / ready V2 N1 / idle");
}

#[test]
fn any_bot_may_be_removed_once() {
    let mut story = Story::new();
    let (first, second) = (story.add_bot(), story.add_bot());
    story.place(Normal);
    story.ask(Command::RemoveBot(first.id)).expect("it is there");
    assert_eq!(story.board(), "waiting / cooking N1@2 / ready / idle");
    assert_eq!(story.ask(Command::RemoveBot(first.id)), Err(Refusal::UnknownBot));
    assert_eq!(story.ask(Command::RemoveBot(BotId(Uuid::from_u128(99)))), Err(Refusal::UnknownBot));
    story.ask(Command::RemoveBot(second.id)).expect("it is there");
    assert_eq!(story.ask(Command::RemoveNewestBot), Err(Refusal::NoBots));
    assert_eq!(story.board(), "waiting N1 / cooking / ready / idle");
}

#[test]
fn a_timer_of_a_removed_bot_completes_nothing() {
    let mut story = Story::new();
    let bot = story.add_bot();
    story.place(Normal);
    let (_, timer) = story.next_due().expect("order 1 cooks");
    story.ask(Command::RemoveBot(bot.id)).expect("it is there");
    story.add_bot();
    story.advance(5.s());
    story.news();
    story.now = story.now.plus_ms(5_001);
    assert_eq!(story.news(), "");
    assert!(story.ask(timer).is_ok());
    assert_eq!(story.news(), "", "the order now cooks under another claim");
}
