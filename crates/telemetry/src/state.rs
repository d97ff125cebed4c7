//! What is so at the moment of a scrape: boards, bots, lanes, the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use feedme_engine::{Engine, Health};
use feedme_kitchen::{Kitchen, Status, Time};
use feedme_store::Pool;
use parking_lot::RwLock;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::kitchen::seconds;
use crate::labels::{CLASSES, Name, OfClass, OfConnection, OfPool, OfRestaurant, OfState};
use crate::restaurants::Restaurants;

/// What is so at the moment of a scrape, once there is an engine to be looked at. Several processes that serve one
/// restaurant all tell of the same board.
#[derive(Debug)]
pub(crate) struct State {
    restaurants: Arc<Restaurants>,
    engine: RwLock<Option<Engine>>,
}

/// How one restaurant stands, or all that have no series of their own together.
#[derive(Clone, Debug, Default)]
struct Board {
    waiting: [f64; CLASSES.len()],
    oldest_ms: [u64; CLASSES.len()],
    cooking: f64,
    ready: f64,
    idle_bots: f64,
    busy_bots: f64,
}

impl Board {
    fn add(&mut self, kitchen: &Kitchen, now: Time) {
        for (index, (class, _)) in CLASSES.into_iter().enumerate() {
            self.waiting[index] += count(kitchen.waiting().len(class));
            let head = kitchen.waiting().head(class);
            let oldest_ms = head.map_or(0, |waiting| now.since_ms(waiting.created_at));
            self.oldest_ms[index] = self.oldest_ms[index].max(oldest_ms);
        }
        self.cooking += count(kitchen.count(Status::Processing));
        self.ready += count(kitchen.count(Status::Complete));
        for bot in kitchen.bots() {
            *if bot.current.is_some() { &mut self.busy_bots } else { &mut self.idle_bots } += 1.0;
        }
    }
}

fn count(how_many: usize) -> f64 {
    u32::try_from(how_many).unwrap_or(u32::MAX).into()
}

impl State {
    pub(crate) fn new(restaurants: Arc<Restaurants>) -> Self {
        Self { restaurants, engine: RwLock::default() }
    }

    pub(crate) fn watch(&self, engine: Engine) {
        *self.engine.write() = Some(engine);
    }
}

impl Collector for State {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let Some(engine) = self.engine.read().clone() else { return Ok(()) };
        let now = engine.now();
        let (mut boards, mut served) = (BTreeMap::<Arc<str>, Board>::new(), 0);
        engine.look(|restaurant, kitchen| {
            served += 1;
            boards.entry(self.restaurants.name(restaurant).0).or_default().add(kitchen, now);
        });
        let boards: Vec<_> = boards.into_iter().map(|(name, board)| (Name(name), board)).collect();
        tell_boards(&mut encoder, &boards)?;
        let plain = &mut |name: &str, help: &str, unit: Option<Unit>, value: f64| {
            let encoder = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)?;
            ConstGauge::new(value).encode(encoder)
        };
        plain("restaurants_served", "Restaurants that this process has in memory", None, count(served))?;
        tell_health(&engine.health(), plain)?;
        tell_pools(&mut encoder, &engine.store().pools())
    }
}

fn tell_boards(encoder: &mut DescriptorEncoder<'_>, boards: &[(Name, Board)]) -> std::fmt::Result {
    let by_class = |value: fn(&Board, usize) -> f64| {
        boards.iter().flat_map(move |(restaurant, board)| {
            CLASSES.into_iter().enumerate().map(move |(index, (_, name))| {
                (OfClass { r#type: name, restaurant: restaurant.clone() }, value(board, index))
            })
        })
    };
    let by_restaurant = |value: fn(&Board) -> f64| {
        boards.iter().map(move |(restaurant, board)| (OfRestaurant { restaurant: restaurant.clone() }, value(board)))
    };
    family(encoder, "orders_waiting", "Orders that wait", None, by_class(|board, class| board.waiting[class]))?;
    let oldest = by_class(|board, class| seconds(board.oldest_ms[class]));
    let help = "For how long the order has waited that waits longest; 0 when none waits";
    family(encoder, "oldest_order_waiting", help, Some(&Unit::Seconds), oldest)?;
    family(encoder, "orders_cooking", "Orders that cook", None, by_restaurant(|board| board.cooking))?;
    family(encoder, "orders_ready", "Orders that are ready on the board", None, by_restaurant(|board| board.ready))?;
    let bots = boards.iter().flat_map(|(restaurant, board)| {
        [("idle", board.idle_bots), ("cooking", board.busy_bots)]
            .map(|(state, value)| (OfState { state, restaurant: restaurant.clone() }, value))
    });
    family(encoder, "bots", "Bots, by what they do", None, bots)
}

fn tell_pools(encoder: &mut DescriptorEncoder<'_>, pools: &[Pool]) -> std::fmt::Result {
    let by_purpose =
        |value: fn(&Pool) -> usize| pools.iter().map(move |pool| (OfPool { pool: pool.purpose }, count(value(pool))));
    let open = pools.iter().flat_map(|Pool { purpose: pool, idle, used, .. }| {
        [("idle", *idle), ("used", *used)].map(|(state, value)| (OfConnection { pool, state }, count(value)))
    });
    family(encoder, "database_connections", "Connections to the database", None, open)?;
    let help = "Connections to the database that there may be";
    family(encoder, "database_connections_max", help, None, by_purpose(|pool| pool.max))?;
    let help = "Callers that wait for a connection to the database";
    family(encoder, "database_waiting", help, None, by_purpose(|pool| pool.waiting))
}

/// One gauge for each set of labels. Of none nothing is told.
fn family<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    series: impl IntoIterator<Item = (L, f64)>,
) -> std::fmt::Result {
    let mut series = series.into_iter().peekable();
    if series.peek().is_none() {
        return Ok(());
    }
    let mut encoder = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
    for (labels, value) in series {
        ConstGauge::new(value).encode(encoder.encode_family(&labels)?)?;
    }
    Ok(())
}

type Tell<'a> = dyn FnMut(&str, &str, Option<Unit>, f64) -> std::fmt::Result + 'a;

fn tell_health(health: &Health, tell: &mut Tell<'_>) -> std::fmt::Result {
    let s = || Some(Unit::Seconds);
    tell("lane_queued_commands", "Commands that wait for the lane for which most wait", None, count(health.queued))?;
    tell("lane_queue_size", "Commands that may wait for a lane", None, count(health.queue_max))?;
    let late = seconds(health.scheduler_lag_ms);
    tell("most_overdue_order", "By how much the most overdue order has missed its due time", s(), late)?;
    tell("stuck_orders", "Orders more than 30 s overdue", None, count(health.stuck_orders))?;
    let age = |then: Time| seconds(health.now.since_ms(then));
    tell("confirmed_age", "For how long the database has not confirmed what is shown", s(), age(health.confirmed_at))?;
    tell("swept_age", "Since when this process has not seen a sweep succeed", s(), age(health.swept_at))?;
    let failed = if health.failed.is_some() { 1.0 } else { 0.0 };
    tell("database_failed", "Whether the database has failed for good: 1 as the server ends for it", None, failed)
}
