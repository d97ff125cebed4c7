//! A database whose rows are not what is known of them: PostgreSQL has no index that keeps a bot to one order, so each row is
//! changed only if it is what the write was decided on.

use std::sync::Arc;

use feedme_kitchen::{Command, Mode, OrderType, State};
use feedme_store::{Batch, Verdict};
use feedme_testkit::conformance::Author;

use crate::Place;

#[tokio::test]
async fn rows_that_are_not_as_they_were_known_are_left_alone() {
    let drifts = [
        "UPDATE orders SET claim = claim + 10 WHERE status = 'PROCESSING'",
        "UPDATE orders SET status = 'PENDING', claim = NULL, bot_id = NULL, started_at = NULL, due_at = NULL",
        "UPDATE bots SET status = 'IDLE', current_order_id = NULL",
        "UPDATE bots SET current_order_id = gen_random_uuid()",
        "DELETE FROM orders WHERE status = 'PROCESSING'",
    ];
    for drift in drifts {
        let place = Place::postgres();
        let store = place.open().await;
        let mut author = Author::of(&*store, "default").await;
        let bot = author.add(Mode::Pull);
        let order = author.place(OrderType::Vip);
        author.must(Command::ClaimOrder(bot.id));
        author.commit(&*store).await;
        let version = author.kitchen.version();
        place.tamper(drift);
        author.complete(order);
        author.place(OrderType::Normal);
        let batch = Batch { writes: vec![author.write()], generation: store.generation() };
        let verdicts = store.commit(Arc::new(batch)).await.expect("it answers");
        assert!(
            matches!(&verdicts[..], [Verdict::Violated(why)] if why.contains("decided on")),
            "{drift}: {verdicts:?}"
        );
        let stands = store.load(author.restaurant).await.expect("it can be read").expect("it exists").version();
        assert_eq!(stands, version, "{drift}");
    }
}

/// Nothing removes a bot's row but a hand; the orders that it cooked stay.
#[tokio::test]
async fn an_order_outlives_the_row_of_its_bot() {
    let place = Place::postgres();
    let store = place.open().await;
    let mut author = Author::of(&*store, "default").await;
    let bots = [author.add(Mode::Pull), author.add(Mode::Pull)];
    let orders = bots.map(|bot| {
        let order = author.place(OrderType::Vip);
        author.must(Command::ClaimOrder(bot.id));
        order
    });
    author.complete(orders[0]);
    author.commit(&*store).await;
    place.tamper(&format!("DELETE FROM bots WHERE id = '{}'", bots[0].id.0));
    let order = store.order(author.restaurant, orders[0]).await.expect("it can be read").expect("it is there");
    assert!(matches!(order.state, State::Complete { work, .. } if work.bot.is_none()), "{order:?}");
    let Place::Postgres(database) = &place else { panic!("it is on PostgreSQL") };
    let refused = database.ask(&format!("DELETE FROM bots WHERE id = '{}'", bots[1].id.0));
    assert!(refused.is_err(), "it cooks");
}
