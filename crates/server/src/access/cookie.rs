//! The cookies: one holds a session's token, one a paired screen's key, and one says that somebody signed in on this
//! device before.
//!
//! Scripts do not see them, no page from elsewhere has a browser send them, and over TLS no other name and no plain
//! connection gets or sets them.

use http::{HeaderMap, HeaderValue, header};

use super::{DEVICE_KEPT_MS, SESSION_AT_MOST_MS};

/// A cookie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookie {
    /// Its name over plain HTTP.
    plain: &'static str,
    /// Its name over TLS: there the browser itself sees to it that nobody else set it.
    secure: &'static str,
    keep_s: u64,
}

/// Holds a session's token.
pub(crate) const SESSION: Cookie =
    Cookie { plain: "feedme_session", secure: "__Host-feedme_session", keep_s: SESSION_AT_MOST_MS / 1000 };

/// Holds a device's token.
pub(crate) const DEVICE: Cookie =
    Cookie { plain: "feedme_device", secure: "__Host-feedme_device", keep_s: DEVICE_KEPT_MS / 1000 };

/// Holds the key of a screen that was paired. Browsers keep no cookie for longer.
pub(crate) const KEY: Cookie = Cookie { plain: "feedme_key", secure: "__Host-feedme_key", keep_s: 400 * 24 * 60 * 60 };

impl Cookie {
    /// What the request has in it. Over TLS the plain name does not count: anybody on the way could have set it.
    pub(crate) fn read(self, headers: &HeaderMap, tls: bool) -> Option<&str> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find_map(|(name, value)| (name == self.name(tls)).then_some(value))
    }

    /// Has the browser keep a token.
    pub(crate) fn keep(self, token: &str, tls: bool) -> HeaderValue {
        self.set(token, self.keep_s, tls)
    }

    /// Has the browser forget it.
    pub(crate) fn forget(self, tls: bool) -> HeaderValue {
        self.set("", 0, tls)
    }

    fn name(self, tls: bool) -> &'static str {
        if tls { self.secure } else { self.plain }
    }

    fn set(self, token: &str, seconds: u64, tls: bool) -> HeaderValue {
        let (name, secure) = (self.name(tls), if tls { "; Secure" } else { "" });
        let cookie = format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        HeaderValue::try_from(cookie).expect("a token is ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_among_other_cookies() {
        for (cookies, tls, token) in [
            ("feedme_session=a", false, Some("a")),
            ("x=1; feedme_session=a; y=2", false, Some("a")),
            ("feedme_device=c; feedme_session=a", false, Some("a")),
            ("feedme_session=a; __Host-feedme_session=b", true, Some("b")),
            ("feedme_session=a", true, None),
            ("__Host-feedme_session=b", false, None),
            ("feedme_session", false, None),
            ("xfeedme_session=a", false, None),
        ] {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookies))]);
            assert_eq!(SESSION.read(&headers, tls), token, "{cookies}");
        }
        assert_eq!(SESSION.read(&HeaderMap::new(), false), None);
    }

    #[test]
    fn no_script_and_no_other_site_gets_it() {
        assert_eq!(SESSION.keep("t", false), "feedme_session=t; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict");
        assert_eq!(DEVICE.keep("t", false), "feedme_device=t; Path=/; Max-Age=15552000; HttpOnly; SameSite=Strict");
        let secure = "__Host-feedme_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure";
        assert_eq!(SESSION.forget(true), secure);
    }
}
