//! Events forged one by one: each is refused, and for its own reason.

use std::sync::Arc;

use feedme_kitchen::{
    Bot, BotId, Change, Command, Corrupt, Event, Mode, Order, OrderId, Settings, State, Ticket, Time, Work,
};
use uuid::Uuid;

use crate::story::{Duration, Normal, Story};

/// Order 1 is ready, order 2 cooks with bot 1, order 3 waits, order 4 was cancelled, bot 2 (pull) is idle.
fn kitchen() -> Story {
    let mut story = Story::with(Settings { completed_stays_ms: 0, ..Settings::default() });
    story.add_bot();
    story.add_pull_bot();
    for _ in 0..4 {
        story.place(Normal);
    }
    story.advance(10.s());
    story.ask(Command::CancelOrder(story.id(4))).expect("it waits");
    story.advance(1.s());
    story
}

/// Puts what `forge` makes to the kitchen as its next event, and tells why it was refused.
#[track_caller]
fn refused(because: &str, forge: impl Fn(&Story) -> Change) {
    let mut story = kitchen();
    let event = Event {
        version: story.kitchen.version().next(),
        at: story.now,
        actor: story.log.events[0].actor,
        change: forge(&story),
    };
    let before = story.kitchen.clone();
    match story.kitchen.apply(&event) {
        Err(Corrupt::Illegal { why, .. }) => assert_eq!(why, because),
        other => panic!("{because}: {other:?}"),
    }
    assert_eq!(story.kitchen, before, "refused, and the kitchen changed");
}

fn order(story: &Story, number: u64) -> Order {
    (*story.order(number)).clone()
}

fn bot(story: &Story, number: u64) -> Bot {
    *story.kitchen.bots().find(|bot| bot.number.0 == number).expect("the bot exists")
}

fn fifth(story: &Story) -> Order {
    let number = story.kitchen.counters().next_order;
    let id = OrderId(Uuid::from_u128(500));
    Order::placed(Ticket { id, number, created_at: story.now, ..(*story.order(1).ticket).clone() })
}

fn third_started(story: &Story, work: impl Fn(Work) -> Work) -> Change {
    let claim = story.kitchen.counters().next_claim;
    let work = work(Work { bot: Some(bot(story, 2).id), claim, started_at: story.now, due_at: None });
    Change::OrderStarted(Arc::new(order(story, 3).started(work).expect("it waits")))
}

#[test]
fn orders_that_were_never_placed_so() {
    refused("a new order waits", |story| {
        let deleted_at = Some(story.now);
        Change::OrderPlaced(Arc::new(Order { deleted_at, ..fifth(story) }))
    });
    refused("a new order never left the board", |story| {
        let archived_at = Some(story.now);
        Change::OrderPlaced(Arc::new(Order { archived_at, ..fifth(story) }))
    });
    refused("its id is taken", |story| {
        let ticket = Ticket { id: story.id(1), ..(*fifth(story).ticket).clone() };
        Change::OrderPlaced(Arc::new(Order::placed(ticket)))
    });
}

#[test]
fn starts_that_never_were() {
    refused("its bot is busy", |story| {
        third_started(story, |work| Work { bot: Some(bot(story, 1).id), due_at: Some(story.now), ..work })
    });
    refused("its bot does not exist", |story| third_started(story, |work| Work { bot: None, ..work }));
    refused("automatic bots alone have a due time", |story| {
        third_started(story, |work| Work { due_at: Some(story.now), ..work })
    });
    refused("it was not started now", |story| {
        third_started(story, |work| Work { started_at: work.started_at.plus_ms(1), ..work })
    });
}

#[test]
fn an_order_due_before_it_started() {
    let mut story = kitchen();
    story.ask(Command::CancelOrder(story.id(2))).expect("it cooks");
    story.ask(Command::CancelOrder(story.id(3))).expect("it cooks now");
    story.now = story.kitchen.last_at();
    let placed = Event {
        version: story.kitchen.version().next(),
        at: story.now,
        actor: story.log.events[0].actor,
        change: Change::OrderPlaced(Arc::new(fifth(&story))),
    };
    story.kitchen.apply(&placed).expect("a placed order may wait for the start that follows");
    let claim = story.kitchen.counters().next_claim;
    let due_at = Some(story.now.minus_ms(1));
    let work = Work { bot: Some(bot(&story, 1).id), claim, started_at: story.now, due_at };
    let started = Arc::new(fifth(&story).started(work).expect("it waits"));
    let event = Event { version: placed.version.next(), change: Change::OrderStarted(started), ..placed };
    let refused = story.kitchen.apply(&event).expect_err("it would be overdue at once");
    assert!(refused.to_string().ends_with("it is due before it started"), "{refused}");
}

#[test]
fn what_was_never_handed_over_deleted_or_restored() {
    refused("only a ready order is handed over", |story| Change::OrderCollected(Arc::new(order(story, 4))));
    refused("only a final order is deleted", |story| {
        Change::OrderDeleted(Arc::new(Order { deleted_at: Some(story.now), ..order(story, 3) }))
    });
    refused("a live order has nothing to restore", |story| Change::OrderRestored(Arc::new(order(story, 3))));
    refused("a restored order waits or is final", |story| {
        let deleted_at = Some(story.now);
        Change::OrderRestored(Arc::new(Order { updated_at: story.now, deleted_at, ..order(story, 4) }))
    });
    refused("its times contradict each other", |story| {
        let state = State::Cancelled { at: Time(0) };
        Change::OrderRestored(Arc::new(Order { state, updated_at: story.now, ..order(story, 4) }))
    });
    refused("its number was not given out yet", |story| Change::OrderRestored(Arc::new(fifth(story))));
}

#[test]
fn clearings_that_never_were() {
    let cleared = |cancelled, archived| Change::OrdersCleared { cancelled, archived };
    refused("it cancels what neither waits nor cooks", |story| cleared([1, 2, 3].map(|n| story.id(n)).into(), vec![]));
    refused("it archives what is not on the board", |story| cleared(vec![story.id(2)], vec![story.id(1), story.id(3)]));
    refused("it does not name every live order once", |story| {
        cleared([2, 2].map(|n| story.id(n)).into(), vec![story.id(1)])
    });
}

#[test]
fn bots_that_never_came_idled_or_left_so() {
    let third = |story: &Story| Bot {
        id: BotId(Uuid::from_u128(500)),
        number: story.kitchen.counters().next_bot,
        mode: Mode::Pull,
        current: None,
        created_at: story.now,
        updated_at: story.now,
        deleted_at: None,
    };
    refused("a new bot is idle", |story| Change::BotAdded(Bot { current: Some(story.id(3)), ..third(story) }));
    refused("it was not added now", |story| Change::BotAdded(Bot { created_at: Time(0), ..third(story) }));
    refused("its id is taken", |story| Change::BotAdded(Bot { id: bot(story, 1).id, ..third(story) }));
    refused("the bot does not exist", |story| Change::BotIdle(third(story)));
    refused("the bot does not exist", |story| Change::BotRemoved(third(story)));
    let still_holds = "the bot still holds an order";
    refused(still_holds, |story| Change::BotIdle(Bot { updated_at: story.now, ..bot(story, 1) }));
    refused(still_holds, |story| Change::BotRemoved(Bot { deleted_at: Some(story.now), ..bot(story, 1) }));
}
