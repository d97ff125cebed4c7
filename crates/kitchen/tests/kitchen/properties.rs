//! Any sequence of commands, at any times, keeps the rules. The story itself watches every step: see
//! [`Story::ask`].

use feedme_kitchen::{BotId, Claim, Command, Kitchen, Log, Mode, OrderId, Policy, Settings, SettingsPatch};
use proptest::prelude::*;
use uuid::Uuid;

use crate::story::{Normal, Story, Vip};

/// Something to ask. Orders and bots are meant by a draw among those there ever were, so that most commands
/// hit something and some hit what is long gone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    Place { vip: bool },
    Order(fn(OrderId) -> Command, usize),
    Complete { order: usize, bot: Option<usize>, claim: Option<u64> },
    FireTimer,
    Clear,
    Archive,
    AddBot(Mode),
    RemoveBot(usize),
    RemoveNewest,
    Claim(usize),
    Return { bot: usize, claim: Option<u64> },
    Change(SettingsPatch),
    Skip(u64),
    Rename(u8),
    ArchiveRestaurant,
    RestoreRestaurant,
    Wait(i64),
}

fn policy() -> impl Strategy<Value = Policy> {
    prop_oneof![
        2 => Just(Policy::Strict),
        1 => (0..20_000_u64).prop_map(|after_ms| Policy::Ageing { after_ms }),
        1 => (0..4_u32, 0..4_u32).prop_map(|(vip, normal)| Policy::Ratio { vip, normal }),
        1 => (0..20_000_u64, 0..20_000_u64).prop_map(|(vip_ms, normal_ms)| Policy::Deadline { vip_ms, normal_ms }),
    ]
}

fn patch() -> impl Strategy<Value = SettingsPatch> {
    let cook_ms = proptest::option::of(0..15_000_u64);
    let stays_ms = proptest::option::of(0..60_000_u64);
    (cook_ms, proptest::option::of(policy()), stays_ms, proptest::option::weighted(0.3, proptest::bool::weighted(0.8)))
        .prop_map(|(cook_ms, policy, completed_stays_ms, accepting_orders)| SettingsPatch {
            cook_ms,
            policy,
            completed_stays_ms,
            accepting_orders,
        })
}

fn ask() -> impl Strategy<Value = Ask> {
    let which = || any::<usize>();
    let order_command = prop_oneof![
        Just(Command::CancelOrder as fn(OrderId) -> Command),
        Just(Command::CollectOrder as fn(OrderId) -> Command),
        Just(Command::DeleteOrder as fn(OrderId) -> Command),
        Just(Command::RestoreOrder as fn(OrderId) -> Command),
    ];
    let mode = prop_oneof![3 => Just(Mode::Auto), 1 => Just(Mode::Pull)];
    let seldom = |value| proptest::option::weighted(0.3, value);
    prop_oneof![
        12 => any::<bool>().prop_map(|vip| Ask::Place { vip }),
        6 => (order_command, which()).prop_map(|(command, order)| Ask::Order(command, order)),
        6 => (which(), proptest::option::weighted(0.2, which()), seldom(0..30_u64))
            .prop_map(|(order, bot, claim)| Ask::Complete { order, bot, claim }),
        10 => Just(Ask::FireTimer),
        1 => Just(Ask::Clear),
        2 => Just(Ask::Archive),
        4 => mode.prop_map(Ask::AddBot),
        2 => which().prop_map(Ask::RemoveBot),
        2 => Just(Ask::RemoveNewest),
        5 => which().prop_map(Ask::Claim),
        2 => (which(), seldom(0..30_u64)).prop_map(|(bot, claim)| Ask::Return { bot, claim }),
        2 => patch().prop_map(Ask::Change),
        1 => (0..5_u64).prop_map(Ask::Skip),
        1 => (0..3_u8).prop_map(Ask::Rename),
        1 => Just(Ask::ArchiveRestaurant),
        3 => Just(Ask::RestoreRestaurant),
        8 => prop_oneof![4 => 0..12_000_i64, 1 => -90_000..0_i64, 1 => 0..90_000_i64].prop_map(Ask::Wait),
    ]
}

pub(crate) fn asks(at_most: usize) -> impl Strategy<Value = Vec<Ask>> {
    proptest::collection::vec(ask(), 0..at_most)
}

/// Asks one thing after another. Refusals are as good as anything else.
pub(crate) fn play(settings: Settings, asks: Vec<Ask>) -> Story {
    let mut story = Story::with(settings);
    for ask in asks {
        play_one(&mut story, ask);
    }
    story
}

