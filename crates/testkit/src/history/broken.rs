//! Every check is seen to reject a history that breaks its promise. The histories are real ones, broken in one
//! place.

use std::sync::Arc;

use feedme_kitchen::{
    Change, Claim, Command, Completion, Contradiction, Event, Kitchen, Order, OrderId, OrderNumber, OrderType, Outcome,
    Settings, State, Time, UserId, Version, Work,
};
use uuid::Uuid;

use super::{Call, Ended, Final, History, Look, Moment, Seen};
use crate::sim;

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

#[test]
fn an_acknowledged_order_that_is_not_there() {
    broken("acknowledged, but nothing happened", |history| placing(history).next().map(|call| call.caller = nobody()));
}

#[test]
fn an_order_stored_with_another_content() {
    broken("stored with another content", |history| {
        let Command::PlaceOrder { note, .. } = &mut placing(history).next()?.command else { return None };
        *note = Some("no onions".into());
        Some(())
    });
}

#[test]
fn a_refusal_that_changed_something() {
    broken("but it changed something", |history| {
        placing(history).next().map(|call| call.outcome = Ended::Refused("full".into()))
    });
}

#[test]
fn a_call_that_was_carried_out_twice() {
    broken("it was carried out twice", |history| {
        let call = placing(history).next()?.clone();
        let last = history.finals.get_mut(&call.restaurant)?;
        let again = last.events.iter_mut().rev().find(|event| super::caller(event).is_some())?;
        *again = Arc::new(Event { actor: feedme_kitchen::Actor::User(call.caller), ..Event::clone(again) });
        Some(())
    });
}

#[test]
fn a_key_that_acted_twice() {
    broken("acted 2 times", |history| {
        let mut keyed = placing(history).filter(|call| call.key.is_some());
        let first = keyed.next()?.clone();
        let another = keyed.find(|call| call.restaurant == first.restaurant && call.key != first.key)?;
        another.key = first.key;
        Some(())
    });
}

#[test]
fn a_replay_that_answers_something_else() {
    broken("different answers", |history| {
        let replayed = history.calls.iter_mut().filter_map(|call| match &mut call.outcome {
            Ended::Replayed(body) => Some((call.restaurant, call.key.clone(), body)),
            _ => None,
        });
        let (restaurant, key, body) = replayed.last()?;
        body.push(b'!');
        let first = |call: &&Call| call.restaurant == restaurant && call.key == key;
        history.calls.iter().filter(first).find(|call| matches!(call.outcome, Ended::Ok { .. })).map(drop)
    });
}

#[test]
fn an_answer_that_was_not_kept() {
    broken("no answer is kept", |history| {
        let key = placing(history).find_map(|call| call.key.clone())?;
        history.finals.values_mut().for_each(|last| drop(last.answers.remove(&key)));
        Some(())
    });
}

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
fn a_smaller_number_for_who_asked_later() {
    broken("was asked for after number", |history| {
        let last = history.calls.iter().map(|call| call.end).max()?;
        let first = placing(history).min_by_key(|call| match &call.outcome {
            Ended::Ok { outcome: Outcome::Order(order), .. } => order.number(),
            _ => OrderNumber(u64::MAX),
        })?;
        let restaurant = first.restaurant;
        (first.start, first.end) = (Moment(last.0 + 1), Moment(last.0 + 2));
        (placing(history).filter(|call| call.restaurant == restaurant).count() > 1).then_some(())
    });
}

