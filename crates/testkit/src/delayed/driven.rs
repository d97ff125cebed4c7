//! An application on virtual time whose automatic orders are driven from outside, by the test itself.

use std::sync::Arc;
use std::time::Duration;

use feedme_delayed::Delayed;
use feedme_engine::{Clock, Driver, Starts, Timer, outside};
use feedme_server::Limits;
use feedme_store::Store;
use http::{HeaderValue, Method};
use serde_json::{Value, json};
use uuid::Uuid;

use super::token::Token;
use super::{KEYS, settings};
use crate::answer::Answer;
use crate::app::{TestApp, with_body};
use crate::memory::MemoryStore;
use crate::time::VirtualTime;

/// Where the service calls back.
const CALLBACK: &str = "https://feedme.example/api/orders/complete";

/// How long a test waits, in virtual time, for what should happen at once.
const PATIENCE: Duration = Duration::from_mins(1);

/// The application, and the end of the line to it.
#[derive(Debug)]
pub struct Driven {
    /// The application.
    pub app: TestApp,
    starts: Starts,
}

impl Driven {
    /// An application with the restaurant "default" in memory.
    pub async fn start() -> Self {
        Self::on(Arc::new(MemoryStore::new())).await
    }

    /// An application on a store that may hold something already.
    pub async fn on(store: Arc<dyn Store>) -> Self {
        Self::on_later(store, Duration::ZERO).await
    }

    /// The same when some time has passed since virtual time began.
    pub async fn on_later(store: Arc<dyn Store>, passed: Duration) -> Self {
        let (line, starts) = outside();
        // Nobody publishes here.
        let (_, unused) = outside();
        let settings = settings("http://127.0.0.1:9", CALLBACK);
        let (delayed, _) = Delayed::new(settings, unused, Uuid::nil()).expect("without TLS nothing is needed");
        let (clock, driver) = (Clock::new(VirtualTime::begun(passed)), Driver::Outside(line));
        let app = TestApp::driven(store, Limits::default(), clock, driver, Some(delayed)).await;
        Self { app, starts }
    }

    /// The next order that the engine tells of.
    pub async fn started(&mut self) -> Timer {
        let told = tokio::time::timeout(PATIENCE, self.starts.next()).await;
        told.expect("the engine tells of it").expect("the engine runs")
    }

    /// Orders that the engine could not tell of.
    pub fn dropped(&self) -> u64 {
        self.starts.dropped().load(std::sync::atomic::Ordering::Relaxed)
    }

    /// The callback's body for an order that the engine told of.
    #[must_use]
    pub fn body(timer: &Timer) -> Value {
        json!({ "orderId": timer.order.0, "botId": timer.bot.0, "claim": timer.claim.0 })
    }

    /// The token that the service would make now.
    pub fn token(&self, body: &Value, id: &str) -> Token {
        let now_s = self.app.engine.wall_time().0 / 1000;
        Token::of(CALLBACK, body.to_string().as_bytes(), now_s, id)
    }

    /// Calls back as the service does.
    pub async fn call_back(&self, body: &Value) -> Answer {
        let id = Uuid::now_v7().to_string();
        self.call_back_with(&self.token(body, &id).signed(KEYS[1]), body).await
    }

    /// Calls back with any signature.
    pub async fn call_back_with(&self, signature: &str, body: &Value) -> Answer {
        self.call_back_at("/api/orders/complete", signature, body).await
    }

    /// Calls back at any path.
    pub async fn call_back_at(&self, path: &str, signature: &str, body: &Value) -> Answer {
        let mut request = with_body(Method::POST, path, "application/json", body.to_string());
        let signature = HeaderValue::from_str(signature).expect("it may stand in a header");
        request.headers_mut().insert("upstash-signature", signature);
        request.headers_mut().insert("host", HeaderValue::from_static("feedme.example"));
        self.app.send(request).await
    }
}
