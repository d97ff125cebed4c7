//! How the server is doing, in words.

use serde::Serialize;
use utoipa::ToSchema;

/// Whether something is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It is.
    Ok,
    /// It is not.
    Failing,
}

/// How the server is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Health {
    /// `ok` when every check is.
    pub status: Verdict,
    /// Each check.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Check {
    /// What was looked at.
    #[schema(value_type = String)]
    pub name: &'static str,
    /// Whether it is as it should be.
    pub status: Verdict,
    /// What was found.
    pub detail: String,
}

impl Health {
    /// Fails when one of the checks does.
    #[must_use]
    pub fn of(checks: Vec<Check>) -> Self {
        let failing = checks.iter().any(|check| check.status == Verdict::Failing);
        Self { status: if failing { Verdict::Failing } else { Verdict::Ok }, checks }
    }
}

impl Check {
    /// What was looked at, whether it is as it should be, and what was found.
    pub fn new(name: &'static str, ok: bool, detail: String) -> Self {
        Self { name, status: if ok { Verdict::Ok } else { Verdict::Failing }, detail }
    }
}
