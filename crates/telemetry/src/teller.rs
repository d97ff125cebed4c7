//! Tells of every state change, away from where it happens: a line in the log, and spans where traces are wanted.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::SystemTime;

use feedme_engine::{BatchNumber, Commit, Committed, Observer};
use feedme_kitchen::{Actor, BotId, Change, Event, Order, OrderId, OrderType};
use feedme_store::RestaurantId;
use parking_lot::{Mutex, RwLock};
use tracing::Level;

use crate::traces::{Landed, Traces};

/// Commits that wait to be told of. Beyond them they are not, and counted: a kitchen waits for no log.
const WAITING_MAX: usize = 16_384;

/// What a state change is logged as: `info,feedme::kitchen=warn` leaves state changes out.
pub const TARGET: &str = "feedme::kitchen";

/// What is to be told.
enum Told {
    /// A batch was tried.
    Batch(Landed),
    /// Events of a restaurant are durable.
    Changes(Changes),
    /// The server stops.
    End,
}

/// Events of a restaurant that are durable.
struct Changes {
    batch: BatchNumber,
    restaurant: RestaurantId,
    slug: Arc<str>,
    durable_at: SystemTime,
    events: Vec<Arc<Event>>,
    /// Orders as they were before the first of the events, if spans are made of them.
    before: HashMap<OrderId, Arc<Order>>,
}

/// Tells of every state change. Clones share it.
#[derive(Clone, Debug)]
pub struct Teller(Arc<Inner>);

struct Inner {
    told: SyncSender<Told>,
    slugs: RwLock<HashMap<RestaurantId, Arc<str>>>,
    traces: Option<Traces>,
    lost: AtomicU64,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teller").field("lost", &self.lost).finish_non_exhaustive()
    }
}

impl Teller {
    /// Tells in the log, and in these traces if there are any.
    #[must_use]
    pub fn start(traces: Option<Traces>) -> Self {
        let (told, waiting) = sync_channel(WAITING_MAX);
        let telling = traces.clone();
        let thread =
            std::thread::Builder::new().name("teller".into()).spawn(move || tell_all(&waiting, telling.as_ref()));
        let thread = Mutex::new(thread.map_err(|error| tracing::error!(%error, "state changes are not logged")).ok());
        Self(Arc::new(Inner { told, slugs: RwLock::default(), traces, lost: AtomicU64::new(0), thread }))
    }

    /// Who is to watch the engine.
    pub fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.0) as _
    }

    /// Commits that were not told of because too many came at once.
    pub(crate) fn lost(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed)
    }

    /// Tells what still waits, and no more.
    pub fn end(&self) {
        if let Some(thread) = self.0.thread.lock().take() {
            let _ = self.0.told.send(Told::End);
            let _ = thread.join();
        }
        if let Some(traces) = &self.0.traces {
            traces.end();
        }
    }
}

impl Inner {
    fn tell(&self, told: Told) {
        if self.told.try_send(told).is_err() && self.lost.fetch_add(1, Ordering::Relaxed).is_power_of_two() {
            tracing::warn!("changes come faster than they can be logged: some are missing in the log and in traces");
        }
    }

    /// The orders that the events change, as they were before. None where no spans are made.
    fn before(&self, committed: &Committed<'_>) -> HashMap<OrderId, Arc<Order>> {
        let mut before = HashMap::new();
        let mut keep = |id: OrderId| {
            if let Some(order) = committed.before.order(id) {
                before.insert(id, Arc::clone(order));
            }
        };
        if self.traces.is_some() {
            for event in committed.events {
                match &event.change {
                    Change::OrdersCleared { cancelled, .. } => cancelled.iter().for_each(|id| keep(*id)),
                    change => drop(change.order().map(|order| keep(order.id()))),
                }
            }
        }
        before
    }
}

impl Observer for Inner {
    fn serves(&self, restaurant: RestaurantId, slug: &str) {
        self.slugs.write().insert(restaurant, slug.into());
    }

    fn let_go(&self, restaurant: RestaurantId) {
        self.slugs.write().remove(&restaurant);
    }

    fn commit(&self, commit: &Commit<'_>) {
        if self.traces.is_some() {
            let (ended_at, restaurants) = (SystemTime::now(), commit.outcomes.len());
            let Commit { batch, deciding, took, commands, .. } = *commit;
            let won = commit.outcomes.iter().filter(|(_, outcome)| *outcome == feedme_engine::Outcome::Won).count();
            self.tell(Told::Batch(Landed { batch, ended_at, deciding, took, commands, restaurants, won }));
        }
    }