fn play_one(story: &mut Story, ask: Ask) {
    let command = match ask {
        Ask::Place { vip } => return drop(story.try_place(if vip { Vip } else { Normal })),
        Ask::AddBot(mode) => return drop(story.try_add(mode)),
        Ask::Wait(ms) => {
            story.now.0 += ms;
            return;
        }
        Ask::FireTimer => {
            let Some((due_at, command)) = story.next_due() else { return };
            story.now = story.now.max(due_at);
            command
        }
        Ask::Order(command, order) => command(drawn_order(story, order)),
        Ask::Complete { order, bot, claim } => {
            let order = drawn_order(story, order);
            let work = story.kitchen.order(order).and_then(|order| order.work());
            let drawn = bot.map(|bot| drawn_bot(story, bot));
            let bot = drawn.or(work.and_then(|work| work.bot)).unwrap_or(BotId(Uuid::nil()));
            let claim = claim.map(Claim).or(work.map(|work| work.claim)).unwrap_or(Claim(0));
            Command::CompleteOrder { order, bot, claim }
        }
        Ask::Clear => Command::ClearOrders,
        Ask::Archive => Command::ArchiveOrders,
        Ask::RemoveBot(bot) => Command::RemoveBot(drawn_bot(story, bot)),
        Ask::RemoveNewest => Command::RemoveNewestBot,
        Ask::Claim(bot) => Command::ClaimOrder(drawn_bot(story, bot)),
        Ask::Return { bot, claim } => {
            let bot = drawn_bot(story, bot);
            let held = story.kitchen.bot(bot).and_then(|bot| story.kitchen.order(bot.current?)?.work());
            let claim = claim.map(Claim).or(held.map(|work| work.claim)).unwrap_or(Claim(0));
            Command::ReturnOrder { bot, claim }
        }
        Ask::Change(patch) => Command::ChangeSettings(patch),
        Ask::Skip(count) => Command::SkipNumbers { count },
        Ask::Rename(name) => Command::RenameRestaurant(format!("Restaurant {name}").into()),
        Ask::ArchiveRestaurant => Command::ArchiveRestaurant,
        Ask::RestoreRestaurant => Command::RestoreRestaurant,
    };
    drop(story.ask(command));
}

fn drawn_order(story: &Story, draw: usize) -> OrderId {
    let count = story.log.rows.orders.len().max(1);
    story.log.rows.orders.keys().nth(draw % count).copied().unwrap_or(OrderId(Uuid::nil()))
}

fn drawn_bot(story: &Story, draw: usize) -> BotId {
    let count = story.log.rows.bots.len().max(1);
    story.log.rows.bots.keys().nth(draw % count).copied().unwrap_or(BotId(Uuid::nil()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn any_story_keeps_the_rules(asks in asks(120)) {
        play(Settings::default(), asks);
    }

    #[test]
    fn a_kitchen_loaded_from_its_rows_is_the_same(asks in asks(80)) {
        let story = play(Settings::default(), asks);
        let (loaded, contradictions) = Kitchen::load(story.parts());
        prop_assert_eq!(contradictions, vec![]);
        prop_assert_eq!(loaded, story.kitchen);
    }

    #[test]
    fn a_story_is_a_function_of_what_is_asked(asks in asks(80)) {
        let told = play(Settings::default(), asks.clone());
        let again = play(Settings::default(), asks);
        prop_assert_eq!(told.log, again.log);
    }

    #[test]
    fn places_in_the_queue_are_the_sequence_of_the_starts(policy in policy(), asks in asks(60)) {
        let mut story = play(Settings { policy, ..Settings::default() }, asks);
        let mut foretold: Vec<_> = story.kitchen.waiting().iter().map(|waiting| {
            (story.kitchen.queue_position(waiting.id, story.kitchen.last_at()), waiting.number)
        }).collect();
        foretold.sort_unstable();
        story.now = story.kitchen.last_at();
        story.ask(Command::RestoreRestaurant).expect("never refused");
        let cook = story.add_pull_bot();
        for (index, (place, number)) in foretold.into_iter().enumerate() {
            prop_assert_eq!(place, Some(index + 1));
            prop_assert_eq!(story.claim(&cook), Ok(Some(number.0)));
            story.complete(number.0, &cook, story.claim_of(number.0)).expect("pull bots are done when they say so");
        }
        prop_assert_eq!(story.claim(&cook), Ok(None));
    }

    #[test]
    fn the_queue_drains_once_bots_come_and_nothing_else_does(asks in asks(60)) {
        let mut story = play(Settings::default(), asks);
        story.now = story.now.max(story.kitchen.last_at());
        story.ask(Command::RestoreRestaurant).expect("never refused");
        story.add(Mode::Auto);
        while let Some((due_at, command)) = story.next_due() {
            story.now = story.now.max(due_at);
            story.ask(command).expect("a timer that fires on time is not refused");
        }
        prop_assert!(story.kitchen.waiting().is_empty());
    }

    #[test]
    fn rows_written_batch_by_batch_are_those_of_one_batch(asks in asks(60)) {
        let story = play(Settings::default(), asks);
        let (mut replica, mut rows) = (Kitchen::new(Settings::default()), Log::default().rows);
        for event in &story.log.events {
            let mut batch = Log::default().rows;
            replica.apply_noting(event, &mut batch).expect("what was executed can be replayed");
            rows.orders.extend(batch.orders);
            rows.bots.extend(batch.bots);
        }
        prop_assert_eq!(rows, story.log.rows);
    }
}
