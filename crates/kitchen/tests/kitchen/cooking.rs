//! Bots take orders, cook them for as long as the settings say, and go on to the next.

use feedme_kitchen::{
    Claim, Command, Completion, Mode, Outcome, Refusal, Settings, SettingsPatch, State, Status, Time,
};

use crate::story::{Duration, Normal, OPENING, Story, Vip};

#[test]
fn the_lowest_idle_bot_goes_first() {
    let mut story = Story::new();
    for _ in 0..3 {
        story.add_bot();
    }
    story.place(Normal);
    story.advance(1.s());
    story.place(Normal);
    story.advance(9.s());
    assert_eq!(story.board(), "waiting / cooking N2@2 / ready N1 / idle 1 3");
    story.place(Vip);
    assert_eq!(story.board(), "waiting / cooking N2@2 V3@1 / ready N1 / idle 3");
}

#[test]
fn a_new_bot_takes_what_waits_longest_in_the_best_class() {
    let mut story = Story::new();
    for order_type in [Normal, Vip, Vip] {
        story.place(order_type);
    }
    story.add_bot();
    assert_eq!(story.board(), "waiting V3 N1 / cooking V2@1 / ready / idle");
}

#[test]
fn an_order_cooks_for_the_cook_time_and_its_bot_takes_the_next() {
    let mut story = Story::new();
    story.place(Normal);
    story.place(Normal);
    story.add_bot();
    story.news();
    story.advance(9_999);
    assert_eq!(story.news(), "");
    story.advance(1);
    assert_eq!(story.news(), "completed N1, started N2@1");
    story.advance(10.s());
    assert_eq!(story.news(), "completed N2, bot 1 idle");
    let State::Complete { work, completed_at, .. } = story.order(2).state else { panic!("order 2 is complete") };
    assert_eq!((work.started_at, work.due_at), (OPENING.plus_ms(10_000), Some(OPENING.plus_ms(20_000))));
    assert_eq!(completed_at, OPENING.plus_ms(20_000));
}

#[test]
fn a_new_cook_time_holds_for_later_starts() {
    let mut story = Story::new();
    story.add_bot();
    story.place(Normal);
    story.place(Normal);
    story.change(SettingsPatch { cook_ms: Some(3000), ..SettingsPatch::default() });
    story.advance(10.s());
    assert_eq!(story.board(), "waiting / cooking N2@1 / ready N1 / idle");
    story.advance(3.s());
    assert_eq!(story.board(), "waiting / cooking / ready N2 N1 / idle 1");
}

#[test]
fn cooking_may_take_no_time_at_all() {
    let mut story = Story::with(Settings { cook_ms: 0, ..Settings::default() });
    story.add_bot();
    story.place(Normal);
    story.place(Vip);
    story.advance(0);
    assert_eq!(story.board(), "waiting / cooking / ready V2 N1 / idle 1");
}

/// Each row: which order, bot and claim a completion names while order 1 cooks under claim 1 with bot 1,
/// order 2 under claim 2 with bot 2 and order 3 waits; and what becomes of it, once its time is up.
#[test]
fn a_completion_needs_the_order_its_bot_and_its_claim() {
    use Completion::{Completed, Stale};
    let table = [
        (1, 0, 1, Completed),
        (2, 1, 2, Completed),
        (1, 0, 2, Stale),
        (1, 0, 0, Stale),
        (1, 1, 1, Stale),
        (1, 1, 2, Stale),
        (3, 0, 1, Stale),
        (3, 0, 3, Stale),
    ];
    for (number, bot, claim, expected) in table {
        let mut story = Story::new();
        let bots = [story.add_bot(), story.add_bot()];
        for _ in 0..3 {
            story.place(Normal);
        }
        story.now = story.now.plus_ms(10_000);
        let before = story.kitchen.clone();
        assert_eq!(story.complete(number, &bots[bot], Claim(claim)), Ok(expected), "{number} {bot} {claim}");
        assert_eq!(story.kitchen == before, expected == Stale, "what is stale changes nothing");
    }
}

#[test]
fn completing_twice_changes_nothing_the_second_time() {
    let mut story = Story::new();
    let bot = story.add_bot();
    story.place(Normal);
    story.advance(10.s());
    let before = story.kitchen.clone();
    for claim in [1, 99] {
        assert_eq!(story.complete(1, &bot, Claim(claim)), Ok(Completion::AlreadyFinal));
    }
    assert_eq!(story.kitchen, before);
}

#[test]
fn a_cancelled_or_archived_order_is_final_to_a_late_completion() {
    let mut story = Story::with(Settings { completed_stays_ms: 0, ..Settings::default() });
    let bot = story.add_bot();
    story.place(Normal);
    story.ask(Command::CancelOrder(story.id(1))).expect("it cooks");
    assert_eq!(story.complete(1, &bot, Claim(1)), Ok(Completion::AlreadyFinal));
    story.place(Normal);
    story.advance(10.s());
    story.ask(Command::ArchiveOrders).expect("never refused");
    assert_eq!(story.complete(2, &bot, Claim(2)), Ok(Completion::AlreadyFinal));
}

#[test]
fn an_automatic_bots_order_is_not_done_before_it_is_due() {
    let mut story = Story::new();
    let bot = story.add_bot();
    story.place(Normal);
    story.advance(9_999);
    let number = story.order(1).number();
    let due_at = Time(OPENING.0 + 10.s());
    assert_eq!(story.complete(1, &bot, Claim(1)), Err(Refusal::TooEarly { number, due_at }));
}

#[test]
fn a_completion_of_an_unknown_or_deleted_order_is_refused() {
    let mut story = Story::new();
    let bot = story.add_bot();
    let unknown = story.order_id();
    let ask = Command::CompleteOrder { order: unknown, bot: bot.id, claim: Claim(1) };
    assert_eq!(story.ask(ask), Err(Refusal::UnknownOrder));
    story.place(Normal);
    story.advance(10.s());
    story.ask(Command::DeleteOrder(story.id(1))).expect("it is final");
    assert_eq!(story.complete(1, &bot, Claim(1)), Err(Refusal::UnknownOrder));
}

#[test]
fn a_completion_answers_with_the_order_even_when_it_leaves_a_full_board_at_once() {
    let mut story = Story::with(Settings { cook_ms: 0, ..Settings::default() });
    // A pull bot holds order 1 until the board is full of orders completed in the same millisecond.
    let slow = story.add(Mode::Pull);
    story.place(Normal);
    story.claim(&slow).expect("it is idle");
    story.add_bot();
    for _ in 0..feedme_kitchen::BOARD_COMPLETE_MAX {
        story.place(Normal);
        story.advance(0);
    }
    let answer = story.ask(Command::CompleteOrder { order: story.id(1), bot: slow.id, claim: Claim(1) });
    let Ok(Outcome::Completion { order, .. }) = answer else { panic!("completing answered {answer:?}") };
    assert_eq!(order.archived_at, Some(story.now), "the answer shows what followed");
    assert_eq!(story.kitchen.count(Status::Complete), feedme_kitchen::BOARD_COMPLETE_MAX);
}
