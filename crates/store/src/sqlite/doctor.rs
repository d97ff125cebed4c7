//! What the embedded database finds wrong with itself.

use rusqlite::Connection;

use crate::StoreError;

/// Problems of a kind listed at most.
const LISTED: usize = 20;

/// What the database itself can check: pages, indexes, references.
pub(super) fn own_problems(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({LISTED})"))?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        problems.extend(Some(line?).filter(|line| line != "ok").map(|line| format!("integrity: {line}")));
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let broken = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(2)?)))?;
    for reference in broken.take(LISTED) {
        let (table, parent) = reference?;
        problems.push(format!("a row of {table} names a row of {parent} that does not exist"));
    }
    Ok(problems)
}
