//! Measures FeedMe.
#![allow(clippy::print_stdout)]

use std::sync::Arc;
use std::time::Instant;

use feedme_engine::{Clock, Engine, Ids, Options, Request};
use feedme_kitchen::{Actor, Command, Mode, OrderType, SettingsPatch, Status};
use feedme_store::Store;
use feedme_store::sqlite::SqliteStore;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    for _ in 0..3 {
        lifecycle(10_000, 64, 8).await?;
        lifecycle(10_000, 256, 64).await?;
    }
    Ok(())
}

async fn lifecycle(orders: usize, callers: usize, bots: usize) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(".")?;
    let clock = Arc::new(Clock::system());
    let ids = Arc::new(Ids::random());
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path(), "bench", clock.now(), ids.epoch())?);
    let engine = Engine::start(store, clock, ids, Options::default()).await?;
    let restaurant = engine.restaurant("default").unwrap_or_else(|| unreachable!());
    let execute = |command| engine.execute(restaurant, Request::new(command, Actor::Open));
    execute(Command::ChangeSettings(SettingsPatch { cook_ms: Some(0), ..SettingsPatch::default() })).await?;

    let start = Instant::now();
    let mut tasks = Vec::new();
    for caller in 0..callers {
        let engine = engine.clone();
        tasks.push(tokio::spawn(async move {
            for n in (caller..orders).step_by(callers) {
                let order_type = if n % 5 == 0 { OrderType::Vip } else { OrderType::Normal };
                let command = Command::PlaceOrder {
                    id: engine.ids().order(engine.now()),
                    order_type,
                    user: None,
                    note: None,
                    lines: Vec::new(),
                    external_ref: None,
                };
                engine.execute(restaurant, Request::new(command, Actor::Open)).await?;
            }
            anyhow::Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    let placed = start.elapsed();
    let start = Instant::now();
    for _ in 0..bots {
        execute(Command::AddBot { id: engine.ids().bot(engine.now()), mode: Mode::Auto }).await?;
    }
    let feed = Arc::clone(engine.feed(restaurant).unwrap_or_else(|| unreachable!()));
    let mut subscription = feed.subscribe(Some(feed.position()));
    while feed.with(|kitchen| kitchen.count(Status::Pending) + kitchen.count(Status::Processing)) > 0 {
        let _ = subscription.next().await;
    }
    let drained = start.elapsed();
    #[allow(clippy::cast_precision_loss)]
    let rate = |seconds: f64| (orders as f64 / seconds).round();
    println!(
        "callers {callers} bots {bots}: place {:.0}/s, drain {:.0}/s, lifecycle {:.0}/s",
        rate(placed.as_secs_f64()),
        rate(drained.as_secs_f64()),
        rate((placed + drained).as_secs_f64())
    );
    engine.stop().await;
    Ok(())
}
