//! How events, orders and settings are written down.
//!
//! JSON, because it can be read with the database's own shell ten years from now, and because a field that is
//! added later has a default. Absent fields are left out: an event of a plain order takes about 300 bytes.

mod event;
mod order;
mod settings;

pub use event::{decode_events, encode_events};
pub use order::{OrderRecord, decode_lines, encode_lines};
pub(crate) use order::{status_name, type_name};
pub use settings::{decode_settings, decode_turn, encode_settings, encode_turn};

use crate::StoreError;

pub(crate) fn damaged(what: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(what.to_string())
}
