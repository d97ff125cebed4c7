//! Settings on the wire.

use feedme_kitchen::{self as kitchen};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::Problem;
use crate::text::Whole;

/// The longest cook time, queue target and waiting time: a day. A longer one is a mistake in the unit.
pub const DURATION_MAX_MS: u64 = 24 * 60 * 60 * 1000;
/// The longest that a COMPLETE order stays on the board: a week.
pub const COMPLETED_STAYS_MAX_MS: u64 = 7 * DURATION_MAX_MS;
/// Orders of one class in a round of the ratio policy. Beyond it a policy is strict in all but name.
pub const RATIO_MAX: u64 = 1000;

/// A restaurant's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// How long an automatic bot cooks an order, in milliseconds.
    pub cook_ms: u64,
    /// How VIP and NORMAL orders share the bots.
    pub policy: Policy,
    /// How long a COMPLETE order stays on the board, in milliseconds.
    pub completed_stays_ms: u64,
    /// Whether orders may be placed.
    pub accepting_orders: bool,
}

/// How VIP and NORMAL orders share the bots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Policy {
    /// Every VIP order goes before every NORMAL one.
    Strict,
    /// A NORMAL order that waited `afterMs` counts as VIP; the heads then compare by number.
    #[serde(rename_all = "camelCase")]
    Ageing {
        /// From 0 to a day.
        #[schema(maximum = 86_400_000)]
        after_ms: u64,
    },
    /// While both classes wait, `vip` VIP orders are followed by `normal` NORMAL ones.
    Ratio {
        /// From 1 to 1,000.
        #[schema(minimum = 1, maximum = 1000)]
        vip: u32,
        /// From 1 to 1,000.
        #[schema(minimum = 1, maximum = 1000)]
        normal: u32,
    },
    /// Each order should start within its class's target; the earliest deadline goes first.
    #[serde(rename_all = "camelCase")]
    Deadline {
        /// From 0 to a day.
        #[schema(maximum = 86_400_000)]
        vip_ms: u64,
        /// From 0 to a day.
        #[schema(maximum = 86_400_000)]
        normal_ms: u64,
    },
}

/// Changes settings: what is missing stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "cookMs": 8000, "policy": { "kind": "ratio", "vip": 3, "normal": 1 } }))]
pub struct SettingsPatch {
    /// How long an automatic bot cooks an order, in milliseconds: at most a day. Holds for later starts.
    #[schema(value_type = Option<u64>, maximum = 86_400_000)]
    pub cook_ms: Option<Whole<0, DURATION_MAX_MS>>,
    /// How VIP and NORMAL orders share the bots. Holds for later picks.
    pub policy: Option<NewPolicy>,
    /// How long a COMPLETE order stays on the board, in milliseconds: at most a week.
    #[schema(value_type = Option<u64>, maximum = 604_800_000)]
    pub completed_stays_ms: Option<Whole<0, COMPLETED_STAYS_MAX_MS>>,
    /// Whether orders may be placed.
    pub accepting_orders: Option<bool>,
}

/// A policy as it comes in: which numbers it needs depends on its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPolicy {
    kind: PolicyKind,
    after_ms: Option<Whole<0, DURATION_MAX_MS>>,
    vip: Option<Whole<1, RATIO_MAX>>,
    normal: Option<Whole<1, RATIO_MAX>>,
    vip_ms: Option<Whole<0, DURATION_MAX_MS>>,
    normal_ms: Option<Whole<0, DURATION_MAX_MS>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PolicyKind {
    Strict,
    Ageing,
    Ratio,
    Deadline,
}

impl SettingsPatch {
    /// The patch it stands for.
    pub fn into_patch(self) -> Result<kitchen::SettingsPatch, Problem> {
        Ok(kitchen::SettingsPatch {
            cook_ms: self.cook_ms.map(|ms| ms.0),
            policy: self.policy.map(NewPolicy::into_policy).transpose()?,
            completed_stays_ms: self.completed_stays_ms.map(|ms| ms.0),
            accepting_orders: self.accepting_orders,
        })
    }
}

impl NewPolicy {
    fn into_policy(self) -> Result<kitchen::Policy, Problem> {
        let Self { kind, mut after_ms, mut vip, mut normal, mut vip_ms, mut normal_ms } = self;
        let policy = match kind {
            PolicyKind::Strict => kitchen::Policy::Strict,
            PolicyKind::Ageing => kitchen::Policy::Ageing { after_ms: needed("afterMs", after_ms.take())? },
            PolicyKind::Ratio => kitchen::Policy::Ratio {
                vip: small(needed("vip", vip.take())?),
                normal: small(needed("normal", normal.take())?),
            },
            PolicyKind::Deadline => kitchen::Policy::Deadline {
                vip_ms: needed("vipMs", vip_ms.take())?,
                normal_ms: needed("normalMs", normal_ms.take())?,
            },
        };
        foreign("afterMs", after_ms)?;
        foreign("vip", vip)?;
        foreign("normal", normal)?;
        foreign("vipMs", vip_ms)?;
        foreign("normalMs", normal_ms)?;
        Ok(policy)
    }
}

fn needed<const MIN: u64, const MAX: u64>(name: &str, value: Option<Whole<MIN, MAX>>) -> Result<u64, Problem> {
    let problem = || Problem::invalid(format!("policy.{name}"), format!("a whole number from {MIN} to {MAX}"));
    value.map(|value| value.0).ok_or_else(problem)
}

fn foreign<const MIN: u64, const MAX: u64>(name: &str, value: Option<Whole<MIN, MAX>>) -> Result<(), Problem> {
    let problem = || Problem::invalid(format!("policy.{name}"), "only the fields of this kind of policy");
    value.is_none().then_some(()).ok_or_else(problem)
}

fn small(number: u64) -> u32 {
    u32::try_from(number).expect("a ratio has four digits")
}

/// That of [`Policy`], without room for fields: answers may gain some, a request's misspelt one is refused.
impl PartialSchema for NewPolicy {
    fn schema() -> RefOr<Schema> {
        let mut schema = Policy::schema();
        if let RefOr::T(Schema::OneOf(kinds)) = &mut schema {
            for kind in &mut kinds.items {
                if let RefOr::T(Schema::Object(kind)) = kind {
                    kind.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
                }
            }
        }
        schema
    }
}

impl ToSchema for NewPolicy {}

impl From<kitchen::Settings> for Settings {
    fn from(settings: kitchen::Settings) -> Self {
        Self {
            cook_ms: settings.cook_ms,
            policy: settings.policy.into(),
            completed_stays_ms: settings.completed_stays_ms,
            accepting_orders: settings.accepting_orders,
        }
    }
}

impl From<kitchen::Policy> for Policy {
    fn from(policy: kitchen::Policy) -> Self {
        match policy {
            kitchen::Policy::Strict => Self::Strict,
            kitchen::Policy::Ageing { after_ms } => Self::Ageing { after_ms },
            kitchen::Policy::Ratio { vip, normal } => Self::Ratio { vip, normal },
            kitchen::Policy::Deadline { vip_ms, normal_ms } => Self::Deadline { vip_ms, normal_ms },
        }
    }
}
