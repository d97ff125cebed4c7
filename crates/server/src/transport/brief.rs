//! Connections that are answered once, without encryption and without the API.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::sync::Arc;

use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::limits::{HEADERS_MAX_BYTES, Limits};
use crate::transport::accept::accept;
use crate::transport::socket::Socket;
use crate::transport::wire::{Shared, Wire};

/// Answers the first request of each connection, of so many at one time, until `shutdown` resolves.
pub(crate) async fn serve_brief(
    listener: TcpListener,
    connections_max: usize,
    answer: impl Fn(&Request<Incoming>) -> Response + Send + Sync + 'static,
    shutdown: impl Future<Output = ()>,
) {
    let (slots, answer) = (Arc::new(Semaphore::new(connections_max)), Arc::new(answer));
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
        let answer = Arc::clone(&answer);
        tokio::spawn(async move {
            answer_once(stream, &Limits::default(), &*answer).await;
            drop(slot);
        });
    }
}

/// Answers the first request of a connection and closes it.
pub(crate) async fn answer_once(stream: TcpStream, limits: &Limits, answer: impl Fn(&Request<Incoming>) -> Response) {
    let shared = Arc::new(Shared::default());
    // Its body is not read.
    shared.linger();
    let wire = Wire::new(Socket::Plain(stream), shared, limits);
    let answered = http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .header_read_timeout(limits.headers_within)
        .max_header_size(HEADERS_MAX_BYTES)
        .max_buf_size(2 * HEADERS_MAX_BYTES)
        .serve_connection(TokioIo::new(wire), service_fn(|request| ready(Ok::<_, Infallible>(answer(&request)))))
        .await;
    if let Err(error) = answered {
        tracing::debug!(%error, "a connection ended early");
    }
}
