//! Programs of different versions on one database.

use feedme_kitchen::{Mode, OrderType, Time};
use feedme_store::accounts::Accounts as _;
use feedme_store::carry::{Terms, export, import};
use feedme_store::past::{ForgetError, forget};
use feedme_store::postgres::{OpenError, PostgresArrival, PostgresStore};
use feedme_store::{CommitError, Leveled, Store, StoreError};
use feedme_testkit::cluster::Database;
use feedme_testkit::conformance::Author;
use feedme_testkit::conformance::author::{OPENING, a_day, same};

use crate::{Place, another_epoch};

/// What a newer program does to the database at its start: it adds.
const NEWER: &str = "
    ALTER TABLE orders ADD COLUMN tip bigint;
    ALTER TABLE orders_history ADD COLUMN tip bigint;
    ALTER TABLE restaurants ADD COLUMN motto text NOT NULL DEFAULT '';
    ALTER TABLE bots ADD COLUMN colour text;
    ALTER TABLE api_keys ADD COLUMN label text;
    CREATE TABLE tables_outside (id uuid PRIMARY KEY);
    INSERT INTO refinery_schema_history
        SELECT max(version) + 1, 'terrace', max(applied_on), '4711' FROM refinery_schema_history";

fn database(place: &Place) -> &Database<'static> {
    let Place::Postgres(database) = place else { panic!("it is on PostgreSQL") };
    database
}

async fn open(place: &Place) -> Result<PostgresStore, OpenError> {
    PostgresStore::open(&Place::options(database(place)), OPENING, another_epoch()).await
}

fn tamper_each(place: &Place, statements: &str) {
    statements.split(';').for_each(|statement| place.tamper(statement));
}

fn level(place: &Place) -> String {
    database(place).ask("SELECT level::text FROM cluster").expect("it can be asked").expect("there is one")
}

/// An old program serves on, and starts again, beside those that have migrated the database, until it is retired.
#[tokio::test]
async fn an_older_program_serves_beside_newer_ones_until_the_level_is_raised() {
    let place = Place::postgres();
    let store = open(&place).await.expect("it can be opened");
    let mut author = a_day(&store, "default").await;
    // Prepared on every connection that there is.
    let keys = || store.keys(author.restaurant);
    assert!(
        futures::future::try_join_all((0..20).map(|_| keys())).await.expect("it can be read").iter().all(Vec::is_empty)
    );
    tamper_each(&place, NEWER);
    assert!(
        futures::future::try_join_all((0..20).map(|_| keys())).await.expect("it can be read").iter().all(Vec::is_empty)
    );
    author.place(OrderType::Vip);
    author.commit(&store).await;
    same(&store, &author).await;
    store.tidy(author.now.plus_ms(86_400_000), Time(0)).await.expect("it can be written");
    drop(store);
    let store = open(&place).await.expect("it starts again");
    let mut author = Author::of(&store, "default").await;
    author.place(OrderType::Normal);
    author.commit(&store).await;
    same(&store, &author).await;
    let finished = PostgresStore::finish(&Place::options(database(&place))).await;
    assert!(matches!(&finished, Err(OpenError::Unreachable(why)) if why.contains("newer")), "{finished:?}");

    place.tamper("UPDATE cluster SET level = level + 1");
    let confirmed = store.confirm(&[author.restaurant]).await;
    assert!(matches!(&confirmed, Err(StoreError::Unavailable(why)) if why.contains("too old")), "{confirmed:?}");
    author.place(OrderType::Vip);
    let batch = feedme_store::Batch { writes: vec![author.write()], generation: store.generation() };
    let outcome = store.commit(std::sync::Arc::new(batch)).await;
    assert!(matches!(&outcome, Err(CommitError::NotCommitted(why)) if why.contains("too old")), "{outcome:?}");
    assert!(store.hold(author.restaurant).await.is_err());
    assert!(PostgresArrival::into(&Place::options(database(&place))).await.is_err(), "it takes nothing in either");
    let again = open(&place).await;
    assert!(matches!(&again, Err(OpenError::Unreachable(why)) if why.contains("too old")), "{:?}", again.err());
}

