//! What a request calls the server that it is sent to: `localhost:8080`, `[::1]`.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What may stand in a name besides letters and digits (RFC 3986, 3.2.2).
const NAME_SIGNS: &[u8] = b"-._~%!$&'()*+,;=";

/// A host, without its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host<'a> {
    /// An IP literal.
    Address,
    /// A name.
    Name(&'a str),
}

impl<'a> Host<'a> {
    /// Reads a host with or without a port. `None` when it is neither.
    pub(crate) fn parse(authority: &'a [u8]) -> Option<Self> {
        let text = str::from_utf8(authority).ok()?;
        let (host, port) = if let Some(literal) = text.strip_prefix('[') {
            let (address, port) = literal.split_once(']')?;
            address.parse::<Ipv6Addr>().ok()?;
            (Self::Address, port)
        } else {
            let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            (Self::of_name(name)?, port)
        };
        is_port(port).then_some(host)
    }

    fn of_name(name: &'a str) -> Option<Self> {
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || NAME_SIGNS.contains(&byte);
        if name.is_empty() || !name.bytes().all(is_legal) {
            return None;
        }
        Some(if name.parse::<Ipv4Addr>().is_ok() { Self::Address } else { Self::Name(name) })
    }

    /// Whether it is this name, or for one that begins with `*.` a name below it.
    pub(crate) fn is(self, name: &str) -> bool {
        let Self::Name(own) = self else { return false };
        let Some(above) = name.strip_prefix('*') else { return own.eq_ignore_ascii_case(name) };
        let at = own.len().saturating_sub(above.len());
        at > 0 && own.is_char_boundary(at) && own[at..].eq_ignore_ascii_case(above)
    }

    /// Whether nobody can make it lead here but who owns this machine. A name can be pointed at any address by
    /// whoever owns it; an address cannot, and `localhost` never leaves the machine (RFC 6761).
    pub(crate) fn is_local(self) -> bool {
        let Self::Name(name) = self else { return true };
        let last = name.rsplit('.').next().unwrap_or_default();
        last.eq_ignore_ascii_case("localhost")
    }
}

/// Nothing, or a colon and a number, which may be missing.
fn is_port(text: &str) -> bool {
    let Some(digits) = text.strip_prefix(':') else { return text.is_empty() };
    digits.is_empty() || digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        for text in ["127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080", "10.0.0.7:80"] {
            assert_eq!(Host::parse(text.as_bytes()), Some(Host::Address), "{text}");
        }
        for (text, name) in [("localhost:8080", "localhost"), ("a.example:", "a.example"), ("127.1", "127.1")] {
            assert_eq!(Host::parse(text.as_bytes()), Some(Host::Name(name)), "{text}");
        }
    }

    #[test]
    fn what_is_neither_is_no_host() {
        for text in
            ["", ":80", "a b", "a/b", "a@b", "a,b:x", "a:65536", "a:+1", "a:1:2", "::1", "[::1", "[x]", "[::1]x"]
        {
            assert_eq!(Host::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Host::parse(b"\xff"), None);
    }

    #[test]
    fn a_star_stands_for_what_is_below() {
        let is = |host: &str, name| Host::parse(host.as_bytes()).is_some_and(|host| host.is(name));
        assert!(is("Feedme.example:8443", "feedme.example"));
        assert!(is("a.feedme.example", "*.feedme.example"));
        for (host, name) in [
            ("feedme.example", "*.feedme.example"),
            (".feedme.example", "*.feedme.example"),
            ("notfeedme.example", "feedme.example"),
            ("a.feedme.example", "feedme.example"),
            ("127.0.0.1", "127.0.0.1"),
        ] {
            assert!(!is(host, name), "{host} {name}");
        }
    }

    #[test]
    fn local_is_what_nobody_else_can_point_here() {
        for text in ["localhost", "LOCALHOST:1", "feedme.localhost:8080", "127.0.0.1", "[::1]:80", "192.168.1.2"] {
            assert!(Host::parse(text.as_bytes()).is_some_and(Host::is_local), "{text}");
        }
        for text in ["a.example", "localhost.example", "notlocalhost", "127.0.0.1.example", "localhost."] {
            assert!(Host::parse(text.as_bytes()).is_some_and(|host| !host.is_local()), "{text}");
        }
    }
}
