//! A delayed-message service on a real socket, faithful or not, in real time: orders cook for a second here.

use std::net::SocketAddr;
use std::sync::Arc;

use feedme_delayed::Delayed;
use feedme_engine::{Clock, Driver, outside};
use feedme_server::Limits;
use feedme_testkit::delayed::{DelayedService, Manners, Message, settings};
use feedme_testkit::{MemoryStore, Normal, Screen, SocketApp, Span as _, TestApp, Vip};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use uuid::Uuid;

/// The name under which the service reaches the server.
const HOST: &str = "feedme.example";

/// An application, and the service that drives it.
struct Kitchen {
    app: TestApp,
    socket: SocketApp,
    service: DelayedService,
    _publishing: watch::Sender<bool>,
}

impl Kitchen {
    async fn open() -> Self {
        Self::on(Arc::new(MemoryStore::new()), Uuid::now_v7(), None).await
    }

    async fn on(store: Arc<MemoryStore>, run: Uuid, service: Option<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = match service {
            None => DelayedService::start(HOST, address),
            Some(service) => DelayedService::start_at(service, HOST, address),
        };
        let (line, starts) = outside();
        let callback = format!("http://{HOST}:{}/api/orders/complete", address.port());
        let (delayed, publisher) = Delayed::new(settings(&service.url(), &callback), starts, run).unwrap();
        let clock = Clock::system();
        let app = TestApp::driven(store, Limits::default(), clock, Driver::Outside(line), Some(delayed)).await;
        let socket = SocketApp::serve_on(listener, &app, Limits::default());
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(publisher.run(app.engine.clone(), stopping));
        app.patch("/api/settings", &json!({ "cookMs": 1000 })).await.expect(200);
        Self { app, socket, service, _publishing: stop }
    }

    /// Waits until an order is complete; by how many milliseconds it missed its due time.
    async fn completed(&self, screen: &mut Screen) -> i64 {
        loop {
            let frame = screen.next().await.expect("the stream goes on");
            if frame.event == "order.completed" {
                let order = &frame.data["order"];
                return moment(&order["completedAt"]) - moment(&order["dueAt"]);
            }
        }
    }

    /// What the health says of the service, as soon as it says this.
    async fn health(&self, says: &str) -> Value {
        let mut looks = tokio::time::interval(20.ms());
        loop {
            looks.tick().await;
            let health = self.app.get("/api/health").await.json();
            let checks = health["checks"].as_array().unwrap();
            let check = checks.iter().find(|check| check["name"] == "delayedMessages").unwrap();
            if check["detail"].as_str().unwrap().contains(says) {
                return check.clone();
            }
        }
    }

    fn of(&self, message: &Message, order: &Value) {
        assert_eq!(message.json(), json!({ "orderId": order["id"], "botId": order["botId"], "claim": order["claim"] }));
        let path = format!("http://{HOST}:{}/api/orders/complete", self.socket.address.port());
        assert_eq!((&*message.destination, message.delay), (&*path, 1.s()));
        assert_eq!(message.content_type, "application/json");
    }
}

fn moment(time: &Value) -> i64 {
    time.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[tokio::test]
async fn a_faithful_service_completes_every_order_when_it_is_due() {
    let kitchen = Kitchen::open().await;
    let bot = kitchen.app.add_bot().await;
    for claim in 1..=2 {
        let order = kitchen.app.place(Normal).await;
        let message = kitchen.service.published().await;
        kitchen.of(&message, &order);
        let key = message.deduplication_id.unwrap();
        assert!(key.starts_with(&format!("{}-{claim}-", order["id"].as_str().unwrap())), "{key}");
        let delivery = kitchen.service.delivered().await;
        assert_eq!((delivery.status, &delivery.answer["outcome"]), (200, &json!("completed")));
        assert_eq!(delivery.answer["order"]["botId"], bot["id"]);
    }
    assert_eq!(kitchen.health("answered").await["status"], "ok");
}

#[tokio::test]
async fn a_service_that_doubles_and_reorders_completes_each_order_once() {
    let kitchen = Kitchen::open().await;
    kitchen.service.mind(Manners::Doubles);
    kitchen.app.add_bot().await;
    kitchen.app.place(Normal).await;
    let outcomes = [kitchen.service.delivered().await, kitchen.service.delivered().await];
    let mut outcomes = outcomes.map(|delivery| delivery.answer["outcome"].as_str().unwrap().to_owned());
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["alreadyFinal", "completed"]);

    kitchen.service.mind(Manners::Holds);
    let mut screen = kitchen.app.screen().await;
    kitchen.app.place(Vip).await;
    kitchen.app.place(Normal).await;
    for _ in 0..2 {
        kitchen.completed(&mut screen).await;
    }
    kitchen.service.release().await;
    for _ in 0..2 {
        let late = kitchen.service.delivered().await;
        assert_eq!((late.status, &late.answer["outcome"]), (200, &json!("alreadyFinal")));
    }
}

