//! A restaurant that comes from another database.

use std::collections::BTreeSet;

use async_trait::async_trait;
use feedme_kitchen::{Bot, Time, Version};
use tokio_postgres::types::Type;

use super::change::{int8, text, uuid as id};
use super::clock::DatabaseTime;
use super::commit::columns::{Answers, Bots, Events, Orders, Rows};
use super::commit::write_in;
use super::connect::{Connections, PostgresOptions};
use super::error::Failed;
use super::level::Level;
use super::partition::{self, Month};
use super::read::load_within;
use super::rows::column;
use super::session::Session;
use super::{OpenError, accounts, change, migrate, past, persons};
use crate::accounts::LogEntry;
use crate::carry::{Arrival, ArrivalError, Days};
use crate::moment::{Piece, Standing};
use crate::record::{encode_settings, encode_turn};
use crate::{Loaded, RestaurantId, StoreError, Write};

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// A restaurant on its way into a database on PostgreSQL, beside whoever serves others from it.
pub struct PostgresArrival {
    connections: Connections,
    level: Level,
    /// With all that was written so far in one transaction. Closed without a commit, it is undone.
    session: Session,
    unreplicated: u64,
    restaurant: RestaurantId,
    /// Bots that hold an order, written when the orders are there.
    holding: Vec<Bot>,
    /// Whether somebody may do something from now on who might not before.
    lets_in: bool,
}

impl std::fmt::Debug for PostgresArrival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresArrival").field("restaurant", &self.restaurant).finish_non_exhaustive()
    }
}

impl PostgresArrival {
    /// Connects and applies migrations. A new database has no restaurant but the one that comes.
    pub async fn into(options: &PostgresOptions) -> Result<Self, OpenError> {
        let connections = Connections::new(options)?;
        migrate::migrate(&connections, None).await?;
        let mut session = connections.patient().await?;
        let level = Level::open(&mut session, migrate::known()).await?;
        let time = DatabaseTime::new();
        time.learn(&mut session).await?;
        partition::make_ahead(&mut session, Time(time.now_ms())).await?;
        let (restaurant, unreplicated) = (RestaurantId(uuid::Uuid::nil()), connections.unreplicated());
        Ok(Self { connections, level, session, unreplicated, restaurant, holding: Vec::new(), lets_in: false })
    }

    async fn restaurant(&mut self, standing: &Standing) -> Result<(), ArrivalError> {
        let Standing { restaurant, opened_as, counters, profile, .. } = standing;
        let other = "SELECT slug FROM restaurants WHERE id = $1";
        if let Some(row) = self.session.query_opt(other, &[id(&restaurant.id.0)]).await? {
            return Err(ArrivalError::IsThere(column(&row, "slug")?));
        }
        let archived_at = profile.archived_at.map(|at| at.0);
        let [order, bot, claim] = [counters.next_order.0, counters.next_bot.0, counters.next_claim.0];
        let added = self
            .session
            .execute(
                "INSERT INTO restaurants (id, slug, name, opened_as, settings, policy_state, epoch, version,
                     next_order_number, next_bot_number, next_claim, created_at, updated_at, archived_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (slug) DO NOTHING",
                &[
                    id(&restaurant.id.0),
                    text(&restaurant.slug),
                    text(&&*profile.name),
                    text(opened_as),
                    text(&encode_settings(standing.settings)),
                    text(&encode_turn(standing.turn)),
                    int8(&restaurant.epoch.0),
                    int8(&standing.version.0.cast_signed()),
                    int8(&order.cast_signed()),
                    int8(&bot.cast_signed()),
                    int8(&claim.cast_signed()),
                    int8(&standing.created_at.0),
                    int8(&standing.last_at.0),
                    int8(&archived_at),
                ],
            )
            .await?;
        if added == 1 { Ok(()) } else { Err(ArrivalError::SlugTaken(restaurant.slug.clone())) }
    }

    async fn orders(&mut self, table: &str, pieces: &[Piece]) -> Result<(), ArrivalError> {
        let mut orders = Orders::default();
        for piece in pieces {
            if let Piece::Live(order) | Piece::History(order) = piece {
                orders.add(self.restaurant.0, order);
            }
        }
        self.insert(table, &orders).await
    }

    async fn insert(&mut self, table: &str, rows: &impl Rows) -> Result<(), ArrivalError> {
        let mut parameters = Vec::new();
        rows.parameters(&mut parameters);
        let arrays: Vec<_> = (1..=parameters.len()).map(|n| format!("${n}")).collect();
        let (names, arrays) = (rows.names().join(", "), arrays.join(", "));
        self.session
            .execute(&format!("INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays})"), &parameters)
            .await?;
        Ok(())
    }

