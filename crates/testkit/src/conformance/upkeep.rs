//! Rows that move, keys that are forgotten, leases that expire.

use feedme_kitchen::{Command, Mode, OrderType, Time};
use feedme_store::{KeptAnswer, KeyScope, Overdue};

use super::author::same;
use super::{Author, Subject};

/// More rows than any store moves at once.
const MANY: usize = 1100;

fn keep(author: &mut Author, caller: &str, key: String, at: Time) -> (KeyScope, KeptAnswer) {
    let scope = KeyScope { caller: caller.into(), key };
    let body = format!("{caller} {}", scope.key).into_bytes();
    let answer = KeptAnswer { fingerprint: [3; 32], status: 200, location: None, body, at };
    author.answers.push((scope.clone(), answer.clone()));
    (scope, answer)
}

/// A portion at each call, so that commits pass between.
pub async fn old_rows_move_in_portions(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    for n in 0..MANY {
        let order = author.place(OrderType::Normal);
        author.must(Command::CancelOrder(order));
        let at = author.now;
        keep(&mut author, "till", n.to_string(), at);
    }
    author.commit(store).await;
    let later = author.now.plus_ms(1);
    let (mut moved, mut forgotten, mut calls) = (0, 0, 0);
    loop {
        let tidied = store.tidy(later, later).await.expect("the store can be written");
        (moved, forgotten, calls) = (moved + tidied.moved, forgotten + tidied.forgotten, calls + 1);
        assert!(tidied.moved < MANY && tidied.forgotten < MANY, "all at once");
        if !tidied.more {
            break;
        }
    }
    assert_eq!((moved, forgotten), (MANY, MANY));
    assert!(calls > 1);
    let again = store.tidy(later, later).await.expect("the store can be written");
    assert_eq!((again.moved, again.forgotten, again.more), (0, 0, false));
    same(store, &author).await;
}

/// Only what left the board, and only after a while.
pub async fn what_is_live_or_recent_stays(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    author.add(Mode::Pull);
    let ready = author.place(OrderType::Vip);
    let bot = author.kitchen.bots().next().expect("one was just added").id;
    author.must(Command::ClaimOrder(bot));
    author.complete(ready);
    let (waits, off) = (author.place(OrderType::Normal), author.place(OrderType::Normal));
    author.must(Command::ClaimOrder(bot));
    author.now = author.now.plus_ms(1000);
    author.must(Command::CancelOrder(off));
    author.commit(store).await;
    let tidied = store.tidy(author.now, Time(0)).await.expect("the store can be written");
    assert_eq!((tidied.moved, tidied.more), (0, false), "ready, cooking, or called off just now");
    let tidied = store.tidy(author.now.plus_ms(1), Time(0)).await.expect("the store can be written");
    assert_eq!(tidied.moved, 1);
    author.must(Command::DeleteOrder(ready));
    author.commit(store).await;
    let tidied = store.tidy(author.now.plus_ms(1), Time(0)).await.expect("the store can be written");
    assert_eq!(tidied.moved, 1, "deleted");
    same(store, &author).await;
    author.complete(waits);
    author.commit(store).await;
    same(store, &author).await;
}

/// One caller's keys are nobody else's.
pub async fn keys_are_kept_per_caller_and_forgotten_when_old(subject: Subject) {
    let store = &*subject.store;
    let [mut here, mut there] = [subject.author(0).await, subject.author(1).await];
    let old = keep(&mut here, "a", "k".into(), Time(100));
    let other_caller = keep(&mut here, "b", "k".into(), Time(200));
    let other_key = keep(&mut here, "a", "k2".into(), Time(200));
    let elsewhere = keep(&mut there, "a", "k".into(), Time(300));
    here.commit(store).await;
    there.commit(store).await;
    let answer = async |author: &Author, scope: &KeyScope| {
        store.answer(author.restaurant, scope).await.expect("the store can be read")
    };
    for (scope, kept) in [&old, &other_caller, &other_key] {
        assert_eq!(answer(&here, scope).await.as_ref(), Some(kept));
    }
    assert_eq!(answer(&there, &elsewhere.0).await.as_ref(), Some(&elsewhere.1));
    assert_eq!(answer(&there, &other_key.0).await, None);
    let tidied = store.tidy(Time(0), Time(200)).await.expect("the store can be written");
    assert_eq!((tidied.forgotten, tidied.more), (1, false));
    assert_eq!(answer(&here, &old.0).await, None);
    assert_eq!(answer(&here, &other_key.0).await, Some(other_key.1));
    // Forgotten, it may be used again.
    keep(&mut here, "a", "k".into(), Time(400));
    here.commit(store).await;
    assert!(answer(&here, &old.0).await.is_some());
}

