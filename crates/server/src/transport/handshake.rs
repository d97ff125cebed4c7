//! What comes before HTTP on a port that is encrypted: a handshake, or a word to whoever left it out.

use std::future::Future;
use std::io;
use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use feedme_api::{Code, Problem};
use http::{HeaderValue, Request, StatusCode, header};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::host::Host;
use crate::limits::Limits;
use crate::problem::Refused;
use crate::transport::brief::answer_once;
use crate::transport::socket::Socket;
use crate::transport::tls::Tls;

/// Handshakes at one time. Each takes about 20 KiB until it is done; further ones wait, and the waiting counts.
const HANDSHAKES_MAX: usize = 1024;

/// What a client's first record begins with (RFC 8446, 5.1). No method of HTTP does.
const HANDSHAKE: u8 = 22;

/// Makes connections ready for HTTP.
#[derive(Debug)]
pub(super) struct Handshakes {
    tls: Tls,
    turns: Semaphore,
    within: Duration,
}

impl Handshakes {
    pub(super) fn new(tls: Tls, limits: &Limits) -> Self {
        Self { tls, turns: Semaphore::new(HANDSHAKES_MAX), within: limits.handshake_within }
    }

    /// The connection once it is encrypted. `None` when it spoke HTTP right away, and was told.
    pub(super) async fn shake(&self, stream: TcpStream, limits: &Limits) -> io::Result<Option<Socket>> {
        if !self.in_time(is_handshake(&stream)).await? {
            answer_once(stream, limits, lead_on).await;
            return Ok(None);
        }
        let shaken = self.in_time(async {
            let _turn = self.turns.acquire().await.map_err(io::Error::other)?;
            self.tls.accept(stream).await
        });
        shaken.await.map(|stream| Some(Socket::Tls(Box::new(stream))))
    }

    async fn in_time<T>(&self, step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        let late = || io::Error::new(io::ErrorKind::TimedOut, "the handshake takes too long");
        tokio::time::timeout(self.within, step).await.unwrap_or_else(|_| Err(late()))
    }
}

async fn is_handshake(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    match stream.peek(&mut first).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(first == [HANDSHAKE]),
    }
}

/// Leads a reader to the same address with `https`. Who sends something is told instead: it went over the network
/// for everybody to read, and to do so again and again should not look right.
fn lead_on<B>(request: &Request<B>) -> Response {
    let elsewhere = location(request).filter(|_| request.method().is_safe());
    if let Some(location) = elsewhere {
        return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response();
    }
    let detail = "this port speaks HTTPS alone: ask at the same address with https://";
    Refused::from(Problem::new(Code::MalformedRequest, detail)).into_response()
}

fn location<B>(request: &Request<B>) -> Option<HeaderValue> {
    let host = request.headers().get(header::HOST)?;
    Host::parse(host.as_bytes())?;
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    HeaderValue::try_from(format!("https://{}{path}", host.to_str().ok()?)).ok()
}
