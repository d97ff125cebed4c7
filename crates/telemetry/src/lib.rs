//! What the server tells about itself.
//!
//! [`Metrics`] are counted where things happen and read by a Prometheus: it is an [`Observer`](feedme_engine::Observer)
//! of the engine, and the server counts requests and streams with it. What is so at a moment, such as how many orders
//! wait, is looked up when somebody asks.
//!
//! | to find | look in |
//! |---|---|
//! | orders, bots, commits, sweeps | `kitchen` |
//! | what is so at the moment of a scrape | `state` |
//! | requests, streams, sign-ins, callbacks | `http` |
//! | the process, its database, its backups, its disk | `process`, `upkeep` |
//! | how many restaurants have series of their own | `restaurants` |
//! | what is sent to a Prometheus | `exposition` |
//! | the log, and how it is switched | `log` |
//! | a line and a span for each state change | `teller`, `traces` |

mod exposition;
mod http;
mod kitchen;
mod labels;
mod log;
mod metrics;
mod observers;
mod process;
mod restaurants;
mod state;
mod teller;
mod traces;
mod upkeep;

pub use exposition::{Exposition, OPENMETRICS};
pub use http::{Cut, Http, Opened, SignIn};
pub use log::{Log, LogFormat, LogGuard, NoFilter};
pub use metrics::Metrics;
pub use observers::Observers;
pub use teller::{TARGET, Teller};
pub use traces::{Asked, NoTraces, TraceOptions, Traces};
pub use upkeep::Upkeep;
