//! One connection: hyper speaks HTTP on it, within limits.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use feedme_api::{Code, Problem};
use http::{HeaderValue, Method, Request, Version, header};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::host::Host;
use crate::limits::HEADERS_MAX_BYTES;
use crate::problem::Refused;
use crate::service::Service;
use crate::transport::accept::Phase;
use crate::transport::handover::{Endless, HandedOver, carry};
use crate::transport::handshake::Handshakes;
use crate::transport::peer::Peer;
use crate::transport::socket::Socket;
use crate::transport::tls::Tls;
use crate::transport::wire::{Shared, Wire};

/// What hyper may hold of a request that it has not handed on: the headers and a piece of the body.
const READ_BUFFER_MAX_BYTES: usize = 2 * HEADERS_MAX_BYTES;

/// Drives connections, all in the same way.
pub(super) struct Connections {
    service: Service,
    http: http1::Builder,
    handshakes: Option<Handshakes>,
    phases: watch::Receiver<Phase>,
    screens: Handle,
}

impl Connections {
    /// Streams are carried by `screens`.
    pub(super) fn new(service: Service, tls: Option<Tls>, phases: watch::Receiver<Phase>, screens: Handle) -> Self {
        let handshakes = tls.map(|tls| Handshakes::new(tls, service.app().limits()));
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(service.app().limits().idle_at_most)
            .max_header_size(HEADERS_MAX_BYTES)
            .max_buf_size(READ_BUFFER_MAX_BYTES);
        Self { service, http, handshakes, phases, screens }
    }

    /// Serves a connection until it ends. The slot is free afterwards.
    pub(super) async fn begin(self: Arc<Self>, stream: TcpStream, address: SocketAddr, slot: OwnedSemaphorePermit) {
        let Some(socket) = self.ready(stream).await else { return };
        let peer = Peer { address, tls: socket.is_tls() };
        let driven = self.drive(socket, peer, slot);
        drop(self);
        driven.await;
    }

    /// The connection, ready for HTTP; `None` when it came to nothing before.
    async fn ready(&self, stream: TcpStream) -> Option<Socket> {
        let Some(handshakes) = &self.handshakes else { return Some(Socket::Plain(stream)) };
        let mut phases = self.phases.clone();
        tokio::select! {
            biased;
            shaken = handshakes.shake(stream, self.service.app().limits()) => shaken.unwrap_or_else(|error| {
                tracing::debug!(%error, "a handshake failed");
                None
            }),
            _ = phases.changed() => None,
        }
    }

    fn drive(&self, socket: Socket, peer: Peer, slot: OwnedSemaphorePermit) -> impl Future<Output = ()> + Send + use<> {
        let shared = Arc::new(Shared::default());
        let app = self.service.app().clone();
        let stalls_at_most = app.limits().write_stalls_at_most;
        let wire = Wire::new(socket, Arc::clone(&shared), app.limits());
        let (service, answering) = (self.service.clone(), Arc::clone(&shared));
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            answer(service.clone(), Arc::clone(&answering), request)
        });
        let mut connection = Box::pin(self.http.serve_connection(TokioIo::new(wire), answer));
        let mut phases = self.phases.clone();
        let screens = self.screens.clone();
        async move {
            loop {
                tokio::select! {
                    biased;
                    ended = connection.as_mut() => {
                        if let Err(error) = ended {
                            tracing::debug!(%error, "a connection ended early");
                        }
                        break;
                    }
                    changed = phases.changed() => match changed {
                        Ok(()) => connection.as_mut().graceful_shutdown(),
                        Err(_) => return,
                    },
                }
            }
            drop(connection);
            let Some((socket, response)) = shared.handover.take() else { return };
            let now = app.engine().now();
            screens.spawn(async move {
                let _slot = slot;
                if let Err(error) = carry(socket, response, phases, now, stalls_at_most).await {
                    tracing::debug!(%error, "a stream broke off");
                }
            });
        }
    }
}

async fn answer(service: Service, shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response, HandedOver> {
    if let Some(detail) = malformed(&shared, &request) {
        shared.linger();
        let mut response = Refused::from(Problem::new(Code::MalformedRequest, detail)).into_response();
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        return Ok(response);
    }
    let has_body = !request.body().is_end_stream();
    let is_head = request.method() == Method::HEAD;
    let response = service.answer(request).await;
    if response.extensions().get::<Endless>().is_some() && !is_head {
        return Err(shared.handover.ask(response));
    }
    if has_body && response.status().is_client_error() {
        // The body may not have been read; closing on unread bytes would destroy the answer on its way.
        shared.linger();
    }
    Ok(response)
}

/// What a request lacks that HTTP/1.1 demands and hyper does not.
fn malformed<B>(shared: &Shared, request: &Request<B>) -> Option<&'static str> {
    if shared.is_ambiguous() {
        return Some("Transfer-Encoding: expected `chunked` and nothing else, without a Content-Length");
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let is_named = match (hosts.next(), hosts.next()) {
        (Some(host), None) => Host::parse(host.as_bytes()).is_some(),
        (Some(_), Some(_)) => false,
        (None, _) => request.version() < Version::HTTP_11,
    };
    (!is_named).then_some("Host: expected once, a name or an address, with or without a port")
}
