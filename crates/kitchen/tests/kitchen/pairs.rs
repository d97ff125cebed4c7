//! What a store refuses to write, judged by the rows alone.

use std::sync::Arc;

use feedme_kitchen::{Bot, Claim, Command, Kitchen, Log, Order, OrderId, OrderType, Rows, Work, check};

use crate::story::Story;

/// A kitchen in which the first bot cooks order 1, the second is idle, and order 2 waits.
fn at_work() -> (Kitchen, [Bot; 2], [Arc<Order>; 2]) {
    let mut story = Story::new();
    let bots = [story.add_pull_bot(), story.add_pull_bot()];
    story.place(OrderType::Vip);
    story.place(OrderType::Normal);
    story.claim(&bots[0]).expect("an order waits");
    let bots = bots.map(|bot| *story.kitchen.bot(bot.id).expect("it is there"));
    let orders = [story.order(1), story.order(2)];
    (story.kitchen, bots, orders)
}

fn started(order: &Order, bot: &Bot, claim: u64) -> Order {
    let work = Work { bot: Some(bot.id), claim: Claim(claim), started_at: order.updated_at, due_at: None };
    order.started(work).expect("it waits")
}

fn holding(bot: &Bot, order: Option<OrderId>) -> Bot {
    Bot { current: order, ..*bot }
}

/// The rows of a write that changes these, as the kitchen would note them.
fn rows(kitchen: &Kitchen, orders: &[Order], bots: &[Bot]) -> Rows {
    let mut rows = Rows::default();
    for order in orders {
        rows.orders.insert(order.id(), Arc::new(order.clone()));
        let Some(before) = kitchen.order(order.id()) else { continue };
        rows.orders_before.insert(order.id(), Arc::clone(before));
        let with = before.work().and_then(|work| kitchen.bot(work.bot?));
        rows.bots_before.extend(with.map(|bot| (bot.id, *bot)));
    }
    for bot in bots {
        rows.bots.insert(bot.id, *bot);
        rows.bots_before.extend(kitchen.bot(bot.id).map(|before| (bot.id, *before)));
    }
    rows
}

#[test]
fn rows_that_would_part_an_order_from_its_bot_are_refused() {
    let (kitchen, [busy, idle], [cooks, waits]) = at_work();
    let (id, at) = (cooks.id(), cooks.updated_at);
    let done = cooks.completed(at).expect("it cooks");
    let returned = cooks.returned(at).expect("it cooks");
    let next = |bot| started(&waits, bot, 2);
    let moved = started(&returned, &idle, 2);
    let free = holding(&busy, None);
    let anothers = |bot: &Bot| started(&returned, bot, 2).completed(at).expect("it cooks");
    let cases: [(&str, &[Order], &[Bot]); 11] = [
        ("it is complete, and names a bot that did not cook it", &[anothers(&idle)], &[free]),
        ("the bot is not told that it starts", &[next(&idle)], &[]),
        ("the bot holds another", &[next(&busy)], &[busy]),
        ("the bot that is told is another", &[next(&idle)], &[holding(&busy, Some(waits.id()))]),
        ("nothing starts that the bot takes", &[], &[holding(&idle, Some(waits.id()))]),
        ("two bots hold one order", &[], &[holding(&idle, Some(id))]),
        ("the bot drops what still cooks", &[], &[free]),
        ("the bot takes the next and the first still cooks", &[next(&busy)], &[holding(&busy, Some(waits.id()))]),
        ("it is complete, and its bot not told", std::slice::from_ref(&done), &[]),
        ("it is returned, and its bot not told", std::slice::from_ref(&returned), &[]),
        ("it moves, and the first bot is not told", std::slice::from_ref(&moved), &[holding(&idle, Some(id))]),
    ];
    for (what, orders, bots) in cases {
        assert!(check::pairs(&rows(&kitchen, orders, bots)).is_err(), "{what}");
    }
    let legal: [(&[Order], &[Bot]); 5] = [
        (&[anothers(&idle)], &[free, idle]),
        (&[next(&idle)], &[holding(&idle, Some(waits.id()))]),
        (std::slice::from_ref(&done), &[free]),
        (&[done.clone(), next(&busy)], &[holding(&busy, Some(waits.id()))]),
        (&[moved, next(&busy)], &[holding(&busy, Some(waits.id())), holding(&idle, Some(id))]),
    ];
    for (orders, bots) in legal {
        assert_eq!(check::pairs(&rows(&kitchen, orders, bots)), Ok(()));
    }
}

/// What is written again from the start of a batch stays as it was before the batch.
#[test]
fn rows_remember_what_was_before_the_first_of_several_changes() {
    let (mut kitchen, [busy, idle], [cooks, waits]) = at_work();
    let mut log = Log::default();
    let context = || feedme_kitchen::Context { at: cooks.updated_at, actor: feedme_kitchen::Actor::Open, stored: None };
    let claim = cooks.work().expect("it cooks").claim;
    for command in [
        Command::ReturnOrder { bot: busy.id, claim },
        Command::ClaimOrder(idle.id),
        Command::ClaimOrder(busy.id),
        Command::RemoveBot(idle.id),
    ] {
        kitchen.execute(command, context(), &mut log).expect("it is legal");
    }
    assert_eq!(log.rows.orders_before, [(cooks.id(), cooks), (waits.id(), waits)].into());
    assert_eq!(log.rows.bots_before, [(busy.id, busy), (idle.id, idle)].into());
    assert_eq!(check::pairs(&log.rows), Ok(()));
}
