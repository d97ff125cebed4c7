//! Where the service is, and where it calls back.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// What the callback's path ends with: the route that takes it.
const ROUTE: &str = "/api/orders/complete";

/// The service's address. Whatever is published goes to paths below it.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceAddress(Url);

/// The address that the service calls, as it reaches this server from where it stands.
#[derive(Clone, PartialEq, Eq)]
pub struct CallbackAddress(Url);

/// Why a text is no such address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no address at all, or not one of a web server.
    #[error("expected an address such as https://example.com")]
    NotHttp,
    /// It carries a user, a query or a fragment.
    #[error("expected an address without a user, `?` and `#`")]
    TooMuch,
    /// The token would cross the network for everybody to read.
    #[error("expected https: over http the token could be read by others on the way")]
    InTheClear,
    /// The callback would not reach the route that takes it.
    #[error("expected an address that ends with {ROUTE}")]
    OtherRoute,
}

impl ServiceAddress {
    /// Takes an address. Without TLS the service must be near: on this machine, at a private address, or under a
    /// name without a dot, as containers have.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let url = plain(text)?;
        if url.scheme() != "https" && !is_near(&url) {
            return Err(AddressError::InTheClear);
        }
        Ok(Self(url))
    }

    /// Where messages for a callback are published.
    pub(crate) fn publish(&self, callback: &str) -> Url {
        self.below(&format!("v2/publish/{callback}"))
    }

    /// Something that every service answers, cheaply.
    pub(crate) fn probe(&self) -> Url {
        self.below("v2/queues")
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    fn below(&self, path: &str) -> Url {
        let base = self.0.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}/{path}")).expect("an address stays one with a path of another behind it")
    }
}

impl CallbackAddress {
    /// Takes an address.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let url = plain(text)?;
        if url.path().ends_with(ROUTE) { Ok(Self(url)) } else { Err(AddressError::OtherRoute) }
    }

    /// The address for a restaurant, by its slug; for the one that stands at `/api/…` without one. A signature
    /// for one restaurant is therefore none for another.
    #[must_use]
    pub fn of(&self, slug: Option<&str>) -> String {
        let address = self.0.as_str();
        match (slug, address.strip_suffix(ROUTE)) {
            (Some(slug), Some(begin)) => format!("{begin}/api/restaurants/{slug}/orders/complete"),
            _ => address.to_owned(),
        }
    }

    /// The host name under which callbacks arrive, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

fn plain(text: &str) -> Result<Url, AddressError> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or(AddressError::NotHttp)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && !text.contains('#');
    if plain { Ok(url) } else { Err(AddressError::TooMuch) }
}

fn is_near(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Err(_) => !host.contains('.') || host.ends_with(".localhost"),
    }
}

impl fmt::Display for ServiceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for CallbackAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ServiceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for CallbackAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_published_below_the_services_address() {
        for text in ["https://delayed.example", "https://delayed.example/", "HTTPS://Delayed.example:443"] {
            let service = ServiceAddress::parse(text).expect(text);
            assert_eq!(
                service.publish("https://feedme.example/api/orders/complete").as_str(),
                "https://delayed.example/v2/publish/https://feedme.example/api/orders/complete"
            );
        }
        let below = ServiceAddress::parse("https://gateway.example/delayed/").expect("it may stand below a path");
        assert_eq!(below.probe().as_str(), "https://gateway.example/delayed/v2/queues");
    }

    #[test]
    fn the_token_never_crosses_a_network_in_the_clear() {
        for near in ["127.0.0.1:8081", "[::1]:8081", "localhost", "qstash:8080", "10.1.2.3", "a.localhost", "[fd00::1]"]
        {
            ServiceAddress::parse(&format!("http://{near}")).expect(near);
        }
        for far in ["delayed.example", "1.2.3.4", "[2001:db8::1]", "localhost.example"] {
            assert_eq!(ServiceAddress::parse(&format!("http://{far}")), Err(AddressError::InTheClear), "{far}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for (text, why) in [
            ("", AddressError::NotHttp),
            ("delayed.example", AddressError::NotHttp),
            ("ftp://delayed.example", AddressError::NotHttp),
            ("file:///etc/passwd", AddressError::NotHttp),
            ("https://user@delayed.example", AddressError::TooMuch),
            ("https://:word@delayed.example", AddressError::TooMuch),
            ("https://delayed.example?a=b", AddressError::TooMuch),
            ("https://delayed.example#a", AddressError::TooMuch),
        ] {
            assert_eq!(ServiceAddress::parse(text), Err(why.clone()), "{text}");
            assert_eq!(CallbackAddress::parse(text), Err(why), "{text}");
        }
        for text in ["https://feedme.example", "https://feedme.example/api/orders", "https://a/api/orders/complete/"] {
            assert_eq!(CallbackAddress::parse(text), Err(AddressError::OtherRoute), "{text}");
        }
    }

    #[test]
    fn every_restaurant_has_a_callback_of_its_own() {
        let callback = CallbackAddress::parse("https://FeedMe.example:443/api/orders/complete").expect("it is one");
        assert_eq!(callback.host(), "feedme.example");
        assert_eq!(callback.of(None), "https://feedme.example/api/orders/complete");
        assert_eq!(callback.of(Some("east")), "https://feedme.example/api/restaurants/east/orders/complete");
        let below = CallbackAddress::parse("http://10.0.0.7:8080/kitchen/api/orders/complete").expect("it is one");
        assert_eq!(below.of(Some("east")), "http://10.0.0.7:8080/kitchen/api/restaurants/east/orders/complete");
    }
}
