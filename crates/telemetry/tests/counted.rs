//! A kitchen at work, and what is told of it.

use std::sync::Arc;
use std::time::Duration;

use feedme_engine::{Clock, Engine, Ids, Options, Request};
use feedme_kitchen::{Actor, BotId, Claim, Command, Mode, OrderId, OrderType};
use feedme_store::RestaurantId;
use feedme_telemetry::Metrics;
use feedme_testkit::MemoryStore;
use feedme_testkit::time::VirtualTime;
use uuid::Uuid;

const BOT: BotId = BotId(Uuid::from_u128(1));

struct Kitchen {
    engine: Engine,
    restaurant: RestaurantId,
    metrics: Metrics,
}

impl Kitchen {
    async fn open(restaurants_max: usize) -> Self {
        let metrics = Metrics::new("1.2.3", restaurants_max);
        let options = Options { observer: metrics.observer(), ..Options::default() };
        let clock = Arc::new(Clock::new(VirtualTime::begin()));
        let engine = Engine::start(Arc::new(MemoryStore::new()), clock, Arc::new(Ids::seeded(1)), options).await;
        let engine = engine.expect("it starts");
        metrics.watch(&engine);
        let restaurant = engine.restaurant("default").await.expect("it answers").expect("there is one");
        Self { engine, restaurant, metrics }
    }

    async fn does(&self, command: Command) {
        let request = Request::new(command, Actor::Open);
        self.engine.execute(self.restaurant, request).await.expect("it may");
    }

    async fn place(&self, order_type: OrderType) -> OrderId {
        let id = OrderId(self.engine.ids().uuid(self.engine.now()));
        let (user, note, lines, external_ref) = (None, None, Vec::new(), None);
        self.does(Command::PlaceOrder { id, order_type, user, note, lines, external_ref }).await;
        id
    }

    async fn passes(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// The value of a series, by its name with its labels.
    fn value(&self, series: &str) -> f64 {
        let text = self.metrics.exposition(None).text;
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{series} is not there:\n{text}")).parse().expect("it is a number")
    }

    fn tells(&self, series: &str, expected: f64) {
        let found = self.value(series);
        assert!((found - expected).abs() < 0.1, "{series} is {found}, not {expected}");
    }

    fn tells_event(&self, event: &str, class: &str, expected: f64) {
        let labels = format!(r#"event="{event}",type="{class}",restaurant="default""#);
        self.tells(&format!("feedme_order_events_total{{{labels}}}"), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn every_end_of_an_orders_cooking_is_counted_with_its_time() {
    let kitchen = Kitchen::open(1).await;
    let cooking = r#"feedme_bot_cooking_seconds_total{restaurant="default"}"#;
    let vip = kitchen.place(OrderType::Vip).await;
    let normal = kitchen.place(OrderType::Normal).await;
    kitchen.place(OrderType::Normal).await;

    kitchen.does(Command::AddBot { id: BotId(Uuid::from_u128(2)), mode: Mode::Auto }).await;
    kitchen.passes(3).await;
    kitchen.does(Command::RemoveNewestBot).await;
    kitchen.tells_event("returned", "vip", 1.0);
    kitchen.tells(cooking, 3.0);

    kitchen.does(Command::AddBot { id: BOT, mode: Mode::Auto }).await;
    kitchen.passes(4).await;
    kitchen.does(Command::CancelOrder(vip)).await;
    kitchen.tells_event("cancelled", "vip", 1.0);
    kitchen.tells(cooking, 7.0);

    let stale = Command::CompleteOrder { order: normal, bot: BOT, claim: Claim(999) };
    kitchen.does(stale).await;
    kitchen.tells("feedme_stale_completions_total", 1.0);

    kitchen.passes(2).await;
    kitchen.does(Command::ClearOrders).await;
    kitchen.tells_event("cancelled", "normal", 2.0);
    kitchen.tells(cooking, 9.0);

    // One waited for nothing, then for three seconds, the other for seven.
    kitchen.tells(r#"feedme_order_waiting_seconds_count{type="vip",restaurant="default"}"#, 2.0);
    kitchen.tells(r#"feedme_order_waiting_seconds_sum{type="vip",restaurant="default"}"#, 3.0);
    kitchen.tells(r#"feedme_order_waiting_seconds_sum{type="normal",restaurant="default"}"#, 7.0);
    kitchen.tells(r#"feedme_order_ready_seconds_count{type="normal",restaurant="default"}"#, 0.0);
}

#[tokio::test(start_paused = true)]
async fn the_oldest_of_each_class_is_told_for_as_long_as_it_waits() {
    let kitchen = Kitchen::open(1).await;
    kitchen.place(OrderType::Normal).await;
    kitchen.passes(5).await;
    kitchen.place(OrderType::Normal).await;
    kitchen.place(OrderType::Vip).await;
    kitchen.passes(2).await;
    kitchen.tells(r#"feedme_orders_waiting{type="normal",restaurant="default"}"#, 2.0);
    kitchen.tells(r#"feedme_oldest_order_waiting_seconds{type="normal",restaurant="default"}"#, 7.0);
    kitchen.tells(r#"feedme_oldest_order_waiting_seconds{type="vip",restaurant="default"}"#, 2.0);
    kitchen.does(Command::ClearOrders).await;
    kitchen.tells(r#"feedme_oldest_order_waiting_seconds{type="normal",restaurant="default"}"#, 0.0);
}

#[tokio::test(start_paused = true)]
async fn restaurants_are_not_told_apart_where_nobody_wants_that() {
    let kitchen = Kitchen::open(0).await;
    kitchen.place(OrderType::Vip).await;
    kitchen.tells(r#"feedme_order_events_total{event="placed",type="vip",restaurant=""}"#, 1.0);
    assert!(!kitchen.metrics.exposition(None).text.contains("default"));
}
