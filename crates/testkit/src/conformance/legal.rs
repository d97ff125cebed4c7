//! Batches that are legal as a whole although their rows, written one by one, might not be.

use feedme_kitchen::{Command, Mode, OrderType, Status};

use super::author::same;
use super::{Author, Subject};

async fn committed(subject: &Subject, author: &mut Author) {
    author.commit(&*subject.store).await;
    same(&*subject.store, author).await;
}

/// Each lets go of what the other takes.
pub async fn two_bots_swap_their_orders_in_one_batch(subject: Subject) {
    let mut author = subject.author(0).await;
    let (a, b) = (author.add(Mode::Pull), author.add(Mode::Pull));
    let (first, second) = (author.place(OrderType::Normal), author.place(OrderType::Normal));
    for bot in [a, b] {
        author.must(Command::ClaimOrder(bot.id));
    }
    committed(&subject, &mut author).await;
    for _ in 0..2 {
        for bot in [a, b] {
            let held = author.kitchen.bot(bot.id).and_then(|bot| bot.current).expect("it cooks");
            let claim = author.order(held).work().expect("it is cooked").claim;
            author.must(Command::ReturnOrder { bot: bot.id, claim });
        }
        let before = [author.order(first), author.order(second)];
        assert!(before.iter().all(|order| order.status() == Status::Pending));
        for bot in [b, a] {
            author.must(Command::ClaimOrder(bot.id));
        }
        committed(&subject, &mut author).await;
        assert_eq!(author.order(first).work().expect("it is cooked").bot, Some(b.id));
        // And back again, through a third state of affairs.
        for bot in [b, a] {
            let held = author.kitchen.bot(bot.id).and_then(|bot| bot.current).expect("it cooks");
            let claim = author.order(held).work().expect("it is cooked").claim;
            author.must(Command::ReturnOrder { bot: bot.id, claim });
        }
        for bot in [a, b] {
            author.must(Command::ClaimOrder(bot.id));
        }
        committed(&subject, &mut author).await;
    }
}

/// "- Bot" while another is idle.
pub async fn a_bot_leaves_and_its_order_starts_elsewhere_in_one_batch(subject: Subject) {
    let mut author = subject.author(0).await;
    author.add(Mode::Auto);
    let first = author.place(OrderType::Normal);
    author.add(Mode::Auto);
    let second = author.place(OrderType::Normal);
    committed(&subject, &mut author).await;
    author.complete(first);
    committed(&subject, &mut author).await;
    author.must(Command::RemoveNewestBot);
    assert_eq!(author.order(second).status(), Status::Processing, "the other bot took it");
    committed(&subject, &mut author).await;
}

/// Cooking that takes no time.
pub async fn an_order_is_placed_cooked_and_done_in_one_batch(subject: Subject) {
    let mut author = subject.author(0).await;
    author.cook_for(0);
    author.add(Mode::Auto);
    let orders = [author.place(OrderType::Normal), author.place(OrderType::Vip)];
    for order in orders {
        author.complete(order);
    }
    committed(&subject, &mut author).await;
    assert!(orders.iter().all(|order| author.order(*order).status() == Status::Complete));
}

/// The bot and the order it cooks name each other, and neither was there before.
pub async fn a_bot_joins_cooks_and_leaves_in_one_batch(subject: Subject) {
    let mut author = subject.author(0).await;
    let order = author.place(OrderType::Normal);
    let bot = author.add(Mode::Auto);
    author.must(Command::RemoveBot(bot.id));
    committed(&subject, &mut author).await;
    assert_eq!(author.order(order).status(), Status::Pending);
    author.add(Mode::Auto);
    author.complete(order);
    author.must(Command::RemoveNewestBot);
    committed(&subject, &mut author).await;
}

async fn move_everything(subject: &Subject, author: &Author) -> usize {
    let later = author.now.plus_ms(1);
    let mut moved = 0;
    loop {
        let tidied = subject.store.tidy(later, later).await.expect("the store can be written");
        moved += tidied.moved;
        if !tidied.more {
            return moved;
        }
    }
}

/// A cancellation is undone after the row had moved to the history.
pub async fn an_order_that_had_moved_waits_again(subject: Subject) {
    let mut author = subject.author(0).await;
    let order = author.place(OrderType::Normal);
    author.must(Command::CancelOrder(order));
    committed(&subject, &mut author).await;
    assert_eq!(move_everything(&subject, &author).await, 1);
    same(&*subject.store, &author).await;
    author.must(Command::RestoreOrder(order));
    author.add(Mode::Auto);
    committed(&subject, &mut author).await;
    assert_eq!(author.order(order).status(), Status::Processing);
    author.complete(order);
    committed(&subject, &mut author).await;
}

/// Deleted, restored and handed over long after it left the board.
pub async fn a_moved_order_changes_and_moves_again(subject: Subject) {
    let mut author = subject.author(0).await;
    author.add(Mode::Auto);
    let order = author.place(OrderType::Vip);
    author.complete(order);
    author.must(Command::ClearOrders);
    committed(&subject, &mut author).await;
    for command in [Command::CollectOrder(order), Command::DeleteOrder(order), Command::RestoreOrder(order)] {
        assert_eq!(move_everything(&subject, &author).await, 1);
        author.now = author.now.plus_ms(10);
        author.must(command);
        committed(&subject, &mut author).await;
    }
    assert_eq!(move_everything(&subject, &author).await, 1);
    same(&*subject.store, &author).await;
}
