//! Who may do what: roles, passwords, tokens, and how fast one may guess.
//!
//! Nothing here knows HTTP or SQL. The rules are tables and small functions, so they can be read and tested as
//! such.
//!
//! | to find | look in |
//! |---|---|
//! | what a role may do | [`right`] |
//! | which passwords are good, and how they are kept | [`password`] |
//! | codes of an authenticator | [`second_factor`] |
//! | PINs | [`pin`] |
//! | session tokens, API keys, one-time links and codes | [`token`] |
//! | how fast somebody may guess | [`throttle`] |

pub mod password;
pub mod pin;
pub mod right;
pub mod second_factor;
pub mod throttle;
pub mod token;

pub use right::{Grant, Right, grant};
