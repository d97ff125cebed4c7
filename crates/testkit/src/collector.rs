//! A collector of OpenTelemetry that keeps what it is sent.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use bytes::Bytes;
use http::StatusCode;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span as Sent;
use parking_lot::Mutex;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// How long anybody waits for a span. They are sent every five seconds.
const SPAN_WITHIN: Duration = Duration::from_secs(30);

/// A collector of OpenTelemetry that listens to OTLP over HTTP until it is dropped.
#[derive(Debug)]
pub struct Collector {
    url: String,
    kept: Arc<Kept>,
    serving: tokio::task::JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Kept {
    spans: Mutex<Vec<Span>>,
    arrived: Notify,
}

/// A span that was sent, its ids in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its trace.
    pub trace: String,
    /// Its own id.
    pub id: String,
    /// The span above it; empty when it is the first.
    pub parent: String,
    /// What it is called.
    pub name: String,
    /// When it began and ended, in nanoseconds since 1970.
    pub from_ns: u64,
    /// See `from_ns`.
    pub to_ns: u64,
    /// What is said of it.
    pub attributes: Vec<(String, String)>,
    /// Traces and spans that it points to.
    pub links: Vec<(String, String)>,
    /// Which process sent it.
    pub instance: String,
}

impl Span {
    /// What it says under a name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }
}

impl Collector {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let kept = Arc::<Kept>::default();
        let routes = Router::new().route("/v1/traces", post(keep)).with_state(Arc::clone(&kept));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let serving = tokio::spawn(async { axum::serve(listener, routes).await.expect("it listens") });
        Self { url, kept, serving }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The spans of a trace, once so many have arrived.
    ///
    /// # Panics
    /// When they do not arrive in time.
    pub async fn trace(&self, trace: &str, spans: usize) -> Vec<Span> {
        self.once(spans, |span| span.trace == trace).await
    }

    /// The spans of which something is true, once there are so many.
    ///
    /// # Panics
    /// When they do not arrive in time.
    pub async fn once(&self, spans: usize, wanted: impl Fn(&Span) -> bool) -> Vec<Span> {
        let waited = tokio::time::timeout(SPAN_WITHIN, async {
            loop {
                let arrived = self.kept.arrived.notified();
                let found: Vec<_> = self.kept.spans.lock().iter().filter(|span| wanted(span)).cloned().collect();
                if found.len() >= spans {
                    return found;
                }
                arrived.await;
            }
        });
        let all = || self.kept.spans.lock().clone();
        waited.await.unwrap_or_else(|_| panic!("{spans} spans were wanted of {:#?}", all()))
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn keep(State(kept): State<Arc<Kept>>, body: Bytes) -> StatusCode {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    for of_process in request.resource_spans {
        let resource = attributes(of_process.resource.map(|resource| resource.attributes).unwrap_or_default());
        let instance = resource.into_iter().find(|(name, _)| name == "service.instance.id");
        let instance = instance.map(|(_, value)| value).unwrap_or_default();
        let sent = of_process.scope_spans.into_iter().flat_map(|scope| scope.spans);
        kept.spans.lock().extend(sent.map(|span| read(span, instance.clone())));
    }
    kept.arrived.notify_waiters();
    StatusCode::OK
}

fn read(span: Sent, instance: String) -> Span {
    Span {
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        name: span.name,
        from_ns: span.start_time_unix_nano,
        to_ns: span.end_time_unix_nano,
        attributes: attributes(span.attributes),
        links: span.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect(),
        instance,
    }
}

fn attributes(pairs: Vec<KeyValue>) -> Vec<(String, String)> {
    let text = |value: Option<AnyValue>| match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    pairs.into_iter().map(|pair| (pair.key, text(pair.value))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
