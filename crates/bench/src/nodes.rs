//! The same work on PostgreSQL: through one node and through several, for one restaurant and for many.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use feedme_engine::{Clock, Delivery, Engine, Ids, Lanes, Options, Request};
use feedme_kitchen::{Actor, Change, Command, Mode, SettingsPatch, Status};
use feedme_store::RestaurantId;
use feedme_store::postgres::{PostgresOptions, PostgresStore};
use feedme_testkit::cluster::{self, Cluster};

use crate::restaurant::{Restaurant, rate};
use crate::server::Server;
use crate::table::{Table, median, percentile};
use crate::{Args, disk, host, http};

/// Orders in one run.
const ORDERS: usize = 10_000;

/// Lanes of a node, as `feedme serve` has them.
const LANES: usize = 4;

/// Nodes at once.
const NODES: usize = 3;

/// Orders placed at one node and looked for at another, so many a second.
const LOOKS: usize = 500;
const LOOKS_A_SECOND: u64 = 50;

pub(crate) async fn measure(args: &Args, table: &mut Table) -> anyhow::Result<()> {
    let within = std::fs::canonicalize(&args.folder)?;
    // What anybody would give a database on such a machine; all that makes commits durable is as it comes.
    let settings = vec![("shared_buffers", "512MB".into()), ("max_wal_size", "4GB".into())];
    let options = cluster::Options { within: Some(within), settings, ..cluster::Options::default() };
    let cluster = Cluster::start(&options)?;
    for (callers, bots, aim) in [(64, 8, "aim 10,000"), (256, 64, "aim 20,000")] {
        let mut lived = Vec::new();
        let mut shared = Vec::new();
        for _ in 0..args.repeat {
            lived.push(one_restaurant(&cluster, 1, callers, bots).await?);
            shared.push(one_restaurant(&cluster, NODES, callers, bots).await?);
        }
        let what = format!("{callers} callers, {bots} bots");
        let (one, three) = (median(lived), median(shared));
        table.add(format!("lifecycles on PostgreSQL, one node, {what}"), one, "/s", aim);
        table.add(
            format!("  the same through {NODES} nodes"),
            three,
            "/s",
            format!("{:.2} of one; aim 0.6", three / one),
        );
    }
    for restaurants in [1_000, 10_000] {
        let Many { lived, spent_here, spent_there, log, kept } = many_restaurants(&cluster, restaurants).await?;
        let over = format!("lifecycles over {restaurants} restaurants, one node");
        table.add(over, lived, "/s", "aim 10,000");
        table.add("  of a processor, in the node", spent_here * 1e6, "µs each", "callers included");
        table.add("  of a processor, in the database", spent_there * 1e6, "µs each", "");
        table.add("  written to the database's log", log, "bytes each", "");
        table.add("  kept in the database", kept, "bytes each", "rows, events and indexes");
    }
    over_http(args, &cluster, table)?;
    with_a_history(args, &cluster, table).await?;
    across_nodes(args, &cluster, table).await
}

fn over_http(args: &Args, cluster: &Cluster, table: &mut Table) -> anyhow::Result<()> {
    for connections in [64, 256] {
        let (mut rates, mut tails) = (Vec::new(), Vec::new());
        for _ in 0..args.repeat {
            let database = cluster.database();
            let server = Server::on_postgres(args, &database.url())?;
            let (rate, p99) = http::place(args, &server, connections)?;
            rates.push(rate);
            tails.push(p99);
        }
        let beside = format!("p99 {:.1} ms; wrk on the same cores", median(tails) / 1e3);
        table.add(format!("place over HTTP on PostgreSQL, {connections} connections"), median(rates), "/s", beside);
    }
    Ok(())
}

/// The same work in a database with a long history and in one without, in turn.
async fn with_a_history(args: &Args, cluster: &Cluster, table: &mut Table) -> anyhow::Result<()> {
    let (empty, full) = (cluster.database(), cluster.database());
    for database in [&empty, &full] {
        node(&database.url()).await?.stop().await;
    }
    full.ask(&history(args.history))?;
    full.ask("VACUUM ANALYZE orders_history")?;
    let mut lived = [Vec::new(), Vec::new()];
    for _ in 0..args.repeat {
        for (database, lived) in [&empty, &full].into_iter().zip(&mut lived) {
            let engine = node(&database.url()).await?;
            let id = engine.restaurant("default").await?.context("the first restaurant exists")?;
            let restaurant = Restaurant { engine, id };
            let cook = SettingsPatch { cook_ms: Some(0), ..SettingsPatch::default() };
            restaurant.execute(Command::ChangeSettings(cook)).await?;
            let placing = restaurant.place(ORDERS, 64).await?;
            let draining = restaurant.drain(8).await?;
            lived.push(rate(ORDERS, placing + draining));
            restaurant.close().await;
        }
    }
    let [empty, full] = lived.map(median);
    let beside = format!("{full:.0}/s against {empty:.0}/s; aim 90");
    table.add(
        format!("lifecycles on PostgreSQL with {} orders in the history", args.history),
        100.0 * full / empty,
        "%",
        beside,
    );
    Ok(())
}

