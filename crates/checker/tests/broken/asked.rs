//! What callers were told.

use std::sync::Arc;

use feedme_checker::{Call, Ended, Moment};
use feedme_kitchen::{Claim, Command, Order, OrderId, OrderNumber, Outcome, State, Work};
use uuid::Uuid;

use crate::{broken, nobody, placing};

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
fn an_order_that_is_unknown_after_it_was_acknowledged() {
    broken("unknown after it was acknowledged", |history| {
        let deleted: Vec<_> = history
            .finals
            .values()
            .flat_map(|last| &last.events)
            .filter_map(|event| match &event.change {
                feedme_kitchen::Change::OrderDeleted(order) => Some(order.id()),
                _ => None,
            })
            .collect();
        let placed = placing(history).find_map(|call| match &call.outcome {
            Ended::Ok { outcome: Outcome::Order(order), .. } if !deleted.contains(&order.id()) => {
                Some(Call { command: Command::CancelOrder(order.id()), ..call.clone() })
            }
            _ => None,
        })?;
        let start = Moment(placed.end.0 + 1);
        let outcome = Ended::Refused(feedme_kitchen::Refusal::UnknownOrder.to_string());
        history.calls.push(Call { start, end: Moment(start.0 + 1), caller: nobody(), key: None, outcome, ..placed });
        Some(())
    });
}

#[test]
fn a_call_that_was_carried_out_twice() {
    broken("it was carried out twice", |history| {
        let call = placing(history).next()?.clone();
        let last = history.finals.get_mut(&call.restaurant)?;
        let (_, again) = last.callers.iter_mut().max_by_key(|(version, _)| **version)?;
        *again = call.caller;
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
            Ended::Replayed(body) => Some((call.restaurant.clone(), call.key.clone(), body)),
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
        history.finals.values_mut().filter_map(|last| last.answers.as_mut()).for_each(|kept| drop(kept.remove(&key)));
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
        let restaurant = first.restaurant.clone();
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
