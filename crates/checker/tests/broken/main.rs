//! Every check is seen to reject a history that breaks its promise. The histories are real ones, broken in one
//! place.

mod asked;
mod kitchen;
mod seen;

use std::sync::Arc;

use feedme_checker::{Call, Ended, Final, History};
use feedme_kitchen::{Change, Command, Event, Order, State, Time, UserId, Work};
use feedme_testkit::sim;
use uuid::Uuid;

/// Breaks the first run that has what is to be broken, and expects to be told so.
fn broken(expected: &str, break_it: impl Fn(&mut History) -> Option<()>) {
    for seed in 0..300 {
        let mut history = sim::run(seed).history;
        assert_eq!([history.violations(), history.unsettled()], [[""; 0], [""; 0]], "seed {seed}");
        if break_it(&mut history).is_some() {
            let found = [history.violations(), history.unsettled()].concat();
            assert!(found.iter().any(|what| what.contains(expected)), "seed {seed}: {found:#?}");
            return;
        }
    }
    panic!("no run has what is to be broken");
}

/// The same for what the database holds of one restaurant.
fn broken_final(expected: &str, break_it: impl Fn(&mut Final) -> Option<()>) {
    broken(expected, |history| break_it(history.finals.values_mut().next()?));
}

fn placing(history: &mut History) -> impl Iterator<Item = &mut Call> {
    history
        .calls
        .iter_mut()
        .filter(|call| matches!((&call.command, &call.outcome), (Command::PlaceOrder { .. }, Ended::Ok { .. })))
}

fn change(event: &mut Arc<Event>, order: Order) {
    let order = Arc::new(order);
    let change = match &event.change {
        Change::OrderPlaced(_) => Change::OrderPlaced(order),
        Change::OrderStarted(_) => Change::OrderStarted(order),
        Change::OrderCompleted(_) => Change::OrderCompleted(order),
        other => panic!("not a change to be broken: {other:?}"),
    };
    *event = Arc::new(Event { change, ..Event::clone(event) });
}

fn starts(last: &mut Final) -> impl Iterator<Item = (&mut Arc<Event>, Order, Work)> {
    last.events.iter_mut().filter_map(|event| {
        let Change::OrderStarted(order) = &event.change else { return None };
        let (order, work) = ((**order).clone(), order.work()?);
        Some((event, order, work))
    })
}

fn completions(last: &mut Final) -> impl Iterator<Item = (&mut Arc<Event>, Order, Work, Time)> {
    last.events.iter_mut().filter_map(|event| {
        let Change::OrderCompleted(order) = &event.change else { return None };
        let State::Complete { work, completed_at, .. } = order.state else { return None };
        let order = (**order).clone();
        Some((event, order, work, completed_at))
    })
}

fn nobody() -> UserId {
    UserId(Uuid::max())
}
