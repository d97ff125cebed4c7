//! Compare-and-set, and all of a write or nothing.

use std::sync::Arc;

use feedme_kitchen::{
    Change, Command, Counters, Kitchen, Mode, OrderNumber, OrderType, Policy, Settings, SettingsPatch, Time, Version,
};
use feedme_store::{Batch, Confirmed, Epoch, KeptAnswer, KeyScope, RestaurantId, SKIP_NUMBERS, Verdict};
use uuid::Uuid;

use super::author::{commit, same};
use super::{SLUGS, Subject};

/// What a first start finds.
pub async fn a_fresh_store_has_its_restaurants_and_nothing_in_them(subject: Subject) {
    let restaurants = subject.store.restaurants().await.expect("the store can be read");
    let slugs: Vec<_> = restaurants.iter().map(|restaurant| restaurant.slug.as_str()).collect();
    assert_eq!(slugs, SLUGS, "by slug");
    for restaurant in restaurants {
        let loaded = subject.store.load(restaurant.id).await.expect("the store can be read").expect("it is listed");
        assert_eq!(loaded.restaurant, restaurant);
        assert_eq!(Kitchen::load(loaded.parts).0, Kitchen::new(Settings::default()).opened_as(&restaurant.name));
        let events = subject.store.events(restaurant.id, Version(0), 10).await.expect("the store can be read");
        assert_eq!(events, []);
    }
    let nobody = RestaurantId(Uuid::from_u128(7));
    assert!(subject.store.load(nobody).await.expect("the store can be read").is_none());
    assert_eq!(subject.store.confirm(&[nobody]).await.expect("the store can be read").restaurants, []);
}

/// The plain case.
pub async fn what_is_committed_is_loaded(subject: Subject) {
    let mut author = subject.author(0).await;
    author.add(Mode::Auto);
    author.add(Mode::Pull);
    author.place(OrderType::Normal);
    author.commit(&*subject.store).await;
    author.place(OrderType::Vip);
    author.commit(&*subject.store).await;
    same(&*subject.store, &author).await;
    let stands = subject.store.confirm(&[author.restaurant]).await.expect("the store can be read");
    let Author { restaurant, epoch, .. } = author;
    assert_eq!(
        stands.restaurants,
        [Confirmed { restaurant, epoch, version: author.kitchen.version(), is_doubtful: false }]
    );
}

use super::Author;

/// Who was slower decides again.
pub async fn a_write_wins_only_at_the_version_it_was_decided_on(subject: Subject) {
    let mut quick = subject.author(0).await;
    let mut slow = quick.clone();
    quick.place(OrderType::Normal);
    slow.place(OrderType::Vip);
    slow.cook_for(1);
    quick.commit(&*subject.store).await;
    let late = slow.write();
    assert_eq!(commit(&*subject.store, [late.clone()]).await, [Verdict::Conflict]);
    same(&*subject.store, &quick).await;
    let mut early = late;
    early.expected = Version(9);
    assert_eq!(commit(&*subject.store, [early]).await, [Verdict::Conflict], "a version that is still to come");
    same(&*subject.store, &quick).await;
}

/// A version says nothing without its epoch.
pub async fn a_write_wins_only_in_the_history_it_was_decided_on(subject: Subject) {
    let author = subject.author(0).await;
    let mut other = author.clone();
    other.place(OrderType::Normal);
    let mut write = other.write();
    write.epoch = Epoch(write.epoch.0 ^ 1);
    assert_eq!(commit(&*subject.store, [write]).await, [Verdict::Conflict]);
    same(&*subject.store, &author).await;
}

/// Restaurants share a transaction and nothing else.
pub async fn one_write_of_a_batch_may_lose_and_the_others_win(subject: Subject) {
    let store = &*subject.store;
    let [mut a, mut b, mut c] = [subject.author(0).await, subject.author(1).await, subject.author(2).await];
    let mut loser = b.clone();
    b.place(OrderType::Vip);
    b.commit(store).await;
    for author in [&mut a, &mut loser, &mut c] {
        author.place(OrderType::Normal);
    }
    let verdicts = commit(store, [a.write(), loser.write(), c.write()]).await;
    assert_eq!(verdicts, [Verdict::Won, Verdict::Conflict, Verdict::Won]);
    for author in [&a, &b, &c] {
        same(store, author).await;
    }
}

/// What was decided on what another server said may stand on something else here, at the same version.
pub async fn a_write_wins_only_by_the_account_of_the_server_that_answers(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    author.place(OrderType::Normal);
    let batch = |generation, author: &Author| Batch { writes: vec![author.clone().write()], generation };
    if subject.shared {
        let of_another = batch(store.generation() + 1, &author);
        assert_eq!(store.commit(Arc::new(of_another)).await, Ok(vec![Verdict::Conflict]));
    }
    let of_this = batch(store.generation(), &author);
    assert_eq!(store.commit(Arc::new(of_this)).await, Ok(vec![Verdict::Won]));
}

