//! A process that serves: an engine on a connection of its own, until it dies.

use std::sync::Arc;

use feedme_engine::{Clock, Engine, Feed, Ids, Lanes, Options, StartError};
use feedme_kitchen::UserId;
use feedme_store::RestaurantId;
use tokio_util::sync::CancellationToken;

use super::diary::Diary;
use super::faulty::FaultyStore;
use super::sightings as seen;
use super::world::World;

/// A living process. Clones share it.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) engine: Engine,
    /// Its place among those that live at a time.
    pub(super) index: usize,
    /// Cancelled when it dies: then its store answers nothing any more, and nobody waits for its answers.
    pub(super) death: CancellationToken,
}

impl Node {
    /// Starts the `life`th process.
    pub(super) async fn start(world: &World, index: usize, life: u64) -> Result<Self, StartError> {
        let (clock, death) = (Arc::new(Clock::new(world.machine.clone())), CancellationToken::new());
        let store = FaultyStore {
            inner: world.store.clone(),
            weather: Arc::clone(&world.weather),
            diary: Arc::clone(&world.diary),
            machine: world.machine.clone(),
            clock: Arc::clone(&clock),
            death: death.clone(),
            unknown: Arc::default(),
        };
        let ids = Arc::new(Ids::seeded(world.seed.wrapping_mul(1_000_003) + life + 100_000 * index as u64));
        let lanes = Lanes::tasks(world.lanes());
        let options = Options { holder: format!("node {index}, life {life}"), lanes, ..Options::default() };
        // A process that is told to crash at its next commit may do so while it recovers.
        let started = death.run_until_cancelled(Engine::start(Arc::new(store), Arc::clone(&clock), ids, options)).await;
        let engine = started.unwrap_or_else(|| Err(feedme_engine::Failure::OutcomeUnknown.into()))?;
        Ok(Self { engine, index, death })
    }

    /// What it shows of a restaurant; `None` when it could not adopt it, or died meanwhile.
    pub(super) async fn feed(&self, diary: &Diary, restaurant: RestaurantId) -> Option<Arc<Feed>> {
        if let Some(feed) = self.engine.served(restaurant) {
            return Some(feed);
        }
        let feed = self.death.run_until_cancelled(self.engine.feed(restaurant)).await?.ok().flatten();
        diary.note(if feed.is_some() { seen::ADOPTED_WHEN_ASKED_FOR } else { seen::AN_ADOPTION_FAILED });
        feed
    }
}

/// A caller of its own for each call: the events name it.
pub(super) fn caller(client: u64, call: u64) -> UserId {
    UserId(uuid::Uuid::from_u64_pair(client, call))
}
