//! Forgetting: what goes, what stays, and what is kept in its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use feedme_kitchen::{Change, Command, Event, Kitchen, Mode, Order, OrderId, OrderType, Time, Version};
use feedme_store::Store;
use feedme_store::past::{Checkpoint, Forgetting, Forgotten, forget};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::author::same;
use super::random::any_command;
use super::{Author, Subject};

/// Batches of one run.
const BATCHES: usize = 120;

/// More commits than are forgotten in one step.
const MANY: usize = 520;

async fn checkpoint(store: &dyn Store, author: &Author) -> Checkpoint {
    store.checkpoint(author.restaurant).await.expect("the store can be read").expect("the restaurant exists")
}

async fn events(store: &dyn Store, author: &Author, after: Version) -> Vec<Arc<Event>> {
    store.events(author.restaurant, after, usize::MAX).await.expect("the store can be read")
}

async fn forget_before(store: &dyn Store, author: &Author, before: Time) -> Forgotten {
    forget(store, author.restaurant, before, |_, _| {}).await.expect("what is old can be forgotten")
}

/// The latest event about each order.
fn latest(events: &[Arc<Event>]) -> BTreeMap<OrderId, Version> {
    let mut latest = BTreeMap::new();
    for event in events {
        match &event.change {
            Change::OrdersCleared { cancelled, archived } => {
                latest.extend(cancelled.iter().chain(archived).map(|id| (*id, event.version)));
            }
            change => latest.extend(change.order().map(|order| (order.id(), event.version))),
        }
    }
    latest
}

/// Whatever kitchens did: old events go, later ones fold onto what is kept, and just the orders go that nothing happened to
/// since and that are not live.
pub async fn what_is_old_is_forgotten_and_the_rest_still_adds_up(subject: Subject) {
    let store = &*subject.store;
    let mut rng = StdRng::seed_from_u64(3);
    let mut author = subject.author(0).await;
    let mut other = subject.author(1).await;
    other.place(OrderType::Vip);
    other.commit(store).await;
    let (mut all, mut forgotten) = (Vec::<Arc<Event>>::new(), Forgotten::default());
    for batch in 0..BATCHES {
        for _ in 0..rng.random_range(1..8) {
            let command = any_command(&mut author, &mut rng);
            drop(author.ask(command));
        }
        author.commit(store).await;
        let seen = all.last().map_or(Version(0), |event| event.version);
        all.extend(events(store, &author, seen).await);
        if batch % 4 == 0 {
            store.tidy(author.now.minus_ms(20_000), Time(0)).await.expect("the store can be written");
        }
        if batch % 12 == 11 {
            let step = forget_before(store, &author, author.now.minus_ms(rng.random_range(10_000..60_000))).await;
            forgotten = Forgotten { events: forgotten.events + step.events, orders: forgotten.orders + step.orders };
            let gone = remains(store, &author, &all, forgotten).await;
            assert_eq!(gone.len() as u64, step.orders);
            // Nobody finds them any more, so nobody asks for anything about them.
            author.orders.retain(|id, _| !gone.contains(id));
        }
    }
    assert!(forgotten.events > 100 && forgotten.orders > 20, "{forgotten:?}");
    same(store, &other).await;
    assert_eq!(events(store, &other, Version(0)).await.len(), 1);
}

/// Checks what is left. The orders that were forgotten last.
async fn remains(store: &dyn Store, author: &Author, all: &[Arc<Event>], forgotten: Forgotten) -> BTreeSet<OrderId> {
    let checkpoint = checkpoint(store, author).await;
    assert_eq!((checkpoint.version().0, checkpoint.orders), (forgotten.events, forgotten.orders));
    let left = events(store, author, Version(0)).await;
    assert!(
        left.iter().map(|event| event.version).eq((forgotten.events + 1..=author.kitchen.version().0).map(Version))
    );
    let (mut folded, contradictions) = Kitchen::load(checkpoint.state.clone());
    assert_eq!(contradictions, []);
    for event in &left {
        folded.apply(event).expect("events form legal paths");
    }
    assert_eq!(folded, author.kitchen);
    let latest = latest(all);
    let mut gone = BTreeSet::new();
    for (id, order) in &author.orders {
        let row = store.order(author.restaurant, *id).await.expect("the store can be read");
        let at_rest = latest[id] <= checkpoint.version() && author.kitchen.order(*id).is_none();
        gone.extend(Some(*id).filter(|_| at_rest));
        assert_eq!(row.as_ref(), Some(order).filter(|_| !at_rest), "order {}", order.number());
    }
    gone
}

