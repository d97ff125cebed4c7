//! Lists of orders, wherever their rows are.

use std::collections::BTreeSet;

use feedme_kitchen::{Command, Mode, Order, OrderNumber, OrderType, Status, Time};
use feedme_store::{HistoryFilter, PAGE_MAX, Store};

use super::{Author, Subject};

/// Everything, a page at a time.
/// A page of as many orders as may be, whichever they are.
pub const ALL: HistoryFilter = HistoryFilter {
    status: None,
    order_type: None,
    number: None,
    from: None,
    to: None,
    user: None,
    below: None,
    limit: PAGE_MAX,
};

/// Orders of both types in every status, a second apart; some deleted; some of the rows moved.
async fn day(subject: &Subject) -> Author {
    let store = &*subject.store;
    let mut author = subject.author(0).await;
    author.cook_for(0);
    for n in 0..40_u64 {
        let order = author.place(if n % 3 == 0 { OrderType::Vip } else { OrderType::Normal });
        match n % 5 {
            0 => {
                author.must(Command::CancelOrder(order));
            }
            1 | 2 => {
                author.add(Mode::Auto);
                let cooks = author.kitchen.cooking().next().expect("an order waited").id();
                author.complete(cooks);
                author.must(Command::RemoveNewestBot);
            }
            _ => {}
        }
        author.now = author.now.plus_ms(1000);
        author.commit(store).await;
        if n == 20 {
            author.must(Command::ClearOrders);
            author.commit(store).await;
            store.tidy(author.now, Time(0)).await.expect("the store can be written");
        }
    }
    author.add(Mode::Pull);
    let cook = author.kitchen.bots().next_back().expect("one was just added").id;
    author.must(Command::ClaimOrder(cook));
    let finals: Vec<_> = author.orders.values().filter(|order| order.is_final()).map(|order| order.id()).collect();
    for order in finals.into_iter().step_by(4) {
        author.must(Command::DeleteOrder(order));
    }
    author.commit(store).await;
    author
}

async fn numbers(store: &dyn Store, author: &Author, filter: HistoryFilter) -> Vec<u64> {
    let (mut found, mut below) = (Vec::new(), filter.below);
    loop {
        let filter = HistoryFilter { below, ..filter };
        let page = store.history(author.restaurant, &filter).await.expect("the store can be read");
        assert!(page.orders.len() <= filter.limit);
        assert!(page.next.is_none() || page.orders.len() == filter.limit, "a page that is not full is the last");
        for order in &page.orders {
            assert_eq!(author.orders.get(&order.id()), Some(order));
        }
        found.extend(page.orders.iter().map(|order| order.number().0));
        below = page.next;
        if below.is_none() {
            return found;
        }
    }
}

/// What the author knows must be listed.
fn expected(author: &Author, matches: impl Fn(&Order) -> bool) -> Vec<u64> {
    let shown = author.orders.values().filter(|order| order.deleted_at.is_none() && matches(order));
    let numbers: BTreeSet<_> = shown.map(|order| order.number().0).collect();
    numbers.into_iter().rev().collect()
}

/// Whatever the size of the pages.
pub async fn pages_are_newest_first_and_complete(subject: Subject) {
    let author = day(&subject).await;
    let all = expected(&author, |_| true);
    assert!(all.len() > 20);
    for limit in [1, 2, 7, all.len() - 1, all.len(), all.len() + 1] {
        let filter = HistoryFilter { limit, ..ALL };
        assert_eq!(numbers(&*subject.store, &author, filter).await, all, "{limit} a page");
    }
    let nobody = subject.author(1).await;
    assert_eq!(numbers(&*subject.store, &nobody, ALL).await, [0; 0]);
    let filter = HistoryFilter { below: Some(OrderNumber(1)), ..ALL };
    assert_eq!(numbers(&*subject.store, &author, filter).await, [0; 0]);
}

/// Each for itself and together.
pub async fn filters_select(subject: Subject) {
    let author = day(&subject).await;
    let store = &*subject.store;
    for status in [Status::Pending, Status::Processing, Status::Complete, Status::Cancelled] {
        let filter = HistoryFilter { status: Some(status), limit: 3, ..ALL };
        let expected = expected(&author, |order| order.status() == status);
        assert!(!expected.is_empty(), "{status:?}");
        assert_eq!(numbers(store, &author, filter).await, expected, "{status:?}");
    }
    for order_type in [OrderType::Normal, OrderType::Vip] {
        let filter = HistoryFilter { order_type: Some(order_type), ..ALL };
        let expected = expected(&author, |order| order.ticket.order_type == order_type);
        assert_eq!(numbers(store, &author, filter).await, expected, "{order_type:?}");
    }
    for number in [1, 2, 3, 30, 99] {
        let filter = HistoryFilter { number: Some(OrderNumber(number)), ..ALL };
        let expected = expected(&author, |order| order.number().0 == number);
        assert_eq!(numbers(store, &author, filter).await, expected, "number {number}");
    }
    // Both limits are moments at which an order was placed that is listed.
    let placed_at = |number: u64| {
        let order = author.orders.values().find(|order| order.number().0 == number);
        order.expect("it is listed").ticket.created_at
    };
    let listed = expected(&author, |_| true);
    let (from, to) = (placed_at(listed[listed.len() - 5]), placed_at(listed[4]));
    let filter = HistoryFilter { from: Some(from), to: Some(to), limit: 4, ..ALL };
    let within = |order: &Order| (from..to).contains(&order.ticket.created_at);
    assert_eq!(numbers(store, &author, filter).await, expected(&author, within), "from inclusive, to exclusive");
    let filter = HistoryFilter { status: Some(Status::Cancelled), order_type: Some(OrderType::Vip), ..filter };
    let both = |order: &Order| {
        within(order) && order.status() == Status::Cancelled && order.ticket.order_type == OrderType::Vip
    };
    assert_eq!(numbers(store, &author, filter).await, expected(&author, both), "all at once");
}

/// Restored, they are back.
pub async fn deleted_orders_are_hidden_and_still_found_by_id(subject: Subject) {
    let mut author = day(&subject).await;
    let store = &*subject.store;
    let deleted: Vec<_> = author.orders.values().filter(|order| order.deleted_at.is_some()).cloned().collect();
    assert!(deleted.len() > 2);
    for order in &deleted {
        let found = store.order(author.restaurant, order.id()).await.expect("the store can be read");
        assert_eq!(found.as_ref(), Some(order));
    }
    for order in &deleted {
        author.must(Command::RestoreOrder(order.id()));
    }
    author.commit(store).await;
    let all = numbers(store, &author, ALL).await;
    assert!(deleted.iter().all(|order| all.contains(&order.number().0)));
}

/// Moving rows changes no list.
pub async fn live_and_moved_rows_are_one_list(subject: Subject) {
    let author = day(&subject).await;
    let store = &*subject.store;
    let filter = HistoryFilter { limit: 6, ..ALL };
    let before = numbers(store, &author, filter).await;
    while store.tidy(author.now.plus_ms(1), Time(0)).await.expect("the store can be written").more {}
    assert_eq!(numbers(store, &author, filter).await, before);
    super::author::same(store, &author).await;
}
