//! The second wall: what no kitchen would decide is refused by the database, and nothing of it is written.

use std::sync::Arc;

use feedme_kitchen::{
    BotId, BotNumber, Change, Claim, Event, Mode, Order, OrderId, OrderNumber, OrderType, State, Time, UserId, Work,
};
use feedme_store::{KeptAnswer, KeyScope, Verdict, Write};
use uuid::Uuid;

use super::author::{commit, same};
use super::{Author, Subject};

/// The write must be refused and leave everything as it was.
async fn refused(subject: &Subject, author: &Author, write: Write) {
    let verdicts = commit(&*subject.store, [write]).await;
    assert!(matches!(verdicts[..], [Verdict::Violated(_)]), "{verdicts:?}");
    same(&*subject.store, author).await;
}

/// A restaurant with an idle pull bot, one that cooks, and an order that waits.
async fn kitchen_at_work(subject: &Subject) -> (Author, [BotId; 2], [OrderId; 2]) {
    let mut author = subject.author(0).await;
    let (busy, idle) = (author.add(Mode::Pull), author.add(Mode::Pull));
    let (cooks, waits) = (author.place(OrderType::Vip), author.place(OrderType::Normal));
    author.must(feedme_kitchen::Command::ClaimOrder(busy.id));
    author.commit(&*subject.store).await;
    (author, [busy.id, idle.id], [cooks, waits])
}

/// A legal write of one more order, to be spoilt.
fn another_order(author: &Author) -> (Write, Arc<Order>) {
    let mut next = author.clone();
    let id = next.place(OrderType::Normal);
    let order = next.order(id);
    (next.write(), order)
}

/// Puts an order in the place of the one that the write places.
fn placed_instead(write: &mut Write, order: Order) {
    let order = Arc::new(order);
    write.rows.orders = [(order.id(), Arc::clone(&order))].into();
    for event in &mut write.events {
        if matches!(event.change, Change::OrderPlaced(_)) {
            *event = Arc::new(Event { change: Change::OrderPlaced(Arc::clone(&order)), ..Event::clone(event) });
        }
    }
}

fn with_ticket(order: &Order, change: impl FnOnce(&mut feedme_kitchen::Ticket)) -> Order {
    let mut ticket = (*order.ticket).clone();
    change(&mut ticket);
    Order { ticket: Arc::new(ticket), ..order.clone() }
}

/// Changes the row of an order that exists, and tells the bots that it leaves and that it starts with, if they exist.
fn row_instead(author: &Author, order: Order) -> Write {
    let (mut write, _) = another_order(author);
    let before = author.order(order.id());
    let bot_of = |order: &Order| author.kitchen.bot(order.work()?.bot?).copied();
    for (bot, current) in [(bot_of(&before), None), (bot_of(&order), Some(order.id()))] {
        let Some(bot) = bot else { continue };
        write.rows.bots.insert(bot.id, feedme_kitchen::Bot { current, ..bot });
        write.rows.bots_before.insert(bot.id, bot);
    }
    write.rows.orders_before.insert(order.id(), before);
    write.rows.orders.insert(order.id(), Arc::new(order));
    write
}

/// Changes the row of a bot that exists.
fn bot_instead(author: &Author, bot: feedme_kitchen::Bot) -> Write {
    let (mut write, _) = another_order(author);
    write.rows.bots_before.insert(bot.id, *author.kitchen.bot(bot.id).expect("it exists"));
    write.rows.bots.insert(bot.id, bot);
    write
}

fn work_of(bot: Option<BotId>, claim: u64, at: Time) -> Work {
    Work { bot, claim: Claim(claim), started_at: at, due_at: None }
}

/// Number per restaurant.
pub async fn a_taken_number_is_refused(subject: Subject) {
    let (author, _, _) = kitchen_at_work(&subject).await;
    let (mut write, order) = another_order(&author);
    placed_instead(&mut write, with_ticket(&order, |ticket| ticket.number = OrderNumber(1)));
    refused(&subject, &author, write).await;
    let mut elsewhere = subject.author(1).await;
    elsewhere.place(OrderType::Normal);
    elsewhere.commit(&*subject.store).await;
}

