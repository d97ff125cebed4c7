//! A restaurant that comes from another database.

use std::path::Path;

use async_trait::async_trait;
use feedme_kitchen::{Bot, Version};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};

use super::accounts::save_key;
use super::connect::{self, DATABASE_FILE, FileLock, OpenError};
use super::past::set_checkpoint;
use super::rows::{OrderRow, id};
use super::{commit, persons, read};
use crate::accounts::LogEntry;
use crate::carry::{Arrival, ArrivalError, Days};
use crate::moment::{EventRow, Piece, Standing};
use crate::record::{encode_events, encode_settings, encode_turn};
use crate::{Loaded, RestaurantId, Write};

/// Pages kept in memory meanwhile, in KiB: the indexes grow everywhere at once.
const CACHE_KIB: i64 = 64 * 1024;

/// A restaurant on its way into an embedded database, which nobody else has open.
pub struct SqliteArrival {
    /// With all that was written so far in one transaction. Closed without a commit, it is undone.
    connection: Connection,
    restaurant: RestaurantId,
    /// Bots that hold an order, written when the orders are there.
    holding: Vec<Bot>,
    /// Released last.
    _lock: FileLock,
}

impl std::fmt::Debug for SqliteArrival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteArrival").field("restaurant", &self.restaurant).finish_non_exhaustive()
    }
}

impl SqliteArrival {
    /// Opens the database in a folder, making both if need be, and applies migrations. One that is made has no
    /// restaurant but the one that comes.
    pub fn into(folder: &Path) -> Result<Self, OpenError> {
        let lock = FileLock::take(folder)?;
        let mut connection = connect::writer(&folder.join(DATABASE_FILE))?;
        connect::apply_migrations(&mut connection)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        let restaurant = RestaurantId(uuid::Uuid::nil());
        Ok(Self { connection, restaurant, holding: Vec::new(), _lock: lock })
    }

    fn restaurant(&self, standing: &Standing) -> Result<(), ArrivalError> {
        let Standing { restaurant, opened_as, counters, profile, .. } = standing;
        let by_id = "SELECT slug FROM restaurants WHERE id = ?1";
        let is_there = self.connection.query_row(by_id, [id(&restaurant.id.0)], |row| row.get(0)).optional()?;
        if let Some(slug) = is_there {
            return Err(ArrivalError::IsThere(slug));
        }
        let by_slug = "SELECT EXISTS (SELECT 1 FROM restaurants WHERE slug = ?1)";
        if self.connection.query_row(by_slug, [&restaurant.slug], |row| row.get(0))? {
            return Err(ArrivalError::SlugTaken(restaurant.slug.clone()));
        }
        self.connection.execute(
            "INSERT INTO restaurants (id, slug, name, opened_as, settings, policy_state, epoch, version,
                 next_order_number, next_bot_number, next_claim, created_at, updated_at, archived_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                id(&restaurant.id.0),
                restaurant.slug,
                &*profile.name,
                opened_as,
                encode_settings(standing.settings),
                encode_turn(standing.turn),
                restaurant.epoch.0,
                standing.version.0.cast_signed(),
                counters.next_order.0.cast_signed(),
                counters.next_bot.0.cast_signed(),
                counters.next_claim.0.cast_signed(),
                standing.created_at.0,
                standing.last_at.0,
                profile.archived_at.map(|at| at.0),
            ],
        )?;
        Ok(())
    }

    fn piece(&mut self, piece: &Piece) -> Result<(), ArrivalError> {
        let (connection, restaurant) = (&self.connection, self.restaurant);
        match piece {
            Piece::Account(person) if persons::write(connection, restaurant, person)? => Ok(()),
            Piece::Account(person) => Err(ArrivalError::NameTaken(person.name.clone())),
            Piece::Bot(bot) => {
                self.holding.extend(Some(*bot).filter(|bot| bot.current.is_some()));
                insert_bot(connection, restaurant, bot)
            }
            Piece::Live(order) => {
                Ok(OrderRow::from(order).insert(&mut connection.prepare_cached(OrderRow::INSERT)?, restaurant)?)
            }
            Piece::History(order) => Ok(OrderRow::from(order)
                .insert(&mut connection.prepare_cached(&OrderRow::insert_into_history())?, restaurant)?),
            Piece::Checkpoint(checkpoint) => {
                set_checkpoint(connection, restaurant, Version(0), checkpoint)?;
                Ok(())
            }
            Piece::Events(EventRow { first, last, at, payload }) => {
                Ok(commit::insert_events(connection, restaurant, [*first, *last], *at, payload)?)
            }
            Piece::Answer(scope, answer) => Ok(commit::insert_answer(connection, restaurant, scope, answer)?),
            Piece::Key(key) => Ok(save_key(connection, key)?),
            Piece::Log(entry) => insert_entry(connection, restaurant, entry),
        }
    }
}

#[async_trait]
impl Arrival for SqliteArrival {
    async fn begin(&mut self, standing: &Standing, _days: &Days) -> Result<(), ArrivalError> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        self.restaurant = standing.restaurant.id;
        self.restaurant(standing)
    }

    async fn write(&mut self, pieces: &[Piece]) -> Result<(), ArrivalError> {
        pieces.iter().try_for_each(|piece| self.piece(piece))
    }

    async fn live(&mut self, restaurant: RestaurantId) -> Result<Option<Loaded>, ArrivalError> {
        let mut hold =
            self.connection.prepare("UPDATE bots SET status = 'PROCESSING', current_order_id = ?2 WHERE id = ?1")?;
        for bot in self.holding.drain(..) {
            hold.execute(params![id(&bot.id.0), bot.current.as_ref().map(|order| id(&order.0))])?;
        }
        Ok(read::load_within(&self.connection, restaurant)?)
    }

    async fn finish(&mut self, first: Write) -> Result<(), ArrivalError> {
        if !commit::write_within(&self.connection, &first, &encode_events(&first.events))? {
            return Err(ArrivalError::Refused("passing over numbers failed".into()));
        }
        self.connection.execute_batch("COMMIT")?;
        // So that the next start has no long log to look through.
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

/// Empty-handed: its order comes later.
fn insert_bot(connection: &Connection, restaurant: RestaurantId, bot: &Bot) -> Result<(), ArrivalError> {
    let mode = crate::record::mode_name(bot.mode);
    let mut insert = connection.prepare_cached(
        "INSERT INTO bots (id, restaurant_id, number, mode, status, created_at, updated_at, deleted_at)
         VALUES (?1, ?2, ?3, ?4, 'IDLE', ?5, ?6, ?7)",
    )?;
    insert.execute(params![
        id(&bot.id.0),
        id(&restaurant.0),
        bot.number.0.cast_signed(),
        mode,
        bot.created_at.0,
        bot.updated_at.0,
        bot.deleted_at.map(|at| at.0),
    ])?;
    Ok(())
}

fn insert_entry(connection: &Connection, restaurant: RestaurantId, entry: &LogEntry) -> Result<(), ArrivalError> {
    let LogEntry { at, kind, actor, subject, address, device, .. } = entry;
    let mut insert = connection.prepare_cached(
        "INSERT INTO sign_ins (at, kind, restaurant_id, actor, subject, address, device)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    insert.execute(params![at.0, kind, id(&restaurant.0), actor, subject, address, device])?;
    Ok(())
}

impl From<rusqlite::Error> for ArrivalError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => Self::Refused(error.to_string()),
            _ => Self::Store(error.into()),
        }
    }
}
