//! Whom a proxy in front speaks for.
//!
//! Anybody can write `X-Forwarded-For`, so it says something only where it comes from: each proxy adds, at the right,
//! the address that asked it. Read from the right, every address up to and including the first that is no proxy of
//! ours was written by a proxy of ours; what stands further left was written by whoever that is, and means nothing.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue, Request};
use ipnet::IpNet;

use crate::transport::Peer;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The widest networks that one may be said to hold oneself: `10.0.0.0/8`, and `fc00::/7`. Whoever believes a wider one
/// believes strangers.
const WIDEST_V4: u8 = 8;
/// See [`WIDEST_V4`].
const WIDEST_V6: u8 = 7;

/// The proxies in front of a server, which are believed when they say who asked them. Usually there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

/// Why something cannot be believed as a proxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoProxy {
    /// It is no address and no network.
    #[error("`{0}` is neither an address such as 10.0.0.7 nor a network such as 10.0.0.0/24")]
    Unreadable(String),
    /// Too many could say who they are.
    #[error(
        "{0} is too wide: every machine in it could say of itself that it has whatever address. Name the proxies' own \
         addresses, or a network that is yours, /8 (IPv6: /7) at the widest"
    )]
    TooWide(IpNet),
}

impl Proxies {
    /// The proxies with these addresses, or in these networks.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, NoProxy> {
        texts.iter().map(|text| network(text.as_ref().trim())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts whoever asked in the place of the proxy that passed the request on.
    pub(crate) fn look_through<B>(&self, request: &mut Request<B>) {
        let Some(peer) = request.extensions().get::<Peer>() else { return };
        if let Some(told) = self.told(*peer, request.headers()) {
            request.extensions_mut().insert(told);
        }
    }

    /// Of whom a connection's other end says that they asked; `None` when it is no proxy of ours.
    fn told(&self, peer: Peer, headers: &HeaderMap) -> Option<Peer> {
        let proxy = peer.address.ip().to_canonical();
        if !self.have(proxy) {
            return None;
        }
        let mut caller = proxy;
        // Several lines are one list (RFC 9110, 5.3).
        let lines = headers.get_all(X_FORWARDED_FOR).iter().map(HeaderValue::as_bytes);
        let lines: Vec<_> = lines.map(|line| line.split(|byte| *byte == b',')).collect();
        for hop in lines.into_iter().rev().flat_map(Iterator::rev) {
            // A proxy of ours wrote something else than an address: then the last one known asked.
            let Some(address) = address(hop) else { break };
            caller = address;
            if !self.have(address) {
                break;
            }
        }
        let tls = is_encrypted(headers).unwrap_or(peer.tls);
        let address = if caller == proxy { peer.address } else { SocketAddr::new(caller, 0) };
        Some(Peer { address, tls })
    }

    fn have(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn network(text: &str) -> Result<IpNet, NoProxy> {
    let read = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network = read.map_err(|_| NoProxy::Unreadable(text.to_owned()))?;
    let widest = if matches!(network, IpNet::V4(_)) { WIDEST_V4 } else { WIDEST_V6 };
    if network.prefix_len() < widest { Err(NoProxy::TooWide(network)) } else { Ok(network.trunc()) }
}

/// One entry of the list: an address, with a port perhaps, as some proxies write it.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(hop).ok()?.trim_matches([' ', '\t']);
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).filter(|text| text.contains(':'));
    let address = bare.unwrap_or(text).parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|it| it.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// Whether all of the way to us was encrypted, as far as proxies tell; `None` when they say nothing.
fn is_encrypted(headers: &HeaderMap) -> Option<bool> {
    let lines = headers.get_all(X_FORWARDED_PROTO).iter().map(HeaderValue::as_bytes);
    let mut schemes = lines.flat_map(|line| line.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii).peekable();
    schemes.peek()?;
    Some(schemes.all(|scheme| scheme.eq_ignore_ascii_case(b"https")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of whom a peer says, in these headers, that they asked.
    fn told(proxies: &[&str], peer: &str, headers: &[(HeaderName, &[u8])]) -> Option<(String, bool)> {
        let proxies = Proxies::parse(proxies).expect("they are networks");
        let address = SocketAddr::new(peer.parse().expect("it is an address"), 40_000);
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_bytes(value).expect("it may stand in a header")));
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value)| {
            map.append(name, value);
        });
        let told = proxies.told(Peer { address, tls: false }, &map)?;
        Some((told.address.ip().to_string(), told.tls))
    }

    #[track_caller]
    fn asked(proxies: &[&str], peer: &str, lines: &[&[u8]], expected: Option<&str>) {
        let headers: Vec<_> = lines.iter().map(|line| (X_FORWARDED_FOR, *line)).collect();
        let found = told(proxies, peer, &headers).map(|(address, _)| address);
        assert_eq!(found.as_deref(), expected, "{peer} says {lines:?}");
    }

    #[test]
    fn nobody_but_a_proxy_says_who_asked() {
        for (proxies, peer) in [
            (&[][..], "10.0.0.7"),
            (&["10.0.0.7"], "10.0.0.8"),
            (&["10.0.0.0/24"], "10.0.1.1"),
            (&["10.0.0.0/24"], "2001:db8::1"),
            (&["2001:db8::/32"], "2001:db9::1"),
        ] {
            asked(proxies, peer, &[b"203.0.113.9"], None);
        }
    }

