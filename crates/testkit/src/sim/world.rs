//! One run, from an empty store to the last event.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use feedme_checker::{Ended, Final, History, ScreenLog, Seen};
use feedme_engine::{Failure, TimeSource};
use feedme_kitchen::{Actor, Change, Command, Kitchen, Mode, Policy, Refusal, Settings, SettingsPatch, State, Version};
use feedme_store::{Epoch, RestaurantId, Store};
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::diary::Diary;
use super::node::Node;
use super::time::Machine;
use super::weather::Weather;
use super::{Report, Sightings, chaos, client, record, rival, screen, sightings as seen};
use crate::memory::MemoryStore;

/// Who asks at the same time.
const CLIENTS: u64 = 5;

/// Who watches.
const SCREENS: u64 = 3;

/// Every so many seeds events come in a flood, which takes as long as ten other seeds.
const FLOOD_EVERY: u64 = 25;

/// Every so many seeds processes adopt a restaurant when they are asked for it, not when they start.
const SHARED_EVERY: u64 = 2;

/// In every so many of the seeds, all of which share it, several processes serve at a time.
const SEVERAL_EVERY: u64 = 4;

/// Processes that serve at a time.
const NODES: usize = 3;

/// More events than a feed remembers, and than a screen catches up with.
const FLOOD_EVENTS: usize = 10_100;

/// How long the queue may take to drain when all faults have stopped. A hundred orders at a second each.
const DRAINED_WITHIN: Duration = Duration::from_mins(5);

/// What the parts of a run share.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) store: MemoryStore,
    pub(super) restaurants: Vec<RestaurantId>,
    pub(super) machine: Machine,
    pub(super) weather: Arc<Weather>,
    pub(super) diary: Arc<Diary>,
    pub(super) over: CancellationToken,
    /// Those that live, of as many as there are places for.
    pub(super) nodes: Vec<Mutex<Option<Node>>>,
    /// Whose turn it is to be asked.
    turn: AtomicUsize,
    pub(super) epochs: Mutex<Vec<(RestaurantId, Version, Epoch)>>,
}

impl World {
    fn new(seed: u64) -> Self {
        let store = MemoryStore::default();
        // Others commit to it in any case; this decides whether a process waits to be asked for a restaurant.
        let store = if seed % SHARED_EVERY == 1 { store.shared() } else { store };
        let nodes = if seed % SEVERAL_EVERY == 3 { NODES } else { 1 };
        let mut restaurants = vec![store.open_restaurant("default", "FeedMe")];
        if seed.is_multiple_of(3) {
            restaurants.push(store.open_restaurant("station", "FeedMe at the station"));
        }
        Self {
            seed,
            store,
            restaurants,
            machine: Machine::new(),
            weather: Arc::new(Weather::new(seed)),
            diary: Arc::default(),
            over: CancellationToken::new(),
            nodes: (0..nodes).map(|_| Mutex::default()).collect(),
            turn: AtomicUsize::new(0),
            epochs: Mutex::default(),
        }
    }

    /// Randomness for one part of the run, so that what others draw does not matter to it.
    pub(super) fn rng(&self, part: u64) -> StdRng {
        StdRng::seed_from_u64(self.seed ^ (part << 48))
    }

