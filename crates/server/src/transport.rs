//! Connections: accepting them, speaking HTTP on them, and ending them.

pub(crate) mod accept;
pub(crate) mod brief;
mod connection;
mod framing;
pub(crate) mod handover;
mod handshake;
mod operator;
mod peer;
mod refusal;
mod screens;
mod socket;
mod tls;
mod wire;

pub use accept::{ServeOptions, serve};
pub use operator::{bind_operator, serve_operator};
pub use peer::Peer;
pub use tls::{Tls, TlsError};
