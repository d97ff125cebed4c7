//! Traces by OpenTelemetry: of each order one, from placing to collection.
//!
//! An order's trace has the order's own id, and its first span an id made of it. So the trace needs no place of its own: it
//! goes wherever the order goes, through restarts and to other nodes, and whoever knows an order can look up its trace. The
//! spans that follow are made when they end, from times that are part of the order.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use feedme_engine::BatchNumber;
use feedme_kitchen::{Change, Event, Order, OrderId, State, Time};
use feedme_store::RestaurantId;
use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor as _,
};
use uuid::Uuid;

use crate::teller::{actor, bot_of, class};

/// Spans that wait to be sent. Beyond them they are lost: a kitchen waits for no collector.
const SPANS_MAX: usize = 32_768;

/// Spans sent at once.
const SENT_MAX: usize = 2_048;

/// Where traces go, and how many.
#[derive(Clone, Debug)]
pub struct TraceOptions {
    /// The collector, to which `/v1/traces` is added.
    pub collector: String,
    /// Which part of the orders is traced, from 0 to 1. Each node takes the same.
    pub share: f64,
    /// Which version sends them.
    pub version: &'static str,
}

/// Traces cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("failed to set up the sending of traces: {0}")]
pub struct NoTraces(String);

/// Where spans are handed to. Clones share it.
#[derive(Clone)]
pub struct Traces(Arc<Inner>);

struct Inner {
    processor: BatchSpanProcessor,
    scope: InstrumentationScope,
    /// An order is traced when the last 56 bits of its id are below this.
    below: u64,
    /// The first half of the ids of traces of batches.
    process: u64,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").finish_non_exhaustive()
    }
}

/// What became of a batch.
pub(crate) struct Landed {
    pub(crate) batch: BatchNumber,
    pub(crate) ended_at: SystemTime,
    pub(crate) deciding: Duration,
    pub(crate) took: Duration,
    pub(crate) commands: usize,
    pub(crate) restaurants: usize,
    pub(crate) won: usize,
}

/// A request about an order, answered.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Which order.
    pub order: OrderId,
    /// By which method.
    pub method: &'static str,
    /// At which route.
    pub route: &'static str,
    /// With which status.
    pub status: u16,
    /// From when to now.
    pub began: SystemTime,
    /// What the caller's header `traceparent` says.
    pub traceparent: Option<&'a str>,
}

impl Traces {
    /// Sends traces to a collector, in the background. Not to be called where an async runtime runs.
    pub fn start(options: &TraceOptions) -> Result<Self, NoTraces> {
        let instance = Uuid::new_v4();
        let endpoint = format!("{}/v1/traces", options.collector.trim_end_matches('/'));
        let exporter = SpanExporter::builder().with_http().with_endpoint(endpoint).build();
        let exporter = exporter.map_err(|error| NoTraces(error.to_string()))?;
        let config =
            BatchConfigBuilder::default().with_max_queue_size(SPANS_MAX).with_max_export_batch_size(SENT_MAX).build();
        let mut processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
        let resource = Resource::builder()
            .with_service_name("feedme")
            .with_attribute(KeyValue::new("service.version", options.version))
            .with_attribute(KeyValue::new("service.instance.id", instance.to_string()))
            .build();
        processor.set_resource(&resource);
        let scope = InstrumentationScope::builder("feedme").with_version(options.version).build();
        let process = instance.as_u64_pair().1 | 1;
        Ok(Self(Arc::new(Inner { processor, scope, below: below(options.share), process })))
    }

    /// Sends what still waits, and no more.
    pub(crate) fn end(&self) {
        if let Err(error) = self.0.processor.shutdown_with_timeout(Duration::from_secs(2)) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }

