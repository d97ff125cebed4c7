//! A new history for a restaurant, where the database may have lost some of the old one.

use feedme_kitchen::{Actor, Counters, Time};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio_postgres::types::Type;

use super::PostgresStore;
use super::change::is_replicated;
use super::commit::write_and_end;
use super::error::Failed;
use super::read::load_within;
use crate::skip::{numbers_to_skip, passing_over};
use crate::{Confirmed, Epoch, StoreError};

impl PostgresStore {
    /// Draws an epoch and passes over numbers, in one transaction; `false` when the restaurant stands elsewhere.
    pub(super) async fn begin_history(&self, stands: Confirmed, given_out: Counters) -> Result<bool, StoreError> {
        let mut session = self.connections.writer().await?;
        let unreplicated = self.connections.unreplicated();
        session.begin().await?;
        let epoch = Epoch::from_random(StdRng::from_os_rng().random());
        let moved = session
            .execute(
                "UPDATE restaurants SET epoch = $4 WHERE id = $1 AND epoch = $2 AND version = $3",
                &[
                    (&stands.restaurant.0, Type::UUID),
                    (&stands.epoch.0, Type::INT8),
                    (&stands.version.0.cast_signed(), Type::INT8),
                    (&epoch.0, Type::INT8),
                ],
            )
            .await?;
        let loaded = if moved == 1 { load_within(&mut session, stands.restaurant).await? } else { None };
        let Some(loaded) = loaded else {
            session.roll_back().await?;
            return Ok(false);
        };
        let skip = numbers_to_skip(loaded.parts.counters, given_out);
        // No earlier than what makes it doubtful, so that it is so no more.
        let now = self.time.now_ms().max(loaded.parts.last_at.0).max(self.connections.doubtful_before());
        let (write, _) = passing_over(loaded, skip, Actor::Kitchen, Time(now))?;
        let won = write_and_end(&mut session, &[&write]).await?;
        is_replicated(&self.connections, unreplicated)?;
        if won.contains(&stands.restaurant) {
            return Ok(true);
        }
        // The epoch would stand there without the event that goes with it.
        Err(Failed::Unknown("the first event of a new history was not written".into()).into())
    }
}
