//! A server that knows just enough of the API, and can be told to misbehave.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// How the server breaks its promises. The screen that connects first is the one whose events are read, so it is
/// the second that they are kept from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misbehaviour {
    None,
    /// The fifth order has the number of the fourth.
    DuplicateNumber,
    /// The fifth order leaves out a number.
    Gap,
    /// The fifth order has a smaller number than those before.
    OldNumber,
    /// The fifth order comes to no screen.
    NeverShown,
    /// The fifth order comes to the second screen twice.
    RepeatedEvent,
    /// The fifth order does not come to the second screen.
    SkippedEvent,
    /// The fifth order looks different on the second screen.
    DifferentEvent,
    /// The fifth order makes the second screen's stream end.
    CutStream,
    /// The fifth order makes all streams end; those who come back get a snapshot.
    ForgetsEvents,
    /// Every second order is refused.
    Unavailable,
    /// The server breaks the connection of the fifth order instead of answering.
    Hangs,
    /// The fifth order takes 200 ms, and those behind it on its connection wait.
    Stall,
    /// The fifth order is completed twice.
    CompletedTwice,
    /// The fifth order is completed before it is due.
    Early,
    /// The fifth order is never completed.
    NeverCompleted,
    /// The fifth order makes somebody press Ctrl-C.
    Interrupted,
    /// The fifth board is an old one.
    OldBoard,
    /// Bots cannot be removed.
    KeepsBots,
    /// There is no such restaurant.
    Unknown,
}

/// A running server; it ends when this is dropped.
pub(crate) struct Fake {
    pub(crate) url: String,
    pub(crate) kitchen: Arc<Mutex<Kitchen>>,
    _end: oneshot::Sender<()>,
}

/// All that the server remembers.
#[derive(Debug)]
pub(crate) struct Kitchen {
    misbehaviour: Misbehaviour,
    pub(crate) bots: Vec<u64>,
    pub(crate) cook_ms: u64,
    /// Idempotency keys received.
    pub(crate) keys: Vec<String>,
    placed: u64,
    reads: u64,
    /// The frames of events 1, 2, 3 …
    events: Vec<String>,
    screens: Vec<Option<mpsc::UnboundedSender<Bytes>>>,
    /// What Ctrl-C does.
    pub(crate) ctrl_c: CancellationToken,
}

type Body = BoxBody<Bytes, Infallible>;

/// The second screen's place.
const SECOND: usize = 1;

impl Fake {
    pub(crate) fn serve(misbehaviour: Misbehaviour) -> Self {
        let kitchen = Arc::new(Mutex::new(Kitchen {
            misbehaviour,
            bots: Vec::new(),
            cook_ms: 10_000,
            keys: Vec::new(),
            placed: 0,
            reads: 0,
            events: Vec::new(),
            screens: Vec::new(),
            ctrl_c: CancellationToken::new(),
        }));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let (end, ended) = oneshot::channel();
        let served = Arc::clone(&kitchen);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                tokio::select! { () = accept(listener, served) => (), _ = ended => () }
            });
        });
        Self { url, kitchen, _end: end }
    }

    pub(crate) fn kitchen(&self) -> MutexGuard<'_, Kitchen> {
        lock(&self.kitchen)
    }
}

fn lock(kitchen: &Mutex<Kitchen>) -> MutexGuard<'_, Kitchen> {
    kitchen.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: std::net::TcpListener, kitchen: Arc<Mutex<Kitchen>>) {
    listener.set_nonblocking(true).expect("it is a socket");
    let listener = TcpListener::from_std(listener).expect("it is a socket");
    while let Ok((socket, _)) = listener.accept().await {
        let kitchen = Arc::clone(&kitchen);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&kitchen), request));
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service).await
        });
    }
}

