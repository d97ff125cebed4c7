//! What every handler has at hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use feedme_delayed::Delayed;
use feedme_engine::Engine;

use crate::access::Access;
use crate::limits::Limits;

/// What every handler has at hand. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    engine: Engine,
    access: Access,
    limits: Limits,
    delayed: Option<Delayed>,
    openapi: Bytes,
    stopping: AtomicBool,
}

impl App {
    pub(crate) fn new(
        engine: Engine,
        access: Access,
        limits: Limits,
        delayed: Option<Delayed>,
        openapi: Bytes,
    ) -> Self {
        Self(Arc::new(Inner { engine, access, limits, delayed, openapi, stopping: AtomicBool::new(false) }))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(crate) fn access(&self) -> &Access {
        &self.0.access
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The delayed-message service, where one is used.
    pub(crate) fn delayed(&self) -> Option<&Delayed> {
        self.0.delayed.as_ref()
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
