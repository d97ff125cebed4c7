//! The operator's socket: a file in the data folder by which commands on this machine speak to the server. It carries
//! the same interface as the network, and whoever may open it may do everything.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::limits::HEADERS_MAX_BYTES;
use crate::service::Service;

/// Commands that speak at a time; further ones wait. They are typed by people.
const AT_A_TIME: usize = 8;

/// The pause after a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Makes the socket, in the place of one that a dead server left behind. Only the owner of the file may open it.
pub fn bind_operator(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Serves the operator until `shutdown` resolves; then connections are cut.
pub async fn serve_operator(listener: UnixListener, service: Service, shutdown: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(AT_A_TIME));
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (slot, accepted) = tokio::select! {
            biased;
            () = &mut shutdown => return,
            next = next(&listener, &slots) => next,
        };
        while connections.try_join_next().is_some() {}
        let stream = match accepted {
            Ok(stream) if is_of_owner(&stream) => stream,
            Ok(_) => {
                tracing::warn!("somebody else than the owner of the data folder opened the operator's socket");
                continue;
            }
            Err(error) => {
                tracing::warn!(%error, "commands cannot be accepted at the moment");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let service = service.clone();
        connections.spawn(async move {
            let _slot = slot;
            let answer = service_fn(move |request: Request<Incoming>| {
                let service = service.clone();
                async move { Ok::<_, Infallible>(service.answer_operator(request).await) }
            });
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).max_header_size(HEADERS_MAX_BYTES);
            if let Err(error) = http.serve_connection(TokioIo::new(stream), answer).await {
                tracing::debug!(%error, "a command ended early");
            }
        });
    }
}

async fn next(listener: &UnixListener, slots: &Arc<Semaphore>) -> (OwnedSemaphorePermit, io::Result<UnixStream>) {
    let slot = Arc::clone(slots).acquire_owned().await.expect("nobody closes the semaphore");
    (slot, listener.accept().await.map(|(stream, _)| stream))
}

/// The file's permissions say the same; this holds also where a file system does not keep them.
fn is_of_owner(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}
