//! A pooler between the program and the database: it keeps nothing of a caller from one transaction to the next, and changes
//! the server that answers without notice.

use std::sync::Arc;

use feedme_kitchen::OrderType;
use feedme_store::postgres::{PostgresOptions, PostgresStore};
use feedme_store::{Batch, Store as _, Verdict};
use feedme_testkit::cluster::{Cluster, Options, Pooler, Stop};
use feedme_testkit::conformance::Author;
use feedme_testkit::conformance::author::{OPENING, same};
use futures::future::join_all;

use crate::another_epoch;

async fn opened(pooler: &Pooler, database: &str) -> PostgresStore {
    let options = PostgresOptions::at(pooler.url(database), "tests", 2);
    PostgresStore::open(&options, OPENING, another_epoch()).await.expect("it can be opened")
}

/// What the next server has may be less than what was decided on, under the same versions.
#[tokio::test]
async fn what_was_decided_by_the_account_of_a_server_is_not_written_to_the_next() {
    let cluster = Cluster::start(&Options::quick()).unwrap_or_else(|error| panic!("{error}"));
    let pooler = Pooler::before(&cluster).unwrap_or_else(|error| panic!("{error}"));
    let database = cluster.database();
    let store = opened(&pooler, database.name()).await;
    let mut author = Author::of(&store, "default").await;
    author.place(OrderType::Vip);
    author.commit(&store).await;

    let known = author.clone();
    author.place(OrderType::Normal);
    let decided = Arc::new(Batch { writes: vec![author.write()], generation: store.generation() });
    cluster.stop(Stop::Fast).expect("it stops");
    cluster.start_again().expect("it starts");
    // Nobody has asked anything since, so nobody knows.
    assert_eq!(store.generation(), decided.generation);
    assert_eq!(store.commit(Arc::clone(&decided)).await.expect("it answers"), [Verdict::Conflict]);
    same(&store, &known).await;

    // The next question finds out, and from then on what was decided before is of no use.
    assert!(store.confirm(&[author.restaurant]).await.is_err());
    assert_ne!(store.generation(), decided.generation);
    assert_eq!(store.confirm(&[author.restaurant]).await.expect("it answers").restaurants.len(), 1);
    assert_eq!(store.commit(Arc::clone(&decided)).await.expect("it answers"), [Verdict::Conflict]);
    let again = Batch { generation: store.generation(), writes: decided.writes.clone() };
    assert_eq!(store.commit(Arc::new(again)).await.expect("it answers"), [Verdict::Won]);
    same(&store, &author).await;

    // Whoever locks a restaurant first decides by the account of the server that holds the lock, or not at all.
    cluster.stop(Stop::Fast).expect("it stops");
    cluster.start_again().expect("it starts");
    assert!(store.hold(author.restaurant).await.is_err());
    assert!(store.hold(author.restaurant).await.expect("it answers").is_some());
}

/// Statements that are kept would be kept at another connection than the next one.
#[tokio::test]
async fn a_pooler_that_swallows_options_is_known_for_one() {
    let cluster = Cluster::shared();
    let pooler = Pooler::that_swallows_options_before(cluster).unwrap_or_else(|error| panic!("{error}"));
    let database = cluster.database();
    let store = opened(&pooler, database.name()).await;
    let mut author = Author::of(&store, "default").await;
    let restaurants = [author.restaurant];
    for _ in 0..20 {
        // Several at once are given the pooler's connections in another order each time.
        let questions = join_all((0..4).map(|_| store.confirm(&restaurants)));
        author.place(OrderType::Normal);
        let (answers, ()) = tokio::join!(questions, author.commit(&store));
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
    same(&store, &author).await;
}

/// What is told of connections is what is there.
#[tokio::test]
async fn connections_are_told_by_what_they_are_for() {
    let cluster = Cluster::shared();
    let database = cluster.database();
    let options = PostgresOptions::at(database.url(), "tests", 2);
    let store = PostgresStore::open(&options, OPENING, another_epoch()).await.expect("it can be opened");
    store.restaurants().await.expect("it answers");
    let [writers, readers] = store.pools()[..] else { panic!("{:?}", store.pools()) };
    assert_eq!((writers.purpose, writers.max), ("writers", 4));
    assert_eq!((readers.purpose, readers.used, readers.waiting), ("readers", 0, 0));
    assert!(readers.idle >= 1, "the one that was read with is kept: {readers:?}");

    let author = Author::of(&store, "default").await;
    let before = store.pools()[0];
    let held = store.hold(author.restaurant).await.expect("it answers").expect("there is one");
    assert_eq!(store.pools()[0].used, before.used + 1);
    held.release().await;
    assert_eq!(store.pools()[0].used, before.used);

    let replica = PostgresOptions { replica: Some(database.url().clone()), ..options };
    let store = PostgresStore::open(&replica, OPENING, another_epoch()).await.expect("it can be opened");
    assert_eq!(store.pools().last().map(|pool| pool.purpose), Some("replica"));
}
