//! What browsers are told to refuse on behalf of whoever uses them.
//!
//! The web app is made of files of its own: no script, no style and no connection comes from elsewhere or stands in
//! a page, and nobody shows it in a frame. So whatever somebody smuggles into a page does nothing.

use http::{HeaderMap, HeaderName, HeaderValue, Request, header};

use crate::host::Host;
use crate::transport::Peer;

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Icons may be drawn in place: the app draws one that counts the ready orders, and so does the page of the API.
const PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'",
);

/// Answers that are no pages, should a browser take one for a page.
const NO_PAGE: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// A kitchen's screen stays awake and may fill the screen; it has no use for what else a device can do.
const DEVICE: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), \
     microphone=(), midi=(), payment=(), screen-wake-lock=(self), serial=(), usb=()",
);

/// Not `no-referrer`, which also takes the origin from forms, and with it what tells our own pages from others'.
const REFERRER: HeaderValue = HeaderValue::from_static("same-origin");

const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// A year. Names below ours may be other machines', so they are left alone.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What a browser is told with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guard {
    is_page: bool,
    /// The server's name leads here for everybody, and the connection is encrypted.
    is_https: bool,
}

impl Guard {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        let is_encrypted = request.extensions().get::<Peer>().is_some_and(|peer| peer.tls);
        let host = request.headers().get(header::HOST).and_then(|host| Host::parse(host.as_bytes()));
        Self {
            is_page: is_page(request.uri().path()),
            is_https: is_encrypted && host.is_some_and(|host| !host.is_local()),
        }
    }

    pub(crate) fn put(self, headers: &mut HeaderMap) {
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        headers.insert(header::CONTENT_SECURITY_POLICY, if self.is_page { PAGE } else { NO_PAGE });
        headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, SAME_ORIGIN);
        if self.is_page {
            headers.insert(header::REFERRER_POLICY, REFERRER);
            headers.insert(CROSS_ORIGIN_OPENER_POLICY, SAME_ORIGIN);
            headers.insert(PERMISSIONS_POLICY, DEVICE);
        }
        if self.is_https {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
        }
    }
}

/// Whether pages and what they are made of stand here: a worker lives by the policy of its own file.
fn is_page(path: &str) -> bool {
    path.starts_with("/api/docs") || !(path.starts_with("/api/") || matches!(path, "/api" | "/livez" | "/readyz"))
}
