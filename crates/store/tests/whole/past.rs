//! What was forgotten still proves itself, wherever the restaurant goes.

use feedme_kitchen::{Command, OrderType, Time};
use feedme_store::Epoch;
use feedme_store::Store;
use feedme_store::carry::{Terms, export, import};
use feedme_store::past::{ForgetError, Forgotten, forget};
use feedme_testkit::conformance::Author;
use feedme_testkit::conformance::author::a_day;

use crate::Place;

/// Later than all that happens here.
const LATER: Time = Time(1_900_000_000_000);

/// When OPENING, in January 2026, is two months past.
const MARCH: Time = Time(1_772_400_000_000);

/// A day of which all is forgotten but the last order.
async fn after_a_day(store: &dyn Store) -> (Author, Forgotten) {
    let mut author = a_day(store, "default").await;
    author.must(Command::ClearOrders);
    author.commit(store).await;
    author.now = author.now.plus_ms(1000);
    let then = author.now;
    author.place(OrderType::Vip);
    author.commit(store).await;
    let forgotten = forget(store, author.restaurant, then, |_, _| {}).await.expect("it can be forgotten");
    (author, forgotten)
}

#[tokio::test]
async fn the_rest_is_examined_onto_the_checkpoint() {
    for place in Place::each() {
        let (author, forgotten) = after_a_day(&*place.open().await).await;
        assert!(forgotten.orders >= 12 && forgotten.events > 30, "{forgotten:?}");
        let findings = place.examined().await;
        assert_eq!(findings.problems, [""; 0]);
        let [examined] = &findings.examined[..] else { panic!("{findings:?}") };
        assert_eq!((examined.events, examined.orders), (author.kitchen.version().0, 1));
        // And what is wrong with it is found.
        for (change, expected) in [
            ("UPDATE checkpoints SET state = replace(state, '\"next_claim\":', '\"next_claim\":1')", "claim"),
            ("UPDATE checkpoints SET state = replace(state, '\"cook_ms\":5000', '\"cook_ms\":4000')", "the settings"),
            ("DELETE FROM checkpoints", "some are missing"),
        ] {
            place.tamper("CREATE TABLE kept AS SELECT * FROM checkpoints");
            place.tamper(change);
            let problems = place.examined().await.problems;
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{change}: {problems:#?}");
            place.tamper("DELETE FROM checkpoints");
            place.tamper("INSERT INTO checkpoints SELECT * FROM kept");
            place.tamper("DROP TABLE kept");
        }
        assert_eq!(place.examined().await.problems, [""; 0]);
    }
}

/// Evidence is not thrown away.
#[tokio::test]
async fn events_that_contradict_themselves_are_not_forgotten() {
    for place in Place::each() {
        let store = place.open().await;
        let author = a_day(&*store, "default").await;
        place.tamper("DELETE FROM events WHERE first_seq = (SELECT first_seq FROM events ORDER BY 1 LIMIT 1 OFFSET 5)");
        let outcome = forget(&*store, author.restaurant, LATER, |_, _| {}).await;
        assert!(
            matches!(&outcome, Err(ForgetError::Damaged(what)) if what.contains("some are missing")),
            "{outcome:?}"
        );
        assert_eq!(store.checkpoint(author.restaurant).await.expect("it can be read").expect("it exists").orders, 0);
    }
}

/// A row that says something else than the events stays, and is found.
#[tokio::test]
async fn an_order_that_was_tampered_with_is_not_forgotten() {
    for place in Place::each() {
        let store = place.open().await;
        let author = a_day(&*store, "default").await;
        place.tamper("UPDATE orders_history SET note = 'extra cheese'");
        forget(&*store, author.restaurant, LATER, |_, _| {}).await.expect("the events are sound");
        let problems = place.examined().await.problems;
        assert!(
            problems.iter().any(|problem| problem.contains("in the tables and not in the events")),
            "{problems:#?}"
        );
    }
}

#[tokio::test]
async fn a_checkpoint_travels_with_its_restaurant() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for (n, [from, to]) in [Place::each(), {
        let [a, b] = Place::each();
        [b, a]
    }]
    .into_iter()
    .enumerate()
    {
        let store = from.open().await;
        let (author, forgotten) = after_a_day(&*store).await;
        let checkpoint = store.checkpoint(author.restaurant).await.expect("it can be read");
        drop(store);
        let file = folder.path().join(format!("{n}.feedme.gz"));
        export(&mut *from.moment().await, "default", &file, |_, _| {}).await.expect("it can be exported");
        let terms = Terms { slug: Some("moved"), skip: 1000, epoch: Epoch(99), now: LATER };
        import(&mut *to.arrival().await, &file, terms, |_, _| {}).await.expect("it can be taken in");
        assert_eq!(to.examined().await.problems, [""; 0]);
        let store = to.open().await;
        assert_eq!(store.checkpoint(author.restaurant).await.expect("it can be read"), checkpoint);
        let more = forget(&*store, author.restaurant, Time(i64::MAX), |_, _| {}).await.expect("it can be forgotten");
        assert!(more.events > 0 && forgotten.events > 0);
        drop(store);
        assert_eq!(to.examined().await.problems, [""; 0]);
    }
}

/// Events that lie with their months are read, forgotten and examined like others; a month of which nothing is left goes.
#[tokio::test]
async fn events_move_to_their_months_and_the_months_go() {
    let place = Place::postgres();
    let store = place.open().await;
    let mut author = a_day(&*store, "default").await;
    let count = |table| {
        let Place::Postgres(database) = &place else { unreachable!("it is one") };
        database.ask(&format!("SELECT count(*)::text FROM {table}")).expect("it can be asked").unwrap_or_default()
    };
    let before = store.commits(author.restaurant, feedme_kitchen::Version(0), 1000).await.expect("it can be read");
    let (all, later) = (before.len().to_string(), author.now.plus_ms(3 * 86_400_000));
    while store.tidy(later, Time(0)).await.expect("it can be written").more {}
    assert_eq!((count("events"), count("events_history")), ("0".into(), all));
    let after = store.commits(author.restaurant, feedme_kitchen::Version(0), 1000).await.expect("it can be read");
    assert_eq!(after, before);
    author.place(OrderType::Vip);
    author.commit(&*store).await;
    let events = store.events(author.restaurant, feedme_kitchen::Version(3), usize::MAX).await.expect("it can be read");
    assert_eq!(events.len() as u64, author.kitchen.version().0 - 3);
    assert_eq!(place.examined().await.problems, [""; 0]);
    let month = "pg_class WHERE relname = 'events_history_2026_01'";
    store.drop_months(MARCH).await.expect("it can be written");
    assert_eq!(count(month), "1", "it is full");
    forget(&*store, author.restaurant, LATER, |_, _| {}).await.expect("it can be forgotten");
    assert_eq!((count("events"), count("events_history")), ("0".into(), "0".into()));
    store.drop_months(author.now).await.expect("it can be written");
    assert_eq!(count(month), "1", "it has not ended");
    store.drop_months(MARCH).await.expect("it can be written");
    assert_eq!(count(month), "0");
    author.place(OrderType::Normal);
    author.commit(&*store).await;
    assert_eq!(place.examined().await.problems, [""; 0]);
}
