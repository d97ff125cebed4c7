//! Connections: accepting them, speaking HTTP on them, and ending them.

mod accept;
mod connection;
mod framing;
pub(crate) mod handover;
mod peer;
mod refusal;
mod screens;
mod wire;

pub use accept::{ServeOptions, serve};
pub use peer::Peer;
