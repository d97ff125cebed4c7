//! What must hold at every moment, whatever was asked. Tests, simulations and `feedme doctor` look here.

use std::collections::BTreeSet;

use crate::{BOARD_COMPLETE_MAX, BotId, Kitchen, Mode, Order, OrderId, Rows, State, Status};

/// Says what is wrong with a kitchen's state; nothing, if all is well.
#[must_use]
pub fn violations(kitchen: &Kitchen) -> Vec<String> {
    let mut found = Vec::new();
    let mut demand = |holds: bool, what: &dyn Fn() -> String| {
        if !holds {
            found.push(what());
        }
    };

    let mut numbers = BTreeSet::new();
    let mut bots_at_work = BTreeSet::new();
    for order in kitchen.orders.values() {
        let number = order.number();
        demand(order.is_live(), &|| format!("order {number} is not live"));
        demand(numbers.insert(number), &|| format!("number {number} stands for two orders"));
        demand(number < kitchen.counters.next_order, &|| format!("number {number} was not given out yet"));
        demand(order.ticket.created_at <= order.updated_at, &|| format!("order {number} changed before it was placed"));
        match order.state {
            State::Pending => {}
            State::Processing(work) => {
                demand(work.claim < kitchen.counters.next_claim, &|| {
                    format!("claim {} is not given out yet", work.claim)
                });
                demand(order.ticket.created_at <= work.started_at, &|| format!("order {number} started too early"));
                let bot = work.bot.and_then(|id| kitchen.bot(id));
                demand(bot.is_some_and(|bot| bot.current == Some(order.id())), &|| {
                    format!("order {number} cooks with a bot that does not cook it")
                });
                demand(work.bot.is_some_and(|bot| bots_at_work.insert(bot)), &|| {
                    format!("the bot of order {number} cooks two orders")
                });
            }
            State::Complete { work, completed_at, collected_at } => {
                demand(order.ticket.created_at <= work.started_at && work.started_at <= completed_at, &|| {
                    format!("order {number} is not created, started, completed in this order")
                });
                demand(work.due_at.is_none_or(|due_at| due_at <= completed_at), &|| {
                    format!("order {number} was complete before it was due")
                });
                demand(collected_at.is_none_or(|collected_at| completed_at <= collected_at), &|| {
                    format!("order {number} was handed over before it was complete")
                });
            }
            State::Cancelled { .. } => demand(false, &|| format!("order {number} is cancelled and on the board")),
        }
    }
    for bot in kitchen.bots() {
        let cooks = bot.current.and_then(|id| kitchen.order(id)).and_then(|order| order.work());
        demand(bot.current.is_some() == cooks.is_some_and(|work| work.bot == Some(bot.id)), &|| {
            format!("bot {} holds an order that does not cook with it", bot.number)
        });
        demand(bot.number < kitchen.counters.next_bot, &|| format!("bot {} was not added yet", bot.number));
    }
    let idle = kitchen.bots().any(|bot| bot.mode == Mode::Auto && bot.current.is_none());
    demand(!idle || kitchen.waiting.is_empty(), &|| "an automatic bot is idle while orders wait".into());
    let active = kitchen.count(Status::Pending) + kitchen.count(Status::Processing);
    demand(kitchen.profile.archived_at.is_none() || active == 0, &|| {
        "orders wait or cook though it is archived".into()
    });
    let on_board = [Status::Pending, Status::Processing, Status::Complete].map(|status| kitchen.count(status));
    demand(on_board.iter().sum::<usize>() == kitchen.live_orders(), &|| "an order is in no set, or in two".into());
    demand(on_board[2] <= BOARD_COMPLETE_MAX, &|| "too many ready orders on the board".into());
    demand(kitchen.board().count() == kitchen.live_orders(), &|| "the board does not list every live order".into());
    found
}

/// Says why rows must not be written, judged by nothing but themselves and what they were before: an order would cook with
/// a bot that holds another, or a bot would hold an order that does not cook with it. If no order was with two bots and no bot
/// with two orders, and the rows were what [`Rows`] says that they were, it is so afterwards.
pub fn pairs(rows: &Rows) -> Result<(), String> {
    let cooks_with = |id: OrderId, bot: BotId| {
        let work = rows.orders.get(&id).and_then(|order| order.work());
        work.is_some_and(|work| work.bot == Some(bot))
    };
    let holds = |bot: BotId, id: OrderId| rows.bots.get(&bot).is_some_and(|bot| bot.current == Some(id));
    for order in rows.orders.values() {
        let Some(work) = order.work() else { continue };
        if !work.bot.is_some_and(|bot| holds(bot, order.id())) {
            return Err(format!("order {} would cook with a bot that does not hold it", order.number()));
        }
    }
    for bot in rows.bots.values() {
        if bot.current.is_some_and(|id| !cooks_with(id, bot.id)) {
            return Err(format!("bot {} would hold an order that does not cook with it", bot.number));
        }
    }
    for (id, before) in &rows.orders_before {
        let Some((order, bot)) = rows.orders.get(id).and_then(|order| Some((order, cooked_with(order)?))) else {
            continue;
        };
        if cooked_with(before) != Some(bot) && !rows.bots.contains_key(&bot) {
            return Err(format!("order {} would name a bot that has nothing to do with it", order.number()));
        }
    }
    for bot in rows.bots_before.values() {
        let Some(id) = bot.current else { continue };
        if !holds(bot.id, id) && (!rows.bots.contains_key(&bot.id) || !rows.orders.contains_key(&id)) {
            return Err(format!("bot {} and its order would not part from each other", bot.number));
        }
    }
    Ok(())
}

/// The bot that an order cooks or cooked with.
fn cooked_with(order: &Order) -> Option<BotId> {
    match order.state {
        State::Processing(work) | State::Complete { work, .. } => work.bot,
        State::Pending | State::Cancelled { .. } => None,
    }
}