/// What older programs would misread waits for the level.
#[tokio::test]
async fn nothing_is_forgotten_while_older_programs_may_serve() {
    let place = Place::postgres();
    drop(open(&place).await.expect("it can be opened"));
    let newest = level(&place);
    // As a program that knows nothing of forgetting left it.
    place.tamper("UPDATE cluster SET level = 3");
    let store = open(&place).await.expect("it can be opened");
    let author = a_day(&store, "default").await;
    let later = author.now.plus_ms(1);
    let refused = forget(&store, author.restaurant, later, |_, _| {}).await;
    assert!(
        matches!(&refused, Err(ForgetError::Store(StoreError::Unavailable(why))) if why.contains("feedme migrate --finish")),
        "{refused:?}"
    );
    assert_eq!(store.checkpoint(author.restaurant).await.expect("it can be read").expect("it exists").orders, 0);
    let options = Place::options(database(&place));
    let now: u64 = newest.parse().expect("it is a number");
    assert_eq!(PostgresStore::finish(&options).await.expect("it can be raised"), Leveled { before: 3, now });
    assert_eq!(PostgresStore::finish(&options).await.expect("it is raised"), Leveled { before: now, now });
    assert_eq!(level(&place), newest);
    // Nor does a checkpoint come with a restaurant.
    let (folder, from) = (tempfile::tempdir().expect("there is room for a folder"), Place::folder());
    let till = from.open().await;
    let elsewhere = a_day(&*till, "default").await;
    forget(&*till, elsewhere.restaurant, elsewhere.now, |_, _| {}).await.expect("it can be forgotten");
    drop(till);
    let file = folder.path().join("till.feedme.gz");
    export(&mut *from.moment().await, "default", &file, |_, _| {}).await.expect("it can be exported");
    let arrive = async || {
        let terms = Terms { slug: Some("moved"), skip: 1000, epoch: another_epoch(), now: later };
        import(&mut *place.arrival().await, &file, terms, |_, _| {}).await
    };
    place.tamper("UPDATE cluster SET level = 3");
    let refused = arrive().await.expect_err("older programs may serve it").to_string();
    assert!(refused.contains("feedme migrate --finish"), "{refused}");
    PostgresStore::finish(&options).await.expect("it can be raised");
    arrive().await.expect("it can be taken in");
    // Whoever serves finds out by the next question.
    store.confirm(&[]).await.expect("it can be read");
    let forgotten = forget(&store, author.restaurant, later, |_, _| {}).await.expect("it can be forgotten");
    assert!(forgotten.events > 0);
}

/// A database as programs of the fourth level left it.
const OF_LEVEL_4: &str = "
    UPDATE cluster SET level = 4;
    UPDATE restaurants SET next_due_at = NULL;
    CREATE INDEX orders_due ON orders (due_at) WHERE status = 'PROCESSING' AND due_at IS NOT NULL;
    ALTER TABLE orders ADD CONSTRAINT orders_one_order_a_bot EXCLUDE USING btree (bot_id WITH =)
        WHERE (status = 'PROCESSING') DEFERRABLE INITIALLY DEFERRED;
    ALTER TABLE orders ADD FOREIGN KEY (bot_id) REFERENCES bots (id) ON DELETE SET NULL;
    ALTER TABLE bots ADD CONSTRAINT bots_one_bot_an_order UNIQUE (current_order_id) DEFERRABLE INITIALLY DEFERRED;
    ALTER TABLE bots ADD FOREIGN KEY (current_order_id) REFERENCES orders (id) ON DELETE SET NULL";

/// What is overdue is found whether or not there are older programs, which do not say when their orders are due.
#[tokio::test]
async fn what_only_older_programs_need_goes_with_them() {
    let place = Place::postgres();
    let store = open(&place).await.expect("it can be opened");
    let mut author = Author::of(&store, "default").await;
    author.add(Mode::Auto);
    author.place(OrderType::Normal);
    author.commit(&store).await;
    let due = author.kitchen.next_due().expect("it cooks");
    let overdue = async |store: &PostgresStore| {
        let [early, late] = [due, due.plus_ms(1)].map(|before| store.overdue(before, 10));
        assert_eq!(early.await.expect("it can be read"), []);
        late.await.expect("it can be read").len()
    };
    assert_eq!(overdue(&store).await, 1);
    tamper_each(&place, OF_LEVEL_4);
    store.confirm(&[]).await.expect("it can be read");
    assert_eq!(overdue(&store).await, 1);
    let left = || {
        let named = "SELECT count(*)::text FROM (
             SELECT conname AS name FROM pg_constraint UNION SELECT relname FROM pg_class
         ) AS named WHERE name IN ('orders_due', 'orders_one_order_a_bot', 'bots_one_bot_an_order',
             'orders_bot_id_fkey', 'bots_current_order_id_fkey')";
        database(&place).ask(named).expect("it can be asked").expect("there is a count")
    };
    assert_eq!(left(), "5");
    assert_eq!(place.examined().await.problems, [""; 0], "older programs may serve");
    // An older program completed what a newer one had started, and left the time that was noted.
    let mut quiet = store.restaurants().await.expect("it can be read").remove(0);
    (quiet.id.0, quiet.slug) = (uuid::Uuid::from_u128(7), "quiet".into());
    assert!(store.add_restaurant(&quiet, Time(0)).await.expect("it can be written"));
    place.tamper("UPDATE restaurants SET next_due_at = 7 WHERE slug = 'quiet'");

    PostgresStore::finish(&Place::options(database(&place))).await.expect("it can be raised");
    assert_eq!(left(), "0");
    assert_eq!(place.examined().await.problems, [""; 0], "what is due is known from the rows");
    store.confirm(&[]).await.expect("it can be read");
    assert_eq!(overdue(&store).await, 1);
    let cooks = author.kitchen.cooking().next().expect("it cooks").id();
    author.complete(cooks);
    author.commit(&store).await;
    assert_eq!(store.overdue(due.plus_ms(1), 10).await.expect("it can be read"), []);
    assert_eq!(place.examined().await.problems, [""; 0]);
}
