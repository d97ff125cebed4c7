//! How what was written down becomes a history.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use feedme_kitchen::{
    Change, Command, Counters, Event, Kitchen, Order, OrderId, OrderNumber, Outcome, Parts, State, Time, Turn, UserId,
    Version,
};
use uuid::Uuid;

use super::event::Shown;
use super::request::What;
use super::screen::Frame;
use super::{Answer, Callers, Noted, Place, Written, callers};
use crate::{Board, Call, Ended, Final, History, Restaurant, ScreenLog, Seen};

/// The history that was written down.
pub(super) fn history(written: Written, callers: Callers) -> History {
    let Written { asked, mut places, screens, troubles, wrong } = written;
    let mut history = History { troubles, wrong, ..History::default() };
    let mut calls = BTreeMap::<Restaurant, Vec<(Call, Option<OrderId>)>>::new();
    for (index, noted) in asked.into_iter().enumerate() {
        if !noted.add_read(&mut history) {
            let restaurant = noted.asked.restaurant.clone();
            calls.entry(restaurant).or_default().extend(call(index, noted));
        }
    }
    let mut boards = BTreeMap::<Restaurant, Boards>::new();
    for (restaurant, frames) in &screens {
        for frame in frames {
            let Frame::Snapshot(board) = frame else { continue };
            boards.entry(restaurant.clone()).or_insert_with(|| Boards::new(board)).begins(board);
        }
    }
    for look in &history.looks {
        let Some(board) = &look.board else { continue };
        // What was read before the first screen followed is older than all that can be followed.
        boards.entry(look.restaurant.clone()).or_insert_with(|| Boards::new(board)).reaches(board.version);
    }
    let mut events = BTreeMap::new();
    for (restaurant, Boards { oldest, newest }) in boards {
        let place = places.remove(&restaurant).unwrap_or_default();
        let mut wrong = Vec::new();
        let shown = resolve(&oldest, &place);
        let mut last = final_of(&oldest, newest, &shown, place, &mut wrong);
        let calls = calls.entry(restaurant.clone()).or_default();
        last.callers = callers::find(calls, &last.events, callers, &mut wrong);
        name_orders(calls, &last);
        history.wrong.extend(wrong.into_iter().map(|what| format!("restaurant {restaurant}: {what}")));
        history.finals.insert(restaurant.clone(), last);
        events.insert(restaurant, shown);
    }
    history.calls = calls.into_values().flatten().map(|(call, _)| call).collect();
    history.screens = screens.into_iter().map(|(restaurant, frames)| log(restaurant, frames, &events)).collect();
    history
}

/// The oldest board from which somebody followed, and the newest version that was shown.
struct Boards {
    oldest: Arc<Board>,
    newest: Version,
}

impl Boards {
    fn new(board: &Arc<Board>) -> Self {
        Self { oldest: Arc::clone(board), newest: board.version }
    }

    fn begins(&mut self, board: &Arc<Board>) {
        if board.version < self.oldest.version {
            self.oldest = Arc::clone(board);
        }
        self.reaches(board.version);
    }

    fn reaches(&mut self, version: Version) {
        self.newest = self.newest.max(version);
    }
}

/// What was asked, as a call of its own; nothing if it was a read.
fn call(index: usize, noted: Noted) -> Option<(Call, Option<OrderId>)> {
    let What::Command(command, _) = noted.asked.what else { return None };
    let (outcome, replayed) = match noted.answer {
        Answer::Ended(ended) => (ended, None),
        Answer::Replayed(body, order) => (Ended::Replayed(body), order),
        Answer::Board(_) | Answer::Order(_) | Answer::Page(_) | Answer::Nothing => (Ended::Unknown, None),
    };
    let caller = UserId(Uuid::from_u128(index as u128 + 1));
    let (restaurant, key, start, end) = (noted.asked.restaurant, noted.key, noted.start, noted.end);
    let mut call = Call { restaurant, command, caller, key, start, end, outcome };
    if let (Command::AddBot { id, .. }, Ended::Ok { outcome: Outcome::Bot(bot), .. }) =
        (&mut call.command, &call.outcome)
    {
        *id = bot.id;
    }
    Some((call, replayed))
}