/// Completed orders of this month in the history of the first restaurant, with numbers that it will not reach.
fn history(orders: usize) -> String {
    format!(
        "INSERT INTO orders_history (restaurant_id, number, id, type, status, claim, created_at, started_at, due_at,
             completed_at, archived_at, updated_at)
         SELECT restaurants.id, 1000000000 + n, gen_random_uuid(), CASE WHEN n % 5 = 0 THEN 'VIP' ELSE 'NORMAL' END,
             'COMPLETE', n, at, at, at + 10000, at + 10000, at + 20000, at + 20000
         FROM restaurants, generate_series(1, {orders}) AS n,
             LATERAL (SELECT (extract(epoch FROM date_trunc('month', now() AT TIME ZONE 'UTC')) * 1000)::bigint + n AS at) AS time"
    )
}

/// A node of its own, as far as the database can tell.
async fn node(url: &str) -> anyhow::Result<Engine> {
    let ids = Arc::new(Ids::random());
    let options = PostgresOptions::at(url.into(), "feedme-bench", LANES);
    let store = Arc::new(PostgresStore::open(&options, Clock::system().now(), ids.epoch()).await?);
    let clock = Arc::new(Clock::new(store.time()));
    let holder = format!("bench {}", ids.epoch());
    Ok(Engine::start(store, clock, ids, Options { holder, lanes: Lanes::tasks(LANES), ..Options::default() }).await?)
}

/// Lifecycles a second of one restaurant, asked through so many nodes: all orders ÷ (placing time + draining time).
async fn one_restaurant(cluster: &Cluster, nodes: usize, callers: usize, bots: usize) -> anyhow::Result<f64> {
    let database = cluster.database();
    let mut restaurants = Vec::new();
    for _ in 0..nodes {
        let engine = node(&database.url()).await?;
        let id = engine.restaurant("default").await?.context("the first restaurant exists")?;
        engine.feed(id).await?.context("it can be served")?;
        restaurants.push(Restaurant { engine, id });
    }
    let first = &restaurants[0];
    first.execute(Command::ChangeSettings(SettingsPatch { cook_ms: Some(0), ..SettingsPatch::default() })).await?;
    let start = Instant::now();
    let placing = restaurants.iter().map(|restaurant| restaurant.place(ORDERS / nodes, callers / nodes));
    let placed = futures::future::join_all(placing).await;
    placed.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let placing = start.elapsed();
    let draining = first.drain(bots).await?;
    for restaurant in restaurants {
        restaurant.close().await;
    }
    Ok(rate(ORDERS / nodes * nodes, placing + draining))
}

/// What lifecycles over many restaurants cost, each of them.
struct Many {
    /// How many a second.
    lived: f64,
    /// Seconds of a processor in this process.
    spent_here: f64,
    /// Seconds of a processor in the database.
    spent_there: f64,
    /// Bytes in the database's log.
    log: f64,
    /// Bytes by which the database grew.
    kept: f64,
}

/// Lifecycles over many restaurants, each with a bot that is idle.
async fn many_restaurants(cluster: &Cluster, count: usize) -> anyhow::Result<Many> {
    const CALLERS: usize = 256;
    let database = cluster.database();
    let engine = node(&database.url()).await?;
    let ids = open(&engine, count, CALLERS).await?;
    let orders = 2 * ORDERS.max(count);
    let postmaster = std::fs::read_to_string(cluster.data_folder().join("postmaster.pid"))?;
    let postmaster = postmaster.lines().next().context("it names a process")?.parse()?;
    let number = |sql: &str| anyhow::Ok(cluster.ask_in(database.name(), sql)?.context("it answers")?.parse::<f64>()?);
    let spent = || (host::spent_s(std::process::id()), host::spent_with_children_s(postmaster));
    let written = || number("SELECT (pg_current_wal_lsn() - '0/0')::text");
    let size = || number("SELECT pg_database_size(current_database())::text");
    let (spent_before, log_before, size_before) = (spent(), written()?, size()?);
    let start = Instant::now();
    in_parallel(CALLERS, orders, |n| {
        let (engine, id) = (engine.clone(), ids[n % ids.len()]);
        async move {
            engine.execute(id, Request::new(Restaurant::order(&engine, n), Actor::Open)).await?;
            anyhow::Ok(())
        }
    })
    .await?;
    let active = |id: &RestaurantId| {
        engine.served(*id).is_some_and(|feed| {
            feed.with(|kitchen| kitchen.count(Status::Pending) + kitchen.count(Status::Processing)) > 0
        })
    };
    while ids.iter().any(active) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let lived = rate(orders, start.elapsed());
    let (spent_after, log_after, size_after) = (spent(), written()?, size()?);
    engine.stop().await;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let each = |sum: f64| sum / orders as f64;
    Ok(Many {
        lived,
        spent_here: each(spent_after.0 - spent_before.0),
        spent_there: each(spent_after.1 - spent_before.1),
        log: each(log_after - log_before),
        kept: each(size_after - size_before),
    })
}

