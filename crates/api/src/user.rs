//! Who calls, and who there is.

use std::fmt;

use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;
use crate::factor::Someone;
use crate::restaurant::Reach;
use crate::text::Text;

/// Characters of an account's name.
pub const NAME_MAX_CHARS: usize = 64;

/// Characters of a password that are read at all.
const PASSWORD_MAX_CHARS: usize = 1_000;

/// What a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Role {
    /// A customer who places normal orders.
    Normal,
    /// A customer who places VIP orders.
    Vip,
    /// Everything.
    Manager,
    /// A cooking bot: claims, completes and gives back orders.
    Bot,
    /// A screen that only shows the board.
    Display,
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User<'a> {
    /// The account; null for devices, and in open mode.
    #[schema(required)]
    pub id: Option<Uuid>,
    /// The name for people.
    pub name: &'a str,
    /// What the caller may do in the restaurant at `/api/…`.
    pub role: Role,
    /// How they came in.
    pub via: Via,
    /// Whether the account is asked for a second factor.
    pub second_factor: bool,
    /// Whether the account has a PIN on this device.
    pub pin: bool,
    /// Whether the account must have a second factor, and has none: it may do nothing else before.
    pub must_enrol: bool,
}

/// How a caller came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Via {
    /// With a password, or by the set-up link.
    Password,
    /// With a PIN.
    Pin,
    /// As somebody whom open mode offers to anybody.
    Demonstration,
    /// With a device's key.
    Key,
    /// Without saying who they are, in open mode.
    Open,
    /// By a command on the server.
    Operator,
}

impl User<'static> {
    /// Whoever does not say who they are to a server in open mode.
    pub const OPEN: Self = Self {
        id: None,
        name: "Open manager",
        role: Role::Manager,
        via: Via::Open,
        second_factor: false,
        pin: false,
        must_enrol: false,
    };
}

/// The answer to "who am I?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserAnswer<'a> {
    /// The caller.
    pub user: User<'a>,
}

/// The caller, and where they may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Me<'a> {
    /// The caller.
    pub user: User<'a>,
    /// Whether they are something in every restaurant.
    pub everywhere: bool,
    /// The restaurants that they may reach, by slug: the first hundred. `GET /api/restaurants` lists all.
    pub restaurants: Vec<Reach>,
}

/// How one may come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ways {
    /// Whoever does not say who they are is a manager.
    pub open: bool,
    /// The first manager can be made now, with the link that the server printed.
    pub set_up: bool,
    /// Accounts that anybody may switch to, in open mode.
    pub demonstrations: Vec<String>,
    /// Those who have a PIN on this device.
    pub people: Vec<Someone>,
}

/// A password, or what is as good as one, on its way in. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The password itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PasswordVisitor;
        impl Visitor<'_> for PasswordVisitor {
            type Value = Password;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "text of at most {PASSWORD_MAX_CHARS} characters")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Password, E> {
                let length = text.chars().count();
                if length > PASSWORD_MAX_CHARS {
                    Err(E::invalid_length(length, &self))
                } else {
                    Ok(Password(text.into()))
                }
            }

            // What is no text may be a password all the same, and is not repeated.
            fn visit_bool<E: Error>(self, _: bool) -> Result<Password, E> {
                Err(E::invalid_type(Unexpected::Other("no text"), &self))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Password, E> {
                Err(E::invalid_type(Unexpected::Other("no text"), &self))
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Password, E> {
                Err(E::invalid_type(Unexpected::Other("no text"), &self))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Password, E> {
                Err(E::invalid_type(Unexpected::Other("no text"), &self))
            }
        }
        deserializer.deserialize_str(PasswordVisitor)
    }
}

/// Signs in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "username": "mei", "password": "velvet otter drums at noon" }))]
pub struct SignIn {
    /// The account's name, however it is capitalised.
    #[schema(value_type = String, min_length = 1, max_length = 64)]
    pub username: Text<1, NAME_MAX_CHARS>,
    /// Its password.
    #[schema(value_type = String, max_length = 128)]
    pub password: Password,
    /// Six digits of the account's authenticator, or a recovery code; for accounts with a second factor.
    #[schema(value_type = Option<String>, max_length = 32)]
    pub code: Option<Password>,
}

/// Makes the first manager.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "link": "9f3c…", "username": "mei", "password": "velvet otter drums at noon" }))]
pub struct SetUp {
    /// What stands after `#` in the link that the server printed.
    #[schema(value_type = String, max_length = 100)]
    pub link: Password,
    /// The account's name.
    #[schema(value_type = String, min_length = 1, max_length = 64)]
    pub username: Text<1, NAME_MAX_CHARS>,
    /// Its password: 15 to 128 characters, and none that is commonly used.
    #[schema(value_type = String, min_length = 15, max_length = 128)]
    pub password: Password,
}

/// Switches to an account that anybody may use, in open mode.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "username": "vip" }))]
pub struct Demonstrate {
    /// Which.
    #[schema(value_type = String, min_length = 1, max_length = 64)]
    pub username: Text<1, NAME_MAX_CHARS>,
}