    /// One that serves now. They take turns, as behind a load balancer.
    pub(super) fn node(&self) -> Option<Node> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        (0..self.nodes.len()).find_map(|place| self.nodes[(turn + place) % self.nodes.len()].lock().clone())
    }

    /// Waits for a process that serves.
    pub(super) async fn some_node(&self) -> Node {
        loop {
            if let Some(node) = self.node() {
                return node;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// How many lanes a process has.
    pub(super) fn lanes(&self) -> usize {
        1 + usize::from(self.seed % 5 == 1)
    }

    pub(super) fn has_floods(&self) -> bool {
        self.seed % FLOOD_EVERY == 7
    }

    /// Floods a restaurant, as if another process had been busy.
    pub(super) async fn flood(&self) {
        let now = self.node().map_or(feedme_kitchen::Time(self.machine.wall_ms()), |node| node.engine.now());
        rival::flood(&self.store, self.restaurants[0], now, FLOOD_EVENTS).await;
    }
}

/// Lives through a seed.
pub(super) async fn live(seed: u64) -> Report {
    let world = Arc::new(World::new(seed));
    for restaurant in world.store.restaurants().await.expect("memory does not fail") {
        world.epochs.lock().push((restaurant.id, Version(0), restaurant.epoch));
    }
    let supervisors: Vec<_> =
        (0..world.nodes.len()).map(|index| tokio::spawn(chaos::keep_alive(Arc::clone(&world), index))).collect();
    let screens: Vec<_> = (0..SCREENS).map(|index| tokio::spawn(screen::watch(Arc::clone(&world), index))).collect();
    let clients: Vec<_> = (0..CLIENTS).map(|index| tokio::spawn(client::ask(Arc::clone(&world), index))).collect();
    let chaos = tokio::spawn(chaos::rage(Arc::clone(&world)));
    for task in clients.into_iter().chain([chaos]) {
        task.await.expect("clients do not panic");
    }

    world.weather.calm();
    // Whatever is still on its way arrives within three seconds.
    sleep(Duration::from_secs(4)).await;
    drain(&world).await;
    // The slowest screen looks again after fifteen seconds.
    sleep(Duration::from_secs(if world.has_floods() { 16 } else { 4 })).await;
    let living: Vec<_> = world.nodes.iter().filter_map(|node| node.lock().clone()).collect();
    settle(&world, &living).await;
    futures::future::join_all(living.iter().map(|node| node.engine.stop())).await;
    supervisors.iter().for_each(tokio::task::JoinHandle::abort);
    world.over.cancel();
    let mut logs = Vec::new();
    for task in screens {
        logs.push(task.await.expect("screens do not panic"));
    }
    report(&world, logs).await
}

/// Waits until every node has heard of the last commit, which may just have been made: from where it ends, nobody
/// follows any more.
async fn settle(world: &World, living: &[Node]) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    while tokio::time::Instant::now() < deadline {
        let stands = world.store.confirm(&world.restaurants).await.expect("memory does not fail").restaurants;
        let knows = |node: &Node| {
            stands.iter().all(|stands| {
                let shown = node.engine.served(stands.restaurant).map(|feed| feed.position());
                shown.is_none_or(|shown| (shown.epoch, shown.version) == (stands.epoch, stands.version))
            })
        };
        if living.iter().all(knows) {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    world.diary.wrong("a node has not heard of the last commit after five seconds".into());
}

/// Faults have stopped: what waits or cooks must be done soon.
async fn drain(world: &World) {
    for restaurant in &world.restaurants {
        let policy = Some(Policy::Strict);
        let patch =
            SettingsPatch { cook_ms: Some(1000), accepting_orders: Some(true), policy, ..SettingsPatch::default() };
        let mut commands = vec![Command::RestoreRestaurant, Command::ChangeSettings(patch)];
        let node = world.some_node().await;
        if let Some(feed) = node.feed(&world.diary, *restaurant).await {
            // Those who cook for pull bots have gone home.
            let pull = feed.with(|kitchen| {
                let pull = kitchen.bots().filter(|bot| bot.mode == Mode::Pull);
                pull.map(|bot| Command::RemoveBot(bot.id)).collect::<Vec<_>>()
            });
            commands.extend(pull);
        }
        for _ in 0..2 {
            commands.push(Command::AddBot { id: node.engine.ids().bot(node.engine.now()), mode: Mode::Auto });
        }
        for command in commands {
            let request = feedme_engine::Request::new(command.clone(), Actor::Open);
            let failed = node.engine.execute(*restaurant, request).await.err();
            if let Some(failure) = failed.filter(|failure| *failure != Failure::Refused(Refusal::UnknownBot)) {
                world.diary.wrong(format!("all faults have stopped, but {command:?} fails: {failure}"));
            }
        }
    }
    let deadline = tokio::time::Instant::now() + DRAINED_WITHIN;
    while tokio::time::Instant::now() < deadline && !is_drained(world).await {
        sleep(Duration::from_millis(500)).await;
    }
}

async fn is_drained(world: &World) -> bool {
    for restaurant in &world.restaurants {
        let loaded = world.store.load(*restaurant).await.ok().flatten();
        if loaded.is_some_and(|loaded| loaded.parts.orders.iter().any(|order| !order.is_final())) {
            return false;
        }
    }
    true
}

async fn report(world: &World, screens: Vec<ScreenLog>) -> Report {
    let (mut history, mut violations) = world.diary.close();
    history.screens = screens;
    for restaurant in &world.restaurants {
        let last = final_state(world, *restaurant).await;
        history.finals.insert(record::restaurant(*restaurant), last);
    }
    note_sightings(&history, &world.diary.sightings);
    violations.extend(history.violations());
    violations.extend(history.unsettled());
    let mut hasher = DefaultHasher::new();
    format!("{:?}", history.calls).hash(&mut hasher);
    format!("{:?}", history.looks).hash(&mut hasher);
    for last in history.finals.values() {
        format!("{:?}", last.rows).hash(&mut hasher);
        last.events.iter().for_each(|event| (event.version, event.at, event.change.name()).hash(&mut hasher));
    }
    for screen in &history.screens {
        screen.frames.iter().for_each(|frame| digest(frame).hash(&mut hasher));
    }
    let mut sightings = Sightings::default();
    sightings.add(&world.diary.sightings);
    Report { seed: world.seed, history, violations, trace: hasher.finish(), sightings }
}

/// What a screen saw, without the contents: those are compared with the database.
fn digest(seen: &Seen) -> (u8, i64, Version, usize) {
    match seen {
        Seen::Connected(at) => (0, at.map_or(0, |at| at.epoch.0), at.map_or(Version(0), |at| at.version), 0),
        Seen::Snapshot(all) => (1, all.epoch.0, all.version, all.orders.len()),
        Seen::Events(epoch, events) => (2, epoch.0, events[0].version, events.len()),
        Seen::Gone => (3, 0, Version(0), 0),
        Seen::Heartbeat(at) => (4, at.epoch.0, at.version, 0),
    }
}

async fn final_state(world: &World, restaurant: RestaurantId) -> Final {
    let store = &world.store;
    let loaded = store.load(restaurant).await.expect("memory does not fail").expect("the restaurant exists");
    let (loaded, contradictions) = Kitchen::load(loaded.parts);
    let events = store.events(restaurant, Version(0), usize::MAX).await.expect("memory does not fail");
    let epochs = world.epochs.lock();
    let epochs = epochs.iter().filter(|(of, _, _)| *of == restaurant);
    let answers = store.answers(restaurant).into_iter().map(|(scope, kept)| (record::key(&scope), kept.body));
    // Every call has an actor of its own.
    let callers = events.iter().filter_map(|event| match event.actor {
        Actor::User(caller) => Some((event.version, caller)),
        _ => None,
    });
    Final {
        first: Kitchen::new(Settings::default()).opened_as(&store.opened_as(restaurant)),
        callers: callers.collect(),
        events,
        loaded: Some(loaded),
        contradictions,
        rows: store.rows(restaurant),
        answers: Some(answers.collect()),
        epochs: epochs.map(|(_, at, id)| (*at, record::epoch(*id))).collect(),
        log: None,
    }
}

/// What can be seen only in the end.
fn note_sightings(history: &History, sightings: &Sightings) {
    let events = || history.finals.values().flat_map(|last| &last.events);
    for event in events() {
        if matches!(event.change, Change::RestaurantArchived) {
            sightings.note(seen::A_RESTAURANT_WAS_ARCHIVED);
        }
        if let (Change::OrderCompleted(order), Actor::Timer) = (&event.change, event.actor)
            && let State::Complete { work, completed_at, .. } = order.state
            && work.due_at.is_some_and(|due_at| completed_at.since_ms(due_at) > 1000)
        {
            sightings.note(seen::THE_SWEEP_COMPLETED);
        }
    }
    let happened: std::collections::HashSet<_> =
        history.finals.values().flat_map(|last| last.callers.values()).collect();
    for call in &history.calls {
        match (&call.outcome, happened.contains(&call.caller)) {
            (Ended::Unknown, true) => sightings.note(seen::UNKNOWN_AND_IT_HAPPENED),
            (Ended::Unknown, false) => sightings.note(seen::UNKNOWN_AND_IT_DID_NOT),
            (Ended::Replayed(_), _) => sightings.note(seen::A_KEY_WAS_REPLAYED),
            _ => {}
        }
    }
}

/// A moment between two others, in milliseconds.
pub(super) async fn pause(rng: &mut StdRng, ms: Range) {
    sleep(Duration::from_millis(rng.random_range(ms))).await;
}

type Range = std::ops::Range<u64>;
