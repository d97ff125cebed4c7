//! The whole application, without a socket, on virtual time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use feedme_delayed::Delayed;
use feedme_engine::{Clock, Driver, Engine, Ids, Options};
use feedme_server::{Access, AccessOptions, Limits, Service, ServiceOptions};
use feedme_store::Store;
use feedme_store::accounts::Accounts;
use http::{Method, Request};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::answer::Answer;
use crate::memory::MemoryStore;
use crate::screen::Screen;
use crate::time::VirtualTime;

/// How often what is due gives way to the rest: more often than any chain of tasks behind one request is long.
const SETTLE_YIELDS: usize = 64;

/// The class of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderType {
    /// NORMAL.
    Normal,
    /// VIP.
    Vip,
}

/// The whole application.
#[derive(Clone)]
pub struct TestApp {
    /// The engine.
    pub engine: Engine,
    /// The routes.
    pub service: Service,
    /// The delayed-message service whose callbacks it takes, where one is used.
    pub delayed: Option<Delayed>,
    /// Who may come in.
    pub access: Access,
    /// Who there is.
    pub accounts: Arc<dyn Accounts>,
    /// Goes with what goes on beside requests, if that is so.
    _keeps_up: Option<watch::Sender<bool>>,
}

impl std::fmt::Debug for TestApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestApp").field("engine", &self.engine).finish_non_exhaustive()
    }
}

impl TestApp {
    /// An application with the restaurant "default" in memory.
    pub async fn start() -> Self {
        Self::on(Arc::new(MemoryStore::new())).await
    }

    /// An application that lets in only those it knows, with the restaurants "default" and "south".
    pub async fn locked() -> Self {
        let store = MemoryStore::new();
        store.open_restaurant("south", "FeedMe South");
        Self::of(store, AccessOptions::default()).await
    }

    /// An application over a store in memory that holds the accounts, too.
    pub async fn of(store: MemoryStore, options: AccessOptions) -> Self {
        Self::granting(store, options, Limits::default()).await
    }

    /// The same, granting something else than usual.
    pub async fn granting(store: MemoryStore, options: AccessOptions, limits: Limits) -> Self {
        let accounts = Arc::new(store.clone());
        Self::over(Arc::new(store), accounts, options, limits).await
    }

    /// An application on a store that may hold something already.
    pub async fn on(store: Arc<dyn Store>) -> Self {
        Self::with(store, Limits::default()).await
    }

    /// An application that grants something else than usual.
    pub async fn with(store: Arc<dyn Store>, limits: Limits) -> Self {
        Self::over(
            store,
            Arc::new(MemoryStore::new()),
            AccessOptions { open: true, ..AccessOptions::default() },
            limits,
        )
        .await
    }

    /// An application whose orders are completed by somebody else than its own timers.
    pub async fn driven(
        store: Arc<dyn Store>,
        limits: Limits,
        clock: Clock,
        driver: Driver,
        delayed: Option<Delayed>,
    ) -> Self {
        let options = Options { holder: "test".into(), driver, ..Options::default() };
        let engine = Engine::start(store, Arc::new(clock), Arc::new(Ids::seeded(1)), options).await;
        let accounts = Arc::new(MemoryStore::new());
        Self::around(
            engine.expect("the engine starts"),
            accounts,
            AccessOptions { open: true, ..AccessOptions::default() },
            limits,
            delayed,
        )
    }

    /// One node of several on a store that they share, with what goes on beside requests. Each has a number of its own.
    pub async fn node(number: u64, store: Arc<dyn Store>, accounts: Arc<dyn Accounts>, options: AccessOptions) -> Self {
        let clock = Arc::new(Clock::new(VirtualTime::begin()));
        let holds = Options { holder: format!("node {number}"), ..Options::default() };
        let engine = Engine::start(store, clock, Arc::new(Ids::seeded(number)), holds).await;
        let app = Self::around(engine.expect("the engine starts"), accounts, options, Limits::default(), None);
        let stop = watch::Sender::new(false);
        tokio::spawn(app.access.clone().keep_up(app.engine.clone(), stop.subscribe()));
        Self { _keeps_up: Some(stop), ..app }
    }

    async fn over(store: Arc<dyn Store>, accounts: Arc<dyn Accounts>, options: AccessOptions, limits: Limits) -> Self {
        let clock = Arc::new(Clock::new(VirtualTime::begin()));
        let holds = Options { holder: "test".into(), ..Options::default() };
        let engine = Engine::start(store, clock, Arc::new(Ids::seeded(1)), holds).await.expect("the engine starts");
        Self::around(engine, accounts, options, limits, None)
    }

