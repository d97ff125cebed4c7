//! What goes over the wire.
//!
//! Domain types become wire types here, once, at the edge: answers borrow from the kitchen and are serialised
//! straight from it; request bodies are parsed into types that cannot hold anything out of range. Each type
//! carries the schema that documents it.
//!
//! | to find | look in |
//! |---|---|
//! | an order, and the body that places one | [`order`], [`place`] |
//! | a bot, and what it may send | [`bot`] |
//! | settings and queue policies | [`settings`] |
//! | what a screen shows | [`board`] |
//! | the live events and their frames | [`event`] |
//! | an example of each | [`examples`] |
//! | accounts, sessions, keys, and what stands beside a password | [`user`], [`factor`], [`pairing`] |
//! | questions to the history | [`history`] |
//! | who did what | [`audit`] |
//! | everything that can be refused, with its code | [`problem`] |
//! | how a body is parsed, and how times look | [`json`], `shape`, [`text`], [`time`] |

pub mod audit;
pub mod board;
pub mod bot;
pub mod event;
pub mod examples;
pub mod factor;
pub mod health;
pub mod history;
pub mod json;
pub mod log;
pub mod order;
pub mod pairing;
pub mod place;
pub mod problem;
pub mod restaurant;
pub mod settings;
mod shape;
pub mod text;
pub mod time;
pub mod user;

pub use problem::{Code, Problem};
pub use time::Timestamp;
