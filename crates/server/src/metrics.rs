//! Metrics, on an address of their own: what they tell is for whoever runs the server, not for its users.

use std::future::Future;
use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use feedme_telemetry::Metrics;
use http::{Method, Request, StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::limits::Limits;
use crate::transport::accept::accept;
use crate::transport::brief::answer_once;

/// Connections at one time. A Prometheus asks every few seconds.
const CONNECTIONS_MAX: usize = 16;

/// Serves metrics, and nothing else, until `shutdown` resolves.
pub async fn serve_metrics(listener: TcpListener, metrics: Metrics, shutdown: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await.expect("nobody closes the semaphore");
            (accept(&listener).await.0, slot)
        };
        let (stream, slot) = tokio::select! {
            biased;
            () = &mut shutdown => return,
            accepted = accepted => accepted,
        };
        let metrics = metrics.clone();
        tokio::spawn(async move {
            answer_once(stream, &Limits::default(), |request| answer(&metrics, request)).await;
            drop(slot);
        });
    }
}

fn answer<B>(metrics: &Metrics, request: &Request<B>) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    if request.uri().path() != "/metrics" {
        return (StatusCode::NOT_FOUND, "There is nothing here but /metrics\n").into_response();
    }
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let exposition = metrics.exposition(accept);
    ([(header::CONTENT_TYPE, exposition.content_type)], exposition.text).into_response()
}