    fn committed(&self, committed: &Committed<'_>) {
        if self.traces.is_none() && !tracing::enabled!(target: TARGET, Level::INFO) {
            return;
        }
        let slug = self.slugs.read().get(&committed.restaurant).cloned().unwrap_or_default();
        self.tell(Told::Changes(Changes {
            batch: committed.batch,
            restaurant: committed.restaurant,
            slug,
            durable_at: SystemTime::now(),
            events: committed.events.to_vec(),
            before: self.before(committed),
        }));
    }

    fn stale_completion(&self, restaurant: RestaurantId, order: OrderId, bot: BotId) {
        let slug = self.slugs.read().get(&restaurant).cloned().unwrap_or_default();
        tracing::info!(
            target: TARGET,
            restaurant = %slug,
            order = %order.0,
            bot = %bot.0,
            trace_id = %order.0.simple(),
            "completion.stale"
        );
    }
}

fn tell_all(waiting: &Receiver<Told>, traces: Option<&Traces>) {
    while let Ok(told) = waiting.recv() {
        match told {
            Told::Batch(landed) => drop(traces.map(|traces| traces.batch(&landed))),
            Told::Changes(mut changes) => {
                for event in &changes.events {
                    log(&changes, event);
                }
                if let Some(traces) = traces {
                    for event in &changes.events {
                        let told = (changes.restaurant, &*changes.slug, changes.batch, changes.durable_at);
                        traces.change(told, event, &mut changes.before);
                    }
                }
            }
            Told::End => return,
        }
    }
}

/// A line for each state change, and for each order that went with the board.
fn log(changes: &Changes, event: &Event) {
    match &event.change {
        Change::OrdersCleared { cancelled, archived } => {
            line(changes, event, "orders.cleared", Subject::default());
            for (ids, name) in [(cancelled, "order.cancelled"), (archived, "order.archived")] {
                for id in ids {
                    line(changes, event, name, Subject { order: Some(*id), ..Subject::default() });
                }
            }
        }
        change => line(changes, event, change.name(), Subject::of(change)),
    }
}

/// What a state change is about.
#[derive(Clone, Copy, Default)]
struct Subject {
    order: Option<OrderId>,
    number: Option<u64>,
    order_type: Option<OrderType>,
    bot: Option<BotId>,
}

impl Subject {
    fn of(change: &Change) -> Self {
        match change {
            Change::BotAdded(bot) | Change::BotIdle(bot) | Change::BotRemoved(bot) => {
                Self { bot: Some(bot.id), ..Self::default() }
            }
            change => change.order().map_or_else(Self::default, |order| Self {
                order: Some(order.id()),
                number: Some(order.number().0),
                order_type: Some(order.ticket.order_type),
                bot: bot_of(order),
            }),
        }
    }
}

/// Who cooks an order, or cooked it.
pub(crate) fn bot_of(order: &Order) -> Option<BotId> {
    match order.state {
        feedme_kitchen::State::Processing(work) | feedme_kitchen::State::Complete { work, .. } => work.bot,
        _ => None,
    }
}

/// Who caused an event, as lines and spans name it.
pub(crate) fn actor(actor: Actor) -> &'static str {
    match actor {
        Actor::Open => "open",
        Actor::User(_) => "user",
        Actor::Key(_) => "key",
        Actor::Timer => "timer",
        Actor::Kitchen => "kitchen",
        Actor::Operator => "operator",
    }
}

/// A class, as lines and spans name it.
pub(crate) fn class(order_type: OrderType) -> &'static str {
    match order_type {
        OrderType::Normal => "NORMAL",
        OrderType::Vip => "VIP",
    }
}

fn line(changes: &Changes, event: &Event, name: &str, subject: Subject) {
    let Subject { order, number, order_type, bot } = subject;
    tracing::info!(
        target: TARGET,
        restaurant = %changes.slug,
        version = event.version.0,
        order = order.map(|order| tracing::field::display(order.0)),
        number,
        r#type = order_type.map(class),
        bot = bot.map(|bot| tracing::field::display(bot.0)),
        actor = actor(event.actor),
        trace_id = order.map(|order| tracing::field::display(order.0.simple())),
        "{name}"
    );
}
