//! Who is at the other end of a connection, or of the proxies' connections behind it.

use std::net::SocketAddr;

/// Who sent a request. Every request that came by a connection carries it as an extension: first whoever opened the
/// connection, and, once the service has looked through the proxies that are believed, whoever they speak for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Where the request comes from. Its port is 0 when a proxy told.
    pub address: SocketAddr,
    /// Whether it came encrypted: to this server, or to the proxy that told.
    pub tls: bool,
}
