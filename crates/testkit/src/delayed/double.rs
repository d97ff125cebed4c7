//! The service itself, on loopback and in real time, with the manners that a test gives it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::message::Message;
use super::token::Token;
use super::{KEYS, TOKEN};

/// How often a callback is tried again, like the service's own default.
const RETRIES: u32 = 3;

/// The pause before each. The service takes its time; tests have none.
const RETRY_AFTER: Duration = Duration::from_millis(300);

/// How long a test waits for something that should have happened long ago.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the service treats what it is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Manners {
    /// As it should.
    #[default]
    Faithful,
    /// Calls back twice.
    Doubles,
    /// Takes a message and forgets it.
    Forgets,
    /// Calls back at once, and again when it should.
    Hurries,
    /// Calls back only when told to, see [`DelayedService::release`].
    Holds,
    /// Answers every message with this status.
    Refuses(u16),
    /// Answers every message with a redirection to this address.
    Redirects(String),
    /// Takes connections and never answers.
    Hangs,
    /// Answers with more than anybody wants to read.
    Chatters,
}

/// A callback that was made, and how it was met.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The message.
    pub message: Message,
    /// The status of the answer; 0 when there was none.
    pub status: u16,
    /// The answer, if it was JSON.
    pub answer: Value,
}

/// The service. It ends with the value.
#[derive(Debug)]
pub struct DelayedService {
    address: SocketAddr,
    desk: Arc<Desk>,
    published: tokio::sync::Mutex<mpsc::UnboundedReceiver<Message>>,
    delivered: tokio::sync::Mutex<mpsc::UnboundedReceiver<Delivery>>,
    /// Its own, so that nothing of it is left when it ends: no connection, and no callback under way.
    runtime: Option<Runtime>,
}

#[derive(Debug)]
struct Desk {
    manners: Mutex<Manners>,
    /// Which of [`KEYS`] is current.
    key: Mutex<usize>,
    known: Mutex<HashMap<String, String>>,
    held: Mutex<Vec<Message>>,
    count: Mutex<u64>,
    http: reqwest::Client,
    published: mpsc::UnboundedSender<Message>,
    delivered: mpsc::UnboundedSender<Delivery>,
}

impl DelayedService {
    /// Starts it. What is called back under the name `host` goes to `address`.
    pub fn start(host: &str, address: SocketAddr) -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into(), host, address)
    }

    /// Starts it where a former one was.
    pub fn start_at(service: SocketAddr, host: &str, address: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a thread can be had");
        let entered = runtime.enter();
        let listener = std::net::TcpListener::bind(service).expect("the port is free");
        listener.set_nonblocking(true).expect("a listener can be told not to block");
        let listener = TcpListener::from_std(listener).expect("it is a listener");
        let http = reqwest::Client::builder().resolve(host, address).tls_certs_only([]).no_proxy();
        let (published, publications) = mpsc::unbounded_channel();
        let (delivered, deliveries) = mpsc::unbounded_channel();
        let desk = Arc::new(Desk {
            manners: Mutex::default(),
            key: Mutex::new(1),
            known: Mutex::default(),
            held: Mutex::default(),
            count: Mutex::default(),
            http: http.build().expect("a client can be made"),
            published,
            delivered,
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&desk));
        let address = listener.local_addr().expect("it is bound");
        runtime.spawn(async move { axum::serve(listener, router).await });
        drop(entered);
        Self {
            address,
            desk,
            published: tokio::sync::Mutex::new(publications),
            delivered: tokio::sync::Mutex::new(deliveries),
            runtime: Some(runtime),
        }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is, for those who use it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Gives it other manners from now on.
    pub fn mind(&self, manners: Manners) {
        *self.desk.manners.lock() = manners;
    }

    /// Rotates the signing keys: what was next is current from now on.
    pub fn rotate(&self) {
        *self.desk.key.lock() += 1;
    }

    /// The next message that was taken.
    pub async fn published(&self) -> Message {
        let next = tokio::time::timeout(PATIENCE, async { self.published.lock().await.recv().await });
        next.await.expect("a message is published").expect("the service runs")
    }

    /// The next callback that was made.
    pub async fn delivered(&self) -> Delivery {
        let next = tokio::time::timeout(PATIENCE, async { self.delivered.lock().await.recv().await });
        next.await.expect("a callback is made").expect("the service runs")
    }

    /// Makes the callbacks that are held, the last one first.
    pub async fn release(&self) {
        let held = std::mem::take(&mut *self.desk.held.lock());
        for message in held.into_iter().rev() {
            call_back(Arc::clone(&self.desk), message).await;
        }
    }
}

