//! What the database holds.

use std::sync::Arc;

use feedme_checker::{Call, Ended, Final, History, Restaurant};
use feedme_kitchen::{
    Change, Claim, Completion, Contradiction, Event, Kitchen, Order, OrderId, OrderNumber, OrderType, Outcome,
    Settings, State, Time, Version, Work,
};
use uuid::Uuid;

use crate::{broken, broken_final, change, completions, starts};

#[test]
fn a_number_passed_over() {
    broken_final("was given out where", |last| {
        let (event, order) = last.events.iter_mut().find_map(|event| match &event.change {
            Change::OrderPlaced(order) => Some(((**order).clone(), event)).map(|(order, event)| (event, order)),
            _ => None,
        })?;
        let mut ticket = (*order.ticket).clone();
        ticket.number = OrderNumber(ticket.number.0 + 7000);
        change(event, Order { ticket: Arc::new(ticket), ..order });
        Some(())
    });
}

#[test]
fn a_missing_event() {
    broken_final("follows event", |last| (last.events.len() > 5).then(|| drop(last.events.remove(4))));
}

#[test]
fn a_completion_that_no_start_led_to() {
    broken_final("is illegal", |last| {
        let (event, order, work, completed_at) = completions(last).next()?;
        let state = State::Complete { work: Work { claim: Claim(9999), ..work }, completed_at, collected_at: None };
        change(event, Order { state, ..order });
        Some(())
    });
}

#[test]
fn tables_that_say_something_else() {
    broken_final("the tables and the fold disagree", |last| {
        last.loaded = Some(Kitchen::new(Settings::default()));
        Some(())
    });
    broken_final("by its events", |last| {
        let row = last.rows.first_mut()?;
        *row = Arc::new(Order { updated_at: Time(row.updated_at.0 + 1), ..(**row).clone() });
        Some(())
    });
    broken_final("have no row", |last| last.rows.pop().map(drop));
    broken_final("orders were placed and there are", |last| last.rows.pop().map(drop));
    broken_final("contradictions", |last| {
        last.contradictions.push(Contradiction::OrderWithoutBot(OrderId(Uuid::max())));
        Some(())
    });
}

#[test]
fn a_bot_with_two_orders() {
    broken_final("and takes", |last| {
        let (_, _, first) = starts(last).next()?;
        let (event, order, work) = starts(last).nth(1).filter(|(_, _, work)| work.bot != first.bot)?;
        let state = State::Processing(Work { bot: first.bot, ..work });
        change(event, Order { state, ..order });
        Some(())
    });
}

#[test]
fn an_order_completed_twice() {
    broken_final("was completed 2 times", |last| {
        let again = completions(last).next().map(|(event, ..)| Arc::clone(event))?;
        last.events.push(again);
        Some(())
    });
    broken("was acknowledged 2 times", |history| {
        let done = |call: &&Call| {
            let Ended::Ok { outcome, .. } = &call.outcome else { return false };
            matches!(outcome, Outcome::Completion { completion: Completion::Completed, .. })
        };
        let again = history.calls.iter().find(done)?.clone();
        history.calls.push(again);
        Some(())
    });
}

#[test]
fn a_claim_that_does_not_rise() {
    broken_final("follows claim", |last| {
        let (event, order, work) = starts(last).nth(1)?;
        let state = State::Processing(Work { claim: Claim(1), ..work });
        change(event, Order { state, ..order });
        Some(())
    });
}

/// Events of two orders that wait and one start, with the types and the order of the start to choose.
fn queue(types: [OrderType; 2], started: usize) -> Vec<String> {
    let store = feedme_testkit::MemoryStore::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime needs no more than memory");
    let mut author = runtime.block_on(feedme_testkit::conformance::Author::of(&store, "default"));
    let orders = types.map(|order_type| author.place(order_type));
    let bot = author.add(feedme_kitchen::Mode::Pull);
    let work = Work { bot: Some(bot.id), claim: Claim(1), started_at: author.now, due_at: None };
    let order = Arc::new(author.order(orders[started]).started(work).expect("it waits"));
    let mut events = author.write().events;
    let (version, actor) = (Version(4), feedme_kitchen::Actor::Open);
    events.push(Arc::new(Event { version, at: author.now, actor, change: Change::OrderStarted(order) }));
    let last = Final {
        first: Kitchen::default(),
        events,
        callers: std::collections::HashMap::new(),
        loaded: None,
        contradictions: Vec::new(),
        rows: Vec::new(),
        answers: None,
        epochs: Vec::new(),
        log: None,
    };
    let history = History { finals: [(Restaurant("default".into()), last)].into(), ..History::default() };
    // Nobody wrote down the rows.
    let of_the_queue = |what: &String| what.contains("was first") || what.contains("while VIP");
    history.violations().into_iter().filter(of_the_queue).collect()
}

#[test]
fn somebody_who_jumps_the_queue() {
    use OrderType::{Normal, Vip};
    assert_eq!(queue([Normal, Normal], 0), [""; 0]);
    assert_eq!(queue([Normal, Vip], 1), [""; 0]);
    assert!(queue([Normal, Normal], 1)[0].contains("was first"));
    assert!(queue([Normal, Vip], 0)[0].contains("while VIP"));
}

#[test]
fn a_completion_too_early_or_too_late() {
    let moved = |last: &mut Final, by: fn(Time) -> Time| {
        let (event, order, work, _) = completions(last).find(|(_, _, work, _)| work.due_at.is_some())?;
        let completed_at = by(work.due_at?);
        change(event, Order { state: State::Complete { work, completed_at, collected_at: None }, ..order });
        Some(())
    };
    broken_final("was complete before it was due", |last| moved(last, |due_at| due_at.minus_ms(1)));
    broken("and complete at", |history| {
        history.troubles.clear();
        moved(history.finals.values_mut().next()?, |due_at| due_at.plus_ms(3001))
    });
}
