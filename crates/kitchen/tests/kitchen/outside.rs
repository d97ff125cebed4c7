//! Completions from outside: a service says that the time of an automatic bot's order is up, with or without the
//! claim, late, twice or out of order.

use feedme_kitchen::{Bot, Claim, Command, Completion, Outcome, Refusal};

use crate::story::{Duration, Normal, Story};

impl Story {
    fn complete_due(&mut self, number: u64, bot: &Bot, claim: Option<Claim>) -> Result<Completion, Refusal> {
        match self.ask(Command::CompleteDue { order: self.id(number), bot: bot.id, claim })? {
            Outcome::Completion { completion, .. } => Ok(completion),
            other => panic!("completing answered {other:?}"),
        }
    }

    /// Lets time pass without any timer.
    fn wait(&mut self, ms: i64) {
        self.now.0 += ms;
    }
}

#[test]
fn what_is_due_is_completed_with_or_without_a_claim() {
    for claim in [None, Some(Claim(1))] {
        let mut story = Story::new();
        let bot = story.add_bot();
        story.place(Normal);
        story.place(Normal);
        story.wait(9_999);
        assert!(matches!(story.complete_due(1, &bot, claim), Err(Refusal::TooEarly { .. })));
        story.wait(1);
        assert_eq!(story.complete_due(1, &bot, claim), Ok(Completion::Completed));
        assert_eq!(story.board(), "waiting / cooking N2@1 / ready N1 / idle");
        assert_eq!(story.complete_due(1, &bot, claim), Ok(Completion::AlreadyFinal));
    }
}

#[test]
fn a_late_word_about_an_earlier_start_completes_nothing_too_early() {
    let mut story = Story::new();
    let bot = story.add_bot();
    story.place(Normal);
    story.wait(6.s());
    // The same bot starts the same order anew.
    story.ask(Command::CancelOrder(story.id(1))).expect("it cooks");
    story.ask(Command::RestoreOrder(story.id(1))).expect("it was cancelled just now");
    assert_eq!(story.claim_of(1), Claim(2));
    story.wait(4.s());
    assert_eq!(story.complete_due(1, &bot, Some(Claim(1))), Ok(Completion::Stale));
    assert!(matches!(story.complete_due(1, &bot, None), Err(Refusal::TooEarly { .. })));
    story.wait(6.s());
    assert_eq!(story.complete_due(1, &bot, Some(Claim(1))), Ok(Completion::Stale));
    assert_eq!(story.complete_due(1, &bot, None), Ok(Completion::Completed), "its own time is up");
}

#[test]
fn what_waits_or_cooks_with_another_bot_is_not_meant() {
    let mut story = Story::new();
    let first = story.add_bot();
    story.place(Normal);
    let second = story.add_bot();
    story.wait(10.s());
    assert_eq!(story.complete_due(1, &second, None), Ok(Completion::Stale));
    story.ask(Command::RemoveBot(second.id)).expect("it is there");
    story.ask(Command::RemoveBot(first.id)).expect("it is there");
    assert_eq!(story.complete_due(1, &first, None), Ok(Completion::Stale));
    assert_eq!(story.board(), "waiting N1 / cooking / ready / idle");
}

#[test]
fn a_pull_bot_alone_says_when_it_is_done() {
    let mut story = Story::new();
    let cook = story.add_pull_bot();
    story.place(Normal);
    story.claim(&cook).expect("it is idle");
    story.wait(60.mins());
    for claim in [None, Some(Claim(1))] {
        assert_eq!(story.complete_due(1, &cook, claim), Ok(Completion::Stale));
    }
    assert_eq!(story.complete(1, &cook, Claim(1)), Ok(Completion::Completed));
}
