//! What a restaurant may set for itself.

use crate::Policy;

/// A restaurant's settings. Ranges are checked where input comes in; any value here is safe to run with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long an automatic bot cooks an order. A change holds for later starts.
    pub cook_ms: u64,
    /// How VIP and NORMAL orders share the bots. A change holds for later picks.
    pub policy: Policy,
    /// How long a COMPLETE order stays on the board.
    pub completed_stays_ms: u64,
    /// Whether orders may be placed.
    pub accepting_orders: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cook_ms: 10_000, policy: Policy::Strict, completed_stays_ms: 30 * 60 * 1000, accepting_orders: true }
    }
}

/// A change of settings: what is `None` stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettingsPatch {
    /// See [`Settings::cook_ms`].
    pub cook_ms: Option<u64>,
    /// See [`Settings::policy`].
    pub policy: Option<Policy>,
    /// See [`Settings::completed_stays_ms`].
    pub completed_stays_ms: Option<u64>,
    /// See [`Settings::accepting_orders`].
    pub accepting_orders: Option<bool>,
}

impl SettingsPatch {
    /// The settings after the change.
    #[must_use]
    pub fn onto(self, settings: Settings) -> Settings {
        Settings {
            cook_ms: self.cook_ms.unwrap_or(settings.cook_ms),
            policy: self.policy.unwrap_or(settings.policy),
            completed_stays_ms: self.completed_stays_ms.unwrap_or(settings.completed_stays_ms),
            accepting_orders: self.accepting_orders.unwrap_or(settings.accepting_orders),
        }
    }
}
