//! Screens that ask to be let in.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;
use crate::text::{Id, Text, Whole};
use crate::user::{KeyView, NAME_MAX_CHARS, Password, Role};

/// A screen waits for a manager.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairingBegun {
    /// What the screen shows, and a manager types in.
    pub code: String,
    /// What the screen asks with; it shows it to nobody.
    pub secret: String,
    /// Until when it waits.
    pub expires_at: Timestamp,
}

impl fmt::Debug for PairingBegun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairingBegun").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Asks what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "secret": "9f3c…", "cookie": true }))]
pub struct CollectPairing {
    /// The screen's secret.
    #[schema(value_type = String, max_length = 100)]
    pub secret: Password,
    /// The key shall be in a cookie, for a browser; otherwise it is in the answer, for a bot or a till.
    #[serde(default)]
    pub cookie: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum PairingStatus {
    /// Nobody has typed the code in yet.
    Waiting,
    /// The screen has its key.
    Paired,
}

/// What became of a screen that waited.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Collected {
    /// Whether it still waits.
    pub status: PairingStatus,
    /// Its key; null while it waits.
    #[schema(required)]
    pub key: Option<KeyView>,
    /// What it sends after `Authorization: Bearer`, this once; null while it waits, and where a cookie holds it.
    #[schema(required)]
    pub secret: Option<String>,
}

impl fmt::Debug for Collected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collected").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Asks for the screen that shows a code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "code": "KX7M-9QWT" }))]
pub struct FindPairing {
    /// The code, however it is capitalised and grouped.
    #[schema(value_type = String, max_length = 32)]
    pub code: Password,
}

/// A screen that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairingView {
    /// The address that it asks from.
    #[schema(required)]
    pub address: Option<String>,
    /// What it says it is.
    #[schema(required)]
    pub device: Option<String>,
    /// Since when it waits.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Lets a screen in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "code": "KX7M-9QWT", "name": "Television over the counter", "role": "DISPLAY" }))]
pub struct ConfirmPairing {
    /// The code that it shows, however it is capitalised and grouped.
    #[schema(value_type = String, max_length = 32)]
    pub code: Password,
    /// What it is for.
    #[schema(value_type = String, min_length = 1, max_length = 64)]
    pub name: Text<1, NAME_MAX_CHARS>,
    /// What it may do.
    pub role: Role,
    /// The bot that it is: for `BOT`, and only there.
    #[schema(value_type = Option<Uuid>)]
    pub bot_id: Option<Id>,
    /// For how many days its key is good; without end when missing.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 3650)]
    pub expires_in_days: Option<Whole<1, 3650>>,
}
