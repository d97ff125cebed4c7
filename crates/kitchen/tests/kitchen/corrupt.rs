//! An event that no command could have made is refused, and changes nothing.

use std::sync::Arc;

use feedme_kitchen::{
    BotId, Change, Claim, Corrupt, Event, Kitchen, Order, OrderNumber, Settings, State, Time, Version,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::properties::{asks, play};
use crate::story::{Duration, Normal, Story};

/// One way to spoil an event; `None` where it does not fit.
type Spoil = fn(&Event) -> Option<Event>;

const SPOILS: [(&str, Spoil); 14] = [
    ("a version is left out", |event| Some(Event { version: event.version.next(), ..event.clone() })),
    ("a version comes again", |event| Some(Event { version: Version(event.version.0 - 1), ..event.clone() })),
    ("it happened in the distant past", |event| Some(Event { at: Time(-1), ..event.clone() })),
    ("it happened later than its order says", |event| {
        event.change.order().map(|_| Event { at: event.at.plus_ms(1), ..event.clone() })
    }),
    ("an order has another number", |event| {
        spoil_order(event, |order| {
            let mut ticket = (*order.ticket).clone();
            ticket.number = OrderNumber(ticket.number.0 + 100_000);
            Some(Order { ticket: Arc::new(ticket), ..order.clone() })
        })
    }),
    ("an unknown order moves", |event| {
        let moves = !matches!(event.change, Change::OrderPlaced(_) | Change::OrderRestored(_));
        let known = moves && !matches!(event.change, Change::OrderCollected(_) | Change::OrderDeleted(_));
        known.then_some(())?;
        spoil_order(event, |order| {
            let mut ticket = (*order.ticket).clone();
            ticket.id.0 = Uuid::from_u128(u128::MAX);
            Some(Order { ticket: Arc::new(ticket), ..order.clone() })
        })
    }),
    ("a claim is skipped", |event| {
        spoil_order(event, |order| {
            let mut work = order.work()?;
            work.claim = Claim(work.claim.0 + 1);
            Some(Order { state: State::Processing(work), ..order.clone() })
        })
    }),
    ("a bot that is not there starts", |event| {
        spoil_order(event, |order| {
            let mut work = order.work()?;
            work.bot = Some(BotId(Uuid::from_u128(u128::MAX)));
            Some(Order { state: State::Processing(work), ..order.clone() })
        })
    }),
    ("an order is due when it cannot be", |event| {
        spoil_order(event, |order| {
            let mut work = order.work()?;
            work.due_at = if work.due_at.is_some() { None } else { Some(work.started_at) };
            Some(Order { state: State::Processing(work), ..order.clone() })
        })
    }),
    ("an order ends where it cannot", |event| match event.change {
        Change::OrderRestored(_) => None,
        _ => spoil_order(event, |order| {
            let state = match order.state {
                State::Cancelled { .. } => State::Pending,
                _ => State::Cancelled { at: Time(0) },
            };
            Some(Order { state, ..order.clone() })
        }),
    }),
    ("a bot has another number", |event| {
        let mut change = event.change.clone();
        let (Change::BotAdded(bot) | Change::BotIdle(bot) | Change::BotRemoved(bot)) = &mut change else { return None };
        bot.number = bot.number.next();
        Some(Event { change, ..event.clone() })
    }),
    ("a clearing forgets an order", |event| {
        let mut change = event.change.clone();
        let Change::OrdersCleared { cancelled, archived } = &mut change else { return None };
        if cancelled.pop().is_none() {
            archived.pop();
        }
        Some(Event { change, ..event.clone() })
    }),
    ("numbers go back", |event| match event.change {
        Change::NumbersSkipped { next_order, next_bot, .. } => {
            let change = Change::NumbersSkipped { next_order, next_bot, next_claim: Claim(0) };
            Some(Event { change, ..event.clone() })
        }
        _ => None,
    }),
    ("a restaurant comes back that was never gone", |event| {
        matches!(event.change, Change::OrderPlaced(_) | Change::SettingsChanged(_))
            .then(|| Event { change: Change::RestaurantRestored, ..event.clone() })
    }),
];

fn spoil_order(event: &Event, spoil: impl Fn(&Order) -> Option<Order>) -> Option<Event> {
    let spoilt = Arc::new(spoil(event.change.order()?)?);
    let change = match &event.change {
        Change::OrderPlaced(_) => Change::OrderPlaced(spoilt),
        Change::OrderStarted(_) => Change::OrderStarted(spoilt),
        Change::OrderCompleted(_) => Change::OrderCompleted(spoilt),
        Change::OrderReturned(_) => Change::OrderReturned(spoilt),
        Change::OrderCancelled(_) => Change::OrderCancelled(spoilt),
        Change::OrderCollected(_) => Change::OrderCollected(spoilt),
        Change::OrderDeleted(_) => Change::OrderDeleted(spoilt),
        Change::OrderRestored(_) => Change::OrderRestored(spoilt),
        Change::OrderArchived(_) => Change::OrderArchived(spoilt),
        _ => return None,
    };
    Some(Event { change, ..event.clone() })
}

fn assert_refused(kitchen: &mut Kitchen, event: &Event, what: &str) {
    let before = kitchen.clone();
    assert!(kitchen.apply(event).is_err(), "{what}: {event:?}");
    assert_eq!(*kitchen, before, "{what}, and the kitchen changed");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn whatever_is_spoilt_repeated_or_left_out_is_refused(asks in asks(60)) {
        let story = play(Settings::default(), asks);
        let mut kitchen = Kitchen::new(Settings::default());
        let mut previous = None;
        for (event, next) in story.log.events.iter().zip(story.log.events.iter().skip(1).map(Some).chain([None])) {
            for (what, spoil) in SPOILS {
                if let Some(spoilt) = spoil(event) {
                    assert_refused(&mut kitchen, &spoilt, what);
                }
            }
            for (out_of_turn, what) in [(previous, "an event comes again"), (next, "an event comes too soon")] {
                if let Some(event) = out_of_turn {
                    assert_refused(&mut kitchen, event, what);
                }
            }
            kitchen.apply(event).expect("the sound event follows");
            previous = Some(event);
        }
        prop_assert_eq!(kitchen, story.kitchen);
    }
}

#[test]
fn a_corrupt_event_says_what_is_wrong() {
    let mut story = Story::new();
    story.place(Normal);
    let first = (*story.log.events[0]).clone();
    let mut kitchen = Kitchen::new(Settings::default());
    let early = Event { version: Version(2), ..first.clone() };
    assert_eq!(kitchen.apply(&early), Err(Corrupt::OutOfSequence { after: Version(0), found: Version(2) }));
    let late = Event { at: first.at.plus_ms(1), ..first };
    let refused = kitchen.apply(&late).expect_err("it was placed at another time");
    assert_eq!(refused.to_string(), "event 1 (order.placed) is illegal: it was not placed now");
}

#[test]
fn an_order_complete_before_it_is_due_is_refused() {
    let mut story = Story::new();
    story.add_bot();
    story.place(Normal);
    story.advance(3.s());
    let done = Arc::new(story.order(1).completed(story.now).expect("it cooks"));
    let change = Change::OrderCompleted(done);
    let event =
        Event { version: story.kitchen.version().next(), change, at: story.now, ..(*story.log.events[0]).clone() };
    assert_refused(&mut story.kitchen, &event, "too early");
}