impl Drop for DelayedService {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        // A runtime may not be waited for within another.
        let ended = std::thread::spawn(move || runtime.shutdown_timeout(PATIENCE)).join();
        debug_assert!(ended.is_ok(), "it ends");
    }
}

async fn answer(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let manners = desk.manners.lock().clone();
    let (parts, body) = request.into_parts();
    match &manners {
        Manners::Hangs => std::future::pending().await,
        Manners::Redirects(to) => return (StatusCode::TEMPORARY_REDIRECT, [("location", to.as_str())]).into_response(),
        _ => {}
    }
    if parts.method != Method::POST || !parts.uri.path().starts_with("/v2/publish/") {
        return axum::Json(json!([])).into_response();
    }
    if let Manners::Refuses(status) = manners {
        return StatusCode::from_u16(status).expect("it is a status").into_response();
    }
    let body = body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
    let id = {
        let mut count = desk.count.lock();
        *count += 1;
        format!("msg_{count}")
    };
    let message = match Message::read(id, &parts, body, TOKEN) {
        Ok(message) => message,
        Err((status, error)) => return (status, axum::Json(json!({ "error": error }))).into_response(),
    };
    if let Some(key) = &message.deduplication_id
        && let Some(first) = desk.known.lock().insert(key.clone(), message.id.clone())
    {
        return axum::Json(json!({ "messageId": first, "deduplicated": true })).into_response();
    }
    let id = message.id.clone();
    let _ = desk.published.send(message.clone());
    let after = |delay: Duration| {
        let (desk, message) = (Arc::clone(&desk), message.clone());
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            call_back(desk, message).await;
        });
    };
    match manners {
        Manners::Forgets => {}
        Manners::Holds => desk.held.lock().push(message.clone()),
        Manners::Hurries => {
            after(Duration::ZERO);
            after(message.delay);
        }
        Manners::Doubles => {
            after(message.delay);
            after(message.delay);
        }
        _ => after(message.delay),
    }
    let mut answer = (StatusCode::CREATED, axum::Json(json!({ "messageId": id }))).into_response();
    if manners == Manners::Chatters {
        *answer.body_mut() = Body::from_stream(futures::stream::repeat(Ok::<_, Infallible>("chatter ".repeat(512))));
        answer.headers_mut().remove("content-length");
    }
    answer
}

/// Makes a callback, and tries again while it does not succeed.
async fn call_back(desk: Arc<Desk>, message: Message) {
    for retried in 0..=RETRIES {
        let now_s = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let now_s = i64::try_from(now_s).expect("the clock is set to some day of this age");
        // A second try of a message has a token of its own, as a second delivery has.
        let id = {
            let mut count = desk.count.lock();
            *count += 1;
            format!("jwt_{count}")
        };
        let key = KEYS[*desk.key.lock()];
        let token = Token::of(&message.destination, &message.body, now_s, &id).signed(key);
        let request = desk
            .http
            .post(&message.destination)
            .header("Content-Type", &message.content_type)
            .header("Upstash-Signature", token)
            .header("Upstash-Message-Id", &message.id)
            .header("Upstash-Retried", retried)
            .body(message.body.clone());
        let (status, answer) = match request.send().await {
            Ok(answer) => (answer.status().as_u16(), answer.json().await.unwrap_or_default()),
            Err(_) => (0, Value::Null),
        };
        let _ = desk.delivered.send(Delivery { message: message.clone(), status, answer });
        if (200..300).contains(&status) {
            return;
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}
