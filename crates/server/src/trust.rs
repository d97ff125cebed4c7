//! The page by which the devices of a restaurant come to trust its own authority.
//!
//! A device that does not trust the server yet can only be told so without encryption. So this page stands on an
//! address of its own, and there is nothing else there: no API, no app, no script. What protects whoever reads it
//! is the fingerprint, to be compared with what `feedme tls init` printed.

mod page;
mod profile;
mod words;

use std::future::Future;
use std::net::{IpAddr, SocketAddr};

use axum::response::{IntoResponse as _, Response};
use feedme_authority::Certificate;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use tokio::net::TcpListener;

use crate::host::Host;
use crate::transport::brief::serve_brief;
use words::Language;

/// Connections at one time. A restaurant has fewer devices, and each asks once.
const CONNECTIONS_MAX: usize = 64;

const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// What the page tells of.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Who is to be trusted.
    pub authority: Certificate,
    /// Where the restaurant is served over HTTPS. Its host is told only to who asks from this machine.
    pub https: SocketAddr,
    /// An address of this machine that other devices reach, if it has one.
    pub reached_at: Option<IpAddr>,
}

/// Serves the page, and nothing else, until `shutdown` resolves.
pub async fn serve_trust(listener: TcpListener, trust: Trust, shutdown: impl Future<Output = ()>) {
    let port = listener.local_addr().map_or(0, |address| address.port());
    serve_brief(listener, CONNECTIONS_MAX, move |request| trust.answer(request, port), shutdown).await;
}

impl Trust {
    fn answer<B>(&self, request: &Request<B>, port: u16) -> Response {
        let mut response = match *request.method() {
            Method::GET | Method::HEAD => self.file(request, port),
            _ => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response(),
        };
        response.headers_mut().extend(HEADERS);
        response
    }

    fn file<B>(&self, request: &Request<B>, port: u16) -> Response {
        let path = request.uri().path();
        if let Some(language) = Language::at(path, request.headers()) {
            let page = page::render(self, &self.host(request.headers()), port, language);
            return ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
        }
        match path {
            "/style.css" => ([(header::CONTENT_TYPE, "text/css")], page::STYLE).into_response(),
            "/ca.crt" => download("application/x-x509-ca-cert", "feedme-ca.crt", self.authority.der().to_vec()),
            "/ca.pem" => download("application/x-x509-ca-cert", "feedme-ca.pem", self.authority.to_pem()),
            "/feedme.mobileconfig" => {
                download("application/x-apple-aspen-config", "feedme.mobileconfig", profile::render(&self.authority))
            }
            _ => (StatusCode::NOT_FOUND, "There is nothing here but how to trust this restaurant's server: see /\n")
                .into_response(),
        }
    }

    /// What other devices call this machine: what this one calls it, unless that leads nowhere from elsewhere.
    fn host(&self, headers: &HeaderMap) -> String {
        let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok()).and_then(without_port);
        let is_loopback = |host: &str| {
            let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
            address.map_or_else(|_| host.ends_with("localhost"), |address| address.is_loopback())
        };
        let known = asked.filter(|host| self.reached_at.is_none() || !is_loopback(host));
        known.map_or_else(|| authority(self.reached_at.unwrap_or(self.https.ip())), str::to_owned)
    }
}

/// A host as it stands in addresses. Nothing in it means anything in HTML.
fn without_port(host: &str) -> Option<&str> {
    Host::parse(host.as_bytes())?;
    let end = host.rfind(']').map_or_else(|| host.find(':').unwrap_or(host.len()), |bracket| bracket + 1);
    let host = &host[..end];
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || ".-:[]".contains(sign);
    host.chars().all(is_plain).then_some(host)
}

/// An address as it stands in addresses.
fn authority(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

fn download(media_type: &'static str, name: &str, content: impl Into<axum::body::Body>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, content.into()).into_response()
}

#[cfg(test)]
mod tests;
