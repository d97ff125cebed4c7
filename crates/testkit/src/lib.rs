//! For tests: a whole application on virtual time, a store in memory, and screens that follow.
//!
//! | to find | look in |
//! |---|---|
//! | the application, and what may be asked of it | [`app`], [`answer`] |
//! | the same on a real socket | [`socket`] |
//! | a screen's stream | [`screen`] |
//! | a delayed-message service, faithful or not | [`delayed`] |
//! | somebody with cookies or a key | [`visitor`] |
//! | virtual time | [`time`] |
//! | the store | [`memory`] |
//! | what every store must do | [`conformance`] |
//! | PostgreSQL for a test alone | [`cluster`] |
//! | a collector of traces | [`collector`] |
//! | the engine with everything that can go wrong | [`sim`] |

pub mod answer;
pub mod app;
pub mod cluster;
pub mod collector;
pub mod conformance;
pub mod delayed;
pub mod memory;
pub mod screen;
pub mod sim;
pub mod socket;
pub mod time;
pub mod visitor;

pub use answer::Answer;
pub use app::{OrderType, OrderType::Normal, OrderType::Vip, TestApp};
pub use memory::MemoryStore;
pub use screen::{Frame, Screen};
pub use socket::{Socket, SocketApp};
pub use time::{Span, VirtualTime};
pub use visitor::Visitor;
