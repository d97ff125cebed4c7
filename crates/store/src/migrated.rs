//! What a migration did.

/// What bringing a database up to date did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The migrations that were applied now, by number and name.
    pub applied: Vec<String>,
    /// The number the database stands at.
    pub version: u32,
}
