//! Settings and the policy's state.

use feedme_kitchen::{Policy, Settings, Turn};
use serde::{Deserialize, Serialize};

use super::damaged;
use crate::StoreError;

/// Settings as they are written down. What an older version did not know has its default.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SettingsRecord {
    cook_ms: u64,
    policy: PolicyRecord,
    completed_stays_ms: u64,
    accepting_orders: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum PolicyRecord {
    Strict,
    Ageing { after_ms: u64 },
    Ratio { vip: u32, normal: u32 },
    Deadline { vip_ms: u64, normal_ms: u64 },
}

#[derive(Serialize, Deserialize)]
pub(super) struct TurnRecord {
    vip: u32,
    normal: u32,
}

impl From<Turn> for TurnRecord {
    fn from(Turn { vip, normal }: Turn) -> Self {
        Self { vip, normal }
    }
}

impl From<TurnRecord> for Turn {
    fn from(TurnRecord { vip, normal }: TurnRecord) -> Self {
        Self { vip, normal }
    }
}

impl Default for SettingsRecord {
    fn default() -> Self {
        Self::from(Settings::default())
    }
}

impl From<Settings> for SettingsRecord {
    fn from(settings: Settings) -> Self {
        let Settings { cook_ms, policy, completed_stays_ms, accepting_orders } = settings;
        let policy = match policy {
            Policy::Strict => PolicyRecord::Strict,
            Policy::Ageing { after_ms } => PolicyRecord::Ageing { after_ms },
            Policy::Ratio { vip, normal } => PolicyRecord::Ratio { vip, normal },
            Policy::Deadline { vip_ms, normal_ms } => PolicyRecord::Deadline { vip_ms, normal_ms },
        };
        Self { cook_ms, policy, completed_stays_ms, accepting_orders }
    }
}

impl From<SettingsRecord> for Settings {
    fn from(record: SettingsRecord) -> Self {
        let SettingsRecord { cook_ms, policy, completed_stays_ms, accepting_orders } = record;
        let policy = match policy {
            PolicyRecord::Strict => Policy::Strict,
            PolicyRecord::Ageing { after_ms } => Policy::Ageing { after_ms },
            PolicyRecord::Ratio { vip, normal } => Policy::Ratio { vip, normal },
            PolicyRecord::Deadline { vip_ms, normal_ms } => Policy::Deadline { vip_ms, normal_ms },
        };
        Self { cook_ms, policy, completed_stays_ms, accepting_orders }
    }
}

/// Settings as a column.
#[must_use]
pub fn encode_settings(settings: Settings) -> String {
    serde_json::to_string(&SettingsRecord::from(settings)).expect("numbers can always be written")
}

/// Settings from their column.
pub fn decode_settings(column: &str) -> Result<Settings, StoreError> {
    serde_json::from_str::<SettingsRecord>(column).map(Settings::from).map_err(damaged)
}

/// The policy's state as a column.
#[must_use]
pub fn encode_turn(turn: Turn) -> String {
    format!(r#"{{"vip":{},"normal":{}}}"#, turn.vip, turn.normal)
}

/// The policy's state from its column.
pub fn decode_turn(column: &str) -> Result<Turn, StoreError> {
    serde_json::from_str::<TurnRecord>(column).map(Turn::from).map_err(damaged)
}
