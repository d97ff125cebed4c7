//! The engine: it turns commands into durable events and tells everybody who looks.
//!
//! A **lane** gathers the commands that wait, executes them on the restaurants' working states, commits what
//! follows from them in one transaction, and only then replies, arms timers and publishes. While one commit is
//! on its way to disk the next commands gather behind it: that is group commit, without any added delay.
//!
//! Time, ids, randomness and the store come from outside, so a simulation runs the same code on virtual time.
//!
//! | to find | look in |
//! |---|---|
//! | how a command travels | [`Engine::execute`], `lane` |
//! | which restaurants are served, and by which lane | `adopt`, `lanes` |
//! | how a batch is decided, committed and settled | `round`, `decide`, `settle` |
//! | what readers see, and how screens follow | [`feed`], [`snapshot`] |
//! | due orders | `timers`, `driver`, `sweep` |
//! | many processes on one database | `check`, `confirm`, `hints` |
//! | catching up, and what a promoted standby lacked | `follow`, `lost` |
//! | kitchen time | [`clock`] |
//! | what metrics, logs and traces are made of | [`Observer`] |

mod adopt;
mod check;
pub mod clock;
mod confirm;
mod decide;
mod driver;
mod engine;
pub mod feed;
mod follow;
mod held;
mod hints;
mod idle;
mod ids;
mod keys;
mod lane;
mod lanes;
mod lost;
mod observe;
mod request;
mod retention;
mod round;
mod rounds;
mod settle;
pub mod snapshot;
mod sweep;
mod tally;
mod timers;

pub use check::Asked;
pub use clock::{Clock, SystemTime, TimeSource};
pub use driver::{Driver, Outside, Starts, outside};
pub use engine::{Engine, Health, Options, StartError};
pub use feed::{Chunk, Delivery, Feed, Position, Subscription};
pub use ids::Ids;
pub use lanes::Lanes;
pub use observe::{Adopted, BatchNumber, Commit, Committed, Observer, Outcome, Sweep, Unobserved};
pub use request::{Failure, Keyed, RenderedAnswer, Reply, Request};
pub use snapshot::Snapshot;
pub use timers::Timer;
