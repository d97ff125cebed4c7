//! Who is at the other end of a connection.

use std::net::SocketAddr;

/// Who is at the other end of the connection that a request came by. Every request that came by a connection
/// carries it as an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Where the connection comes from. That may be a proxy.
    pub address: SocketAddr,
    /// Whether the connection is encrypted by this server.
    pub tls: bool,
}
