//! An order that is looked up is shown as it was at some moment not before what was known when it was asked for.

use std::collections::{HashMap, HashSet};

use feedme_kitchen::{Change, Order, OrderId, Version};

use super::screens::Known;
use super::{Part, demand};

pub(super) fn check(part: &Part<'_>, found: &mut Vec<String>) {
    if part.lookups.is_empty() {
        return;
    }
    let lives = lives(part);
    let mut lookups = part.lookups.clone();
    lookups.sort_by_key(|lookup| lookup.start);
    let mut known = Known::of(part);
    for lookup in lookups {
        let must = known.before(lookup.start);
        let life = lives.get(&lookup.order).map_or(&[][..], Vec::as_slice);
        // What it was when the last event that had to be known had happened, and all that it became since.
        let from = life.partition_point(|(version, _)| *version <= must).saturating_sub(1);
        let possible = &life[from..];
        let shown = lookup.found.as_deref().map(visible);
        let fits = possible.iter().any(|(_, then)| *then == shown);
        // Nobody saw it change: it is one of before, or of a restaurant that nobody watched.
        let unwatched = life.is_empty() && shown.is_some();
        let not_yet = shown.is_none() && life.first().is_none_or(|(first, _)| *first > must);
        demand(found, fits || unwatched || not_yet, || {
            format!("order {} was shown as {shown:?} when version {must} was known: {possible:?}", lookup.order)
        });
    }
}

/// An order but for when it left the board, which no answer shows.
fn visible(order: &Order) -> Order {
    Order { archived_at: None, ..order.clone() }
}

type Life = Vec<(Version, Option<Order>)>;

/// What became of each order that was looked up, from version to version; `None` while it is deleted.
fn lives(part: &Part<'_>) -> HashMap<OrderId, Life> {
    let wanted: HashSet<_> = part.lookups.iter().map(|lookup| lookup.order).collect();
    let mut lives = HashMap::<OrderId, Life>::new();
    let first = part.last.first.board().filter(|order| wanted.contains(&order.id()));
    for order in first {
        lives.entry(order.id()).or_default().push((part.last.first.version(), Some(visible(order))));
    }
    for event in &part.last.events {
        match &event.change {
            Change::OrdersCleared { cancelled, archived } => {
                for id in cancelled.iter().filter(|id| wanted.contains(id)) {
                    let life = lives.entry(*id).or_default();
                    let before = life.last().and_then(|(_, order)| order.clone());
                    life.push((event.version, before.and_then(|order| order.cancelled(event.at))));
                }
                for id in archived.iter().filter(|id| wanted.contains(id)) {
                    let life = lives.entry(*id).or_default();
                    let before = life.last().and_then(|(_, order)| order.clone());
                    life.push((event.version, before.map(|order| Order { updated_at: event.at, ..order })));
                }
            }
            change => {
                let Some(order) = change.order().filter(|order| wanted.contains(&order.id())) else { continue };
                let shown = order.deleted_at.is_none().then(|| visible(order));
                lives.entry(order.id()).or_default().push((event.version, shown));
            }
        }
    }
    lives
}
