//! No order is with two bots, no bot with two orders; claims rise, and whatever came with an old one changed
//! nothing. By the events, and by what the bots themselves were told.

use std::collections::HashMap;

use feedme_kitchen::{BotId, Change, Claim, Command, Completion, OrderId, Outcome};

use super::{Ended, Final, Part, demand};

pub(super) fn check(part: &Part<'_>, found: &mut Vec<String>) {
    let starts = check_events(part.last, found);
    let mut completed = HashMap::<OrderId, usize>::new();
    for call in &part.calls {
        let Ended::Ok { outcome, .. } = &call.outcome else { continue };
        match (&call.command, outcome) {
            (Command::ClaimOrder(bot), Outcome::Claimed { order: Some(order), .. }) => {
                let work = order.work();
                let agreed = work.is_some_and(|work| starts.get(&work.claim) == Some(&(order.id(), *bot)));
                demand(found, agreed, || format!("bot {bot} was given {order:?}, which the events do not know"));
            }
            (
                Command::CompleteOrder { order, bot, claim },
                Outcome::Completion { completion: Completion::Completed, .. },
            ) => {
                let agreed = starts.get(claim) == Some(&(*order, *bot));
                demand(found, agreed, || {
                    format!("bot {bot} completed {order} under claim {claim}, which it never had")
                });
                let times = completed.entry(*order).or_default();
                *times += 1;
                demand(found, *times == 1, || format!("the completion of {order} was acknowledged {times} times"));
            }
            _ => {}
        }
    }
}

/// Walks the events with an account of its own; returns every start by its claim.
fn check_events(last: &Final, found: &mut Vec<String>) -> HashMap<Claim, (OrderId, BotId)> {
    let (mut cooks, mut holds) = (HashMap::<OrderId, BotId>::new(), HashMap::<BotId, OrderId>::new());
    let (mut starts, mut highest) = (HashMap::new(), Claim(last.first.counters().next_claim.0.saturating_sub(1)));
    let mut completions = HashMap::<OrderId, usize>::new();
    for order in last.first.cooking() {
        let Some((bot, claim)) = order.work().and_then(|work| Some((work.bot?, work.claim))) else { continue };
        cooks.insert(order.id(), bot);
        holds.insert(bot, order.id());
        starts.insert(claim, (order.id(), bot));
    }
    for event in &last.events {
        match &event.change {
            Change::OrderStarted(order) => {
                let Some((bot, claim)) = order.work().and_then(|work| Some((work.bot?, work.claim))) else {
                    found.push(format!("order {} started without a bot", order.number()));
                    continue;
                };
                demand(found, claim > highest, || format!("claim {claim} follows claim {highest}"));
                highest = claim;
                let other = holds.insert(bot, order.id());
                demand(found, other.is_none(), || format!("bot {bot} has {other:?} and takes {}", order.id()));
                let other = cooks.insert(order.id(), bot);
                demand(found, other.is_none(), || format!("order {} is with {other:?} and {bot}", order.id()));
                starts.insert(claim, (order.id(), bot));
            }
            Change::OrdersCleared { cancelled, .. } => {
                for order in cancelled {
                    if let Some(bot) = cooks.remove(order) {
                        holds.remove(&bot);
                    }
                }
            }
            Change::BotRemoved(bot) => {
                let held = holds.remove(&bot.id);
                demand(found, held.is_none(), || format!("bot {} left with {held:?}", bot.number));
            }
            change => {
                let Some(order) = change.order() else { continue };
                if let Some(bot) = cooks.remove(&order.id()) {
                    holds.remove(&bot);
                }
                if matches!(change, Change::OrderCompleted(_)) {
                    let times = completions.entry(order.id()).or_default();
                    *times += 1;
                    demand(found, *times == 1, || format!("order {} was completed {times} times", order.number()));
                }
            }
        }
    }
    starts
}