/// An id names one order.
pub async fn a_taken_order_id_is_refused(subject: Subject) {
    let (author, _, [cooks, _]) = kitchen_at_work(&subject).await;
    let (mut write, order) = another_order(&author);
    placed_instead(&mut write, with_ticket(&order, |ticket| ticket.id = cooks));
    refused(&subject, &author, write).await;
}

/// Bot number per restaurant.
pub async fn a_taken_bot_number_is_refused(subject: Subject) {
    let (author, _, _) = kitchen_at_work(&subject).await;
    let mut next = author.clone();
    let bot = next.add(Mode::Auto);
    let mut write = next.write();
    write.rows.bots.insert(bot.id, feedme_kitchen::Bot { number: BotNumber(1), current: None, ..bot });
    write.rows.orders.clear();
    refused(&subject, &author, write).await;
}

/// A bot cooks one order.
pub async fn two_orders_that_cook_with_one_bot_are_refused(subject: Subject) {
    let (author, [busy, _], [_, waits]) = kitchen_at_work(&subject).await;
    let order = author.order(waits).started(work_of(Some(busy), 9, author.now)).expect("it waits");
    refused(&subject, &author, row_instead(&author, order)).await;
}

/// An order has one bot.
pub async fn two_bots_that_hold_one_order_are_refused(subject: Subject) {
    let (author, [_, idle], [cooks, _]) = kitchen_at_work(&subject).await;
    let bot = *author.kitchen.bot(idle).expect("it exists");
    let bot = feedme_kitchen::Bot { current: Some(cooks), ..bot };
    refused(&subject, &author, bot_instead(&author, bot)).await;
}

/// An order and its bot part from each other, or neither does.
pub async fn an_order_that_leaves_its_bot_behind_is_refused(subject: Subject) {
    let (author, [busy, _], [cooks, waits]) = kitchen_at_work(&subject).await;
    let done = author.order(cooks).completed(author.now).expect("it cooks");
    let mut write = row_instead(&author, done);
    write.rows.bots.remove(&busy);
    refused(&subject, &author, write).await;
    let bot = *author.kitchen.bot(busy).expect("it exists");
    refused(&subject, &author, bot_instead(&author, feedme_kitchen::Bot { current: None, ..bot })).await;
    let next = author.order(waits).started(work_of(Some(busy), 9, author.now)).expect("it waits");
    refused(&subject, &author, row_instead(&author, next)).await;
}

/// PROCESSING demands a bot.
pub async fn an_order_that_cooks_without_a_bot_is_refused(subject: Subject) {
    let (author, _, [_, waits]) = kitchen_at_work(&subject).await;
    let order = author.order(waits).started(work_of(None, 9, author.now)).expect("it waits");
    refused(&subject, &author, row_instead(&author, order)).await;
}

/// References hold.
pub async fn an_order_that_names_nobody_is_refused(subject: Subject) {
    let (author, _, [_, waits]) = kitchen_at_work(&subject).await;
    let nobody = BotId(Uuid::from_u128(77));
    let order = author.order(waits).started(work_of(Some(nobody), 9, author.now)).expect("it waits");
    refused(&subject, &author, row_instead(&author, order)).await;
    let (mut write, order) = another_order(&author);
    placed_instead(&mut write, with_ticket(&order, |ticket| ticket.user = Some(UserId(Uuid::from_u128(78)))));
    refused(&subject, &author, write).await;
}

/// References hold, from the bot's side.
pub async fn a_bot_that_holds_nothing_that_exists_is_refused(subject: Subject) {
    let (author, [_, idle], _) = kitchen_at_work(&subject).await;
    let bot = *author.kitchen.bot(idle).expect("it exists");
    let nothing = OrderId(Uuid::from_u128(79));
    let bot = feedme_kitchen::Bot { current: Some(nothing), ..bot };
    refused(&subject, &author, bot_instead(&author, bot)).await;
}