    /// Tells of a request about an order. One that belongs to a trace of its caller stays there, and points to the order's.
    pub fn asked(&self, asked: &Asked<'_>) {
        let caller = asked.traceparent.and_then(parent);
        let root = root(asked.order);
        let is_parent_remote = caller.is_some();
        let (trace, parent, links) = match caller {
            Some(caller) if !caller.is_sampled() => return,
            Some(caller) => (caller.trace_id(), caller.span_id(), vec![link(root)]),
            None if !self.is_traced(asked.order) => return,
            None => (root.trace_id(), root.span_id(), Vec::new()),
        };
        let status = match asked.status {
            500.. => Status::error(asked.status.to_string()),
            _ => Status::Unset,
        };
        let attributes = vec![
            KeyValue::new("http.request.method", asked.method),
            KeyValue::new("http.route", asked.route),
            KeyValue::new("http.response.status_code", i64::from(asked.status)),
            KeyValue::new("feedme.order.id", asked.order.0.to_string()),
        ];
        self.send(Span {
            context: sampled(trace, random_span()),
            parent,
            is_parent_remote,
            kind: SpanKind::Server,
            name: format!("{} {}", asked.method, asked.route).into(),
            start: asked.began,
            end: SystemTime::now(),
            attributes,
            links,
            status,
        });
    }

    /// Two spans of a trace of its own: the batch, and in it its commit.
    pub(crate) fn batch(&self, landed: &Landed) {
        let commit = self.commit(landed.batch);
        let batch = sampled(commit.trace_id(), SpanId::from_bytes((!landed.batch.0).to_be_bytes()));
        let decided = landed.ended_at - landed.took;
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let span = |context, parent, name: &'static str, start| Span {
            context,
            parent,
            is_parent_remote: false,
            kind: SpanKind::Internal,
            name: name.into(),
            start,
            end: landed.ended_at,
            attributes: Vec::new(),
            links: Vec::new(),
            status: Status::Unset,
        };
        let attributes = vec![
            KeyValue::new("feedme.batch.commands", count(landed.commands)),
            KeyValue::new("feedme.batch.restaurants", count(landed.restaurants)),
            KeyValue::new("feedme.batch.won", count(landed.won)),
        ];
        self.send(span(commit, batch.span_id(), "commit", decided));
        self.send(Span { attributes, ..span(batch, SpanId::INVALID, "batch", decided - landed.deciding) });
    }

    /// The spans that an event ends. `before` holds orders as they were; it is brought up to date.
    pub(crate) fn change(
        &self,
        told: (RestaurantId, &str, BatchNumber, SystemTime),
        event: &Event,
        before: &mut HashMap<OrderId, Arc<Order>>,
    ) {
        if let Change::OrdersCleared { cancelled, .. } = &event.change {
            for order in cancelled.iter().filter_map(|id| before.remove(id)) {
                self.moved(told, event, &order, Some(&order), "order.cancelled");
            }
        }
        if let Some(order) = event.change.order() {
            let earlier = before.insert(order.id(), Arc::clone(order));
            self.moved(told, event, order, earlier.as_deref(), event.change.name());
        }
    }

    fn moved(
        &self,
        (restaurant, slug, batch, durable_at): (RestaurantId, &str, BatchNumber, SystemTime),
        event: &Event,
        order: &Order,
        earlier: Option<&Order>,
        outcome: &'static str,
    ) {
        if !self.is_traced(order.id()) {
            return;
        }
        let root = root(order.id());
        let mut attributes = vec![
            KeyValue::new("feedme.order.id", order.id().0.to_string()),
            KeyValue::new("feedme.order.number", i64::try_from(order.number().0).unwrap_or(i64::MAX)),
            KeyValue::new("feedme.order.type", class(order.ticket.order_type)),
            KeyValue::new("feedme.restaurant", slug.to_owned()),
            KeyValue::new("feedme.restaurant.id", restaurant.0.to_string()),
            KeyValue::new("feedme.version", i64::try_from(event.version.0).unwrap_or(i64::MAX)),
            KeyValue::new("feedme.actor", actor(event.actor)),
        ];
        let (context, parent, name, start, end) = if let Change::OrderPlaced(_) = event.change {
            let start = moment(order.ticket.created_at);
            (root.clone(), SpanId::INVALID, "order.place", start, durable_at.max(start))
        } else {
            let Some(earlier) = earlier else { return };
            let (name, start) = match (earlier.state, outcome) {
                (_, "order.restored" | "order.archived") => return,
                (State::Pending, _) => ("order.wait", earlier.updated_at),
                (State::Processing(work), _) => ("order.cook", work.started_at),
                (State::Complete { completed_at, collected_at: None, .. }, "order.collected") => {
                    ("order.ready", completed_at)
                }
                _ => return,
            };
            if let Some(bot) = bot_of(earlier).or_else(|| bot_of(order)) {
                attributes.push(KeyValue::new("feedme.bot.id", bot.0.to_string()));
            }
            attributes.push(KeyValue::new("feedme.outcome", outcome));
            let start = moment(start);
            (sampled(root.trace_id(), random_span()), root.span_id(), name, start, moment(event.at).max(start))
        };
        self.send(Span {
            context,
            parent,
            is_parent_remote: name != "order.place",
            kind: SpanKind::Internal,
            name: name.into(),
            start,
            end,
            attributes,
            links: vec![link(self.commit(batch))],
            status: Status::Unset,
        });
    }

    fn send(&self, span: Span) {
        self.0.processor.on_end(SpanData {
            span_context: span.context,
            parent_span_id: span.parent,
            parent_span_is_remote: span.is_parent_remote,
            span_kind: span.kind,
            name: span.name,
            start_time: span.start,
            end_time: span.end,
            attributes: span.attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: links(span.links),
            status: span.status,
            instrumentation_scope: self.0.scope.clone(),
        });
    }

    fn is_traced(&self, order: OrderId) -> bool {
        order.0.as_u64_pair().1 & LAST_56 < self.0.below
    }

    /// The span of a batch's commit.
    fn commit(&self, batch: BatchNumber) -> SpanContext {
        let trace = (u128::from(self.0.process) << 64) | u128::from(batch.0);
        sampled(TraceId::from_bytes(trace.to_be_bytes()), SpanId::from_bytes((batch.0 + 1).to_be_bytes()))
    }
}

