//! What every handler has at hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
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
    openapi: Bytes,
    stopping: AtomicBool,
}

impl App {
    pub(crate) fn new(engine: Engine, access: Access, limits: Limits, openapi: Bytes) -> Self {
        Self(Arc::new(Inner { engine, access, limits, openapi, stopping: AtomicBool::new(false) }))
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