/// Every way in which each event was shown.
type Events = HashMap<u64, Vec<Arc<Event>>>;

/// Adds to each event what no stream carries: when its order left the board, and when it was deleted.
fn resolve(oldest: &Board, place: &Place) -> Events {
    let mut versions: Vec<_> = place.events.keys().copied().collect();
    versions.sort_unstable();
    let mut left = HashMap::<OrderId, Time>::new();
    let mut events = Events::new();
    for version in versions {
        let shown = &place.events[&version];
        let whole: Vec<_> = shown.iter().map(|(_, shown)| Arc::new(complete(shown, &left))).collect();
        match &whole[0].change {
            Change::OrdersCleared { archived, .. } => left.extend(archived.iter().map(|id| (*id, whole[0].at))),
            change => {
                let order = change.order().filter(|_| version > oldest.version.0);
                left.extend(order.and_then(|order| Some((order.id(), order.archived_at?))));
            }
        }
        events.insert(version, whole);
    }
    events
}

fn complete(Shown { event, on_board }: &Shown, left: &HashMap<OrderId, Time>) -> Event {
    let at = event.at;
    let with = |order: &Order, deleted: bool| {
        let is_off = *on_board == Some(false) && !deleted && matches!(order.state, State::Complete { .. });
        // Whoever came after it had left the board knows only that it had.
        let archived_at = left.get(&order.id()).copied().or(is_off.then_some(at));
        Arc::new(Order { archived_at, deleted_at: deleted.then_some(at), ..order.clone() })
    };
    let change = match &event.change {
        Change::OrderDeleted(order) => Change::OrderDeleted(with(order, true)),
        Change::OrderArchived(order) => Change::OrderArchived(with(order, false)),
        Change::OrderCollected(order) => Change::OrderCollected(with(order, false)),
        Change::OrderRestored(order) => Change::OrderRestored(with(order, false)),
        other => other.clone(),
    };
    Event { change, ..event.clone() }
}

/// What the database holds, as far as it was shown.
fn final_of(oldest: &Board, newest: Version, shown: &Events, place: Place, wrong: &mut Vec<String>) -> Final {
    let mut events = Vec::new();
    let mut next = oldest.version.next();
    while let Some(event) = shown.get(&next.0).and_then(|ways| ways.first()) {
        events.push(Arc::clone(event));
        next = next.next();
    }
    if next.0 <= newest.0 {
        wrong.push(format!("no screen saw event {next}, and version {newest} was shown"));
    }
    let first = begin(oldest, &events);
    let mut touched: HashMap<_, _> = oldest.orders.iter().map(|order| (order.id(), Arc::clone(order))).collect();
    for event in &events {
        match &event.change {
            Change::OrdersCleared { cancelled, archived } => {
                move_all(&mut touched, cancelled, |order| order.cancelled(event.at));
                move_all(&mut touched, archived, |order| order.archived(event.at));
            }
            change => touched.extend(change.order().map(|order| (order.id(), Arc::clone(order)))),
        }
    }
    let rows = match &place.rows {
        Some(shown) => rows(shown, &touched, first.counters().next_order),
        // Nobody asked in the end: what was shown before is compared as that.
        None => touched.into_values().collect(),
    };
    Final {
        first,
        events,
        callers: HashMap::new(),
        loaded: None,
        contradictions: Vec::new(),
        rows,
        answers: None,
        epochs: vec![(Version(0), oldest.epoch)],
        log: place.log,
    }
}

/// The rows that were shown in the end, with what no answer shows. Whatever was over before the first event is left out.
fn rows(
    shown: &HashMap<OrderId, Arc<Order>>,
    touched: &HashMap<OrderId, Arc<Order>>,
    since: OrderNumber,
) -> Vec<Arc<Order>> {
    let known = touched.iter().filter_map(|(id, order)| match shown.get(id) {
        Some(row) => Some(Arc::new(Order { archived_at: order.archived_at, ..(**row).clone() })),
        None => order.deleted_at.is_some().then(|| Arc::clone(order)),
    });
    let strangers = shown.values().filter(|row| row.number() >= since && !touched.contains_key(&row.id()));
    known.chain(strangers.cloned()).collect()
}

