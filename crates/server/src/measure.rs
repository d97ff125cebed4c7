//! What is counted of every request.

use std::time::Instant;

use axum::response::Response;
use feedme_telemetry::{Metrics, SignIn};
use http::{Method, Request};

use crate::access::table;
use crate::callback;
use crate::http::is_of_interface;

/// A request that is being measured.
pub(crate) struct Measured<'a> {
    metrics: &'a Metrics,
    began: Instant,
    method: &'static str,
    route: &'static str,
    is_callback: bool,
}

impl<'a> Measured<'a> {
    /// Measures a request, where anything is measured.
    pub(crate) fn begin<B>(metrics: Option<&'a Metrics>, request: &Request<B>) -> Option<Self> {
        metrics.map(|metrics| Self {
            metrics,
            began: Instant::now(),
            method: method(request.method()),
            route: route(request.uri().path()),
            is_callback: callback::claims(request.method(), request.uri(), request.headers()),
        })
    }

    /// It is answered; a stream has begun.
    pub(crate) fn end(self, response: &Response) {
        let (http, status) = (self.metrics.http(), response.status().as_u16());
        http.answered(self.method, self.route, status, self.began.elapsed());
        if let Some(outcome) = sign_in(self.method, self.route, status) {
            http.sign_in(outcome);
        }
        if self.is_callback {
            http.callback(status);
        }
    }
}

/// One of few methods.
pub(crate) fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET | Method::HEAD => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// One of few routes. A restaurant's is the same wherever it stands.
pub(crate) fn route(path: &str) -> &'static str {
    match table::pattern(path) {
        Some(pattern) => pattern,
        None if is_of_interface(path) => "unknown",
        None => "page",
    }
}

/// What became of an attempt to sign in, if it was one and is decided.
fn sign_in(method: &str, route: &str, status: u16) -> Option<SignIn> {
    if method != "POST" || !matches!(route, "/api/auth/login" | "/api/auth/switch") {
        return None;
    }
    match status {
        200..=299 => Some(SignIn::Succeeded),
        401 => Some(SignIn::Wrong),
        429 => Some(SignIn::Throttled),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_few_whatever_is_asked_for() {
        for (path, expected) in [
            ("/api/orders", "/api/orders"),
            ("/api/orders/01a20bdc-05d3-7ad6-9016-e2d40ae21d39", "/api/orders/{id}"),
            ("/api/restaurants/harbour/orders", "/api/orders"),
            ("/api/restaurants/harbour", "/api/restaurants/{restaurant}"),
            ("/api/docs/swagger-ui.css", "/api/docs/{*file}"),
            ("/api/nothing", "unknown"),
            ("/", "page"),
            ("/history", "page"),
        ] {
            assert_eq!(route(path), expected, "{path}");
        }
        assert_eq!(method(&Method::HEAD), "GET");
        assert_eq!(method(&Method::from_bytes(b"BREW").expect("a legal method")), "other");
    }

    #[test]
    fn only_decided_attempts_to_sign_in_count() {
        let at = |status| sign_in("POST", "/api/auth/login", status);
        assert_eq!(at(200), Some(SignIn::Succeeded));
        assert_eq!(at(401), Some(SignIn::Wrong));
        assert_eq!(at(429), Some(SignIn::Throttled));
        assert_eq!(at(400), None);
        assert_eq!(sign_in("POST", "/api/orders", 401), None);
    }
}