    #[test]
    fn what_a_proxy_added_is_believed_and_nothing_left_of_it() {
        let ours = &["10.0.0.0/24", "2001:db8:1::/48"][..];
        for (lines, caller) in [
            (&[&b"203.0.113.9"[..]][..], "203.0.113.9"),
            // Whoever asked wrote the left half.
            (&[b"127.0.0.1, 203.0.113.9"], "203.0.113.9"),
            (&[b"10.0.0.1, 203.0.113.9"], "203.0.113.9"),
            (&[b"what ever;\xff, 203.0.113.9"], "203.0.113.9"),
            (&[b"127.0.0.1", b"203.0.113.9"], "203.0.113.9"),
            // Several proxies, one after the other.
            (&[b"1.2.3.4, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            (&[b"1.2.3.4, 203.0.113.9", b"10.0.0.2,10.0.0.3"], "203.0.113.9"),
            (&[b"203.0.113.9, 2001:db8:1::5, 10.0.0.2"], "203.0.113.9"),
            // Somebody among the proxies asked.
            (&[b"10.0.0.9, 10.0.0.2"], "10.0.0.9"),
            // However it is written.
            (&[b"2001:db8:9::1"], "2001:db8:9::1"),
            (&[b"[2001:db8:9::1]"], "2001:db8:9::1"),
            (&[b"[2001:db8:9::1]:443"], "2001:db8:9::1"),
            (&[b"203.0.113.9:51000"], "203.0.113.9"),
            (&[b"::ffff:203.0.113.9"], "203.0.113.9"),
            (&[b"::ffff:10.0.0.2"], "10.0.0.2"),
            (&[b" \t203.0.113.9\t "], "203.0.113.9"),
            // A proxy that says nothing that is an address is the last one known.
            (&[b""], "10.0.0.7"),
            (&[b"unknown"], "10.0.0.7"),
            (&[b"203.0.113.9, unknown"], "10.0.0.7"),
            (&[b"203.0.113.9,"], "10.0.0.7"),
            (&[b"203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
            (&[b"_hidden"], "10.0.0.7"),
            (&[b"203.0.113.999"], "10.0.0.7"),
            (&[b"[203.0.113.9]"], "10.0.0.7"),
            (&[b"for=203.0.113.9"], "10.0.0.7"),
            (&[b"\xff"], "10.0.0.7"),
            (&[], "10.0.0.7"),
        ] {
            asked(ours, "10.0.0.7", lines, Some(caller));
            asked(ours, "::ffff:10.0.0.7", lines, Some(if caller == "10.0.0.7" { "::ffff:10.0.0.7" } else { caller }));
        }
        asked(ours, "2001:db8:1::7", &[b"203.0.113.9"], Some("203.0.113.9"));
    }

    #[test]
    fn the_way_was_encrypted_if_a_proxy_says_so_of_all_of_it() {
        let of = |peer, lines: &[&[u8]]| {
            let headers: Vec<_> = lines.iter().map(|line| (X_FORWARDED_PROTO, *line)).collect();
            told(&["10.0.0.7"], peer, &headers).map(|(_, tls)| tls)
        };
        for lines in [&[&b"https"[..]][..], &[b"HTTPS"], &[b" https , https"], &[b"https", b"https"]] {
            assert_eq!(of("10.0.0.7", lines), Some(true), "{lines:?}");
            assert_eq!(of("203.0.113.9", lines), None, "{lines:?}");
        }
        for lines in
            [&[][..], &[&b""[..]], &[b"http"], &[b"https, http"], &[b"https", b"http"], &[b"https\xff"], &[b"httpss"]]
        {
            assert_eq!(of("10.0.0.7", lines), Some(false), "{lines:?}");
        }
        // A proxy that comes encrypted itself says of its own caller that they did not.
        let proxies = Proxies::parse(&["10.0.0.7"]).expect("it is an address");
        let peer = Peer { address: ([10, 0, 0, 7], 1).into(), tls: true };
        let headers = HeaderMap::from_iter([(X_FORWARDED_PROTO, HeaderValue::from_static("http"))]);
        assert_eq!(proxies.told(peer, &headers), Some(Peer { tls: false, ..peer }));
        assert_eq!(proxies.told(peer, &HeaderMap::new()), Some(peer));
    }

    #[test]
    fn proxies_are_addresses_and_networks_of_ones_own() {
        let parsed = Proxies::parse(&["10.1.2.3/8", " ::1 ", "192.0.2.1"]).expect("they are networks");
        assert_eq!(
            parsed.0.iter().map(IpNet::to_string).collect::<Vec<_>>(),
            ["10.0.0.0/8", "::1/128", "192.0.2.1/32"]
        );
        for wide in ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "8.0.0.0/7", "2000::/3"] {
            assert!(matches!(Proxies::parse(&[wide]), Err(NoProxy::TooWide(_))), "{wide}");
        }
        for text in ["", "proxy.example", "10.0.0.0/33", "10.0.0.7:80", "10.0.0", "/8"] {
            assert_eq!(Proxies::parse(&[text]), Err(NoProxy::Unreadable(text.into())));
        }
    }
}
