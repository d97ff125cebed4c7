//! Settings and numbers.

use feedme_kitchen::{BotNumber, Claim, Command, Counters, OrderNumber, Outcome, Policy, Settings, SettingsPatch};

use crate::story::{Duration, Normal, Story};

#[test]
fn a_patch_changes_what_it_names() {
    let mut story = Story::new();
    let patch = SettingsPatch { cook_ms: Some(1), ..SettingsPatch::default() };
    let changed = Settings { cook_ms: 1, ..Settings::default() };
    assert_eq!(story.ask(Command::ChangeSettings(patch)), Ok(Outcome::Settings(changed)));
    let patch =
        SettingsPatch { completed_stays_ms: Some(2), accepting_orders: Some(false), ..SettingsPatch::default() };
    let changed = Settings { completed_stays_ms: 2, accepting_orders: false, ..changed };
    assert_eq!(story.ask(Command::ChangeSettings(patch)), Ok(Outcome::Settings(changed)));
    let patch = SettingsPatch { policy: Some(Policy::Ratio { vip: 2, normal: 1 }), ..SettingsPatch::default() };
    story.change(patch);
    assert_eq!(story.kitchen.settings().policy, Policy::Ratio { vip: 2, normal: 1 });
    assert_eq!(story.news(), "settings changed, settings changed, settings changed");
}

#[test]
fn a_patch_that_changes_nothing_makes_no_event() {
    let mut story = Story::new();
    story.change(SettingsPatch::default());
    story.change(SettingsPatch { cook_ms: Some(10_000), policy: Some(Policy::Strict), ..SettingsPatch::default() });
    assert_eq!(story.news(), "");
}

#[test]
fn skipped_numbers_are_never_given_out() {
    let mut story = Story::new();
    story.add_bot();
    story.place(Normal);
    story.ask(Command::SkipNumbers { count: 1000 }).expect("never refused");
    let counters = Counters { next_order: OrderNumber(1002), next_bot: BotNumber(1002), next_claim: Claim(1002) };
    assert_eq!(story.kitchen.counters(), counters);
    assert_eq!(story.place(Normal), 1002);
    assert_eq!(story.add_bot().number, BotNumber(1002));
    assert_eq!(story.claim_of(1002), Claim(1002));
    story.advance(10.s());
    assert_eq!(story.board(), "waiting / cooking / ready N1002 N1 / idle 1 1002");
}
