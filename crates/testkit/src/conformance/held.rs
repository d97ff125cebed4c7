//! A restaurant that one process takes for itself. A store that nobody else commits to gives none out.

use feedme_kitchen::{OrderNumber, OrderType, Version};
use feedme_store::{Batch, Held, RestaurantId, Store, Verdict, Write};
use uuid::Uuid;

use super::author::{commit, same};
use super::{Author, Subject};

async fn hold(store: &dyn Store, author: &Author) -> Option<Box<dyn Held>> {
    let held = store.hold(author.restaurant).await.expect("nobody else has it");
    assert_eq!(held.is_some(), store.is_shared(), "it is given out where others could come between, and only there");
    held
}

async fn commit_to(held: Box<dyn Held>, write: Write) -> Verdict {
    held.commit(&Batch { writes: vec![write], generation: 0 }).await.expect("the store can be written")
}

/// What others did is read, and what is decided on it wins.
pub async fn whoever_holds_a_restaurant_catches_up_and_wins(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    author.place(OrderType::Normal);
    author.commit(store).await;
    author.place(OrderType::Vip);
    author.commit(store).await;
    let Some(mut held) = hold(store, &author).await else { return };
    let stands = held.stands();
    assert_eq!((stands.epoch, stands.version), (author.epoch, author.kitchen.version()));
    let events = held.events(Version(1), 10).await.expect("the store can be read");
    assert_eq!(events, store.events(author.restaurant, Version(1), 10).await.expect("the store can be read"));
    assert!(!events.is_empty());
    author.place(OrderType::Normal);
    assert_eq!(commit_to(held, author.write()).await, Verdict::Won);
    same(store, &author).await;
}

/// And others go on elsewhere. Let go, it is as it was.
pub async fn a_held_restaurant_is_nobody_elses_until_it_is_let_go(subject: Subject) {
    let store = &*subject.store;
    let [mut author, mut elsewhere] = [subject.author(0).await, subject.author(1).await];
    let before = author.clone();
    author.place(OrderType::Normal);
    let write = author.write();
    for released in [true, false] {
        let Some(held) = hold(store, &author).await else { return };
        elsewhere.place(OrderType::Normal);
        let both = [write.clone(), elsewhere.write()];
        assert_eq!(commit(store, both).await, [Verdict::Conflict, Verdict::Won]);
        if released {
            held.release().await;
        } else {
            drop(held);
        }
        same(store, &before).await;
        same(store, &elsewhere).await;
    }
    // Whoever waited for it has it as soon as the connection that was dropped is gone.
    let Some(held) = hold(store, &author).await else { return };
    assert_eq!(commit_to(held, write).await, Verdict::Won);
    same(store, &author).await;
}

/// The second wall stands there, too.
pub async fn a_held_restaurant_takes_nothing_that_cannot_be(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    author.place(OrderType::Normal);
    author.commit(store).await;
    let Some(held) = hold(store, &author).await else { return };
    let mut next = author.clone();
    let id = next.place(OrderType::Normal);
    let mut write = next.write();
    let mut order = (*next.order(id)).clone();
    let mut ticket = (*order.ticket).clone();
    ticket.number = OrderNumber(1);
    order.ticket = ticket.into();
    write.rows.orders = [(id, order.into())].into();
    assert!(matches!(commit_to(held, write).await, Verdict::Violated(_)));
    same(store, &author).await;
    let nobody = RestaurantId(Uuid::from_u128(4711));
    assert!(store.hold(nobody).await.expect("the store can be read").is_none());
}
