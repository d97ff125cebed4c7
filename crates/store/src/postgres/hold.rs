//! The slow way round, for a restaurant in which other nodes are always quicker: its row is locked first, so that nobody
//! overtakes what is decided then.
//!
//! One statement cannot do it: what it sees is older than its wait. So it takes three round trips, the second of which
//! reads what others did meanwhile. A node that is paused while it holds a restaurant loses it within a second.

use std::sync::Arc;

use async_trait::async_trait;
use feedme_kitchen::{Event, Version};
use tokio_postgres::types::Type;

use super::PostgresStore;
use super::commit;
use super::connect::Connections;
use super::error::Failed;
use super::read::{POSITION, events_within, read_position};
use super::rows::column;
use super::server::STARTED;
use super::session::Session;
use crate::{Batch, CommitError, Confirmed, Held, RestaurantId, StoreError, Verdict};

/// A restaurant whose row is locked.
pub(super) struct HeldRow {
    session: Session,
    stands: Confirmed,
    connections: Connections,
    unreplicated: u64,
}

impl PostgresStore {
    pub(super) async fn lock(&self, restaurant: RestaurantId) -> Result<Option<Box<dyn Held>>, StoreError> {
        let mut session = self.connections.writer().await?;
        let rows = session
            .begin_with(
                &format!("SELECT {STARTED} AS started, {POSITION} FROM restaurants WHERE id = $1 FOR NO KEY UPDATE"),
                &[(&restaurant.0, Type::UUID)],
            )
            .await?;
        let Some(row) = rows.first() else {
            session.roll_back().await?;
            return Ok(None);
        };
        self.connections.must_be_from(column(row, "started")?)?;
        let stands = read_position(row, self.connections.doubtful_before())?;
        let connections = self.connections.clone();
        let unreplicated = connections.unreplicated();
        Ok(Some(Box::new(HeldRow { session, stands, connections, unreplicated })))
    }
}

#[async_trait]
impl Held for HeldRow {
    fn stands(&self) -> Confirmed {
        self.stands
    }

    fn generation(&self) -> u64 {
        self.session.generation()
    }

    async fn events(&mut self, after: Version, limit: usize) -> Result<Vec<Arc<Event>>, StoreError> {
        events_within(&mut self.session, self.stands.restaurant, after, limit).await
    }

    async fn commit(mut self: Box<Self>, batch: &Batch) -> Result<Verdict, CommitError> {
        let writes: Vec<_> = batch.writes.iter().collect();
        match commit::write_and_end(&mut self.session, &writes).await {
            Ok(_) if self.connections.unreplicated() != self.unreplicated => {
                Err(CommitError::Unknown("the database gave up waiting for its standby".into()))
            }
            Ok(won) if won.contains(&self.stands.restaurant) => Ok(Verdict::Won),
            Ok(_) => Ok(Verdict::Conflict),
            Err(Failed::Constraint(why)) => Ok(Verdict::Violated(why)),
            Err(failed) => Err(failed.into()),
        }
    }

    async fn release(mut self: Box<Self>) {
        // Where even that fails, the connection is closed.
        let _ = self.session.roll_back().await;
    }
}
