//! The cookie that holds a session's token.
//!
//! Scripts do not see it, no page from elsewhere has a browser send it, and over TLS no other name and no plain
//! connection gets it.

use http::{HeaderMap, HeaderValue, header};

use super::SESSION_AT_MOST_MS;

/// Over plain HTTP, and over TLS: there the browser itself sees to it that nobody else set it.
const PLAIN: &str = "feedme_session";
const SECURE: &str = "__Host-feedme_session";

/// The session's token, if the request has one.
pub(crate) fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut plain = None;
    loop {
        match pairs.next() {
            Some((SECURE, token)) => return Some(token),
            Some((PLAIN, token)) => plain = Some(token),
            Some(_) => {}
            None => return plain,
        }
    }
}

/// Has the browser keep a token.
pub(crate) fn keep(token: &str, tls: bool) -> HeaderValue {
    let seconds = SESSION_AT_MOST_MS / 1000;
    set(token, seconds, tls)
}

/// Has the browser forget it.
pub(crate) fn forget(tls: bool) -> HeaderValue {
    set("", 0, tls)
}

fn set(token: &str, seconds: u64, tls: bool) -> HeaderValue {
    let (name, secure) = if tls { (SECURE, "; Secure") } else { (PLAIN, "") };
    let cookie = format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::try_from(cookie).expect("a token is ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_among_other_cookies_and_the_secure_one_goes_first() {
        for (cookies, token) in [
            ("feedme_session=a", Some("a")),
            ("x=1; feedme_session=a; y=2", Some("a")),
            ("feedme_session=a; __Host-feedme_session=b", Some("b")),
            ("feedme_session", None),
            ("xfeedme_session=a", None),
        ] {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookies))]);
            assert_eq!(session(&headers), token, "{cookies}");
        }
        assert_eq!(session(&HeaderMap::new()), None);
    }

    #[test]
    fn no_script_and_no_other_site_gets_it() {
        assert_eq!(keep("t", false), "feedme_session=t; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict");
        let secure = "__Host-feedme_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure";
        assert_eq!(forget(true), secure);
    }
}
