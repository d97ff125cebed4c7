//! What every handler has at hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use feedme_delayed::Delayed;
use feedme_engine::{Engine, Feed};
use feedme_store::RestaurantId;
use feedme_telemetry::{Http, Log, Metrics, Traces};

use crate::access::Access;
use crate::access::following::Following;
use crate::access::rate::Rates;
use crate::limits::Limits;
use crate::problem::Refused;
use crate::service::ServiceOptions;

/// What every handler has at hand. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    engine: Engine,
    access: Access,
    limits: Limits,
    rates: Rates,
    following: Following,
    delayed: Option<Delayed>,
    metrics: Option<Metrics>,
    traces: Option<Traces>,
    log: Option<Log>,
    openapi: Bytes,
    stopping: AtomicBool,
}

impl App {
    pub(crate) fn new(engine: Engine, access: Access, options: ServiceOptions, openapi: Bytes) -> Self {
        let ServiceOptions { limits, delayed, metrics, traces, log } = options;
        // In open mode one machine asks for everybody: load tests too, with thousands of streams.
        let counted = if access.is_open() { limits.uncounted() } else { limits };
        let rates = Rates::new(&engine, &counted);
        let following = Following::new(counted.streams_max);
        let stopping = AtomicBool::new(false);
        Self(Arc::new(Inner {
            engine,
            access,
            limits,
            rates,
            following,
            delayed,
            metrics,
            traces,
            log,
            openapi,
            stopping,
        }))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The restaurant with this slug, if there is one.
    pub(crate) async fn restaurant(&self, slug: &str) -> Result<Option<RestaurantId>, Refused> {
        let found = self.engine().restaurant(slug).await;
        found.map_err(|failure| Refused::of(&failure, self.engine().now()))
    }

    /// What a restaurant shows, if there is one.
    pub(crate) async fn feed(&self, restaurant: RestaurantId) -> Result<Option<Arc<Feed>>, Refused> {
        let feed = self.engine().feed(restaurant).await;
        feed.map_err(|failure| Refused::of(&failure, self.engine().now()))
    }

    pub(crate) fn access(&self) -> &Access {
        &self.0.access
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// How often one may ask.
    pub(crate) fn rates(&self) -> &Rates {
        &self.0.rates
    }

    /// How many streams one may follow.
    pub(crate) fn following(&self) -> &Following {
        &self.0.following
    }

    /// The delayed-message service, where one is used.
    pub(crate) fn delayed(&self) -> Option<&Delayed> {
        self.0.delayed.as_ref()
    }

    /// Where requests and streams are counted, if anywhere.
    pub(crate) fn metrics(&self) -> Option<&Metrics> {
        self.0.metrics.as_ref()
    }

    /// Where requests about orders are traced, if anywhere.
    pub(crate) fn traces(&self) -> Option<&Traces> {
        self.0.traces.as_ref()
    }

    /// The log that can be switched, if there is one.
    pub(crate) fn log(&self) -> Option<&Log> {
        self.0.log.as_ref()
    }

    /// Counts something, if anything is counted.
    pub(crate) fn count(&self, count: impl FnOnce(&Http)) {
        if let Some(metrics) = self.metrics() {
            count(metrics.http());
        }
    }

    /// The document that describes the routes.
    pub(crate) fn openapi(&self) -> Bytes {
        self.0.openapi.clone()
    }

    /// No new requests should come; open streams end.
    pub(crate) fn stop(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Relaxed)
    }
}