    async fn one(&mut self, piece: &Piece) -> Result<(), ArrivalError> {
        match piece {
            Piece::Account(person) => {
                self.lets_in |= person.role.is_some();
                if !persons::write(&mut self.session, self.restaurant, person).await? {
                    return Err(ArrivalError::NameTaken(person.name.clone()));
                }
            }
            Piece::Key(key) => {
                self.lets_in = true;
                accounts::write::save_key(&mut self.session, key).await?;
            }
            Piece::Checkpoint(checkpoint) => {
                self.level.must_forget()?;
                past::set_checkpoint(&mut self.session, self.restaurant, Version(0), checkpoint).await?;
            }
            Piece::Log(entry) => self.entry(entry).await?,
            _ => {}
        }
        Ok(())
    }

    async fn entry(&mut self, entry: &LogEntry) -> Result<(), Failed> {
        let LogEntry { at, kind, actor, subject, address, device, .. } = entry;
        let restaurant = self.restaurant.0;
        self.session
            .execute(
                "INSERT INTO sign_ins (at, kind, restaurant_id, actor, subject, address, device)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                &[int8(&at.0), text(kind), id(&restaurant), text(actor), text(subject), text(address), text(device)],
            )
            .await
            .map(drop)
    }
}

#[async_trait]
impl Arrival for PostgresArrival {
    async fn begin(&mut self, standing: &Standing, days: &Days) -> Result<(), ArrivalError> {
        // Before the transaction: making a month locks what it would have locked already.
        let months: BTreeSet<_> = days.iter().map(|day| Month::of(Time(day * DAY_MS))).collect();
        for month in months {
            partition::make(&mut self.session, partition::ORDERS, month).await?;
        }
        self.session.begin().await?;
        self.session.wait_for_ever().await?;
        self.restaurant = standing.restaurant.id;
        self.restaurant(standing).await
    }

    async fn write(&mut self, pieces: &[Piece]) -> Result<(), ArrivalError> {
        let restaurant = self.restaurant.0;
        match pieces.first() {
            Some(Piece::Live(_)) => return self.orders("orders", pieces).await,
            Some(Piece::History(_)) => return self.orders("orders_history", pieces).await,
            Some(Piece::Bot(_)) => {
                let mut bots = Bots::default();
                for piece in pieces {
                    let Piece::Bot(bot) = piece else { continue };
                    self.holding.extend(Some(*bot).filter(|bot| bot.current.is_some()));
                    // Empty-handed: its order comes later.
                    bots.add(restaurant, &Bot { current: None, ..*bot });
                }
                return self.insert("bots", &bots).await;
            }
            Some(Piece::Events(_)) => {
                let mut events = Events::default();
                for piece in pieces {
                    let Piece::Events(row) = piece else { continue };
                    events.push(restaurant, row);
                }
                return self.insert("events", &events).await;
            }
            Some(Piece::Answer(..)) => {
                let mut answers = Answers::default();
                for piece in pieces {
                    let Piece::Answer(scope, answer) = piece else { continue };
                    answers.add(restaurant, scope, answer);
                }
                return self.insert("idempotency_keys", &answers).await;
            }
            _ => {
                for piece in pieces {
                    self.one(piece).await?;
                }
            }
        }
        Ok(())
    }

    async fn live(&mut self, restaurant: RestaurantId) -> Result<Option<Loaded>, ArrivalError> {
        let (bots, orders): (Vec<_>, Vec<_>) =
            self.holding.drain(..).map(|bot| (bot.id.0, bot.current.map(|order| order.0))).unzip();
        self.session
            .execute(
                "UPDATE bots SET status = 'PROCESSING', current_order_id = holding.order_id
                 FROM unnest($1, $2) AS holding (bot_id, order_id) WHERE bots.id = holding.bot_id",
                &[(&bots, Type::UUID_ARRAY), (&orders, Type::UUID_ARRAY)],
            )
            .await?;
        Ok(load_within(&mut self.session, restaurant).await?)
    }

    async fn finish(&mut self, first: Write) -> Result<(), ArrivalError> {
        let won = write_in(&mut self.session, &[&first], None).await?;
        if !won.contains(&first.restaurant) {
            return Err(ArrivalError::Refused("passing over numbers failed".into()));
        }
        if self.lets_in {
            // Last, and for as short as can be: every node finds out, and every change of accounts waits for it.
            self.session.execute("UPDATE accounts_version SET version = version + 1", &[]).await?;
        }
        self.session.commit().await.map_err(|failed| {
            StoreError::Unavailable(format!("{failed}; whether the restaurant is there now is not known: look"))
        })?;
        Ok(change::is_replicated(&self.connections, self.unreplicated)?)
    }
}

impl From<Failed> for ArrivalError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Constraint(why) => Self::Refused(why),
            failed => Self::Store(failed.into()),
        }
    }
}
