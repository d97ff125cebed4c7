//! The whole database at one moment.

use async_trait::async_trait;
use tokio_postgres::Row;

use super::connect::{Connections, PostgresOptions};
use super::people::{read_entry, read_key};
use super::read::{load_within, read_answer, read_bot, read_standing};
use super::rows::{RESTAURANT, column, count, read_order, time};
use super::session::Session;
use super::{OpenError, doctor, migrate, past, persons};
use crate::moment::{EVENT_ROWS, EventRow, Moment, Part, Piece, ROWS, Standing};
use crate::{KeyScope, Loaded, RestaurantId, StoreError};

/// A database on PostgreSQL at one moment. Servers may use it. While this lives nothing that was deleted since can be
/// vacuumed.
pub struct PostgresMoment {
    /// Within a transaction.
    session: Session,
    reading: Option<Part>,
}

impl std::fmt::Debug for PostgresMoment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresMoment").finish_non_exhaustive()
    }
}

impl PostgresMoment {
    /// Looks at a database as it stands now. Nothing is made and nothing is migrated.
    pub async fn of(options: &PostgresOptions) -> Result<Self, OpenError> {
        let mut session = Connections::new(options)?.patient().await?;
        migrate::must_be_current(&mut session).await?;
        session.begin_reading().await?;
        session.wait_for_ever().await?;
        // The moment is that of the first question.
        session.query("SELECT count(*) FROM restaurants", &[]).await?;
        Ok(Self { session, reading: None })
    }
}

#[async_trait]
impl Moment for PostgresMoment {
    async fn standings(&mut self) -> Result<Vec<Standing>, StoreError> {
        let found = self.session.query(&format!("SELECT {RESTAURANT} FROM restaurants ORDER BY slug"), &[]).await?;
        found.iter().map(read_standing).collect()
    }

    async fn live(&mut self, restaurant: RestaurantId) -> Result<Option<Loaded>, StoreError> {
        load_within(&mut self.session, restaurant).await
    }

    async fn begin(&mut self, restaurant: RestaurantId, part: Part) -> Result<(), StoreError> {
        if self.reading.take().is_some() {
            self.session.batch("CLOSE reading").await?;
        }
        // A cursor, not pages: a row that stands twice, which should not be, is not to be missed at the end of a page.
        let (rows, order) = match part {
            Part::Accounts => return self.begin_accounts(restaurant).await,
            Part::Bots => ("* FROM bots", "number"),
            Part::Live => ("* FROM orders", "number"),
            Part::History => ("* FROM orders_history", "number"),
            Part::Checkpoint => ("* FROM checkpoints", "version"),
            Part::Events => ("first_seq, last_seq, at, payload FROM all_events", "last_seq, first_seq"),
            Part::Answers => ("* FROM idempotency_keys", "caller, key"),
            Part::Keys => ("* FROM api_keys", "created_at, id"),
            Part::Log => ("* FROM sign_ins", "id"),
        };
        self.declare(part, &format!("SELECT {rows} WHERE restaurant_id = '{}' ORDER BY {order}", restaurant.0)).await
    }

    async fn next(&mut self) -> Result<Vec<Piece>, StoreError> {
        let Some(part) = self.reading else { return Ok(Vec::new()) };
        let limit = if part == Part::Events { EVENT_ROWS } else { ROWS };
        let found = self.session.query(&format!("FETCH {limit} FROM reading"), &[]).await?;
        let piece = |row| {
            Ok(match part {
                Part::Accounts => Piece::Account(persons::read_person(row)?),
                Part::Bots => Piece::Bot(read_bot(row)?),
                Part::Live => Piece::Live(read_order(row)?),
                Part::History => Piece::History(read_order(row)?),
                Part::Checkpoint => Piece::Checkpoint(past::read_checkpoint(row)?),
                Part::Events => Piece::Events(read_events(row)?),
                Part::Answers => {
                    let scope = KeyScope { caller: column(row, "caller")?, key: column(row, "key")? };
                    Piece::Answer(scope, read_answer(row)?)
                }
                Part::Keys => Piece::Key(read_key(row)?),
                Part::Log => Piece::Log(read_entry(row)?.1),
            })
        };
        found.iter().map(piece).collect()
    }

    async fn own_problems(&mut self) -> Result<Vec<String>, StoreError> {
        doctor::own_problems(&mut self.session).await
    }
}

impl PostgresMoment {
    async fn begin_accounts(&mut self, restaurant: RestaurantId) -> Result<(), StoreError> {
        self.declare(Part::Accounts, &persons::of(restaurant)).await
    }

    /// It takes no parameters; an id is nothing but digits and letters.
    async fn declare(&mut self, part: Part, rows: &str) -> Result<(), StoreError> {
        self.session.batch(&format!("DECLARE reading NO SCROLL CURSOR FOR {rows}")).await?;
        self.reading = Some(part);
        Ok(())
    }
}

pub(super) fn read_events(row: &Row) -> Result<EventRow, StoreError> {
    let (first, last) = (count(row, "first_seq")?, count(row, "last_seq")?);
    Ok(EventRow { first, last, at: time(row, "at")?, payload: column(row, "payload")? })
}
