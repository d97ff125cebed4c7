//! A kitchen is loaded from rows; rows that contradict themselves are put right by events.

use feedme_kitchen::{
    Actor, Bot, Claim, Command, Context, Contradiction, Kitchen, Log, Order, Parts, State, Status, check,
};

use crate::story::{Duration, Normal, Story, Vip};

/// Two bots cook orders 1 and 2, orders 3 and 4 wait.
fn busy_kitchen() -> Story {
    let mut story = Story::new();
    story.add_bot();
    story.add_bot();
    for order_type in [Normal, Normal, Normal, Vip] {
        story.place(order_type);
    }
    story
}

#[test]
fn sound_rows_give_the_same_kitchen() {
    let mut story = busy_kitchen();
    story.advance(13.s());
    story.add_pull_bot();
    let (loaded, contradictions) = Kitchen::load(story.parts());
    assert_eq!((loaded, contradictions), (story.kitchen, vec![]));
}

/// Damages the rows, loads them, reconciles, and tells the events and what the bots then cook.
fn reconciled(damage: impl FnOnce(&Story, &mut Parts)) -> (Vec<Contradiction>, String, String) {
    let story = busy_kitchen();
    let mut parts = story.parts();
    damage(&story, &mut parts);
    let (mut kitchen, contradictions) = Kitchen::load(parts);
    let mut log = Log::default();
    let context = Context { at: story.now, actor: Actor::Kitchen, stored: None };
    kitchen.execute(Command::Reconcile(contradictions.clone()), context, &mut log).expect("never refused");
    assert_eq!(check::violations(&kitchen), [""; 0]);

    let number = |order: &Order| order.number().to_string();
    let events = log.events.iter().map(|event| {
        let about = event.change.order().map(|order| number(order)).unwrap_or_default();
        format!("{} {about}", event.change.name()).trim_end().to_owned()
    });
    let cooking = kitchen.bots().map(|bot| {
        let order = bot.current.and_then(|id| kitchen.order(id)).map(|order| number(order));
        format!("{}: {}", bot.number, order.unwrap_or("idle".into()))
    });
    let told = (contradictions, events.collect::<Vec<_>>().join(", "), cooking.collect::<Vec<_>>().join(", "));
    let (again, left) = Kitchen::load(rows_after(&kitchen, &log));
    assert_eq!((again, left), (kitchen, vec![]), "nothing is left to put right");
    told
}

fn rows_after(kitchen: &Kitchen, log: &Log) -> Parts {
    for (id, bot) in &log.rows.bots {
        assert_eq!(kitchen.bot(*id), Some(bot), "a row is as the kitchen knows it");
    }
    for (id, order) in &log.rows.orders {
        assert_eq!(kitchen.order(*id), Some(order), "a row is as the kitchen knows it");
    }
    Parts {
        version: kitchen.version(),
        last_at: kitchen.last_at(),
        counters: kitchen.counters(),
        profile: kitchen.profile().clone(),
        settings: kitchen.settings(),
        turn: kitchen.turn(),
        orders: kitchen.board().map(|order| (**order).clone()).collect(),
        bots: kitchen.bots().copied().collect(),
    }
}

fn bot(parts: &mut Parts, number: u64) -> &mut Bot {
    parts.bots.iter_mut().find(|bot| bot.number.0 == number).expect("the bot exists")
}

#[test]
fn an_order_whose_bot_is_gone_goes_back_to_its_place() {
    let (contradictions, events, cooking) = reconciled(|_, parts| parts.bots.retain(|bot| bot.number.0 != 2));
    assert!(matches!(contradictions[..], [Contradiction::OrderWithoutBot(_)]));
    assert_eq!((events.as_str(), cooking.as_str()), ("order.returned 2", "1: 1"));
}

