//! Metrics, on an address of their own: what they tell is for whoever runs the server, not for its users.

use std::future::Future;

use axum::response::{IntoResponse as _, Response};
use feedme_telemetry::Metrics;
use http::{Method, Request, StatusCode, header};
use tokio::net::TcpListener;

use crate::transport::brief::serve_brief;

/// Connections at one time. A Prometheus asks every few seconds.
const CONNECTIONS_MAX: usize = 16;

/// Serves metrics, and nothing else, until `shutdown` resolves.
pub async fn serve_metrics(listener: TcpListener, metrics: Metrics, shutdown: impl Future<Output = ()>) {
    serve_brief(listener, CONNECTIONS_MAX, move |request| answer(&metrics, request), shutdown).await;
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
