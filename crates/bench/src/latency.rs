//! From placed to started.

use std::time::{Duration, Instant};

use feedme_engine::Delivery;
use feedme_kitchen::{Change, Command, Mode};

use crate::restaurant::Restaurant;
use crate::table::{Table, percentile};
use crate::{Args, disk};

/// Orders a second.
const RATE: u64 = 50;

/// Orders in all.
const ORDERS: usize = 500;

/// How long it takes from asking until a screen in this process knows that an idle bot has started.
pub(crate) async fn measure(args: &Args, table: &mut Table) -> anyhow::Result<()> {
    let fsync = disk::fsync_micros(args)?;
    let folder = tempfile::tempdir_in(&args.folder)?;
    let restaurant = Restaurant::open(folder.path()).await?;
    for _ in 0..4 {
        let id = restaurant.engine.ids().bot(restaurant.engine.now());
        restaurant.execute(Command::AddBot { id, mode: Mode::Auto }).await?;
    }
    let feed = restaurant.feed()?;
    let mut screen = feed.subscribe(Some(feed.position()));
    let mut ticks = tokio::time::interval(Duration::from_millis(1000 / RATE));
    let mut micros = Vec::new();
    for n in 0..ORDERS {
        ticks.tick().await;
        let command = Restaurant::order(&restaurant.engine, n);
        let Command::PlaceOrder { id, .. } = command else { continue };
        let asked = Instant::now();
        let placing = restaurant.execute(command);
        let started = async {
            while let Some(Ok(delivery)) = screen.next().await {
                let Delivery::Events(chunk) = delivery else { continue };
                let starts = |change: &Change| matches!(change, Change::OrderStarted(order) if order.id() == id);
                if chunk.events.iter().any(|event| starts(&event.change)) {
                    return asked.elapsed();
                }
            }
            Duration::MAX
        };
        let (placed, started) = tokio::join!(placing, started);
        placed?;
        micros.push(started.as_secs_f64() * 1e6);
    }
    restaurant.close().await;
    for (name, share, others) in [("p50", 0.5, "BullMQ 2,200 µs"), ("p99", 0.99, "BullMQ 5,500 µs")] {
        let beside = format!("one fsync {fsync:.0} µs; {others}");
        table.add(
            format!("placed to started, idle bot, {RATE}/s, {name}"),
            percentile(&mut micros, share),
            "µs",
            beside,
        );
    }
    Ok(())
}
