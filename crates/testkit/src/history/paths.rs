//! Events form legal paths; the tables, and every snapshot that was shown, equal their fold; the counts add up.

use std::collections::HashMap;

use feedme_kitchen::{Kitchen, Order, Rows, Settings, State, Status, Version, check};

use super::{Final, ScreenLog, Seen, demand};

pub(super) fn check<'a>(last: &Final, screens: impl Iterator<Item = &'a ScreenLog>, found: &mut Vec<String>) {
    let mut snapshots = HashMap::<Version, Vec<_>>::new();
    for seen in screens.flat_map(|screen| &screen.frames) {
        if let Seen::Snapshot(snapshot) = seen {
            let here = snapshots.entry(snapshot.version).or_default();
            // Screens share the snapshot of a version.
            if !here.iter().any(|other| std::sync::Arc::ptr_eq(other, snapshot)) {
                here.push(std::sync::Arc::clone(snapshot));
            }
        }
    }
    let (mut kitchen, mut rows) = (Kitchen::new(Settings::default()).opened_as(&last.opened_as), Rows::default());
    for step in 0..=last.events.len() {
        for snapshot in snapshots.remove(&kitchen.version()).unwrap_or_default() {
            let same = snapshot.orders.iter().eq(kitchen.board())
                && snapshot.bots.iter().eq(kitchen.bots())
                && snapshot.settings == kitchen.settings()
                && snapshot.profile == *kitchen.profile();
            demand(found, same, || format!("the snapshot of version {} shows something else", kitchen.version()));
        }
        let Some(event) = last.events.get(step) else { break };
        if let Err(corrupt) = kitchen.apply_noting(event, &mut rows) {
            found.push(corrupt.to_string());
            return;
        }
    }
    for version in snapshots.keys() {
        found.push(format!("a snapshot was shown of version {version}, which never was"));
    }
    found.extend(check::violations(&kitchen));
    demand(found, last.contradictions.is_empty(), || format!("contradictions: {:?}", last.contradictions));
    demand(found, last.loaded == kitchen, || {
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
    let created = last.events.iter().filter(|event| event.change.name() == "order.placed").count();
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
