//! The whole database at one moment.

use std::path::Path;

use async_trait::async_trait;
use rusqlite::{Connection, Row, params};

use super::accounts::{read_entry, read_key};
use super::connect::{self, DATABASE_FILE};
use super::read::{self, read_answer, read_bot};
use super::rows::{count, id, read_order, time};
use super::{doctor, past, persons};
use crate::moment::{EVENT_ROWS, EventRow, Moment, Part, Piece, ROWS, Standing};
use crate::{KeyScope, Loaded, RestaurantId, StoreError};

/// Pages kept in memory meanwhile, in KiB: the check of the indexes looks everywhere at once.
const CACHE_KIB: i64 = 64 * 1024;

/// The embedded database at one moment. A server may use it; whoever asks is blocked while it answers.
pub struct SqliteMoment {
    /// Within a transaction.
    connection: Connection,
    reading: Option<Reading>,
}

/// What is being read, and how far.
struct Reading {
    restaurant: RestaurantId,
    part: Part,
    /// The number of the last row that was read, an order's or an event's; where all is read at once, whether it was.
    after: i64,
    /// Whose answer was read last, and under which key.
    after_key: (String, String),
}

impl std::fmt::Debug for SqliteMoment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteMoment").finish_non_exhaustive()
    }
}

impl SqliteMoment {
    /// Looks at the database in a folder, as it stands now.
    pub fn of(folder: &Path) -> Result<Self, StoreError> {
        let connection = connect::reader(&folder.join(DATABASE_FILE))?;
        connect::must_be_current(&connection)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.execute_batch("BEGIN")?;
        // The moment is that of the first read.
        connection.query_row("SELECT count(*) FROM restaurants", [], |_| Ok(()))?;
        Ok(Self { connection, reading: None })
    }
}

#[async_trait]
impl Moment for SqliteMoment {
    async fn standings(&mut self) -> Result<Vec<Standing>, StoreError> {
        read::standings(&self.connection)
    }

    async fn live(&mut self, restaurant: RestaurantId) -> Result<Option<Loaded>, StoreError> {
        read::load_within(&self.connection, restaurant)
    }

    async fn begin(&mut self, restaurant: RestaurantId, part: Part) -> Result<(), StoreError> {
        self.reading = Some(Reading { restaurant, part, after: 0, after_key: Default::default() });
        Ok(())
    }

    async fn next(&mut self) -> Result<Vec<Piece>, StoreError> {
        let Some(reading) = &mut self.reading else { return Ok(Vec::new()) };
        reading.next(&self.connection)
    }

    async fn own_problems(&mut self) -> Result<Vec<String>, StoreError> {
        doctor::own_problems(&self.connection)
    }
}

impl Reading {
    fn next(&mut self, connection: &Connection) -> Result<Vec<Piece>, StoreError> {
        let restaurant = id(&self.restaurant.0);
        let (columns, table, key, limit) = match self.part {
            Part::Accounts => return self.once(|restaurant| persons::read(connection, restaurant)),
            Part::Bots => ("*", "bots", "number", ROWS),
            Part::Live => ("*", "orders", "number", ROWS),
            Part::History => ("*", "orders_history", "number", ROWS),
            Part::Checkpoint => ("*", "checkpoints", "version", 1),
            Part::Events => ("first_seq, last_seq, at, payload", "events", "last_seq", EVENT_ROWS),
            Part::Answers => return self.answers(connection),
            Part::Keys => return self.once(|restaurant| keys(connection, restaurant)),
            Part::Log => ("*", "sign_ins", "id", ROWS),
        };
        let sql = format!(
            "SELECT {columns} FROM {table} WHERE restaurant_id = ?1 AND {key} > ?2 ORDER BY {key} LIMIT {limit}"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![restaurant, self.after])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            self.after = row.get(key)?;
            found.push(match self.part {
                Part::Bots => Piece::Bot(read_bot(row)?),
                Part::Live => Piece::Live(read_order(row)?),
                Part::History => Piece::History(read_order(row)?),
                Part::Log => Piece::Log(read_entry(row)?),
                Part::Checkpoint => Piece::Checkpoint(past::read_checkpoint(row)?),
                _ => Piece::Events(read_events(row)?),
            });
        }
        Ok(found)
    }

    fn answers(&mut self, connection: &Connection) -> Result<Vec<Piece>, StoreError> {
        let (caller, key) = &self.after_key;
        let mut statement = connection.prepare_cached(
            "SELECT * FROM idempotency_keys WHERE restaurant_id = ?1 AND (caller, key) > (?2, ?3)
             ORDER BY caller, key LIMIT ?4",
        )?;
        let found = statement.query_map(params![id(&self.restaurant.0), caller, key, ROWS], |row| {
            Ok((KeyScope { caller: row.get("caller")?, key: row.get("key")? }, read_answer(row)?))
        })?;
        let found = found.collect::<Result<Vec<_>, _>>()?;
        if let Some((scope, _)) = found.last() {
            self.after_key = (scope.caller.clone(), scope.key.clone());
        }
        Ok(found.into_iter().map(|(scope, answer)| Piece::Answer(scope, answer)).collect())
    }

    /// What is read in one portion: there is less of it than of orders.
    fn once(
        &mut self,
        read: impl FnOnce(RestaurantId) -> Result<Vec<Piece>, StoreError>,
    ) -> Result<Vec<Piece>, StoreError> {
        if std::mem::replace(&mut self.after, 1) == 1 { Ok(Vec::new()) } else { read(self.restaurant) }
    }
}

pub(super) fn read_events(row: &Row<'_>) -> Result<EventRow, rusqlite::Error> {
    let (first, last) = (count(row, "first_seq")?, count(row, "last_seq")?);
    Ok(EventRow { first, last, at: time(row, "at")?, payload: row.get("payload")? })
}

fn keys(connection: &Connection, restaurant: RestaurantId) -> Result<Vec<Piece>, StoreError> {
    let mut statement =
        connection.prepare("SELECT * FROM api_keys WHERE restaurant_id = ?1 ORDER BY created_at, id")?;
    statement.query_and_then([id(&restaurant.0)], |row| read_key(row).map(Piece::Key))?.collect()
}