fn move_all(touched: &mut HashMap<OrderId, Arc<Order>>, ids: &[OrderId], step: impl Fn(&Order) -> Option<Order>) {
    for id in ids {
        let moved = touched.get(id).and_then(|order| step(order));
        touched.extend(moved.map(|order| (*id, Arc::new(order))));
    }
}

/// The state that the oldest board shows. The numbers that come next are shown by what came.
fn begin(oldest: &Board, events: &[Arc<Event>]) -> Kitchen {
    let new = Counters::default();
    let counters = if oldest.version == Version(0) {
        new
    } else {
        let (mut order, mut bot, mut claim) = (None, None, None);
        for event in events {
            match &event.change {
                Change::OrderPlaced(placed) => drop(order.get_or_insert(placed.number())),
                Change::BotAdded(added) => drop(bot.get_or_insert(added.number)),
                Change::OrderStarted(started) => {
                    claim = claim.or(started.work().map(|work| work.claim));
                }
                Change::NumbersSkipped { .. } => break,
                _ => {}
            }
        }
        let orders = oldest.orders.iter().map(|order| order.number().next()).max();
        let bots = oldest.bots.iter().map(|bot| bot.number.next()).max();
        let claims = oldest.orders.iter().filter_map(|order| Some(order.work()?.claim.next())).max();
        Counters {
            next_order: order.or(orders).unwrap_or(new.next_order),
            next_bot: bot.or(bots).unwrap_or(new.next_bot),
            next_claim: claim.or(claims).unwrap_or(new.next_claim),
        }
    };
    let of_orders = oldest.orders.iter().map(|order| order.updated_at);
    let last_at = of_orders.chain(oldest.bots.iter().map(|bot| bot.created_at)).max().unwrap_or_default();
    let parts = Parts {
        version: oldest.version,
        last_at,
        counters,
        profile: oldest.profile.clone(),
        settings: oldest.settings,
        turn: Turn::default(),
        orders: oldest.orders.iter().map(|order| (**order).clone()).collect(),
        bots: oldest.bots.clone(),
    };
    // What contradicts itself on the board is found when the board is compared.
    Kitchen::load(parts).0
}

/// Gives placings of which nobody heard again the ids of the orders that came of them.
fn name_orders(calls: &mut [(Call, Option<OrderId>)], last: &Final) {
    let placed = last.events.iter().filter_map(|event| match &event.change {
        Change::OrderPlaced(order) => Some((last.caller(event)?, order.id())),
        _ => None,
    });
    let placed: HashMap<UserId, OrderId> = placed.collect();
    for (call, _) in calls {
        let told = match &call.outcome {
            Ended::Ok { outcome: Outcome::Order(order), .. } => Some(order.id()),
            _ => placed.get(&call.caller).copied(),
        };
        if let (Command::PlaceOrder { id, .. }, Some(told)) = (&mut call.command, told) {
            *id = told;
        }
    }
}

fn log(restaurant: Restaurant, frames: Vec<Frame>, events: &BTreeMap<Restaurant, Events>) -> ScreenLog {
    let shown = events.get(&restaurant);
    let frames = frames.into_iter().filter_map(|frame| {
        Some(match frame {
            Frame::Connected(from) => Seen::Connected(from),
            Frame::Snapshot(board) => Seen::Snapshot(board),
            Frame::Event(at, way) => Seen::Events(at.epoch, vec![Arc::clone(shown?.get(&at.version.0)?.get(way)?)]),
            Frame::Heartbeat(at) => Seen::Heartbeat(at),
            Frame::Gone => Seen::Gone,
        })
    });
    let frames = frames.collect();
    ScreenLog { restaurant, frames }
}