/// Changes one's own password. All other sessions end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "current": "velvet otter drums at noon", "new": "seven kites above the harbour" }))]
pub struct ChangePassword {
    /// The present one.
    #[schema(value_type = String, max_length = 128)]
    pub current: Password,
    /// The new one: 15 to 128 characters, 12 with a second factor, and none that is commonly used.
    #[schema(value_type = String, min_length = 12, max_length = 128)]
    pub new: Password,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Which account.
    pub id: Uuid,
    /// The name to sign in with.
    pub username: String,
    /// What it is in this restaurant.
    pub role: Role,
    /// Whether it is that in every restaurant.
    pub everywhere: bool,
    /// The restaurants that it belongs to by name, as far as the caller runs them: their slugs.
    pub restaurants: Vec<String>,
    /// Whether it is asked for a second factor.
    pub second_factor: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when nobody can sign in to it; null when one can.
    #[schema(required)]
    pub disabled_at: Option<Timestamp>,
    /// Since when it is deleted; null when it is not.
    #[schema(required)]
    pub deleted_at: Option<Timestamp>,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountAnswer {
    /// The account as it is now.
    pub user: AccountView,
}

/// The accounts of a restaurant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountList {
    /// By name.
    pub users: Vec<AccountView>,
}

/// Makes an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "username": "ravi", "password": "seven kites above the harbour", "role": "NORMAL" }))]
pub struct AddUser {
    /// The name to sign in with.
    #[schema(value_type = String, min_length = 1, max_length = 64)]
    pub username: Text<1, NAME_MAX_CHARS>,
    /// Its password: 15 to 128 characters, and none that is commonly used.
    #[schema(value_type = String, min_length = 15, max_length = 128)]
    pub password: Password,
    /// What it is in this restaurant.
    pub role: Role,
    /// Whether it is that in every restaurant; who says so must be it too.
    #[serde(default)]
    pub everywhere: bool,
    /// The restaurants in which it is that, by their slugs, unless it is this one alone; who says so must run them all.
    #[schema(value_type = Option<Vec<String>>)]
    pub restaurants: Option<Vec<Text<1, 40>>>,
}

/// Changes an account. What is missing stays as it is; a new role or password ends its sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "role": "VIP" }))]
pub struct UserPatch {
    /// What it is in this restaurant.
    pub role: Option<Role>,
    /// The restaurants that it belongs to, by their slugs, instead of those it belongs to now; who says so must run them
    /// all. In each it keeps its role; where it is new it has the one that it has, or gets, here.
    #[schema(value_type = Option<Vec<String>>)]
    pub restaurants: Option<Vec<Text<1, 40>>>,
    /// A new password.
    #[schema(value_type = Option<String>, min_length = 12, max_length = 128)]
    pub password: Option<Password>,
    /// Whether nobody can sign in to it.
    pub disabled: Option<bool>,
}

/// Somebody is signed in on a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// Which session.
    pub id: Uuid,
    /// Whether it is the caller's own.
    pub current: bool,
    /// How it began.
    pub via: Via,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, to a minute or so.
    pub seen_at: Timestamp,
    /// Until when it lasts at most.
    pub expires_at: Timestamp,
    /// The address it began from.
    #[schema(required)]
    pub address: Option<String>,
    /// What the browser says it is.
    #[schema(required)]
    pub device: Option<String>,
}

/// The caller's sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionList {
    /// Newest first.
    pub sessions: Vec<SessionView>,
}

/// How many sessions ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ended {
    /// How many.
    pub ended: usize,
}

/// A device's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// Which key.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// Its first characters.
    pub shown: String,
    /// What its device may do.
    pub role: Role,
    /// The bot that its device is; null for others.
    #[schema(required)]
    pub bot_id: Option<Uuid>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is good; null when it has no end.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to a minute or so; null when it never was.
    #[schema(required)]
    pub seen_at: Option<Timestamp>,
    /// Since when it is good no more; null while it is.
    #[schema(required)]
    pub revoked_at: Option<Timestamp>,
}

/// The keys of a restaurant's devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeyList {
    /// Newest first.
    pub keys: Vec<KeyView>,
}

/// A key as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeyAnswer {
    /// The key.
    pub key: KeyView,
}

/// A key that was made.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NewKey {
    /// The key.
    pub key: KeyView,
    /// What its device sends after `Authorization: Bearer`. It is shown this once.
    pub secret: String,
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewKey").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Makes a key for a device.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "name": "Television over the counter", "role": "DISPLAY", "expiresInDays": 365 }))]
pub struct AddKey {
    /// What it is for.
    #[schema(value_type = String, min_length = 1, max_length = 64)]
    pub name: Text<1, NAME_MAX_CHARS>,
    /// What its device may do.
    pub role: Role,
    /// The bot that its device is: for `BOT`, and only there.
    #[schema(value_type = Option<Uuid>)]
    pub bot_id: Option<crate::text::Id>,
    /// For how many days it is good; without end when missing.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 3650)]
    pub expires_in_days: Option<crate::text::Whole<1, 3650>>,
}
