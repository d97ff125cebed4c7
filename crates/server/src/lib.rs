//! The HTTP API with live events.
//!
//! [`serve`] accepts connections and hands requests to a [`Service`], which routes them to one handler each.
//! A handler parses, asks the engine and turns the outcome into a wire type; it knows no rule.
//!
//! | to find | look in |
//! |---|---|
//! | a route | `http/`, by resource |
//! | who asks, and what that allows | `access` |
//! | what every call of a kind has in common | `call`, `conditional`, `answer`, `problem` |
//! | how an address may be spelt | `address` |
//! | whom a proxy in front speaks for | `proxies` |
//! | who is not listened to | `gate` |
//! | what browsers are told to refuse | `browser` |
//! | callbacks of the delayed-message service | `callback` |
//! | who did what, as one list | `audit` |
//! | a screen's stream | `stream` |
//! | how devices come to trust the server | `trust` |
//! | what is counted of every request; metrics | `measure`, `metrics` |
//! | connections, time-outs and limits | `transport/`, [`Limits`] |

mod access;
mod address;
mod answer;
mod app;
mod audit;
mod body;
mod browser;
mod call;
mod callback;
mod conditional;
mod gate;
mod host;
mod http;
mod limits;
mod measure;
mod metrics;
mod path;
mod problem;
mod proxies;
mod service;
mod site;
mod stream;
mod trace;
mod transport;
mod trust;

pub use access::{Access, AccessOptions};
pub use http::openapi;
pub use limits::Limits;
pub use metrics::serve_metrics;
pub use proxies::{NoProxy, Proxies};
pub use service::{Service, ServiceOptions};
pub use transport::{Peer, ServeOptions, Tls, TlsError, bind_operator, serve, serve_operator};
pub use trust::{Trust, serve_trust};