/// A span that has ended.
struct Span {
    context: SpanContext,
    parent: SpanId,
    is_parent_remote: bool,
    kind: SpanKind,
    name: std::borrow::Cow<'static, str>,
    start: SystemTime,
    end: SystemTime,
    attributes: Vec<KeyValue>,
    links: Vec<Link>,
    status: Status,
}

const LAST_56: u64 = (1 << 56) - 1;

/// A share of all that 56 bits can say.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of 2^56"
)]
fn below(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * (LAST_56 + 1) as f64) as u64
}

/// The first span of an order's trace. The last half of an id of version 7 is random.
fn root(order: OrderId) -> SpanContext {
    let span = order.0.as_u64_pair().1;
    sampled(TraceId::from_bytes(*order.0.as_bytes()), SpanId::from_bytes(span.to_be_bytes()))
}

fn sampled(trace: TraceId, span: SpanId) -> SpanContext {
    SpanContext::new(trace, span, TraceFlags::SAMPLED, false, TraceState::NONE)
}

fn random_span() -> SpanId {
    SpanId::from_bytes((Uuid::new_v4().as_u64_pair().1).to_be_bytes())
}

fn link(context: SpanContext) -> Link {
    Link::new(context, Vec::new(), 0)
}

fn links(links: Vec<Link>) -> SpanLinks {
    let mut all = SpanLinks::default();
    all.links = links;
    all
}

fn moment(time: Time) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(time.since_ms(Time(0)))
}

/// What a header `traceparent` names, if it is one of version 0 or of a later version that begins alike.
fn parent(header: &str) -> Option<SpanContext> {
    let mut parts = header.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex =
        |text: &str, length| text.len() == length && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    let is_known = version != "ff" && (version != "00" || parts.next().is_none());
    if !is_known || !is_hex(version, 2) || !is_hex(trace, 32) || !is_hex(span, 16) || !is_hex(flags, 2) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    context.is_valid().then_some(context)
}
