//! Does it stay as fast with a long history?

use std::time::{Duration, Instant};

use feedme_kitchen::OrderType;
use feedme_store::HistoryFilter;

use crate::restaurant::{Restaurant, rate};
use crate::table::{Table, median};
use crate::{Args, kitchen};

/// Orders in one measurement.
const ORDERS: usize = 10_000;

/// Readings of the board in one measurement.
const READINGS: usize = 100;

/// What one database does.
struct Figures {
    place: f64,
    complete: f64,
    board: f64,
}

/// Compares an empty database with one that holds a long history, run by run in turn.
pub(crate) async fn measure(args: &Args, table: &mut Table) -> anyhow::Result<()> {
    let (empty, full) = (tempfile::tempdir_in(&args.folder)?, tempfile::tempdir_in(&args.folder)?);
    let made = Instant::now();
    let restaurant = Restaurant::open(full.path()).await?;
    kitchen::cook(&restaurant, args.history).await?;
    restaurant.close().await;
    table.add(format!("making {} completed orders", args.history), rate(args.history, made.elapsed()), "/s", "");

    let start = Instant::now();
    let restaurant = Restaurant::open(full.path()).await?;
    table.add(
        format!("start with {} completed orders", args.history),
        start.elapsed().as_secs_f64() * 1e3,
        "ms",
        "aim < 1,000",
    );
    let page = Instant::now();
    let filter = HistoryFilter {
        status: None,
        order_type: Some(OrderType::Vip),
        number: None,
        from: None,
        to: None,
        user: None,
        below: None,
        limit: 100,
    };
    restaurant.engine.history(restaurant.id, &filter).await?;
    table.add("a page of the history", page.elapsed().as_secs_f64() * 1e3, "ms", "");
    restaurant.close().await;
    compare(args, table, empty.path(), full.path(), "in the live table").await?;

    // An hour later they have moved.
    let restaurant = Restaurant::open(full.path()).await?;
    let now = restaurant.engine.now();
    let moved = Instant::now();
    while restaurant.engine.store().tidy(now.plus_ms(1), now.minus_ms(7 * 86_400_000)).await?.more {}
    table.add("moving them to the history table", rate(args.history, moved.elapsed()), "/s", "");
    restaurant.close().await;
    compare(args, table, empty.path(), full.path(), "in the history table").await
}

async fn compare(
    args: &Args,
    table: &mut Table,
    empty: &std::path::Path,
    full: &std::path::Path,
    place: &str,
) -> anyhow::Result<()> {
    let (mut of_empty, mut of_full) = (Vec::new(), Vec::new());
    for _ in 0..args.repeat {
        of_empty.push(figures(empty).await?);
        of_full.push(figures(full).await?);
    }
    for (name, figure) in [
        ("place", (|it: &Figures| it.place) as fn(&Figures) -> f64),
        ("complete", |it| it.complete),
        ("board", |it| it.board),
    ] {
        let (empty, full) =
            (median(of_empty.iter().map(figure).collect()), median(of_full.iter().map(figure).collect()));
        let beside = format!("{full:.0}/s against {empty:.0}/s; aim 90");
        table.add(format!("{name} with {} orders {place}", args.history), 100.0 * full / empty, "%", beside);
    }
    Ok(())
}

async fn figures(folder: &std::path::Path) -> anyhow::Result<Figures> {
    let restaurant = Restaurant::open(folder).await?;
    let place = rate(ORDERS, restaurant.place(ORDERS, 64).await?);
    // The board is read while 10,000 orders wait, and each reading is the first of its version.
    let mut reading = Duration::ZERO;
    for _ in 0..READINGS {
        restaurant.place(1, 1).await?;
        let start = Instant::now();
        std::hint::black_box(restaurant.feed()?.snapshot());
        reading += start.elapsed();
    }
    let board = rate(READINGS, reading);
    let complete = rate(ORDERS + READINGS, restaurant.drain(64).await?);
    restaurant.close().await;
    Ok(Figures { place, complete, board })
}