async fn answer(kitchen: Arc<Mutex<Kitchen>>, request: Request<Incoming>) -> Result<Response<Body>, String> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let header = |name: &str| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
    let (key, last_event_id) = (header("idempotency-key"), header("last-event-id"));
    let body = request.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    let route = path.strip_prefix("/api").unwrap_or_default();

    if route == "/orders" && method == Method::POST {
        let (index, misbehaviour) = {
            let mut kitchen = lock(&kitchen);
            kitchen.keys.extend(key);
            kitchen.placed += 1;
            (kitchen.placed, kitchen.misbehaviour)
        };
        return match misbehaviour {
            Misbehaviour::Unavailable if index.is_multiple_of(2) => Ok(problem(503, "queueFull")),
            Misbehaviour::Hangs if index == 5 => Err("the connection breaks".to_owned()),
            _ => {
                if misbehaviour == Misbehaviour::Stall && index == 5 {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                let number = lock(&kitchen).place(index);
                Ok(json(201, &format!(r#"{{"order":{{"id":"o","number":{number}}}}}"#)))
            }
        };
    }
    let mut kitchen = lock(&kitchen);
    Ok(match (method.as_str(), route) {
        _ if kitchen.misbehaviour == Misbehaviour::Unknown => problem(404, "restaurantNotFound"),
        ("GET", "/events") => kitchen.follow(last_event_id.as_deref()),
        ("GET", "/orders") => kitchen.board(),
        ("GET", "/settings") => json(200, &format!(r#"{{"cookMs":{}}}"#, kitchen.cook_ms)),
        ("PATCH", "/settings") => {
            let digits: String = String::from_utf8_lossy(&body).chars().filter(char::is_ascii_digit).collect();
            kitchen.cook_ms = digits.parse().unwrap_or_default();
            json(200, &format!(r#"{{"cookMs":{digits}}}"#))
        }
        ("POST", "/bots") => {
            let bot = kitchen.bots.len() as u64 + 1;
            kitchen.bots.push(bot);
            json(201, &format!(r#"{{"bot":{{"id":"{bot}","number":{bot}}}}}"#))
        }
        ("DELETE", route) if kitchen.misbehaviour != Misbehaviour::KeepsBots => {
            kitchen.bots.retain(|bot| route != format!("/bots/{bot}"));
            json(200, "{}")
        }
        _ => problem(500, "internal"),
    })
}

impl Kitchen {
    /// Places an order, the `index`th asked for, and has it cooked at once if there are bots.
    fn place(&mut self, index: u64) -> u64 {
        let fifth = index == 5;
        let number = match self.misbehaviour {
            Misbehaviour::DuplicateNumber if fifth => 4,
            Misbehaviour::OldNumber if fifth => 0,
            Misbehaviour::Gap if index >= 5 => index + 1,
            Misbehaviour::Unavailable => index.div_ceil(2),
            _ => index,
        };
        if self.misbehaviour == Misbehaviour::NeverShown && fifth {
            return number;
        }
        if self.misbehaviour == Misbehaviour::Interrupted && fifth {
            self.ctrl_c.cancel();
        }
        self.happen("order.placed", &format!(r#"{{"number":{number}}}"#), fifth);
        if !self.bots.is_empty() {
            self.happen("order.started", &format!(r#"{{"number":{number}}}"#), false);
            if self.misbehaviour == Misbehaviour::NeverCompleted && fifth {
                return number;
            }
            let done = if self.misbehaviour == Misbehaviour::Early && fifth { "09" } else { "10" };
            let done = format!(
                r#"{{"number":{number},"dueAt":"2026-01-01T10:00:00.010Z","completedAt":"2026-01-01T10:00:00.0{done}Z"}}"#
            );
            let times = if self.misbehaviour == Misbehaviour::CompletedTwice && fifth { 2 } else { 1 };
            for _ in 0..times {
                self.happen("order.completed", &done, false);
            }
        }
        number
    }

    fn happen(&mut self, event: &str, order: &str, fifth_placed: bool) {
        let version = self.events.len() + 1;
        let frame = |order: &str| {
            format!("id: 7-{version}\nevent: {event}\ndata: {{\"version\":{version},\"order\":{order}}}\n\n")
        };
        self.events.push(frame(order));
        let misbehaviour = Some(self.misbehaviour).filter(|_| fifth_placed);
        for (screen, stream) in self.screens.iter_mut().enumerate() {
            if misbehaviour == Some(Misbehaviour::ForgetsEvents) {
                *stream = None;
            }
            let frame = match misbehaviour.filter(|_| screen == SECOND) {
                Some(Misbehaviour::RepeatedEvent) => frame(order).repeat(2),
                Some(Misbehaviour::SkippedEvent) => continue,
                Some(Misbehaviour::DifferentEvent) => frame(r#"{"number":99}"#),
                Some(Misbehaviour::CutStream) => {
                    *stream = None;
                    continue;
                }
                _ => frame(order),
            };
            if let Some(stream) = stream {
                let _ = stream.send(frame.into());
            }
        }
    }

    /// A screen joins: with a snapshot, or with the events after the one it has.
    fn follow(&mut self, last_event_id: Option<&str>) -> Response<Body> {
        let (stream, frames) = mpsc::unbounded_channel();
        let version = self.events.len();
        let resumed = last_event_id.filter(|_| self.misbehaviour != Misbehaviour::ForgetsEvents);
        let begin = if let Some(after) = resumed.and_then(|id| id.strip_prefix("7-")?.parse::<usize>().ok()) {
            self.events[after..].concat()
        } else {
            let orders: Vec<_> = (1..=self.placed).map(|number| format!(r#"{{"number":{number}}}"#)).collect();
            format!("id: 7-{version}\nevent: snapshot\ndata: {{\"orders\":[{}]}}\n\n", orders.join(","))
        };
        let _ = stream.send((begin + "event: heartbeat\ndata: {}\n\n").into());
        self.screens.push(Some(stream));
        let frames = stream::unfold(frames, |mut frames| async move {
            let frame: Bytes = frames.recv().await?;
            Some((Ok(Frame::data(frame)), frames))
        });
        let response = Response::builder().header("content-type", "text/event-stream");
        response.body(BoxBody::new(StreamBody::new(frames))).expect("the response is well formed")
    }

    /// The board, with a version that grows with each reading.
    fn board(&mut self) -> Response<Body> {
        self.reads += 1;
        let version = if self.misbehaviour == Misbehaviour::OldBoard && self.reads == 5 { 1 } else { self.reads };
        let mut response = json(200, r#"{"orders":[]}"#);
        let etag = format!("\"7-{version}\"").parse().expect("digits are a header value");
        response.headers_mut().insert("etag", etag);
        response
    }
}

fn json(status: u16, body: &str) -> Response<Body> {
    let mut response = Response::new(BoxBody::new(Full::new(Bytes::from(body.to_owned()))));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response
}

fn problem(status: u16, code: &str) -> Response<Body> {
    json(status, &format!(r#"{{"status":{status},"code":"{code}","detail":"told to"}}"#))
}
