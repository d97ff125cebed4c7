//! Events come back as they were.

use std::collections::BTreeSet;
use std::sync::Arc;

use feedme_kitchen::{
    Actor, Bot, BotId, BotNumber, Change, Claim, Event, Line, Mode, Order, OrderId, OrderNumber, OrderType, Policy,
    Rows, Settings, State, Ticket, Time, UserId, Version, Work,
};
use feedme_store::{Store, Write};
use uuid::Uuid;

use super::author::{OPENING, commit};
use super::{Author, Subject};

/// Text that breaks whoever takes it for anything but text.
const SPITEFUL: &str = "Robert'); DROP TABLE orders;-- <b>\"\\\u{1}\u{7f}\u{2028}🍔\r\n{\"a\":[1]}";

fn ticket() -> Ticket {
    let line = |note: Option<&str>| Line { name: SPITEFUL.into(), quantity: 255, note: note.map(Into::into) };
    Ticket {
        id: OrderId(Uuid::from_u128(1)),
        number: OrderNumber(1),
        order_type: OrderType::Vip,
        user: Some(UserId(Uuid::from_u128(2))),
        note: Some(SPITEFUL.into()),
        lines: vec![line(None), line(Some(SPITEFUL)), line(Some(""))],
        external_ref: Some(String::new()),
        created_at: OPENING,
    }
}

/// Every kind of event, every state of an order, every optional field both ways.
fn every_change() -> Vec<Change> {
    let plain = Ticket { user: None, note: None, lines: Vec::new(), external_ref: None, ..ticket() };
    let plain = Order::placed(Ticket { order_type: OrderType::Normal, ..plain });
    let (id, at) = (BotId(Uuid::from_u128(3)), OPENING.plus_ms(5));
    let order = Order::placed(ticket());
    let work = Work { bot: Some(id), claim: Claim(4), started_at: at, due_at: Some(at.plus_ms(10)) };
    let pull = Work { bot: None, due_at: None, ..work };
    let complete = |collected_at| State::Complete { work, completed_at: at.plus_ms(10), collected_at };
    let shared = |order: &Order| Arc::new(order.clone());
    let in_state = |state| Arc::new(Order { state, updated_at: at, ..order.clone() });
    let gone =
        Order { archived_at: Some(at), deleted_at: Some(Time(at.0 + 1)), ..(*in_state(complete(Some(at)))).clone() };
    let bot = Bot {
        id,
        number: BotNumber(9),
        mode: Mode::Auto,
        current: None,
        created_at: at,
        updated_at: at,
        deleted_at: None,
    };
    let settings = |policy| Settings { cook_ms: 0, policy, completed_stays_ms: u64::MAX, accepting_orders: false };
    let ids = |numbers: &[u128]| numbers.iter().map(|n| OrderId(Uuid::from_u128(*n))).collect();
    vec![
        Change::OrderPlaced(shared(&order)),
        Change::OrderPlaced(shared(&plain)),
        Change::OrderStarted(in_state(State::Processing(work))),
        Change::OrderStarted(in_state(State::Processing(pull))),
        Change::OrderCompleted(in_state(complete(None))),
        Change::OrderReturned(shared(&order)),
        Change::OrderCancelled(in_state(State::Cancelled { at })),
        Change::OrderCollected(in_state(complete(Some(at.plus_ms(20))))),
        Change::OrderDeleted(shared(&gone)),
        Change::OrderRestored(shared(&plain)),
        Change::OrderArchived(shared(&gone)),
        Change::OrdersCleared { cancelled: ids(&[1, 2]), archived: Vec::new() },
        Change::OrdersCleared { cancelled: Vec::new(), archived: ids(&[3]) },
        Change::BotAdded(bot),
        Change::BotAdded(Bot { mode: Mode::Pull, ..bot }),
        Change::BotIdle(bot),
        Change::BotRemoved(Bot { deleted_at: Some(at), ..bot }),
        Change::SettingsChanged(settings(Policy::Strict)),
        Change::RestaurantRenamed("Łódź \"by the river\"".into()),
        Change::RestaurantArchived,
        Change::RestaurantRestored,
        Change::SettingsChanged(settings(Policy::Ageing { after_ms: 1 })),
        Change::SettingsChanged(settings(Policy::Ratio { vip: 2, normal: u32::MAX })),
        Change::SettingsChanged(settings(Policy::Deadline { vip_ms: 3, normal_ms: 4 })),
        Change::NumbersSkipped { next_order: OrderNumber(1 << 50), next_bot: BotNumber(6), next_claim: Claim(7) },
    ]
}

/// A write with these events and no rows: a store knows no rule.
fn events_alone(author: &mut Author, events: Vec<Arc<Event>>) -> Write {
    let version = events.last().expect("there are events").version;
    Write { events, version, rows: Rows::default(), ..author.write() }
}

async fn all_events(store: &dyn Store, author: &Author) -> Vec<Arc<Event>> {
    store.events(author.restaurant, Version(0), usize::MAX).await.expect("the store can be read")
}