/// Nothing from a moment on is forgotten, and nothing is forgotten twice.
pub async fn forgetting_ends_where_it_should(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    assert_eq!(checkpoint(store, &author).await, Checkpoint::at_the_opening(&author.opened_as));
    for _ in 0..MANY {
        let order = author.place(OrderType::Normal);
        author.must(Command::CancelOrder(order));
        author.commit(store).await;
        author.now = author.now.plus_ms(10);
    }
    let before = author.now.minus_ms(100);
    let mut steps = Vec::new();
    let all =
        forget(store, author.restaurant, before, |step, _| steps.push(step)).await.expect("they can be forgotten");
    assert_eq!(all, Forgotten { events: 2 * (MANY as u64 - 10), orders: MANY as u64 - 10 });
    assert!(steps.len() > 1 && steps.iter().map(|step| step.events).sum::<u64>() == all.events, "{steps:?}");
    assert_eq!(forget_before(store, &author, before).await, Forgotten::default());
    let left = events(store, &author, Version(0)).await;
    assert!(left.len() == 20 && left.iter().all(|event| event.at >= before));
    let earlier = store.events_before(author.restaurant, Version(u64::MAX >> 1), usize::MAX).await;
    assert_eq!(earlier.expect("the store can be read").len(), 20);
    let commits = store.commits(author.restaurant, Version(0), 3).await.expect("the store can be read");
    assert_eq!(commits.iter().map(|row| row.first).collect::<Vec<_>>(), [1021, 1023, 1025]);
}

/// An order that was handed over long after it left the board is as old as that.
pub async fn what_happened_to_an_old_order_later_keeps_it(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    author.add(Mode::Pull);
    let bot = author.kitchen.bots().next().expect("one was just added").id;
    let [forgotten, kept] = [(); 2].map(|()| {
        let id = author.place(OrderType::Normal);
        author.must(Command::ClaimOrder(bot));
        author.complete(id);
        id
    });
    author.must(Command::ClearOrders);
    author.commit(store).await;
    store.tidy(author.now.plus_ms(1), Time(0)).await.expect("the store can be written");
    author.now = author.now.plus_ms(1000);
    let between = author.now;
    author.must(Command::CollectOrder(kept));
    author.commit(store).await;
    forget_before(store, &author, between).await;
    let order = async |id| store.order(author.restaurant, id).await.expect("the store can be read");
    assert_eq!(order(forgotten).await, None);
    assert_eq!(order(kept).await, Some(author.order(kept)));
    let after = forget_before(store, &author, between.plus_ms(1)).await;
    assert_eq!((after, order(kept).await), (Forgotten { events: 1, orders: 1 }, None));
}

/// Of two who forget at once one goes on, and what does not say what it should stays.
pub async fn a_step_begins_where_the_last_one_ended(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    let [one, two] = [author.place(OrderType::Normal), author.place(OrderType::Normal)];
    author.must(Command::CancelOrder(one));
    author.must(Command::CancelOrder(two));
    author.commit(store).await;
    let another = |id| {
        let mut order: Order = (*author.order(id)).clone();
        order.updated_at = order.updated_at.plus_ms(1);
        Arc::new(order)
    };
    let step = |from| Forgetting {
        from: Version(from),
        state: author.kitchen.parts(),
        orders: vec![author.order(one), another(two)],
    };
    let take = async |step| store.forget(author.restaurant, step).await.expect("the store can be written");
    assert_eq!(take(step(0)).await, Some(1));
    let order = async |id| store.order(author.restaurant, id).await.expect("the store can be read");
    assert_eq!((order(one).await, order(two).await), (None, Some(author.order(two))));
    assert_eq!(checkpoint(store, &author).await, Checkpoint { state: author.kitchen.parts(), orders: 1 });
    for stale in [0, 3, 5] {
        assert_eq!(take(Forgetting { orders: vec![author.order(two)], ..step(stale) }).await, None);
    }
    assert_eq!(order(two).await, Some(author.order(two)));
    let orders = vec![author.order(two)];
    assert_eq!(take(Forgetting { orders, ..step(4) }).await, Some(1));
    assert_eq!(checkpoint(store, &author).await.orders, 2);
}