#[test]
fn a_bot_that_forgot_its_order_cooks_it_all_the_same() {
    let (contradictions, events, cooking) = reconciled(|_, parts| bot(parts, 2).current = None);
    assert!(matches!(contradictions[..], [Contradiction::BotWithoutOrder(_)]));
    assert_eq!((events.as_str(), cooking.as_str()), ("", "1: 1, 2: 2"), "its row is written anew");
}

#[test]
fn a_bot_that_claims_an_order_that_waits_takes_what_is_next() {
    let (contradictions, events, cooking) = reconciled(|story, parts| {
        let waiting = parts.orders.iter_mut().find(|order| order.id() == story.id(2)).expect("it is live");
        *waiting = waiting.returned(story.now).expect("it cooks");
    });
    assert!(matches!(contradictions[..], [Contradiction::BotWithoutOrder(_)]));
    assert_eq!((events.as_str(), cooking.as_str()), ("order.started 4", "1: 1, 2: 4"));
}

#[test]
fn a_bot_that_claims_an_order_when_nothing_waits_is_announced_as_idle() {
    let (_, events, cooking) = reconciled(|story, parts| parts.orders.retain(|order| order.id() == story.id(1)));
    assert_eq!((events.as_str(), cooking.as_str()), ("bot.idle", "1: 1, 2: idle"));
}

#[test]
fn of_two_orders_with_one_bot_one_goes_back() {
    let (contradictions, events, cooking) = reconciled(|story, parts| {
        let first = parts.bots[0].id;
        let second = parts.orders.iter_mut().find(|order| order.id() == story.id(2)).expect("it is live");
        let mut work = second.work().expect("it cooks");
        work.bot = Some(first);
        second.state = State::Processing(work);
    });
    assert_eq!(contradictions.len(), 2, "an order without a bot, a bot without an order");
    assert_eq!((events.as_str(), cooking.as_str()), ("order.returned 2, order.started 4", "1: 1, 2: 4"));
}

#[test]
fn a_bot_named_twice_is_announced_once() {
    let mut story = Story::new();
    let bot = story.add_bot();
    let twice = vec![Contradiction::BotWithoutOrder(bot.id); 2];
    story.ask(Command::Reconcile(twice)).expect("never refused");
    assert_eq!(story.news(), "bot 1 added, bot 1 idle");
}

#[test]
fn a_bot_whose_row_is_wrong_is_written_anew() {
    let mut story = busy_kitchen();
    let mut parts = story.parts();
    bot(&mut parts, 2).current = None;
    let (mut kitchen, contradictions) = Kitchen::load(parts);
    story.log = Log::default();
    let context = Context { at: story.now, actor: Actor::Kitchen, stored: None };
    kitchen.execute(Command::Reconcile(contradictions), context, &mut story.log).expect("never refused");
    assert_eq!(
        story.log.rows.bots.values().collect::<Vec<_>>(),
        [&story.kitchen.bots().nth(1).copied().expect("bot 2")]
    );
}

#[test]
fn two_orders_under_one_claim_are_both_seen() {
    let (contradictions, events, cooking) = reconciled(|story, parts| {
        let second = parts.orders.iter_mut().find(|order| order.id() == story.id(2)).expect("it is live");
        let mut work = second.work().expect("it cooks");
        (work.claim, work.bot) = (Claim(1), None);
        second.state = State::Processing(work);
    });
    assert_eq!(contradictions.len(), 2);
    assert_eq!((events.as_str(), cooking.as_str()), ("order.returned 2, order.started 4", "1: 1, 2: 4"));
}

#[test]
fn rows_of_the_history_are_not_live() {
    let mut story = busy_kitchen();
    story.ask(Command::CancelOrder(story.id(3))).expect("it waits");
    let mut parts = story.parts();
    parts.orders.push((*story.order(3)).clone());
    let (loaded, contradictions) = Kitchen::load(parts);
    assert_eq!((loaded.count(Status::Cancelled), contradictions), (0, vec![]));
    assert_eq!(loaded, story.kitchen);
}
