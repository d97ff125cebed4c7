//! The common workload of durable queues: place, then drain.

use crate::Args;
use crate::restaurant::{Restaurant, rate};
use crate::table::{Table, median};

/// Orders in one run.
const ORDERS: usize = 10_000;

/// Full lifecycles a second: all orders ÷ (placing time + draining time).
pub(crate) async fn measure(args: &Args, table: &mut Table) -> anyhow::Result<()> {
    for (callers, bots, aim) in [(64, 8, "aim 20,000; BullMQ 4,800, graphile-worker 1,500"), (256, 64, "aim 40,000")] {
        let (mut placed, mut drained, mut lived) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..args.repeat {
            let folder = tempfile::tempdir_in(&args.folder)?;
            let restaurant = Restaurant::open(folder.path()).await?;
            let placing = restaurant.place(ORDERS, callers).await?;
            let draining = restaurant.drain(bots).await?;
            restaurant.close().await;
            placed.push(rate(ORDERS, placing));
            drained.push(rate(ORDERS, draining));
            lived.push(rate(ORDERS, placing + draining));
        }
        let what = format!("{callers} callers, {bots} bots");
        table.add(format!("lifecycles, {what}"), median(lived), "/s", aim);
        table.add(format!("  of which placing, {what}"), median(placed), "/s", "");
        table.add(format!("  of which draining, {what}"), median(drained), "/s", "");
    }
    Ok(())
}
