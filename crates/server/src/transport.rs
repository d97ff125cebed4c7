//! Connections: accepting them, speaking HTTP on them, and ending them.

mod accept;
mod connection;
mod framing;
pub(crate) mod handover;
mod operator;
mod peer;
mod refusal;
mod screens;
mod wire;

pub use accept::{ServeOptions, serve};
pub use operator::{bind_operator, serve_operator};
pub use peer::Peer;
