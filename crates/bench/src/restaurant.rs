//! A restaurant in this process, on a database of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use feedme_engine::{Clock, Engine, Feed, Ids, Lanes, Options, Reply, Request};
use feedme_kitchen::{Actor, Command, Mode, OrderType, SettingsPatch, Status};
use feedme_store::RestaurantId;
use feedme_store::sqlite::SqliteStore;

/// The restaurant.
pub(crate) struct Restaurant {
    pub(crate) engine: Engine,
    pub(crate) id: RestaurantId,
}

impl Restaurant {
    /// Opens the database in a folder and starts the engine; orders cook for no time.
    pub(crate) async fn open(folder: &Path) -> anyhow::Result<Self> {
        let clock = Arc::new(Clock::system());
        let ids = Arc::new(Ids::random());
        let store = Arc::new(SqliteStore::open(folder, "bench", clock.now(), ids.epoch())?);
        let engine =
            Engine::start(store, clock, ids, Options { lanes: Lanes::threads(1), ..Options::default() }).await?;
        let id = engine.restaurant("default").await?.context("the first restaurant exists")?;
        let restaurant = Self { engine, id };
        let patch = SettingsPatch { cook_ms: Some(0), ..SettingsPatch::default() };
        restaurant.execute(Command::ChangeSettings(patch)).await?;
        Ok(restaurant)
    }

    pub(crate) fn feed(&self) -> anyhow::Result<Arc<Feed>> {
        self.engine.served(self.id).context("a restaurant has a feed")
    }

    pub(crate) async fn execute(&self, command: Command) -> anyhow::Result<Reply> {
        Ok(self.engine.execute(self.id, Request::new(command, Actor::Open)).await?)
    }

    /// A new order; one in five is VIP.
    pub(crate) fn order(engine: &Engine, n: usize) -> Command {
        Command::PlaceOrder {
            id: engine.ids().order(engine.now()),
            order_type: if n.is_multiple_of(5) { OrderType::Vip } else { OrderType::Normal },
            user: None,
            note: None,
            lines: Vec::new(),
            external_ref: None,
        }
    }

    /// Places orders with so many calls in flight, each acknowledged once it is durable.
    pub(crate) async fn place(&self, orders: usize, callers: usize) -> anyhow::Result<Duration> {
        let start = Instant::now();
        let mut calls = tokio::task::JoinSet::new();
        for caller in 0..callers {
            let (engine, id) = (self.engine.clone(), self.id);
            calls.spawn(async move {
                for n in (caller..orders).step_by(callers) {
                    engine.execute(id, Request::new(Self::order(&engine, n), Actor::Open)).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = calls.join_next().await {
            done??;
        }
        Ok(start.elapsed())
    }

    /// Adds bots and waits until nothing waits or cooks. Each start is durable before its completion is
    /// asked for: the engine arms an order's timer after the commit.
    pub(crate) async fn drain(&self, bots: usize) -> anyhow::Result<Duration> {
        let feed = self.feed()?;
        let mut subscription = feed.subscribe(Some(feed.position()));
        let start = Instant::now();
        for _ in 0..bots {
            let id = self.engine.ids().bot(self.engine.now());
            self.execute(Command::AddBot { id, mode: Mode::Auto }).await?;
        }
        while feed.with(|kitchen| kitchen.count(Status::Pending) + kitchen.count(Status::Processing)) > 0 {
            if subscription.next().await.is_none() {
                // This follower was too slow; a screen would come back too.
                subscription = feed.subscribe(Some(feed.position()));
            }
        }
        let drained = start.elapsed();
        for _ in 0..bots {
            self.execute(Command::RemoveNewestBot).await?;
        }
        Ok(drained)
    }

    pub(crate) async fn close(self) {
        self.engine.stop().await;
    }
}

/// How many a second.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}