#[test]
fn a_number_that_means_two_orders() {
    broken("means both", |history| {
        let call = placing(history).next()?;
        let Ended::Ok { outcome: Outcome::Order(order), .. } = &mut call.outcome else { return None };
        let ticket = feedme_kitchen::Ticket { id: OrderId(Uuid::max()), ..(*order.ticket).clone() };
        *order = Arc::new(Order { ticket: Arc::new(ticket), ..(**order).clone() });
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
        last.loaded = Kitchen::new(Settings::default());
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

#[test]
fn a_claim_that_nobody_knows() {
    broken("which the events do not know", |history| {
        let claimed = history.calls.iter_mut().find_map(|call| match &mut call.outcome {
            Ended::Ok { outcome: Outcome::Claimed { order: Some(order), .. }, .. } => Some(order),
            _ => None,
        })?;
        let work = Work { claim: Claim(9999), ..claimed.work()? };
        *claimed = Arc::new(Order { state: State::Processing(work), ..(**claimed).clone() });
        Some(())
    });
}

/// Events of two orders that wait and one start, with the types and the order of the start to choose.
fn queue(types: [OrderType; 2], started: usize) -> Vec<String> {
    let store = crate::MemoryStore::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime needs no more than memory");
    let mut author = runtime.block_on(crate::conformance::Author::of(&store, "default"));
    let orders = types.map(|order_type| author.place(order_type));
    let bot = author.add(feedme_kitchen::Mode::Pull);
    let work = Work { bot: Some(bot.id), claim: Claim(1), started_at: author.now, due_at: None };
    let order = Arc::new(author.order(orders[started]).started(work).expect("it waits"));
    let mut events = author.write().events;
    let (version, actor) = (Version(4), feedme_kitchen::Actor::Open);
    events.push(Arc::new(Event { version, at: author.now, actor, change: Change::OrderStarted(order) }));
    let last = Final {
        events,
        loaded: Kitchen::default(),
        contradictions: Vec::new(),
        rows: Vec::new(),
        answers: std::collections::BTreeMap::new(),
        epochs: Vec::new(),
    };
    let mut found = Vec::new();
    super::queue::check(&last, &mut found);
    found
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
fn a_hole_or_a_repeat_in_what_a_screen_saw() {
    let position =
        |frames: &[Seen]| frames.windows(2).position(|pair| matches!(pair, [Seen::Events(_), Seen::Events(_)]));
    broken("follows", |history| {
        history.screens.iter_mut().find_map(|screen| {
            let at = position(&screen.frames)?;
            screen.frames.remove(at);
            Some(())
        })
    });
    broken("follows", |history| {
        history.screens.iter_mut().find_map(|screen| {
            let at = position(&screen.frames)?;
            screen.frames.insert(at, screen.frames[at].clone());
            Some(())
        })
    });
}

#[test]
fn a_screen_that_saw_another_event() {
    broken("is not the one in the database", |history| {
        history.screens.iter_mut().flat_map(|screen| &mut screen.frames).find_map(|seen| {
            let Seen::Events(chunk) = seen else { return None };
            let event = Arc::get_mut(chunk)?.events.first_mut()?;
            *event = Arc::new(Event { at: Time(event.at.0 + 1), ..Event::clone(event) });
            Some(())
        })
    });
}

#[test]
fn a_snapshot_of_something_else() {
    broken("shows something else", |history| {
        history.screens.iter_mut().flat_map(|screen| &mut screen.frames).find_map(|seen| {
            let Seen::Snapshot(snapshot) = seen else { return None };
            let shown = Arc::get_mut(snapshot)?;
            shown.settings.cook_ms += 1;
            Some(())
        })
    });
    broken("which never was", |history| {
        history.screens.iter_mut().flat_map(|screen| &mut screen.frames).find_map(|seen| {
            let Seen::Snapshot(snapshot) = seen else { return None };
            Arc::get_mut(snapshot)?.version = Version(1 << 40);
            Some(())
        })
    });
}

#[test]
fn a_screen_that_goes_back_in_time() {
    broken("it went back", |history| {
        let screen = history.screens.first_mut()?;
        let first = screen.frames.iter().find(|seen| matches!(seen, Seen::Snapshot(_)))?.clone();
        screen.frames.push(first);
        Some(())
    });
}

#[test]
fn a_board_without_what_was_acknowledged() {
    broken("was shown after version", |history| {
        let call = placing(history).next()?.clone();
        history.looks.push(Look { restaurant: call.restaurant, at: Moment(call.end.0 + 1), version: Version(0) });
        Some(())
    });
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

#[test]
fn what_is_left_over_in_the_end() {
    broken("is still Pending", |history| {
        let author_of_one = |last: &mut Final| {
            let event = last.events.iter().find(|event| matches!(event.change, Change::OrderPlaced(_)))?;
            let mut kitchen = Kitchen::default();
            let event = Event { version: Version(1), ..Event::clone(event) };
            kitchen.apply(&event).ok()?;
            last.loaded = kitchen;
            Some(())
        };
        history.finals.values_mut().next().and_then(author_of_one)
    });
    broken("in the end", |history| {
        let screen = history.screens.first_mut()?;
        let last = screen.frames.iter().rposition(|seen| matches!(seen, Seen::Events(_)))?;
        screen.frames.truncate(last);
        Some(())
    });
}
