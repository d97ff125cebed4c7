//! Pull bots, machines or people, ask for orders and say themselves when they are done.

use feedme_kitchen::{BotId, BotNumber, Claim, Command, Completion, Mode, Refusal};
use uuid::Uuid;

use crate::story::{Duration, Normal, Story, Vip};

#[test]
fn a_pull_bot_is_never_dispatched_to_and_has_no_timer() {
    let mut story = Story::new();
    let cook = story.add_pull_bot();
    story.place(Normal);
    story.place(Vip);
    assert_eq!(story.board(), "waiting V2 N1 / cooking / ready / idle 1");
    assert_eq!(story.claim(&cook), Ok(Some(2)));
    assert_eq!(story.order(2).work().expect("it cooks").due_at, None);
    story.advance(60.mins());
    assert_eq!(story.board(), "waiting N1 / cooking V2@1 / ready / idle");
    assert_eq!(story.complete(2, &cook, Claim(1)), Ok(Completion::Completed));
    assert_eq!(story.board(), "waiting N1 / cooking / ready V2 / idle 1");
    assert_eq!(story.news(), "bot 1 added, placed N1, placed V2, started V2@1, completed V2, bot 1 idle");
}

#[test]
fn claims_that_cannot_be() {
    let mut story = Story::new();
    let (pull, auto) = (story.add_pull_bot(), story.add_bot());
    assert_eq!(story.claim(&pull), Ok(None), "nothing waits");
    assert_eq!(story.claim(&auto), Ok(None), "an idle automatic bot may ask");
    story.place(Normal);
    assert_eq!(story.claim(&auto), Err(Refusal::BotBusy { number: BotNumber(2) }));
    story.place(Normal);
    assert_eq!(story.claim(&pull), Ok(Some(2)));
    assert_eq!(story.claim(&pull), Err(Refusal::BotBusy { number: BotNumber(1) }));
    let nobody = BotId(Uuid::from_u128(99));
    assert_eq!(story.ask(Command::ClaimOrder(nobody)), Err(Refusal::UnknownBot));
}

#[test]
fn two_bots_never_get_one_order() {
    let mut story = Story::new();
    let (first, second) = (story.add_pull_bot(), story.add_pull_bot());
    story.place(Normal);
    assert_eq!(story.claim(&first), Ok(Some(1)));
    assert_eq!(story.claim(&second), Ok(None));
}

#[test]
fn a_pull_bot_gives_its_order_back_to_its_place() {
    let mut story = Story::new();
    let cook = story.add_pull_bot();
    for _ in 0..3 {
        story.place(Normal);
    }
    story.claim(&cook).expect("it is idle");
    story.news();
    story.ask(Command::ReturnOrder { bot: cook.id, claim: Claim(1) }).expect("it holds the order");
    assert_eq!(story.news(), "returned N1, bot 1 idle");
    assert_eq!(story.board(), "waiting N1 N2 N3 / cooking / ready / idle 1");
    assert_eq!(story.claim(&cook), Ok(Some(1)));
    assert_eq!(story.claim_of(1), Claim(2));
}

#[test]
fn an_order_given_back_starts_at_once_on_an_idle_automatic_bot() {
    let mut story = Story::new();
    let cook = story.add_pull_bot();
    story.place(Normal);
    story.claim(&cook).expect("it is idle");
    story.add_bot();
    story.news();
    story.ask(Command::ReturnOrder { bot: cook.id, claim: Claim(1) }).expect("it holds the order");
    assert_eq!(story.news(), "returned N1, started N1@2, bot 1 idle");
}

#[test]
fn returns_that_cannot_be() {
    let mut story = Story::new();
    let (pull, auto) = (story.add_pull_bot(), story.add_bot());
    story.place(Normal);
    story.place(Normal);
    story.claim(&pull).expect("it is idle");
    let mut give_back = |bot, claim| story.ask(Command::ReturnOrder { bot, claim: Claim(claim) });
    let (stale, mode) = (Refusal::StaleClaim { number: BotNumber(1) }, Mode::Auto);
    assert_eq!(give_back(auto.id, 1), Err(Refusal::WrongMode { number: BotNumber(2), mode }));
    assert_eq!(give_back(pull.id, 1), Err(stale));
    assert_eq!(give_back(pull.id, 3), Err(stale));
    assert_eq!(give_back(BotId(Uuid::from_u128(99)), 2), Err(Refusal::UnknownBot));
    assert!(give_back(pull.id, 2).is_ok());
    assert_eq!(give_back(pull.id, 2), Err(stale), "it holds nothing any more");
}

#[test]
fn what_comes_with_an_old_claim_changes_nothing() {
    let mut story = Story::new();
    let (slow, quick) = (story.add_pull_bot(), story.add_pull_bot());
    story.place(Normal);
    story.claim(&slow).expect("it is idle");
    story.ask(Command::ReturnOrder { bot: slow.id, claim: Claim(1) }).expect("it holds the order");
    story.claim(&quick).expect("it is idle");
    for (bot, claim) in [(&slow, 1), (&slow, 2), (&quick, 1)] {
        assert_eq!(story.complete(1, bot, Claim(claim)), Ok(Completion::Stale));
    }
    assert_eq!(story.complete(1, &quick, Claim(2)), Ok(Completion::Completed));
    assert_eq!(story.complete(1, &slow, Claim(1)), Ok(Completion::AlreadyFinal));
}
