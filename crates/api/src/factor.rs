//! Second factors, and PINs on screens that are shared.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::text::Id;
use crate::user::Password;

/// Whether the caller has a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactor {
    /// It is asked for when they sign in.
    pub enabled: bool,
    /// The caller must have one here.
    pub required: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: usize,
}

/// Asks for a second factor.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "password": "velvet otter drums at noon" }))]
pub struct BeginSecondFactor {
    /// The caller's password.
    #[schema(value_type = String, max_length = 128)]
    pub password: Password,
}

/// A second factor, not asked for before a code of it was shown.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SecondFactorOffer {
    /// What to type into an authenticator: base 32.
    pub secret: String,
    /// The same as an address, for a QR code.
    pub uri: String,
}

impl fmt::Debug for SecondFactorOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecondFactorOffer(…)")
    }
}

/// Shows that the authenticator has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "code": "492039" }))]
pub struct ConfirmSecondFactor {
    /// The six digits that it shows.
    #[schema(value_type = String, min_length = 6, max_length = 6)]
    pub code: Password,
}

/// Shows that it is really the caller who asks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "password": "velvet otter drums at noon", "code": "492039" }))]
pub struct ProveBoth {
    /// The caller's password.
    #[schema(value_type = String, max_length = 128)]
    pub password: Password,
    /// Six digits of the authenticator, or a recovery code.
    #[schema(value_type = String, max_length = 32)]
    pub code: Password,
}

/// Codes that are good once each, instead of an authenticator that was lost.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes {
    /// They are shown this once.
    pub recovery_codes: Vec<String>,
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCodes(…)")
    }
}

/// Sets the caller's PIN on this device.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "password": "velvet otter drums at noon", "pin": "4831" }))]
pub struct SetPin {
    /// The caller's password.
    #[schema(value_type = String, max_length = 128)]
    pub password: Password,
    /// 4 to 8 digits: not one repeated, none that follow each other, no year.
    #[schema(value_type = String, min_length = 4, max_length = 8)]
    pub pin: Password,
}

/// Changes over to somebody who has a PIN on this device.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "user": "019de2a1-c000-7000-8000-000000000004", "pin": "4831" }))]
pub struct SwitchUser {
    /// To whom.
    #[schema(value_type = Uuid)]
    pub user: Id,
    /// Their PIN.
    #[schema(value_type = String, max_length = 8)]
    pub pin: Password,
}

/// Somebody who has a PIN on this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Someone {
    /// Which account.
    pub id: Uuid,
    /// Its name.
    pub username: String,
}