/// In every restaurant, and only what an automatic bot still cooks.
pub async fn what_is_overdue_is_found(subject: Subject) {
    let store = &*subject.store;
    let overdue = async |before, limit| store.overdue(before, limit).await.expect("the store can be read");
    let [mut here, mut there] = [subject.author(0).await, subject.author(1).await];
    there.now = here.now.plus_ms(5);
    for author in [&mut here, &mut there] {
        author.add(Mode::Auto);
        author.add(Mode::Pull);
        let (cooks, pulled) = (author.place(OrderType::Vip), author.place(OrderType::Normal));
        let pull = author.kitchen.bots().find(|bot| bot.mode == Mode::Pull).expect("one was just added").id;
        author.must(Command::ClaimOrder(pull));
        assert!(author.order(cooks).work().is_some() && author.order(pulled).work().is_some());
        author.place(OrderType::Normal);
        author.commit(store).await;
    }
    let cooking = |author: &Author| {
        let orders = author.kitchen.cooking().filter_map(|order| {
            let work = order.work()?;
            let overdue =
                Overdue { restaurant: author.restaurant, order: order.id(), bot: work.bot?, claim: work.claim };
            Some((work.due_at?, overdue))
        });
        orders.collect::<Vec<_>>()
    };
    let ([(first_due, first)], [(second_due, second)]) = (&cooking(&here)[..], &cooking(&there)[..]) else {
        panic!("one automatic bot cooks in each")
    };
    assert_eq!(overdue(*first_due, 10).await, []);
    assert_eq!(overdue(first_due.plus_ms(1), 10).await, [*first]);
    assert_eq!(overdue(second_due.plus_ms(1), 10).await, [*first, *second]);
    assert_eq!(overdue(second_due.plus_ms(1), 1).await, [*first], "a bounded portion, longest first");
    here.complete(first.order);
    here.commit(store).await;
    assert_eq!(overdue(second_due.plus_ms(1), 10).await.first(), Some(second));
}

/// Its term stays.
pub async fn a_lease_is_renewed_by_its_holder(subject: Subject) {
    let store = &*subject.store;
    let take = async |now| store.lease("sweep", "us", Time(now), 2000).await.expect("the store answers");
    let first = take(1000).await.expect("nobody holds it");
    let second = take(1500).await.expect("we hold it");
    assert_eq!(second.term, first.term);
    assert!(second.expires_at >= first.expires_at, "{second:?} after {first:?}");
}

/// And then the term rises. By which clock it expires is the store's business: nodes that share one may each have
/// another. A store of one process has nobody to deny it to.
pub async fn a_lease_is_denied_to_others_until_it_expires(subject: Subject) {
    if !subject.shared {
        return;
    }
    let store = &*subject.store;
    let take =
        async |name, holder, ttl_ms| store.lease(name, holder, Time(1000), ttl_ms).await.expect("the store answers");
    let ours = take("sweep", "us", 60_000).await.expect("nobody holds it");
    assert_eq!(take("sweep", "them", 60_000).await, None);
    assert!(take("tidy", "them", 60_000).await.is_some(), "another lease");
    assert!(take("sweep", "us", 0).await.is_some(), "it lasts no longer");
    let theirs = take("sweep", "them", 60_000).await.expect("ours has expired");
    assert!(theirs.term > ours.term);
    assert_eq!(take("sweep", "us", 60_000).await, None);
}