/// Including every field that may be absent and every kind of actor.
pub async fn every_kind_of_event_is_read_back_as_it_was(subject: Subject) {
    let actors =
        [Actor::Open, Actor::User(UserId(Uuid::max())), Actor::Timer, Actor::Kitchen, Actor::Operator].into_iter();
    let names: BTreeSet<_> = every_change().iter().map(Change::name).collect();
    assert_eq!(names, BTreeSet::from(Change::NAMES));
    let changes = every_change().into_iter().zip(actors.cycle()).zip(1_u64..);
    let event = |((change, actor), n): (_, u64)| {
        Arc::new(Event { version: Version(n), at: Time(OPENING.0 - 3), actor, change })
    };
    let events: Vec<_> = changes.map(event).collect();
    let mut author = subject.author(0).await;
    let write = events_alone(&mut author, events.clone());
    commit(&*subject.store, [write]).await;
    assert_eq!(all_events(&*subject.store, &author).await, events);
}

/// What is read ends with a commit, or with the history.
pub async fn a_read_is_limited_to_whole_commits(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    for orders in [1, 3, 2] {
        for _ in 0..orders {
            author.place(OrderType::Normal);
        }
        author.commit(store).await;
    }
    let read = async |after, limit| {
        let events = store.events(author.restaurant, Version(after), limit).await.expect("the store can be read");
        events.iter().map(|event| event.version.0).collect::<Vec<_>>()
    };
    assert_eq!(read(0, 1).await, [1]);
    let second = read(0, 2).await;
    assert!(second.starts_with(&[1, 2]) && second.len() <= 4, "{second:?}");
    assert_eq!(read(0, 100).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(read(2, 2).await, [3, 4], "the rest of a commit");
    assert_eq!(read(5, 5).await, [6]);
    assert_eq!(read(6, 5).await, [0; 0]);
    assert_eq!(read(99, 5).await, [0; 0], "a version that is still to come");
    // Reading on from where each answer ends sees every event once.
    let (mut seen, mut limit) = (Vec::new(), 0);
    while seen.len() < 6 {
        limit = limit % 3 + 1;
        let more = read(seen.last().copied().unwrap_or(0), limit).await;
        assert!(!more.is_empty(), "after {seen:?}");
        seen.extend(more);
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
}

/// From any version on, whatever the commits; backwards as forwards.
pub async fn events_are_read_newest_first_from_any_version(subject: Subject) {
    let store = &*subject.store;
    let [mut author, mut other] = [subject.author(0).await, subject.author(1).await];
    for orders in [1, 3, 2] {
        for _ in 0..orders {
            author.place(OrderType::Normal);
            other.place(OrderType::Vip);
        }
        author.commit(store).await;
        other.commit(store).await;
    }
    let forwards = all_events(store, &author).await;
    let read = async |before, limit| {
        let events = store.events_before(author.restaurant, Version(before), limit).await;
        events.expect("the store can be read")
    };
    for before in [0, 1, 2, 3, 4, 5, 6, 7, 99, i64::MAX.cast_unsigned()] {
        let backwards = read(before, 100).await;
        let expected: Vec<_> = forwards.iter().rev().filter(|event| event.version.0 < before).cloned().collect();
        assert_eq!(backwards, expected, "before {before}");
        for limit in 1..=3 {
            let some = read(before, limit).await;
            assert!(expected.starts_with(&some) && some.len() >= limit.min(expected.len()), "{limit} before {before}");
        }
    }
    // Reading on from where each answer ends sees every event once.
    let (mut seen, mut limit) = (Vec::new(), 0);
    while seen.len() < 6 {
        limit = limit % 3 + 1;
        let more = read(seen.last().copied().unwrap_or(7), limit).await;
        assert!(!more.is_empty(), "before {seen:?}");
        seen.extend(more.iter().map(|event| event.version.0));
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1]);
}

/// Restaurants share a table.
pub async fn events_of_another_restaurant_stay_there(subject: Subject) {
    let store = &*subject.store;
    let [mut a, mut b] = [subject.author(0).await, subject.author(1).await];
    for round in 0..3 {
        a.place(OrderType::Normal);
        a.commit(store).await;
        for _ in 0..round {
            b.place(OrderType::Vip);
        }
        b.commit(store).await;
    }
    for (author, count) in [(&a, 3), (&b, 3)] {
        let events = all_events(store, author).await;
        assert_eq!(events.len(), count);
        for event in events {
            let id = event.change.order().expect("orders were placed").id();
            assert!(author.orders.contains_key(&id));
            assert!(store.order(author.restaurant, id).await.expect("the store can be read").is_some());
        }
    }
    let foreign = *b.orders.keys().next().expect("there are orders");
    assert_eq!(store.order(a.restaurant, foreign).await.expect("the store can be read"), None);
}

/// In rows as in events.
pub async fn markup_and_quotes_are_only_letters(subject: Subject) {
    let mut author = subject.author(0).await;
    let Ticket { note, lines, external_ref, .. } = ticket();
    let id = OrderId(author.fresh());
    let order_type = OrderType::Vip;
    author.must(feedme_kitchen::Command::PlaceOrder { id, order_type, user: None, note, lines, external_ref });
    author.commit(&*subject.store).await;
    super::author::same(&*subject.store, &author).await;
}
