//! The examination is content with what a store wrote, and finds tampering, in each kind of database.

use feedme_kitchen::OrderType;
use feedme_store::doctor::examine;
use feedme_store::postgres::{PostgresMoment, PostgresStore};
use feedme_store::sqlite::SqliteMoment;
use feedme_testkit::cluster::{Cluster, Database, wait_for};
use feedme_testkit::conformance::author::{OPENING, a_day};
use uuid::Uuid;

use crate::{Place, another_epoch};

#[tokio::test]
async fn a_good_database_is_good_also_while_servers_run() {
    for place in Place::each() {
        let store = place.open().await;
        let mut author = a_day(&*store, "default").await;
        let mut moment = place.moment().await;
        // What is written after the moment is not seen.
        let version = author.kitchen.version().0;
        author.place(OrderType::Vip);
        author.commit(&*store).await;
        let mut progress = (0, 0);
        let findings = examine(&mut *moment, None, |done, of| progress = (done, of)).await.expect("it can be examined");
        assert_eq!(findings.problems, [""; 0]);
        let [examined] = &findings.examined[..] else { panic!("{findings:?}") };
        assert_eq!((examined.events, progress), (version, (version, version)));
        assert_eq!(examined.orders, author.orders.len() as u64 - 1);
        assert_eq!(examined.bots, author.kitchen.bots().count());
        let later = place.examined().await;
        assert_eq!((later.problems, later.examined[0].events), (Vec::new(), author.kitchen.version().0));
    }
}

#[tokio::test]
async fn one_restaurant_is_examined_alone() {
    for place in Place::each() {
        let store = place.open().await;
        a_day(&*store, "default").await;
        let mut east = store.restaurants().await.expect("it can be read").remove(0);
        (east.id.0, east.slug) = (Uuid::from_u128(7), "east".into());
        assert!(store.add_restaurant(&east, feedme_kitchen::Time(0)).await.expect("it can be written"));
        a_day(&*store, "east").await;
        place.tamper("UPDATE restaurants SET next_claim = next_claim + 1 WHERE slug = 'default'");
        let examined = async |only| {
            let findings = examine(&mut *place.moment().await, only, |_, _| {}).await.expect("it can be examined");
            let slugs: Vec<_> = findings.examined.into_iter().map(|examined| examined.slug).collect();
            (slugs, findings.problems.len())
        };
        assert_eq!(examined(Some("east")).await, (vec!["east".to_owned()], 0));
        assert_eq!(examined(None).await, (vec!["default".to_owned(), "east".to_owned()], 1));
        assert_eq!(examined(Some("west")).await, (Vec::new(), 0));
    }
}

/// Each change is one that no commit makes; the examination must name what it is about.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tampering_is_found_in_postgres() {
    let tampering = [
        ("UPDATE orders SET note = 'extra cheese' WHERE number = 12", "order 12"),
        ("UPDATE orders_history SET updated_at = updated_at + 1", "order"),
        ("DELETE FROM orders WHERE number = 12", "not in the tables"),
        ("DELETE FROM orders_history", "not in the tables"),
        ("INSERT INTO orders_history SELECT * FROM orders WHERE status = 'COMPLETE' LIMIT 1", "in two tables"),
        ("UPDATE bots SET mode = 'pull'", "bots"),
        ("UPDATE restaurants SET next_order_number = next_order_number + 1", "counters"),
        ("UPDATE restaurants SET version = version - 1", "version"),
        ("UPDATE restaurants SET next_due_at = 7", "default does not say when its next order is due"),
        ("UPDATE restaurants SET opened_as = 'Somebody else''s'", "the name"),
        (
            "DELETE FROM events WHERE first_seq = (SELECT first_seq FROM events ORDER BY 1 LIMIT 1 OFFSET 1)",
            "some are missing",
        ),
        ("DELETE FROM events WHERE first_seq = 1", "follows event 0: some are missing"),
        (
            "INSERT INTO events SELECT restaurant_id, first_seq, last_seq + 1000, at, payload FROM events WHERE first_seq = 1",
            "some are there twice",
        ),
        (
            "UPDATE events SET payload = replace(payload, '\"number\":', '\"number\":7') WHERE first_seq = (SELECT first_seq FROM events ORDER BY 1 LIMIT 1 OFFSET 3)",
            "event",
        ),
        (
            "UPDATE events SET payload = '[]' WHERE first_seq = (SELECT first_seq FROM events ORDER BY 1 LIMIT 1 OFFSET 3)",
            "holds others",
        ),
        (
            "UPDATE events SET restaurant_id = gen_random_uuid() WHERE first_seq = (SELECT first_seq FROM events ORDER BY 1 LIMIT 1 OFFSET 3)",
            "rows of events name the restaurant",
        ),
        ("UPDATE orders SET restaurant_id = gen_random_uuid()", "rows of orders name the restaurant"),
        ("UPDATE orders_history SET restaurant_id = gen_random_uuid()", "rows of orders_history name the restaurant"),
        (
            "DO $$ BEGIN EXECUTE (SELECT 'DROP TABLE ' || max(relname) FROM pg_class
                 WHERE relispartition AND relkind = 'r' AND relname LIKE 'events_history_%'); END $$",
            "events_history has no part",
        ),
    ];
    for (change, expected) in tampering {
        let place = Place::Postgres(after_a_day());
        assert_eq!(place.examined().await.problems, [""; 0]);
        place.tamper(change);
        let problems = place.examined().await.problems;
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{change}: {problems:#?}");
    }
}

/// Copies are quicker than days.
fn after_a_day() -> Database<'static> {
    Cluster::shared().database_made_by("a day", |empty| {
        wait_for(async {
            let store =
                PostgresStore::open(&Place::options(empty), OPENING, another_epoch()).await.expect("it can be opened");
            a_day(&store, "default").await;
        });
    })
}

/// Events of former months are examined as those of this one.
#[tokio::test]
async fn events_that_moved_are_examined_too() {
    let place = Place::postgres();
    let author = a_day(&*place.open().await, "default").await;
    // OPENING is in January 2026.
    place.tamper(
        "CREATE TABLE events_history_2026_01 PARTITION OF events_history FOR VALUES FROM (1767225600000) TO (1769904000000)",
    );
    place.tamper("INSERT INTO events_history SELECT * FROM events WHERE last_seq < 20");
    let problems = place.examined().await.problems;
    assert!(problems.iter().any(|problem| problem.contains("some are there twice")), "{problems:#?}");
    place.tamper("DELETE FROM events WHERE last_seq < 20");
    let findings = place.examined().await;
    assert_eq!((findings.problems, findings.examined[0].events), (Vec::new(), author.kitchen.version().0));
}

#[tokio::test]
async fn a_database_of_another_version_is_left_alone() {
    for place in Place::each() {
        drop(place.open().await);
        place.tamper("UPDATE refinery_schema_history SET version = 99 WHERE version = (SELECT max(version) FROM refinery_schema_history)");
        let refusal = match &place {
            Place::Folder(folder) => SqliteMoment::of(folder.path()).map(drop).map_err(|it| it.to_string()),
            Place::Postgres(database) => {
                let options = Place::options(database);
                PostgresMoment::of(&options).await.map(drop).map_err(|it| it.to_string())
            }
        };
        assert!(refusal.as_ref().is_err_and(|why| why.contains("a newer program wrote it")), "{refusal:?}");
    }
}
