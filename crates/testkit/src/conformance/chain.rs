//! Many restaurants: opened later, found, listed, renamed and archived.

use feedme_kitchen::{Command, Mode, OrderType, Profile};
use feedme_store::{ChainFilter, ChainPage, Epoch, Restaurant, RestaurantId, Tally};
use uuid::Uuid;

use super::author::{OPENING, same};
use super::{Author, SLUGS, Subject};

fn restaurant(n: u128, slug: &str, name: &str) -> Restaurant {
    Restaurant {
        id: RestaurantId(Uuid::from_u128(0xFEED << 64 | n)),
        slug: slug.into(),
        name: name.into(),
        epoch: Epoch(9),
    }
}

async fn open(subject: &Subject, restaurant: &Restaurant) -> bool {
    subject.store.add_restaurant(restaurant, OPENING).await.expect("the store can be written")
}

async fn page(subject: &Subject, filter: ChainFilter) -> ChainPage {
    let limit = if filter.limit == 0 { 100 } else { filter.limit };
    subject.store.chain(&ChainFilter { limit, ..filter }).await.expect("the store can be read")
}

fn slugs(page: &ChainPage) -> Vec<&str> {
    page.restaurants.iter().map(|(restaurant, _)| restaurant.slug.as_str()).collect()
}

/// Addresses name restaurants so.
pub async fn a_restaurant_is_found_by_its_slug(subject: Subject) {
    let store = &*subject.store;
    for restaurant in store.restaurants().await.expect("the store can be read") {
        let found = store.restaurant_named(&restaurant.slug).await.expect("the store can be read");
        assert_eq!(found, Some(restaurant));
    }
    for nobody in ["", "nowhere", "Default", "eas", "east "] {
        assert_eq!(store.restaurant_named(nobody).await.expect("the store can be read"), None, "{nobody:?}");
    }
}

/// A slug is one restaurant's.
pub async fn a_restaurant_is_opened_once(subject: Subject) {
    let (new, other) = (restaurant(1, "airport", "At the airport"), restaurant(2, "airport", "Another"));
    assert!(open(&subject, &new).await);
    assert!(!open(&subject, &other).await, "the slug is taken");
    assert!(!open(&subject, &restaurant(3, SLUGS[1], "East")).await);
    let found = subject.store.restaurant_named("airport").await.expect("the store can be read");
    assert_eq!(found, Some(new));
    assert_eq!(subject.store.restaurants().await.expect("the store can be read").len(), SLUGS.len() + 1);
}

/// From its first order.
pub async fn an_opened_restaurant_works_as_any_other(subject: Subject) {
    let store = &*subject.store;
    assert!(open(&subject, &restaurant(1, "airport", "At the airport")).await);
    let mut author = Author::of(store, "airport").await;
    assert_eq!((author.kitchen.version().0, author.epoch), (0, Epoch(9)));
    assert_eq!(&*author.kitchen.profile().name, "At the airport");
    author.add(Mode::Auto);
    let order = author.place(OrderType::Vip);
    author.commit(store).await;
    author.complete(order);
    author.commit(store).await;
    same(store, &author).await;
}

/// They are part of the restaurant's state like its settings, and stay when something else is written.
pub async fn a_name_and_an_end_are_read_back(subject: Subject) {
    let store = &*subject.store;
    let mut author = subject.author(1).await;
    let id = author.restaurant;
    author.must(Command::RenameRestaurant("Łódź \"by the river\"".into()));
    author.commit(store).await;
    author.add(Mode::Auto);
    author.commit(store).await;
    same(store, &author).await;
    author.must(Command::ArchiveRestaurant);
    author.commit(store).await;
    author.must(Command::SkipNumbers { count: 1 });
    author.commit(store).await;
    same(store, &author).await;
    let listed = page(&subject, ChainFilter { among: Some(vec![id]), ..ChainFilter::default() }).await;
    let profile = Profile { name: "Łódź \"by the river\"".into(), archived_at: Some(author.now) };
    assert_eq!(listed.restaurants.iter().map(|(_, profile)| profile).collect::<Vec<_>>(), [&profile]);
    author.must(Command::RestoreRestaurant);
    author.commit(store).await;
    same(store, &author).await;
    let found = store.restaurant_named(SLUGS[1]).await.expect("the store can be read").expect("it is there");
    assert_eq!(found.name, "Łódź \"by the river\"");
    let others = page(&subject, ChainFilter::default()).await;
    assert!(others.restaurants.iter().all(|(_, profile)| profile.archived_at.is_none()));
}

