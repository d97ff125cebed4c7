//! Who calls.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Role {
    /// Everything.
    Manager,
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct User<'a> {
    /// The account; null without accounts.
    #[schema(required)]
    pub id: Option<Uuid>,
    /// The name for people.
    pub name: &'a str,
    /// What the caller may do.
    pub role: Role,
}

impl User<'static> {
    /// Every caller of a server without accounts.
    pub const OPEN: Self = Self { id: None, name: "Open manager", role: Role::Manager };
}

/// The answer to "who am I?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserAnswer<'a> {
    /// The caller.
    pub user: User<'a>,
}
