//! Restaurants that nobody asks for are let go.

use feedme_kitchen::{Actor, Command, Mode, OrderType};
use feedme_testkit::MemoryStore;

use std::sync::Arc;
use std::time::Duration;

use feedme_engine::feed::Feed;
use feedme_engine::{Clock, Engine, Ids, Options, Request};
use feedme_kitchen::Status;
use feedme_store::RestaurantId;
use feedme_testkit::time::VirtualTime;

async fn start(store: &MemoryStore) -> Engine {
    let clock = Arc::new(Clock::new(VirtualTime::begin()));
    Engine::start(Arc::new(store.clone()), clock, Arc::new(Ids::seeded(1)), Options::default())
        .await
        .expect("memory does not fail")
}

async fn place(engine: &Engine, id: RestaurantId) {
    let order = Command::PlaceOrder {
        id: engine.ids().order(engine.now()),
        order_type: OrderType::Normal,
        user: None,
        note: None,
        lines: Vec::new(),
        external_ref: None,
    };
    engine.execute(id, Request::new(order, Actor::Open)).await.expect("memory does not fail");
}

async fn feed(engine: &Engine, id: RestaurantId) -> Arc<Feed> {
    engine.feed(id).await.expect("memory does not fail").expect("it is there")
}

/// Restaurants are let go after ten minutes, looked for every minute.
const A_WHILE: Duration = Duration::from_mins(12);

#[tokio::test(start_paused = true)]
async fn what_nobody_asks_for_is_let_go_and_comes_back_as_it_is_by_then() {
    let store = MemoryStore::with_restaurants(["east", "west", "north", "south"]).shared();
    let (engine, other) = (start(&store).await, start(&store).await);
    let mut ids = Vec::new();
    for slug in ["east", "west", "north", "south"] {
        ids.push(engine.restaurant(slug).await.expect("memory does not fail").expect("it is there"));
    }
    let [idle, followed, waits, asked] = ids[..] else { unreachable!("there are four") };
    let before = feed(&engine, idle).await;
    let _screen = feed(&engine, followed).await.subscribe(None);
    place(&engine, waits).await;
    for _ in 0..4 {
        tokio::time::sleep(A_WHILE / 4).await;
        feed(&engine, asked).await;
    }
    let served = [idle, followed, waits, asked].map(|id| engine.served(id).is_some());
    assert_eq!(served, [false, true, true, true]);
    // Who had it in hand is not left with what it was.
    assert!(before.subscribe(Some(before.position())).next().await.is_none());
    place(&other, idle).await;
    let after = feed(&engine, idle).await;
    assert!(!Arc::ptr_eq(&before, &after) && after.with(|kitchen| kitchen.count(Status::Pending)) == 1);
    // And works on.
    let bot = Command::AddBot { id: engine.ids().bot(engine.now()), mode: Mode::Auto };
    engine.execute(idle, Request::new(bot, Actor::Open)).await.expect("memory does not fail");
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(after.with(|kitchen| kitchen.count(Status::Complete)), 1);
    engine.stop().await;
    other.stop().await;
}

/// Where one process serves all, nothing has to be loaded again.
#[tokio::test(start_paused = true)]
async fn the_only_process_keeps_all() {
    let engine = start(&MemoryStore::new()).await;
    let id = engine.restaurant("default").await.expect("memory does not fail").expect("it is there");
    tokio::time::sleep(A_WHILE).await;
    assert!(engine.served(id).is_some());
    engine.stop().await;
}