/// One event says so, and whoever knows an older place of it begins none.
pub async fn a_new_history_begins_where_a_restaurant_stands_and_passes_over_what_was_given_out(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    author.place(OrderType::Normal);
    author.commit(store).await;
    let restaurant = author.restaurant;
    let stands = store.confirm(&[restaurant]).await.expect("the store can be read").restaurants[0];
    let counters = author.kitchen.counters();
    let given_out = Counters { next_order: OrderNumber(counters.next_order.0 + 5000), ..counters };
    let before = Confirmed { version: Version(stands.version.0 - 1), ..stands };
    assert!(!store.begin_anew(before, given_out).await.expect("the store can be written"));
    if !subject.shared {
        return same(store, &author).await;
    }
    assert!(store.begin_anew(stands, given_out).await.expect("the store can be written"));
    assert!(!store.begin_anew(stands, given_out).await.expect("the store can be written"), "it is begun once");
    let loaded = store.load(restaurant).await.expect("the store can be read").expect("it is there");
    assert_ne!(loaded.restaurant.epoch, stands.epoch);
    assert_eq!(loaded.parts.counters.next_order.0, given_out.next_order.0 + SKIP_NUMBERS);
    let events = store.events(restaurant, stands.version, 10).await.expect("the store can be read");
    let [event] = &events[..] else { panic!("{events:?}") };
    assert!(
        matches!(event.change, Change::NumbersSkipped { next_order, .. } if next_order == loaded.parts.counters.next_order)
    );
    // What was decided on the old history loses.
    author.place(OrderType::Normal);
    assert_eq!(commit(store, [author.write()]).await, [Verdict::Conflict]);
}

/// Nobody else's fault.
pub async fn a_write_for_an_unknown_restaurant_loses(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    let mut stranger = author.clone();
    stranger.restaurant = RestaurantId(Uuid::from_u128(7));
    author.place(OrderType::Normal);
    stranger.place(OrderType::Normal);
    assert_eq!(commit(store, [stranger.write(), author.write()]).await, [Verdict::Conflict, Verdict::Won]);
    same(store, &author).await;
}

/// However they race.
pub async fn of_many_writers_at_once_one_wins(subject: Subject) {
    let author = subject.author(0).await;
    let mut races = Vec::new();
    for caller in 0..16 {
        let (mut author, store) = (author.clone(), Arc::clone(&subject.store));
        author.now = author.now.plus_ms(caller);
        races.push(tokio::spawn(async move {
            author.place(OrderType::Normal);
            let batch = Arc::new(Batch { writes: vec![author.write()], generation: store.generation() });
            let verdicts = store.commit(batch).await.expect("the store can be written");
            (verdicts == [Verdict::Won]).then_some(author)
        }));
    }
    let mut winners = Vec::new();
    for race in races {
        winners.extend(race.await.expect("nobody panics"));
    }
    assert_eq!(winners.len(), 1);
    same(&*subject.store, &winners[0]).await;
}

/// A write without settings leaves them; so does the policy's turn come and go.
pub async fn settings_that_did_not_change_stay(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    for policy in [
        Policy::Ageing { after_ms: 5 },
        Policy::Deadline { vip_ms: 6, normal_ms: 7 },
        Policy::Strict,
        Policy::Ratio { vip: 2, normal: 3 },
    ] {
        let accepting_orders = Some(true);
        let patch =
            SettingsPatch { cook_ms: Some(1234), policy: Some(policy), completed_stays_ms: Some(9), accepting_orders };
        author.must(Command::ChangeSettings(patch));
        author.commit(store).await;
        author.place(OrderType::Vip);
        author.place(OrderType::Normal);
        author.place(OrderType::Vip);
        let write = author.clone().write();
        assert_eq!(write.settings, None);
        author.commit(store).await;
        same(store, &author).await;
    }
    let cook = author.add(Mode::Pull);
    author.must(Command::ClaimOrder(cook.id));
    author.commit(store).await;
    assert_ne!(author.kitchen.turn(), feedme_kitchen::Turn::default(), "both classes waited");
    same(store, &author).await;
}

/// A command that changes nothing still has an answer to repeat.
pub async fn a_write_may_keep_an_answer_and_change_nothing(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    author.place(OrderType::Normal);
    author.commit(store).await;
    let scope = KeyScope { caller: "till".into(), key: "k".into() };
    let at = Time(author.now.0 + 1);
    let answer = KeptAnswer { fingerprint: [7; 32], status: 204, location: None, body: Vec::new(), at };
    author.answers.push((scope.clone(), answer.clone()));
    author.commit(store).await;
    assert_eq!(store.answer(author.restaurant, &scope).await.expect("the store can be read"), Some(answer));
    same(store, &author).await;
}
