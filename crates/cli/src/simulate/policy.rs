//! A queue policy as a scenario writes it and as a transcript says it.

use feedme_kitchen::Policy;
use serde::Deserialize;

use crate::simulate::clock::Seconds;
use crate::simulate::number::{Span, UpTo};

/// Orders of one class in a round at most. More would be a strict policy by another name; none would starve it.
const SHARE_MAX: u32 = 1000;

/// A policy in a scenario's file.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "lowercase",
    deny_unknown_fields,
    expecting = "a table such as { kind = \"strict\" }"
)]
pub(crate) enum PolicyTable {
    Strict {},
    Ageing { after_seconds: Span },
    Ratio { vip: UpTo<SHARE_MAX>, normal: UpTo<SHARE_MAX> },
    Deadline { vip_seconds: Span, normal_seconds: Span },
}

impl From<PolicyTable> for Policy {
    fn from(table: PolicyTable) -> Self {
        match table {
            PolicyTable::Strict {} => Self::Strict,
            PolicyTable::Ageing { after_seconds } => Self::Ageing { after_ms: after_seconds.0 },
            PolicyTable::Ratio { vip, normal } => Self::Ratio { vip: vip.0, normal: normal.0 },
            PolicyTable::Deadline { vip_seconds, normal_seconds } => {
                Self::Deadline { vip_ms: vip_seconds.0, normal_ms: normal_seconds.0 }
            }
        }
    }
}

/// The policy in a sentence.
pub(crate) fn said(policy: Policy) -> String {
    match policy {
        Policy::Strict => "strict, every VIP order first".into(),
        Policy::Ageing { after_ms } => format!("ageing, NORMAL orders count as VIP after {}", Seconds(after_ms)),
        Policy::Ratio { vip, normal } => format!("ratio, {vip} VIP to {normal} NORMAL"),
        Policy::Deadline { vip_ms, normal_ms } => {
            format!("deadline, VIP within {}, NORMAL within {}", Seconds(vip_ms), Seconds(normal_ms))
        }
    }
}
