//! How long the history checker takes for a history, and for one ten times as long.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use feedme_checker::{Board, Call, Ended, Epoch, Final, History, Key, Look, Lookup, Moment, Position, Restaurant};
use feedme_checker::{ScreenLog, Seen};
use feedme_kitchen::{
    Actor, BotId, Command, Context, Kitchen, Log, Mode, OrderId, OrderType, Outcome, Settings, Time, UserId,
};
use uuid::Uuid;

use crate::Args;
use crate::table::Table;

/// Restaurants, each with two screens.
const RESTAURANTS: u64 = 30;

/// Orders in each, for the shorter history.
const ORDERS: u64 = 200;

/// Bots in each.
const BOTS: u64 = 4;

const EPOCH: Epoch = Epoch(1);

pub(crate) fn measure(args: &Args, table: &mut Table) {
    let mut before = None;
    for orders in [ORDERS, 10 * ORDERS] {
        let history = lived(orders);
        let mut took: Vec<_> = (0..args.repeat)
            .map(|_| {
                let started = Instant::now();
                let found = [history.violations(), history.unsettled()].concat();
                assert!(black_box(&found).is_empty(), "the checker finds {found:#?}");
                started.elapsed().as_secs_f64()
            })
            .collect();
        took.sort_by(f64::total_cmp);
        let (median, size) = (took[took.len() / 2], history.size());
        #[expect(clippy::cast_precision_loss, reason = "a history has fewer than 2^52 entries")]
        let each = median * 1e6 / size as f64;
        let beside = before
            .map_or(String::new(), |before| format!("{:.2} of the time for each in a tenth of it", each / before));
        before = Some(each);
        table.add(format!("judging a history of {size} calls, reads and frames, for each"), each, "µs", beside);
        table.add(format!("judging a history of {size} calls, reads and frames"), median * 1000.0, "ms", "");
    }
}

/// A history in which nothing went wrong: what was told, shown and stored.
fn lived(orders: u64) -> History {
    let mut history = History::default();
    for restaurant in 0..RESTAURANTS {
        Life::new(restaurant).live(orders, &mut history);
    }
    history
}

/// One restaurant.
struct Life {
    name: Restaurant,
    seed: u64,
    kitchen: Kitchen,
    log: Log,
    now: Time,
    moment: u64,
    callers: HashMap<feedme_kitchen::Version, UserId>,
}

impl Life {
    fn new(seed: u64) -> Self {
        let kitchen = Kitchen::new(Settings { cook_ms: 10, ..Settings::default() });
        let name = Restaurant(format!("restaurant-{seed}").into());
        Self { name, seed, kitchen, log: Log::default(), now: Time(0), moment: 0, callers: HashMap::new() }
    }

    fn id(&mut self) -> Uuid {
        self.moment += 1;
        Uuid::from_u64_pair(self.seed + 1, self.moment)
    }

    fn moment(&mut self) -> Moment {
        self.moment += 1;
        Moment(self.moment)
    }

    fn ask(&mut self, command: Command, actor: Actor) -> Outcome {
        let context = Context { at: self.now, actor, stored: None };
        self.kitchen.execute(command, context, &mut self.log).expect("nothing refuses this")
    }

    /// A call of somebody, as it is written down.
    fn call(&mut self, command: Command, history: &mut History) -> Outcome {
        let (start, caller) = (self.moment(), UserId(self.id()));
        let before = self.log.events.len();
        let outcome = self.ask(command.clone(), Actor::User(caller));
        self.callers.extend(self.log.events[before..].iter().map(|event| (event.version, caller)));
        let (restaurant, end) = (self.name.clone(), self.moment());
        let key = Some(Key(format!("key-{}", end.0).into()));
        let told = Ended::Ok { outcome: outcome.clone(), version: Some(self.kitchen.version()), body: None };
        history.calls.push(Call { restaurant, command, caller, key, start, end, outcome: told });
        outcome
    }

    fn live(mut self, orders: u64, history: &mut History) {
        let first = self.kitchen.clone();
        let snapshot = self.board();
        for _ in 0..BOTS {
            let id = BotId(self.id());
            self.call(Command::AddBot { id, mode: Mode::Auto }, history);
        }
        for n in 0..orders {
            self.now = self.now.plus_ms(3);
            self.complete_due();
            let order_type = if n.is_multiple_of(5) { OrderType::Vip } else { OrderType::Normal };
            let (id, note) = (OrderId(self.id()), Some(format!("note {n}")));
            let place = Command::PlaceOrder { id, order_type, user: None, note, lines: Vec::new(), external_ref: None };
            let Outcome::Order(order) = self.call(place, history) else { unreachable!("placing answers the order") };
            let (restaurant, start) = (self.name.clone(), self.moment());
            let (end, version) = (self.moment(), self.kitchen.version());
            match n % 8 {
                0 => history.looks.push(Look { restaurant, start, end, version, board: None }),
                1 => history.lookups.push(Lookup { restaurant, start, end, order: id, found: Some(order) }),
                _ => {}
            }
        }
        while self.kitchen.cooking().next().is_some() {
            self.now = self.now.plus_ms(3);
            self.complete_due();
        }
        let screen = || {
            let events = self.log.events.iter().map(|event| Seen::Events(EPOCH, vec![Arc::clone(event)]));
            let at = Position { epoch: EPOCH, version: self.kitchen.version() };
            let begin = [Seen::Connected(None), Seen::Snapshot(Arc::clone(&snapshot))];
            let frames = begin.into_iter().chain(events).chain([Seen::Heartbeat(at), Seen::Gone]).collect();
            ScreenLog { restaurant: self.name.clone(), frames }
        };
        history.screens.extend([screen(), screen()]);
        let last = Final {
            first,
            callers: self.callers,
            loaded: Some(self.kitchen),
            contradictions: Vec::new(),
            rows: self.log.rows.orders.into_values().collect(),
            events: self.log.events,
            answers: None,
            epochs: vec![(feedme_kitchen::Version(0), EPOCH)],
            log: None,
        };
        history.finals.insert(self.name, last);
    }

    fn complete_due(&mut self) {
        let due: Vec<_> = self.kitchen.cooking().filter_map(|order| Some((order.id(), order.work()?))).collect();
        for (order, work) in due {
            let bot = work.bot.expect("what cooks has a bot");
            if work.due_at.is_some_and(|due_at| due_at <= self.now) {
                self.ask(Command::CompleteDue { order, bot, claim: Some(work.claim) }, Actor::Timer);
            }
        }
        if self.kitchen.archive_due(self.now) {
            self.ask(Command::ArchiveOrders, Actor::Kitchen);
        }
    }

    fn board(&self) -> Arc<Board> {
        Arc::new(Board {
            epoch: EPOCH,
            version: self.kitchen.version(),
            orders: Vec::new(),
            bots: Vec::new(),
            settings: self.kitchen.settings(),
            profile: self.kitchen.profile().clone(),
        })
    }
}
