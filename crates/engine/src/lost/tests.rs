use std::sync::Arc;

use feedme_kitchen::{Actor, Command, OrderId, OrderNumber, OrderType, Outcome};
use feedme_store::past::forget;
use feedme_store::{Epoch, RestaurantId, SKIP_NUMBERS, Store};
use feedme_testkit::MemoryStore;
use feedme_testkit::conformance::Author;
use uuid::Uuid;

use crate::{Clock, Delivery, Engine, Ids, Options, Reply, Request};

/// A process that serves a restaurant, beside others.
struct Node {
    engine: Engine,
    restaurant: RestaurantId,
}

impl Node {
    async fn beside(store: &MemoryStore, seed: u64) -> Self {
        let (store, clock, ids) = (Arc::new(store.clone()), Arc::new(Clock::system()), Arc::new(Ids::seeded(seed)));
        let options = Options { holder: format!("node {seed}"), ..Options::default() };
        let engine = Engine::start(store, clock, ids, options).await.expect("memory does not fail");
        let restaurant = engine.restaurant("default").await.expect("memory does not fail").expect("it is there");
        engine.feed(restaurant).await.expect("memory does not fail");
        Self { engine, restaurant }
    }

    async fn place(&self) -> OrderNumber {
        let id = OrderId(Uuid::now_v7());
        let (user, note, lines, external_ref) = (None, None, Vec::new(), None);
        let command = Command::PlaceOrder { id, order_type: OrderType::Normal, user, note, lines, external_ref };
        let reply = self.engine.execute(self.restaurant, Request::new(command, Actor::Open)).await;
        match reply.expect("it is placed") {
            Reply::Fresh { outcome: Outcome::Order(order), .. } => order.number(),
            other => panic!("{other:?}"),
        }
    }

    async fn epoch(&self) -> Epoch {
        self.engine.current(self.restaurant).await.expect("memory does not fail");
        self.engine.served(self.restaurant).expect("it is served").position().epoch
    }
}

async fn place(node: &Node, times: u32) -> OrderNumber {
    let mut last = OrderNumber(0);
    for _ in 0..times {
        last = node.place().await;
    }
    last
}

#[tokio::test(start_paused = true)]
async fn a_standby_that_has_everything_changes_nothing() {
    let store = MemoryStore::new().shared();
    let node = Node::beside(&store, 1).await;
    place(&node, 3).await;
    let epoch = node.epoch().await;
    store.promote(store.standby());
    assert_eq!((node.place().await, node.epoch().await), (OrderNumber(4), epoch));
    node.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_standby_lacks_begins_a_new_history_and_passes_over_numbers() {
    let store = MemoryStore::new().shared();
    let (node, other) = (Node::beside(&store, 1).await, Node::beside(&store, 2).await);
    place(&node, 3).await;
    let (standby, epoch) = (store.standby(), node.epoch().await);
    let shown = place(&node, 2).await;
    let mut screen = node.engine.served(node.restaurant).expect("it is served").subscribe(None);
    assert!(matches!(screen.next().await, Some(Ok(Delivery::Snapshot(_)))));
    store.promote(standby);
    assert_eq!(node.place().await, OrderNumber(shown.0 + SKIP_NUMBERS + 1), "whatever is on a ticket stays there");
    assert_ne!(node.epoch().await, epoch);
    assert_eq!(node.epoch().await, other.epoch().await, "one node begins it, the other follows");
    let Some(Ok(Delivery::Snapshot(snapshot))) = screen.next().await else { panic!("a screen begins anew") };
    assert_eq!(snapshot.epoch(), node.epoch().await);
    node.engine.stop().await;
    other.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn others_who_went_on_from_there_are_not_taken_for_what_was_lost() {
    let store = MemoryStore::new().shared();
    let node = Node::beside(&store, 1).await;
    place(&node, 3).await;
    let (standby, epoch) = (store.standby(), node.epoch().await);
    let shown = place(&node, 2).await;
    store.promote(standby);
    // Under the same numbers and versions, and more.
    let mut rival = Author::of(&store, "default").await;
    let placed: Vec<_> = (0..4).map(|_| rival.place(OrderType::Normal)).collect();
    rival.commit(&store).await;
    assert!(node.place().await.0 > shown.0 + 2);
    assert_ne!(node.epoch().await, epoch);
    for order in placed {
        let found = store.order(node.restaurant, order).await.expect("memory does not fail");
        assert!(found.is_some(), "what others committed meanwhile stays");
    }
    node.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_forgotten_is_not_lost() {
    let store = MemoryStore::new().shared();
    let node = Node::beside(&store, 1).await;
    place(&node, 3).await;
    let (epoch, later) = (node.epoch().await, node.engine.now().plus_ms(1000));
    let forgotten = forget(&store, node.restaurant, later, |_, _| {}).await.expect("memory does not fail");
    assert!(forgotten.events > 0);
    store.promote(store.standby());
    assert_eq!((node.place().await, node.epoch().await), (OrderNumber(4), epoch));
    node.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_new_history_that_did_not_pass_over_enough_is_begun_once_more() {
    let store = MemoryStore::new().shared();
    let node = Node::beside(&store, 1).await;
    let standby = store.standby();
    let shown = place(&node, 20).await;
    store.promote(standby);
    // Begun by somebody who knew of nothing.
    store.draw_epoch(node.restaurant, Epoch(77));
    assert!(node.place().await > shown);
    node.engine.stop().await;
}