#[tokio::test]
async fn a_service_that_hurries_is_told_that_it_is_too_early_and_completes_at_its_second_try() {
    let kitchen = Kitchen::open().await;
    kitchen.service.mind(Manners::Hurries);
    kitchen.app.add_bot().await;
    let order = kitchen.app.place(Normal).await;
    let first = kitchen.service.delivered().await;
    assert_eq!((first.status, kitchen.app.order(&order).await["status"].as_str()), (425, Some("PROCESSING")));
    let completes = async { while kitchen.service.delivered().await.answer["outcome"] != "completed" {} };
    completes.await;
    let order = kitchen.app.order(&order).await;
    assert!(moment(&order["completedAt"]) >= moment(&order["dueAt"]), "{order}");
}

#[tokio::test]
async fn whatever_a_service_does_wrong_the_sweep_completes_within_three_seconds() {
    let elsewhere = DelayedService::start(HOST, ([127, 0, 0, 1], 9).into());
    let wrongs = [
        (Manners::Forgets, "answered"),
        (Manners::Hangs, "not answered"),
        (Manners::Chatters, "answered"),
        (Manners::Refuses(401), "status 401"),
        (Manners::Refuses(429), "status 429"),
        (Manners::Refuses(503), "not answered"),
        (Manners::Redirects(format!("{}/v2/publish/http://127.0.0.1:9/", elsewhere.url())), "status 307"),
    ];
    let suffered = wrongs.map(|(manners, says)| async move {
        let kitchen = Kitchen::open().await;
        kitchen.service.mind(manners.clone());
        let mut screen = kitchen.app.screen().await;
        kitchen.app.add_bot().await;
        let asked = std::time::Instant::now();
        let placed = kitchen.app.place(Normal).await;
        assert!(asked.elapsed() < 1.s(), "{manners:?} held the lane up");
        assert_eq!(placed["status"], "PROCESSING");
        let late_ms = kitchen.completed(&mut screen).await;
        assert!((0..3000).contains(&late_ms), "{manners:?}: {late_ms} ms late");
        kitchen.health(says).await;
    });
    futures::future::join_all(suffered).await;
    let nothing = tokio::time::timeout(1.ms(), elsewhere.published()).await;
    assert!(nothing.is_err(), "a redirection was followed");
}

#[tokio::test]
async fn a_service_that_is_down_costs_a_second_and_health_says_so_until_it_is_back() {
    let mut kitchen = Kitchen::open().await;
    kitchen.app.add_bot().await;
    let (address, callback) = (kitchen.service.address(), kitchen.socket.address);
    // What takes its place is somewhere else, where nobody looks for it.
    kitchen.service = DelayedService::start(HOST, callback);
    let mut screen = kitchen.app.screen().await;
    kitchen.app.place(Normal).await;
    let late_ms = kitchen.completed(&mut screen).await;
    assert!((1000..3000).contains(&late_ms), "{late_ms} ms late");
    assert_eq!(kitchen.health("has not answered").await["status"], "failing");
    assert_eq!(kitchen.app.get("/api/health").await.status, 503);

    kitchen.service = DelayedService::start_at(address, HOST, callback);
    kitchen.app.place(Normal).await;
    assert_eq!(kitchen.service.delivered().await.answer["outcome"], "completed");
    assert_eq!(kitchen.health("answered").await["status"], "ok");
}

#[tokio::test]
async fn after_a_crash_what_remains_is_published_under_a_new_id_and_the_old_message_is_harmless() {
    let store = Arc::new(MemoryStore::new());
    let before = Kitchen::on(store.clone(), Uuid::from_u128(1), None).await;
    before.service.mind(Manners::Forgets);
    before.app.patch("/api/settings", &json!({ "cookMs": 6000 })).await.expect(200);
    before.app.add_bot().await;
    let order = before.app.place(Normal).await;
    let first = before.service.published().await;
    assert_eq!(first.delay, 6.s());
    let mut screen = before.app.screen().await;
    let begun = moment(&order["processingStartedAt"]);
    while screen
        .next()
        .await
        .is_some_and(|frame| frame.event != "heartbeat" || moment(&frame.data["serverTime"]) < begun + 1500)
    {}
    // The first engine is never heard of again: it is as good as killed.
    before.app.engine.stop().await;
    let after = Kitchen::on(store, Uuid::from_u128(2), None).await;
    let second = after.service.published().await;
    assert_eq!(second.json(), first.json());
    assert!((1.s()..=5.s()).contains(&second.delay), "{:?} of 6 s remain after 1.5 s", second.delay);
    assert_ne!(second.deduplication_id, first.deduplication_id);
    let delivery = after.service.delivered().await;
    assert_eq!((delivery.status, &delivery.answer["outcome"]), (200, &json!("completed")));
}

#[tokio::test]
async fn keys_are_rotated_without_a_callback_being_lost() {
    let kitchen = Kitchen::open().await;
    kitchen.app.add_bot().await;
    for _ in 0..2 {
        kitchen.app.place(Normal).await;
        assert_eq!(kitchen.service.delivered().await.answer["outcome"], "completed");
        kitchen.service.rotate();
    }
    // Rotated twice, the server knows none of the keys: it trusts nobody, and the sweep completes.
    let mut screen = kitchen.app.screen().await;
    kitchen.app.place(Normal).await;
    assert_eq!(kitchen.service.delivered().await.status, 403);
    assert!(kitchen.completed(&mut screen).await < 3000);
}
