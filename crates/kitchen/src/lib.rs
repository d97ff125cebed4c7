//! The rules of one restaurant's kitchen, as a pure state machine.
//!
//! [`Kitchen`] is the live state of one restaurant: the orders that wait, cook or stand on the board, the
//! bots, and the counters that number them. [`Kitchen::execute`] turns a [`Command`] into [`Event`]s and
//! applies each as it is made; [`Kitchen::apply`] folds events that somebody else made. Both end in the
//! same state, so a kitchen is the fold of its events.
//!
//! Nothing here reads a clock, draws a random number, waits or touches a disk: the time, the ids and the
//! actor come in with the command. A run is therefore a function of its inputs, and a seed reproduces it.
//!
//! | to find | look in |
//! |---|---|
//! | what an order is and how it may move | [`order`] |
//! | who is picked next | [`queue`] |
//! | what each command does | `place`, `orders`, `bots`, `board`, `restaurant` |
//! | how an event changes the state | `apply` |
//! | what must hold at every moment | [`check`] |

mod apply;
mod board;
mod bot;
mod bots;
pub mod check;
mod command;
mod event;
mod execute;
mod id;
mod kitchen;
pub mod order;
mod orders;
mod place;
pub mod queue;
mod reconcile;
mod refusal;
mod restaurant;
mod settings;
mod time;

pub use apply::Corrupt;
pub use bot::{Bot, Mode};
pub use command::{Command, Completion, Context, Outcome};
pub use event::{Actor, Change, Event};
pub use execute::Log;
pub use id::{BotId, BotNumber, Claim, KeyId, OrderId, OrderNumber, UserId, Version};
pub use kitchen::{BOARD_COMPLETE_MAX, Counters, Kitchen, Rows};
pub use order::{Line, Order, OrderType, State, Status, Ticket, Work};
pub use queue::{Policy, Turn};
pub use reconcile::{Contradiction, Parts};
pub use refusal::Refusal;
pub use restaurant::Profile;
pub use settings::{Settings, SettingsPatch};
pub use time::Time;
