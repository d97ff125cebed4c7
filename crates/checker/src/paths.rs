//! Events form legal paths; the tables, and every snapshot that was shown, equal their fold; the counts add up.

use std::collections::HashMap;

use feedme_kitchen::{Kitchen, Order, Rows, State, Status, Version, check};

use super::{Board, Final, Part, Seen, demand};

pub(super) fn check(part: &Part<'_>, found: &mut Vec<String>) {
    let last = part.last;
    let mut boards = HashMap::<Version, Vec<&Board>>::new();
    let frames = part.screens.iter().flat_map(|(_, screen)| &screen.frames);
    let seen = frames.filter_map(|seen| match seen {
        Seen::Snapshot(board) => Some(board),
        _ => None,
    });
    for board in seen.chain(part.looks.iter().filter_map(|look| look.board.as_ref())) {
        boards.entry(board.version).or_default().push(board);
    }
    let (mut kitchen, mut rows) = (last.first.clone(), Rows::default());
    rows.orders = last.first.board().map(|order| (order.id(), std::sync::Arc::clone(order))).collect();
    for step in 0..=last.events.len() {
        for board in boards.remove(&kitchen.version()).unwrap_or_default() {
            let version = kitchen.version();
            demand(found, board.shows(&kitchen), || {
                format!("the snapshot of version {version} shows something else: {board:?}\n{kitchen:?}")
            });
        }
        let Some(event) = last.events.get(step) else { break };
        if let Err(corrupt) = kitchen.apply_noting(event, &mut rows) {
            found.push(corrupt.to_string());
            return;
        }
    }
    for version in boards.keys().filter(|version| **version > last.first.version()) {
        found.push(format!("a snapshot was shown of version {version}, which never was"));
    }
    found.extend(check::violations(&kitchen));
    demand(found, last.contradictions.is_empty(), || format!("contradictions: {:?}", last.contradictions));
    demand(found, last.loaded.as_ref().is_none_or(|loaded| *loaded == kitchen), || {
        format!("the tables and the fold disagree:\n{:?}\n{kitchen:?}", last.loaded)
    });
    for order in &last.rows {
        let folded = rows.orders.remove(&order.id());
        demand(found, folded.as_ref() == Some(order), || {
            format!("order {} is {order:?} in the table and {folded:?} by its events", order.number())
        });
        demand(found, in_order(order), || format!("the times of order {} contradict each other", order.number()));
    }
    demand(found, rows.orders.is_empty(), || format!("{} orders have no row", rows.orders.len()));
    check_counts(last, &kitchen, found);
}

/// created = pending + processing + complete + cancelled, by rows, by events and by the board.
fn check_counts(last: &Final, kitchen: &Kitchen, found: &mut Vec<String>) {
    let placed = last.events.iter().filter(|event| event.change.name() == "order.placed").count();
    let created = last.first.live_orders() + placed;
    demand(found, created == last.rows.len(), || {
        format!("{created} orders were placed and there are {} rows", last.rows.len())
    });
    for status in [Status::Pending, Status::Processing] {
        let rows = last.rows.iter().filter(|order| order.status() == status).count();
        demand(found, rows == kitchen.count(status), || format!("{rows} rows are {status:?}"));
    }
}

fn in_order(order: &Order) -> bool {
    let created_at = order.ticket.created_at;
    match order.state {
        State::Pending | State::Cancelled { .. } => created_at <= order.updated_at,
        State::Processing(work) => created_at <= work.started_at,
        State::Complete { work, completed_at, .. } => created_at <= work.started_at && work.started_at <= completed_at,
    }
}