    fn around(
        engine: Engine,
        accounts: Arc<dyn Accounts>,
        options: AccessOptions,
        limits: Limits,
        delayed: Option<Delayed>,
    ) -> Self {
        let access = Access::new(Arc::clone(&accounts), options);
        let options = ServiceOptions { limits, delayed: delayed.clone(), ..ServiceOptions::default() };
        let service = Service::new(engine.clone(), access.clone(), options);
        Self { engine, service, delayed, access, accounts, _keeps_up: None }
    }

    /// Sends a request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.service.answer(request).await).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(bare(Method::GET, path)).await
    }

    /// GET with one header.
    pub async fn get_with(&self, path: &str, name: &str, value: &str) -> Answer {
        let mut request = bare(Method::GET, path);
        request.headers_mut().insert(http::HeaderName::try_from(name).expect("a header's name"), header(value));
        self.send(request).await
    }

    /// POST with a body of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(with_json(Method::POST, path, body)).await
    }

    /// POST with a body of JSON and an idempotency key.
    pub async fn post_keyed(&self, path: &str, body: &Value, key: &str) -> Answer {
        let mut request = with_json(Method::POST, path, body);
        request.headers_mut().insert("idempotency-key", header(key));
        self.send(request).await
    }

    /// POST without a body.
    pub async fn post_empty(&self, path: &str) -> Answer {
        self.send(bare(Method::POST, path)).await
    }

    /// PATCH with a body of JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(with_json(Method::PATCH, path, body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(bare(Method::DELETE, path)).await
    }

    /// Places an order and gives it back.
    pub async fn place(&self, order_type: OrderType) -> Value {
        let name = match order_type {
            OrderType::Normal => "NORMAL",
            OrderType::Vip => "VIP",
        };
        self.post("/api/orders", &json!({ "type": name })).await.expect(201)["order"].take()
    }

    /// Adds an automatic bot and gives it back.
    pub async fn add_bot(&self) -> Value {
        self.post_empty("/api/bots").await.expect(201)["bot"].take()
    }

    /// Adds a pull bot and gives it back.
    pub async fn add_pull_bot(&self) -> Value {
        self.post("/api/bots", &json!({ "mode": "pull" })).await.expect(201)["bot"].take()
    }

    /// An order as it is now.
    pub async fn order(&self, order: &Value) -> Value {
        self.get(&format!("/api/orders/{}", id(order))).await.expect(200)["order"].take()
    }

    /// Everything that a screen shows.
    pub async fn board(&self) -> Value {
        self.get("/api/board").await.expect(200)
    }

    /// The board's orders, each as its number and status: `["2 PENDING", "1 PROCESSING"]`.
    pub async fn listing(&self) -> Vec<String> {
        let board = self.board().await;
        let orders = board["orders"].as_array().expect("a board has orders");
        orders.iter().map(|order| format!("{} {}", order["number"], order["status"].as_str().unwrap_or("?"))).collect()
    }

    /// Opens a stream.
    pub async fn screen(&self) -> Screen {
        self.screen_at("/api/events").await
    }

    /// Opens a stream after an id.
    pub async fn screen_after(&self, id: &str) -> Screen {
        self.screen_at(&format!("/api/events?after={id}")).await
    }

    /// Opens a stream at a path.
    pub async fn screen_at(&self, path: &str) -> Screen {
        Screen::open(self.service.answer(bare(Method::GET, path)).await)
    }

    /// Moves time on, and lets everything happen that is due until then.
    pub async fn advance(&self, by: Duration) {
        // Sleeping, unlike jumping, stops at every timer on the way.
        tokio::time::sleep(by).await;
        self.settle().await;
    }

    /// Lets everything happen that is due now.
    pub async fn settle(&self) {
        for _ in 0..SETTLE_YIELDS {
            tokio::task::yield_now().await;
        }
    }
}

/// The id of an order or bot.
pub fn id(value: &Value) -> &str {
    value["id"].as_str().expect("orders and bots have an id")
}

/// A request without a body.
pub fn bare(method: Method, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).expect("a legal request")
}

/// A request with a body of JSON.
pub fn with_json(method: Method, path: &str, body: &Value) -> Request<Body> {
    with_body(method, path, "application/json", body.to_string())
}

/// A request with any body.
pub fn with_body(method: Method, path: &str, media_type: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header("content-type", media_type);
    request.body(body.into()).expect("a legal request")
}

fn header(value: &str) -> http::HeaderValue {
    http::HeaderValue::from_bytes(value.as_bytes()).expect("a legal header")
}