async fn open(engine: &Engine, count: usize, callers: usize) -> anyhow::Result<Vec<RestaurantId>> {
    in_parallel(callers, count, |n| {
        let engine = engine.clone();
        async move {
            let feed = engine.open_restaurant(&format!("r{n}"), "Restaurant").await?.context("the slug is free")?;
            let id = feed.restaurant().id;
            let patch = SettingsPatch { cook_ms: Some(0), ..SettingsPatch::default() };
            let bot = Command::AddBot { id: engine.ids().bot(engine.now()), mode: Mode::Auto };
            for command in [Command::ChangeSettings(patch), bot] {
                engine.execute(id, Request::new(command, Actor::Open)).await?;
            }
            Ok(id)
        }
    })
    .await
}

/// Does something so many times, so many at a time.
async fn in_parallel<T: Send + 'static, F: Future<Output = anyhow::Result<T>> + Send + 'static>(
    at_once: usize,
    times: usize,
    mut what: impl FnMut(usize) -> F,
) -> anyhow::Result<Vec<T>> {
    let (mut tasks, mut done) = (tokio::task::JoinSet::new(), Vec::with_capacity(times));
    for n in 0..times {
        if tasks.len() >= at_once
            && let Some(finished) = tasks.join_next().await
        {
            done.push(finished??);
        }
        tasks.spawn(what(n));
    }
    while let Some(finished) = tasks.join_next().await {
        done.push(finished??);
    }
    Ok(done)
}

/// How long it takes from asking at one node until a screen at another knows of it.
async fn across_nodes(args: &Args, cluster: &Cluster, table: &mut Table) -> anyhow::Result<()> {
    let fsync = disk::fsync_micros(args)?;
    let database = cluster.database();
    let (here, there) = (node(&database.url()).await?, node(&database.url()).await?);
    let id = here.restaurant("default").await?.context("the first restaurant exists")?;
    here.feed(id).await?;
    let feed = there.feed(id).await?.context("it can be served")?;
    let mut screen = feed.subscribe(Some(feed.position()));
    let mut ticks = tokio::time::interval(Duration::from_millis(1000 / LOOKS_A_SECOND));
    let (mut committed, mut shown) = (Vec::new(), Vec::new());
    for n in 0..LOOKS {
        ticks.tick().await;
        let command = Restaurant::order(&here, n);
        let Command::PlaceOrder { id: order, .. } = command else { continue };
        let asked = Instant::now();
        let placing = async {
            let placed = here.execute(id, Request::new(command, Actor::Open)).await;
            placed.map(|_| asked.elapsed())
        };
        let seen = async {
            while let Some(Ok(delivery)) = screen.next().await {
                let Delivery::Events(chunk) = delivery else { continue };
                let is_it = |change: &Change| matches!(change, Change::OrderPlaced(placed) if placed.id() == order);
                if chunk.events.iter().any(|event| is_it(&event.change)) {
                    return asked.elapsed();
                }
            }
            Duration::MAX
        };
        let (placed, seen) = tokio::join!(placing, seen);
        let placed = placed?;
        committed.push(placed.as_secs_f64() * 1e6);
        shown.push(seen.saturating_sub(placed).as_secs_f64() * 1e6);
    }
    here.stop().await;
    there.stop().await;
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let beside = format!("one fsync {fsync:.0} µs");
        table.add(
            format!("placed on PostgreSQL, {LOOKS_A_SECOND}/s, {name}"),
            percentile(&mut committed, share),
            "µs",
            &beside,
        );
        table.add(
            format!("  and then shown at another node, {name}"),
            percentile(&mut shown, share),
            "µs",
            "hints every 20 ms at most",
        );
    }
    Ok(())
}
