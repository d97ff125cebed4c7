//! How events, orders and settings are written down.
//!
//! JSON, because it can be read with the database's own shell ten years from now, and because a field that is
//! added later has a default. Absent fields are left out: an event of a plain order takes about 300 bytes.

mod bot;
mod event;
mod order;
mod settings;
mod state;

pub(crate) use bot::{BotRecord, mode_name};
pub use event::{decode_events, encode_events};
pub use order::{OrderRecord, decode_lines, encode_lines};
pub(crate) use order::{status_name, type_name};
pub use settings::{decode_settings, decode_turn, encode_settings, encode_turn};
pub use state::{decode_state, encode_state};

use crate::StoreError;

pub(crate) fn damaged(what: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(what.to_string())
}