/// All of them, those of some, and none twice.
pub async fn restaurants_are_listed_by_slug_page_by_page(subject: Subject) {
    assert_eq!(slugs(&page(&subject, ChainFilter::default()).await), SLUGS);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = page(&subject, ChainFilter { after, limit: 4, ..ChainFilter::default() }).await;
        seen.extend(slugs(&page).into_iter().map(str::to_owned));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, SLUGS);
    let exactly = page(&subject, ChainFilter { limit: SLUGS.len(), ..ChainFilter::default() }).await;
    assert_eq!((exactly.restaurants.len(), exactly.next), (SLUGS.len(), None));
    let mut some = Vec::new();
    for index in [4, 1] {
        some.push(subject.author(index).await.restaurant);
    }
    let listed = page(&subject, ChainFilter { among: Some(some.clone()), ..ChainFilter::default() }).await;
    assert_eq!(slugs(&listed), [SLUGS[1], SLUGS[4]]);
    let first = page(&subject, ChainFilter { among: Some(some), limit: 1, ..ChainFilter::default() }).await;
    assert_eq!((slugs(&first), first.next.as_deref()), (vec![SLUGS[1]], Some(SLUGS[1])));
    let none = page(&subject, ChainFilter { among: Some(Vec::new()), ..ChainFilter::default() }).await;
    assert_eq!((slugs(&none), none.next.as_deref()), (vec![], None));
}

/// What is looked for is text, not a pattern.
pub async fn restaurants_are_found_by_slug_and_name(subject: Subject) {
    assert!(open(&subject, &restaurant(1, "airport", "100% at the Gate_7")).await);
    for (search, expected) in [
        ("st", vec!["east", "station", "west"]),
        ("ST", vec!["east", "station", "west"]),
        ("gate_7", vec!["airport"]),
        ("gate?7", vec![]),
        ("%", vec!["airport"]),
        ("0%0", vec![]),
        ("'", vec![]),
    ] {
        let filter = ChainFilter { search: Some(search.to_owned()), ..ChainFilter::default() };
        assert_eq!(slugs(&page(&subject, filter).await), expected, "{search}");
    }
}

/// What waits, cooks and stands idle; what is over does not count.
pub async fn a_tally_says_how_busy_a_restaurant_is(subject: Subject) {
    let store = &*subject.store;
    let (mut busy, idle) = (subject.author(0).await, subject.author(1).await);
    busy.add(Mode::Auto);
    busy.add(Mode::Auto);
    busy.add(Mode::Pull);
    busy.must(Command::RemoveNewestBot);
    let first = busy.place(OrderType::Normal);
    busy.complete(first);
    let since = busy.now;
    for step in 0..5 {
        busy.now = since.plus_ms(step * 10);
        let order = busy.place(OrderType::Vip);
        if step == 2 {
            busy.must(Command::CancelOrder(order));
        }
    }
    busy.commit(store).await;
    let nobody = RestaurantId(Uuid::from_u128(7));
    let mut tallies = store.tallies(&[busy.restaurant, nobody, idle.restaurant]).await.expect("the store can be read");
    tallies.sort_by_key(|tally| tally.restaurant != busy.restaurant);
    let empty = Tally {
        restaurant: idle.restaurant,
        version: idle.kitchen.version(),
        waiting: 0,
        cooking: 0,
        waiting_since: None,
        bots: 0,
        busy_bots: 0,
    };
    let expected = Tally {
        restaurant: busy.restaurant,
        version: busy.kitchen.version(),
        waiting: 2,
        cooking: 2,
        waiting_since: Some(since.plus_ms(30)),
        bots: 2,
        busy_bots: 2,
    };
    assert_eq!(tallies, [expected, empty]);
}