/// A bot that left holds nothing.
pub async fn a_removed_bot_that_holds_an_order_is_refused(subject: Subject) {
    let (author, [busy, _], _) = kitchen_at_work(&subject).await;
    let bot = *author.kitchen.bot(busy).expect("it exists");
    let bot = feedme_kitchen::Bot { deleted_at: Some(author.now), ..bot };
    refused(&subject, &author, bot_instead(&author, bot)).await;
}

/// Only final orders are deleted.
pub async fn a_deleted_order_that_waits_is_refused(subject: Subject) {
    let (author, _, [_, waits]) = kitchen_at_work(&subject).await;
    let order = Order { deleted_at: Some(author.now), ..(*author.order(waits)).clone() };
    refused(&subject, &author, row_instead(&author, order)).await;
}

/// Only ready orders leave the board.
pub async fn an_order_off_the_board_that_is_not_ready_is_refused(subject: Subject) {
    let (author, _, [cooks, waits]) = kitchen_at_work(&subject).await;
    for id in [cooks, waits] {
        let order = Order { archived_at: Some(author.now), ..(*author.order(id)).clone() };
        refused(&subject, &author, row_instead(&author, order)).await;
    }
}

/// Created, started, completed.
pub async fn times_out_of_order_are_refused(subject: Subject) {
    let (author, [_, idle], [cooks, waits]) = kitchen_at_work(&subject).await;
    let before = author.now.minus_ms(1);
    let early = author.order(waits).started(work_of(Some(idle), 9, before)).expect("it waits");
    refused(&subject, &author, row_instead(&author, early)).await;
    let order = author.order(cooks);
    let work = order.work().expect("it cooks");
    let state = State::Complete { work, completed_at: before, collected_at: None };
    refused(&subject, &author, row_instead(&author, Order { state, ..(*order).clone() })).await;
}

fn answer(status: u16) -> (KeyScope, KeptAnswer) {
    let scope = KeyScope { caller: "till".into(), key: "k".into() };
    let body = b"{}".to_vec();
    (scope, KeptAnswer { fingerprint: [1; 32], status, location: Some("/here".into()), body, at: Time(5) })
}

/// A key is used once.
pub async fn a_taken_key_is_refused(subject: Subject) {
    let (mut author, _, _) = kitchen_at_work(&subject).await;
    author.answers.push(answer(201));
    author.place(OrderType::Vip);
    author.commit(&*subject.store).await;
    let (mut write, _) = another_order(&author);
    write.answers.push(answer(200));
    refused(&subject, &author, write).await;
    let (scope, first) = answer(201);
    let kept = subject.store.answer(author.restaurant, &scope).await.expect("the store can be read");
    assert_eq!(kept, Some(first));
}

/// Only what succeeded is kept.
pub async fn a_kept_answer_that_says_no_is_refused(subject: Subject) {
    let (author, _, _) = kitchen_at_work(&subject).await;
    for status in [199, 300, 404, 500] {
        let (mut write, _) = another_order(&author);
        write.answers.push(answer(status));
        refused(&subject, &author, write).await;
    }
}

/// The others of the batch win, before and after the offender.
pub async fn a_refused_write_hurts_nobody_else(subject: Subject) {
    let store = &*subject.store;
    let (author, _, [_, waits]) = kitchen_at_work(&subject).await;
    let [mut b, mut c, mut d] = [subject.author(1).await, subject.author(2).await, subject.author(3).await];
    let mut late = d.clone();
    d.place(OrderType::Vip);
    d.commit(store).await;
    for other in [&mut b, &mut c, &mut late] {
        other.place(OrderType::Normal);
    }
    let spoilt = row_instead(&author, Order { deleted_at: Some(author.now), ..(*author.order(waits)).clone() });
    let verdicts = commit(store, [b.write(), spoilt, late.write(), c.write()]).await;
    assert!(
        matches!(verdicts[..], [Verdict::Won, Verdict::Violated(_), Verdict::Conflict, Verdict::Won]),
        "{verdicts:?}"
    );
    for author in [&author, &b, &c, &d] {
        same(store, author).await;
    }
}
