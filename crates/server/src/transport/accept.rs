//! Accepting connections until it is time to stop.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use feedme_engine::Engine;
use rustix::net::sockopt::set_socket_send_buffer_size;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::access::Access;
use crate::service::{Service, ServiceOptions};
use crate::transport::connection::Connections;
use crate::transport::screens::Screens;
use crate::transport::tls::Tls;

/// The pause after a failed accept. Out of file descriptors is the usual reason, and only connections that
/// end help against it.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the kernel may hold of answers that a reader has not taken; Linux grants twice as much, for its own
/// bookkeeping too. Left alone it would hold 4 MiB for each reader that stalls. A reader 200 ms away still gets
/// more than half a megabyte in a second.
const SEND_BUFFER_BYTES: usize = 128 * 1024;

/// How the server runs.
#[derive(Clone, Debug, Default)]
pub struct ServeOptions {
    /// How it answers.
    pub service: ServiceOptions,
    /// What it encrypts with, if it does.
    pub tls: Option<Tls>,
}

/// What connections are told. Once nobody is there to tell them, they end at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Go on.
    Serving,
    /// Finish the request at hand, then close; streams end.
    Draining,
}

/// Serves an engine on a listener until `shutdown` resolves; then nothing more is accepted, requests at hand
/// are finished, streams end, and what is not done within [`Limits::shutdown_within`](crate::Limits::shutdown_within) is cut. The engine is
/// left running: whoever started it stops it.
pub async fn serve(
    listener: TcpListener,
    engine: Engine,
    access: Access,
    options: ServeOptions,
    shutdown: impl Future<Output = ()>,
) {
    let ServeOptions { service, tls } = options;
    let limits = service.limits;
    let service = Service::new(engine, access, service);
    let slots = Arc::new(Semaphore::new(limits.connections_max));
    let (phase, phases) = watch::channel(Phase::Serving);
    let screens = Screens::start();
    // Accepted connections inherit it.
    if let Err(error) = set_socket_send_buffer_size(&listener, SEND_BUFFER_BYTES) {
        tracing::warn!(%error, "cannot bound what the kernel holds for slow readers");
    }
    let connections = Arc::new(Connections::new(service.clone(), tls, phases, screens.handle()));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let slot = tokio::select! {
            biased;
            () = &mut shutdown => break,
            slot = Arc::clone(&slots).acquire_owned() => slot.expect("nobody closes the semaphore"),
        };
        let (stream, address) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = accept(&listener) => accepted,
        };
        tokio::spawn(Arc::clone(&connections).begin(stream, address, slot));
    }
    drop(listener);
    service.app().stop();
    phase.send_replace(Phase::Draining);
    let all = u32::try_from(limits.connections_max).unwrap_or(u32::MAX);
    if tokio::time::timeout(limits.shutdown_within, slots.acquire_many(all)).await.is_err() {
        let open = limits.connections_max - slots.available_permits();
        tracing::warn!(open, "cutting connections that did not end in time");
    }
    drop(phase);
}

/// The next connection. Failures are survived: they are about one connection, or pass.
pub(crate) async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut said = false;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // Answers are written whole; waiting to fill a packet would only delay them.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection was gone at once");
                    continue;
                }
                return (stream, address);
            }
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                if !std::mem::replace(&mut said, true) {
                    tracing::warn!(%error, "cannot accept connections at the moment");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
