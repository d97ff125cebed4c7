//! Connections: accepting them, speaking HTTP on them, and ending them.

mod accept;
mod connection;
mod framing;
mod refusal;
mod wire;

pub use accept::{ServeOptions, serve};
