//! The server under load, and the requests it understands.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;
use std::str::FromStr;

use tokio::net::{TcpStream, lookup_host};

use crate::run::LoadError;

/// Where a server is: `http://host[:port]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// As it stands in the address, with brackets around an IPv6 address.
    host: String,
    port: u16,
}

/// Why a text is no such address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// TLS would be measured along with the server, and there is none in front of a server under test.
    #[error("only http:// can be loaded, such as http://127.0.0.1:8080")]
    NotHttp,
    /// The restaurant is given by an option of its own.
    #[error("a path is not allowed: give http://host:port, and the restaurant with --restaurant")]
    Path,
    /// The host is empty or has characters that no host has.
    #[error("no host found: expected http://host:port")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let rest = text.strip_prefix("http://").ok_or(UrlError::NotHttp)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err(UrlError::Path);
        }
        // The colons within the brackets of an IPv6 address are not the port's.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().ok().filter(|&port| port != 0).ok_or(UrlError::Port)?)
            }
            _ => (authority, 80),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
        if host.is_empty() || !host.chars().all(allowed) {
            return Err(UrlError::Host);
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

/// A restaurant on a server that was found to listen.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    host: String,
    /// The path that the routes of the restaurant begin with.
    base: String,
}

impl Target {
    /// Looks the server up and finds out which of its addresses answers.
    pub(crate) async fn find(url: &Url, restaurant: Option<&str>) -> Result<Self, LoadError> {
        let unreachable = |source| LoadError::Unreachable { url: url.clone(), source };
        let name = url.host.trim_start_matches('[').trim_end_matches(']');
        let mut error = std::io::Error::other("the name has no address");
        for address in lookup_host((name, url.port)).await.map_err(unreachable)? {
            match TcpStream::connect(address).await {
                Ok(_) => {
                    let base = restaurant.map_or("/api".to_owned(), |slug| format!("/api/restaurants/{slug}"));
                    return Ok(Self { address, host: format!("{}:{}", url.host, url.port), base });
                }
                Err(refused) => error = refused,
            }
        }
        Err(unreachable(error))
    }

    /// The path of a route of the restaurant.
    pub(crate) fn path(&self, route: &str) -> String {
        format!("{}{route}", self.base)
    }

    /// A request to a route of the restaurant, such as `/orders`, as it goes over the wire.
    pub(crate) fn request(&self, method: &str, route: &str, headers: &[(&str, &str)], body: Option<&str>) -> Vec<u8> {
        let mut request = format!("{method} {}{route} HTTP/1.1\r\nhost: {}\r\n", self.base, self.host);
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        if let Some(body) = body {
            let _ = write!(request, "content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        } else {
            request.push_str("\r\n");
        }
        request.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_a_host_and_a_port() {
        let parse = |text: &str| text.parse::<Url>().map(|url| url.to_string());
        assert_eq!(parse("http://127.0.0.1:8080"), Ok("http://127.0.0.1:8080".to_owned()));
        assert_eq!(parse("http://localhost/"), Ok("http://localhost:80".to_owned()));
        assert_eq!(parse("http://[::1]:9000"), Ok("http://[::1]:9000".to_owned()));
        assert_eq!(parse("http://[::1]"), Ok("http://[::1]:80".to_owned()));
        assert_eq!(parse("https://example.org"), Err(UrlError::NotHttp));
        assert_eq!(parse("127.0.0.1:8080"), Err(UrlError::NotHttp));
        assert_eq!(parse("http://127.0.0.1:8080/api"), Err(UrlError::Path));
        assert_eq!(parse("http://:8080"), Err(UrlError::Host));
        assert_eq!(parse("http://a b:8080"), Err(UrlError::Host));
        assert_eq!(parse("http://a:b"), Err(UrlError::Port));
        assert_eq!(parse("http://a:0"), Err(UrlError::Port));
    }
}
