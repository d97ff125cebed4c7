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

/// A page's policy. Icons may be drawn in place: the app draws one that counts the ready orders.
macro_rules! page {
    ($styles:literal) => {
        HeaderValue::from_static(concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'",
            $styles,
            "; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; ",
            "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ))
    };
}

const APP: HeaderValue = page!("");

/// The page of the API draws a logo that has a style of its own, `.logo_small_svg__cls-2{…}`.
const DOCS: HeaderValue = page!(" 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='");

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

/// What an answer is to a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The web app, and what it is made of: a worker lives by the policy of its own file.
    App,
    /// The page of the API.
    Docs,
    /// No page.
    Api,
}

/// What a browser is told with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guard {
    kind: Kind,
    /// The server's name leads here for everybody, and the connection is encrypted.
    is_https: bool,
}

impl Guard {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        let is_encrypted = request.extensions().get::<Peer>().is_some_and(|peer| peer.tls);
        let host = request.headers().get(header::HOST).and_then(|host| Host::parse(host.as_bytes()));
        Self {
            kind: Kind::at(request.uri().path()),
            is_https: is_encrypted && host.is_some_and(|host| !host.is_local()),
        }
    }

    pub(crate) fn put(self, headers: &mut HeaderMap) {
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        headers.insert(header::CONTENT_SECURITY_POLICY, self.kind.policy());
        headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, SAME_ORIGIN);
        if self.kind != Kind::Api {
            headers.insert(header::REFERRER_POLICY, REFERRER);
            headers.insert(CROSS_ORIGIN_OPENER_POLICY, SAME_ORIGIN);
            headers.insert(PERMISSIONS_POLICY, DEVICE);
        }
        if self.is_https {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
        }
    }
}

impl Kind {
    fn at(path: &str) -> Self {
        match path {
            "/api" | "/livez" | "/readyz" => Self::Api,
            _ if path.starts_with("/api/docs") => Self::Docs,
            _ if path.starts_with("/api/") => Self::Api,
            _ => Self::App,
        }
    }

    fn policy(self) -> HeaderValue {
        match self {
            Self::App => APP,
            Self::Docs => DOCS,
            Self::Api => NO_PAGE,
        }
    }
}
