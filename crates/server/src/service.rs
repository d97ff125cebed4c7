//! A request becomes an answer, whatever happens on the way.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use ::http::{HeaderValue, Request, header};
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use feedme_api::{Code, Problem};
use feedme_delayed::Delayed;
use feedme_engine::Engine;
use feedme_telemetry::{Log, Metrics, Traces};
use futures::FutureExt as _;
use tower::Service as _;

use crate::access::{self, Access, Operator};
use crate::address;
use crate::app::App;
use crate::browser::Guard;
use crate::callback;
use crate::gate::{self, Names};
use crate::http;
use crate::limits::Limits;
use crate::measure::Measured;
use crate::problem::Refused;
use crate::trace::Traced;

/// Answers come from a live kitchen; those that may be kept say so themselves.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// How requests are answered.
#[derive(Clone, Debug, Default)]
pub struct ServiceOptions {
    /// What is granted.
    pub limits: Limits,
    /// The delayed-message service whose callbacks are taken, where one is used.
    pub delayed: Option<Delayed>,
    /// Where requests and streams are counted, if anywhere.
    pub metrics: Option<Metrics>,
    /// Where requests about orders are traced, if anywhere.
    pub traces: Option<Traces>,
    /// The log that can be switched, if there is one.
    pub log: Option<Log>,
}

impl From<Limits> for ServiceOptions {
    fn from(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }
}

/// The routes over one engine. Clones share them.
#[derive(Clone, Debug)]
pub struct Service {
    app: App,
    router: Router,
}

impl Service {
    /// The routes over an engine for those whom `access` lets in.
    #[must_use]
    pub fn new(engine: Engine, access: Access, options: ServiceOptions) -> Self {
        let document = http::openapi().to_json().expect("the document serialises into memory");
        let app = App::new(engine, access, options, Bytes::from(document));
        Self { router: http::router(app.clone()), app }
    }

    /// Answers a request. A handler that panics is logged and answers 500.
    pub async fn answer<B>(&self, mut request: Request<B>) -> Response
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        address::decode(&mut request);
        let measured = Measured::begin(self.app.metrics(), &request);
        let traced = self.app.traces().and_then(|traces| Traced::begin(traces, &request));
        self.app.access().proxies().look_through(&mut request);
        let guard = Guard::of(&request);
        let names = Names { own: self.app.access().hosts(), callback: callback::host(&request, &self.app) };
        let mut response = match gate::admit(&request, names) {
            Ok(()) => self.admitted(request.map(Body::new)).await,
            Err(problem) => Refused::from(problem).into_response(),
        };
        let headers = response.headers_mut();
        guard.put(headers);
        headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
        if let Some(measured) = measured {
            measured.end(&response);
        }
        if let Some(traced) = traced {
            traced.end(&response);
        }
        response
    }

    /// The same for the operator of this machine, who may do everything: for commands on the server.
    pub async fn answer_operator<B>(&self, mut request: Request<B>) -> Response
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        request.extensions_mut().insert(Operator);
        self.answer(request).await
    }

    /// Carries out what the caller may do.
    async fn admitted(&self, request: Request<Body>) -> Response {
        let (mut parts, body) = request.into_parts();
        match access::admit(&self.app, &parts).await {
            Ok(Some(granted)) => {
                parts.extensions.insert(granted);
                let changes_accounts = access::changes_accounts(&parts);
                let request = Request::from_parts(parts, body);
                if changes_accounts { self.route_to_the_end(request).await } else { self.route(request).await }
            }
            // A route that stands in no table is nobody's: it is not even looked for.
            Ok(None) if http::is_of_interface(parts.uri.path()) => http::refuse(parts.method, parts.uri).await,
            Ok(None) => self.route(Request::from_parts(parts, body)).await,
            Err(refused) => refused.into_response(),
        }
    }

    /// Carries a request out also when whoever sent it hangs up: what is done to accounts is in the log, and whoever is
    /// out is out, whatever becomes of the connection.
    async fn route_to_the_end(&self, request: Request<Body>) -> Response {
        let service = self.clone();
        let done = tokio::spawn(async move { service.route(request).await });
        done.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a request was not carried out to its end");
            Refused::from(Problem::new(Code::InternalError, "the server failed; the failure is in its log"))
                .into_response()
        })
    }

    async fn route(&self, request: Request<Body>) -> Response {
        // Handlers share nothing that a panic could leave half changed: the engine's lane runs elsewhere.
        match AssertUnwindSafe(self.router.clone().call(request)).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(panic) => {
                tracing::error!(panic = message(&*panic), "a handler panicked");
                Refused::from(Problem::new(Code::InternalError, "the server failed; the failure is in its log"))
                    .into_response()
            }
        }
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use feedme_testkit::TestApp;
    use feedme_testkit::memory::MemoryStore;

    use super::*;
    use crate::AccessOptions;

    /// Nobody gets to a route that somebody added and forgot to put into the table, not even a manager.
    #[tokio::test(start_paused = true)]
    async fn a_route_that_is_in_no_table_is_not_there() {
        let engine = TestApp::start().await.engine;
        let access =
            Access::new(Arc::new(MemoryStore::new()), AccessOptions { open: true, ..AccessOptions::default() });
        let mut service = Service::new(engine, access, ServiceOptions::default());
        service.router = service.router.route("/api/forgotten", axum::routing::any(async || "come in"));
        for (method, path) in [("GET", "/api/forgotten"), ("POST", "/api/forgotten")] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a legal request");
            assert_eq!(service.answer(request).await.status(), 404);
            let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a legal request");
            assert_eq!(service.answer_operator(request).await.status(), 404);
        }
    }
}
