//! What a migration did.

/// What bringing a database up to date did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The migrations that were applied now, by number and name.
    pub applied: Vec<String>,
    /// The number the database stands at.
    pub version: u32,
}

/// The level of a database that several programs serve: what older ones than it would misread is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leveled {
    /// Where it stood.
    pub before: u64,
    /// Where it stands.
    pub now: u64,
}

/// Says why a database at one version is of no use to a program that knows another.
pub(crate) fn must_be(stands: i64, ours: i64) -> Result<(), String> {
    if stands == ours {
        return Ok(());
    }
    let what = if stands < ours { "bring it up to date with `feedme migrate`" } else { "a newer program wrote it" };
    Err(format!("it stands at version {stands} and this program knows version {ours}: {what}"))
}
