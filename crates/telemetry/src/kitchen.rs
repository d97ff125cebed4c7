//! What the engine does, counted: by the process that did it, so that the sum over all processes is the truth.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use feedme_engine::{Adopted, Commit, Committed, Observer, Outcome, Sweep};
use feedme_kitchen::{Actor, BotId, Change, Event, Order, OrderId, State, Time};
use feedme_store::RestaurantId;
use parking_lot::RwLock;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::labels::{CLASSES, OfClass, OfEvent, OfOutcome, OfRestaurant, class};
use crate::restaurants::Restaurants;

/// Seconds for which an order waits or is made: from what an idle bot takes at once to a bad evening.
const ORDER_SECONDS: [f64; 13] = [0.1, 1.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];

/// Seconds of a commit or a look at the database.
pub(crate) const DATABASE_SECONDS: [f64; 12] =
    [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Seconds by which a completion is late.
const LAG_SECONDS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// What happens to an order, in the order of [`STEPS`].
#[derive(Clone, Copy, Debug)]
enum Step {
    Placed,
    Started,
    Completed,
    Returned,
    Cancelled,
    Collected,
    Deleted,
    Restored,
    Archived,
}

/// What happens to orders, by the names that series give it.
const STEPS: [(Step, &str); 9] = [
    (Step::Placed, "placed"),
    (Step::Started, "started"),
    (Step::Completed, "completed"),
    (Step::Returned, "returned"),
    (Step::Cancelled, "cancelled"),
    (Step::Collected, "collected"),
    (Step::Deleted, "deleted"),
    (Step::Restored, "restored"),
    (Step::Archived, "archived"),
];

type OfSeconds = Family<OfClass, Histogram, fn() -> Histogram>;

fn order_seconds() -> Histogram {
    Histogram::new(ORDER_SECONDS)
}

/// What the engine does.
#[derive(Debug)]
pub(crate) struct Kitchens {
    restaurants: Arc<Restaurants>,
    /// Of each restaurant its series, so that none is looked for when something happens.
    known: RwLock<HashMap<RestaurantId, Arc<Series>>>,
    events: Family<OfEvent, Counter>,
    waiting: OfSeconds,
    ready: OfSeconds,
    cooking: Family<OfRestaurant, Counter<f64, AtomicU64>>,
    timer_lag: Histogram,
    stale: Counter,
    commits: Family<OfOutcome, Counter>,
    commit_seconds: Histogram,
    commit_commands: Histogram,
    retries: Counter,
    sweep_seconds: Histogram,
    sweeps_failed: Counter,
    overdue: Counter,
    lease: Gauge<f64, AtomicU64>,
    adopted: Counter,
    contradictions: Counter,
    adoption_seconds: Histogram,
}

/// The series of one restaurant, or of all that have none of their own.
#[derive(Debug)]
struct Series {
    events: [[Counter; CLASSES.len()]; STEPS.len()],
    waiting: [Histogram; CLASSES.len()],
    ready: [Histogram; CLASSES.len()],
    cooking: Counter<f64, AtomicU64>,
}

/// Milliseconds of kitchen time as seconds.
pub(crate) fn seconds(ms: u64) -> f64 {
    std::time::Duration::from_millis(ms).as_secs_f64()
}

impl Kitchens {
    pub(crate) fn new(restaurants: Arc<Restaurants>) -> Self {
        Self {
            restaurants,
            known: RwLock::default(),
            events: Family::default(),
            waiting: Family::new_with_constructor(order_seconds),
            ready: Family::new_with_constructor(order_seconds),
            cooking: Family::default(),
            timer_lag: Histogram::new(LAG_SECONDS),
            stale: Counter::default(),
            commits: Family::default(),
            commit_seconds: Histogram::new(DATABASE_SECONDS),
            commit_commands: Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0]),
            retries: Counter::default(),
            sweep_seconds: Histogram::new(DATABASE_SECONDS),
            sweeps_failed: Counter::default(),
            overdue: Counter::default(),
            lease: Gauge::default(),
            adopted: Counter::default(),
            contradictions: Counter::default(),
            adoption_seconds: Histogram::new(DATABASE_SECONDS),
        }
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        let s = || Unit::Seconds;
        registry.register("order_events", "What happened to orders, by the process that did it", self.events.clone());
        registry.register_with_unit(
            "order_waiting",
            "From when an order was placed to each start of its cooking",
            s(),
            self.waiting.clone(),
        );
        registry.register_with_unit(
            "order_ready",
            "From when an order was placed to when it was ready",
            s(),
            self.ready.clone(),
        );
        registry.register_with_unit(
            "bot_cooking",
            "Time that bots have spent on orders, counted when they end",
            s(),
            self.cooking.clone(),
        );
        registry.register_with_unit(
            "timer_lag",
            "From when an automatic bot's order was due to its completion",
            s(),
            self.timer_lag.clone(),
        );
        registry.register(
            "stale_completions",
            "Completions that changed nothing because whoever asked no longer held the order",
            self.stale.clone(),
        );
        registry.register(
            "commits",
            "Parts of commits, one for each restaurant in them, by what became of them",
            self.commits.clone(),
        );
        registry.register_with_unit(
            "commit_duration",
            "From handing a batch to the database to knowing its outcome",
            s(),
            self.commit_seconds.clone(),
        );
        registry.register("commit_batch_commands", "Commands committed at once", self.commit_commands.clone());
        registry.register(
            "commit_retries",
            "Commits tried again because their outcome was unknown",
            self.retries.clone(),
        );
        registry.register_with_unit(
            "sweep_duration",
            "How long a look for overdue orders took, where this process did it",
            s(),
            self.sweep_seconds.clone(),
        );
        registry.register("sweep_failures", "Looks for overdue orders that failed", self.sweeps_failed.clone());
        registry.register("overdue_orders", "Overdue orders that sweeps found and had completed", self.overdue.clone());
        registry.register_with_unit(
            "sweep_lease_renewed_timestamp",
            "When this process last held the lease of the sweep; 0 if it never did",
            s(),
            self.lease.clone(),
        );
        registry.register("recoveries", "Restaurants that were loaded and recovered", self.adopted.clone());
        registry.register(
            "recovered_contradictions",
            "Contradictions between bots and orders that a recovery put right",
            self.contradictions.clone(),
        );
        registry.register_with_unit(
            "recovery_duration",
            "How long it took to load and recover a restaurant",
            s(),
            self.adoption_seconds.clone(),
        );
    }

    fn series(&self, restaurant: RestaurantId) -> Arc<Series> {
        if let Some(known) = self.known.read().get(&restaurant) {
            return Arc::clone(known);
        }
        let series = Arc::new(self.make(restaurant));
        Arc::clone(self.known.write().entry(restaurant).or_insert(series))
    }

    fn make(&self, restaurant: RestaurantId) -> Series {
        let name = self.restaurants.name(restaurant);
        let events = STEPS.map(|(_, event)| {
            CLASSES.map(|(_, r#type)| {
                self.events.get_or_create_owned(&OfEvent { event, r#type, restaurant: name.clone() })
            })
        });
        let classes = CLASSES.map(|(_, r#type)| OfClass { r#type, restaurant: name.clone() });
        Series {
            events,
            waiting: classes.each_ref().map(|of| self.waiting.get_or_create_owned(of)),
            ready: classes.each_ref().map(|of| self.ready.get_or_create_owned(of)),
            cooking: self.cooking.get_or_create_owned(&OfRestaurant { restaurant: name }),
        }
    }

    fn count(series: &Series, step: Step, order: &Order) {
        series.events[step as usize][class(order.ticket.order_type)].inc();
    }

    /// Counts what became of the time that a bot has spent on an order.
    fn count_work(series: &Series, before: Option<&Arc<Order>>, until: Time) {
        if let Some(work) = before.and_then(|order| order.work()) {
            series.cooking.inc_by(seconds(until.since_ms(work.started_at)));
        }
    }

    fn count_event(&self, series: &Series, committed: &Committed<'_>, index: usize, event: &Event) {
        let before = |order: OrderId| committed.order_before(index, order);
        match &event.change {
            Change::OrderPlaced(order) => Self::count(series, Step::Placed, order),
            Change::OrderStarted(order) => {
                Self::count(series, Step::Started, order);
                if let Some(work) = order.work() {
                    let waited_ms = work.started_at.since_ms(order.ticket.created_at);
                    series.waiting[class(order.ticket.order_type)].observe(seconds(waited_ms));
                }
            }
            Change::OrderCompleted(order) => {
                Self::count(series, Step::Completed, order);
                let State::Complete { work, completed_at, .. } = order.state else { return };
                let made_ms = completed_at.since_ms(order.ticket.created_at);
                series.ready[class(order.ticket.order_type)].observe(seconds(made_ms));
                series.cooking.inc_by(seconds(completed_at.since_ms(work.started_at)));
                if let (Actor::Timer, Some(due_at)) = (event.actor, work.due_at) {
                    self.timer_lag.observe(seconds(completed_at.since_ms(due_at)));
                }
            }
            Change::OrderReturned(order) => {
                Self::count(series, Step::Returned, order);
                Self::count_work(series, before(order.id()), event.at);
            }
            Change::OrderCancelled(order) => {
                Self::count(series, Step::Cancelled, order);
                Self::count_work(series, before(order.id()), event.at);
            }
            Change::OrderCollected(order) => Self::count(series, Step::Collected, order),
            Change::OrderDeleted(order) => Self::count(series, Step::Deleted, order),
            Change::OrderRestored(order) => Self::count(series, Step::Restored, order),
            Change::OrderArchived(order) => Self::count(series, Step::Archived, order),
            Change::OrdersCleared { cancelled, archived } => {
                for order in cancelled.iter().filter_map(|id| before(*id)) {
                    Self::count(series, Step::Cancelled, order);
                    Self::count_work(series, Some(order), event.at);
                }
                for order in archived.iter().filter_map(|id| before(*id)) {
                    Self::count(series, Step::Archived, order);
                }
            }
            Change::BotAdded(_)
            | Change::BotIdle(_)
            | Change::BotRemoved(_)
            | Change::SettingsChanged(_)
            | Change::RestaurantRenamed(_)
            | Change::RestaurantArchived
            | Change::RestaurantRestored
            | Change::NumbersSkipped { .. } => {}
        }
    }
}

impl Observer for Kitchens {
    fn serves(&self, restaurant: RestaurantId, slug: &str) {
        self.restaurants.serve(restaurant, slug);
        self.series(restaurant);
    }

    fn adopted(&self, restaurant: &Adopted) {
        self.adopted.inc();
        self.contradictions.inc_by(restaurant.contradictions as u64);
        self.adoption_seconds.observe(restaurant.took.as_secs_f64());
    }

    fn let_go(&self, restaurant: RestaurantId) {
        self.known.write().remove(&restaurant);
    }

    fn commit(&self, commit: &Commit<'_>) {
        self.commit_seconds.observe(commit.took.as_secs_f64());
        self.commit_commands.observe(u32::try_from(commit.commands).unwrap_or(u32::MAX).into());
        for (_, outcome) in commit.outcomes {
            let outcome = match outcome {
                Outcome::Won => "won",
                Outcome::Conflict => "conflict",
                Outcome::Violated => "violated",
                Outcome::Failed => "failed",
            };
            self.commits.get_or_create(&OfOutcome { outcome }).inc();
        }
    }

    fn committed(&self, committed: &Committed<'_>) {
        let series = self.series(committed.restaurant);
        for (index, event) in committed.events.iter().enumerate() {
            self.count_event(&series, committed, index, event);
        }
    }

    fn retried(&self) {
        self.retries.inc();
    }

    fn stale_completion(&self, _: RestaurantId, _: OrderId, _: BotId) {
        self.stale.inc();
    }

    fn swept(&self, sweep: &Sweep) {
        self.sweep_seconds.observe(sweep.took.as_secs_f64());
        match sweep.overdue {
            Some(found) => drop(self.overdue.inc_by(found as u64)),
            None => drop(self.sweeps_failed.inc()),
        }
    }

    fn holds_sweep(&self, at: Time) {
        self.lease.set(seconds(at.since_ms(Time(0))));
    }
}
