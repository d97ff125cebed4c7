//! The examination: do the tables say what the events say?
//!
//! Every event of every restaurant is folded anew, legality included, onto what stands for those that were
//! forgotten, and what comes out is compared with
//! the tables: the live state, every order's row wherever it lives, the counters. It reads one moment of the
//! database and may run beside servers.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use feedme_kitchen::{Kitchen, Order, OrderId, OrderNumber, Rows, check};

use crate::moment::{Moment, Part, Piece, Standing};
use crate::past::{self, Checkpoint};
use crate::record::OrderRecord;
use crate::{RestaurantId, StoreError};

/// What an examination found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What was examined, for each restaurant.
    pub examined: Vec<Examined>,
    /// What is wrong. Nothing, if all is well.
    pub problems: Vec<String>,
}

/// What was examined of one restaurant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// Its slug.
    pub slug: String,
    /// How many events were folded.
    pub events: u64,
    /// How many orders were compared.
    pub orders: u64,
    /// How many bots were compared.
    pub bots: usize,
}

/// Problems listed at most; a damaged database has either few or all of them.
const PROBLEMS_MAX: usize = 100;

/// Examines every restaurant, or the one with this slug; one that does not exist is not among what was examined.
/// `progress` is told how many events are folded, and of how many.
pub async fn examine(
    moment: &mut dyn Moment,
    only: Option<&str>,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<Findings, StoreError> {
    let mut findings = Findings { examined: Vec::new(), problems: moment.own_problems().await? };
    let mut standings = moment.standings().await?;
    standings.retain(|standing| only.is_none_or(|slug| standing.restaurant.slug == slug));
    let total = standings.iter().map(|standing| standing.version.0).sum();
    let mut done = 0;
    for standing in &standings {
        let mut step = |events: u64| {
            done += events;
            progress(done, total);
        };
        let examined = examine_restaurant(moment, standing, &mut step, &mut findings.problems).await?;
        findings.examined.push(examined);
    }
    findings.problems.truncate(PROBLEMS_MAX);
    Ok(findings)
}

async fn examine_restaurant(
    moment: &mut dyn Moment,
    standing: &Standing,
    progress: &mut (impl FnMut(u64) + Send),
    problems: &mut Vec<String>,
) -> Result<Examined, StoreError> {
    let (id, slug) = (standing.restaurant.id, &standing.restaurant.slug);
    let (folded, digests) = match fold(moment, standing, progress).await? {
        Ok(folded) => folded,
        Err(problem) => {
            problems.push(format!("{slug}: {problem}"));
            return Ok(Examined { slug: slug.clone(), events: 0, orders: 0, bots: 0 });
        }
    };
    problems.extend(check::violations(&folded).into_iter().map(|what| format!("{slug}: the events say: {what}")));

    let loaded = moment.live(id).await?;
    let loaded = loaded.ok_or_else(|| StoreError::Corrupt(format!("{slug} cannot be loaded")))?;
    let (stored, contradictions) = Kitchen::load(loaded.parts);
    problems
        .extend(contradictions.iter().map(|what| format!("{slug}: bots and orders contradict each other: {what:?}")));
    compare_states(slug, &folded, &stored, problems);

    let orders = compare_orders(moment, id, slug, digests, problems).await?;
    Ok(Examined { slug: slug.clone(), events: folded.version().0, orders, bots: folded.bots().count() })
}

type Digests = HashMap<OrderId, u64>;

/// Folds all events; remembers a digest of each order, which takes 24 bytes where the order takes hundreds.
async fn fold(
    moment: &mut dyn Moment,
    standing: &Standing,
    progress: &mut (impl FnMut(u64) + Send),
) -> Result<Result<(Kitchen, Digests), String>, StoreError> {
    moment.begin(standing.restaurant.id, Part::Checkpoint).await?;
    let checkpoint = match moment.next().await?.pop() {
        Some(Piece::Checkpoint(checkpoint)) => checkpoint,
        _ => Checkpoint::at_the_opening(&standing.opened_as),
    };
    let mut kitchen = match checkpoint.kitchen() {
        Ok(kitchen) => kitchen,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut digests: Digests = checkpoint.state.orders.iter().map(|order| (order.id(), digest(order))).collect();
    progress(kitchen.version().0);
    moment.begin(standing.restaurant.id, Part::Events).await?;
    loop {
        let rows = moment.next().await?;
        if rows.is_empty() {
            return Ok(Ok((kitchen, digests)));
        }
        for piece in rows {
            let Piece::Events(row) = piece else { continue };
            let mut changed = Rows::default();
            match past::fold(&mut kitchen, &row, &mut changed) {
                Ok(()) => digests.extend(changed.orders.iter().map(|(id, order)| (*id, digest(order)))),
                Err(problem) => return Ok(Err(problem)),
            }
            progress(row.last.saturating_sub(row.first) + 1);
        }
    }
}

fn compare_states(slug: &str, folded: &Kitchen, stored: &Kitchen, problems: &mut Vec<String>) {
    let mut compare = |what: &str, same: bool| {
        if !same {
            problems.push(format!("{slug}: the tables and the events disagree about {what}"));
        }
    };
    compare("the version", folded.version() == stored.version());
    compare("the counters", folded.counters() == stored.counters());
    compare("the name", folded.profile().name == stored.profile().name);
    compare("whether it is archived", folded.profile().archived_at == stored.profile().archived_at);
    compare("the settings", folded.settings() == stored.settings());
    compare("the policy's state", folded.turn() == stored.turn());
    compare("the time of the last event", folded.last_at() == stored.last_at());
    compare("the board", folded.board().eq(stored.board()));
    compare("the bots", folded.bots().eq(stored.bots()));
}

/// Compares every order's row, wherever it lives, with what the events say of it.
async fn compare_orders(
    moment: &mut dyn Moment,
    restaurant: RestaurantId,
    slug: &str,
    mut digests: Digests,
    problems: &mut Vec<String>,
) -> Result<u64, StoreError> {
    // The live table is small, and the history comes by number: so nothing else has to be remembered to find a number
    // that stands twice.
    let (mut live, mut former, mut orders) = (HashSet::new(), None::<OrderNumber>, 0);
    'all: for part in [Part::Live, Part::History] {
        moment.begin(restaurant, part).await?;
        loop {
            let rows = moment.next().await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let (order, stands_twice) = match row {
                    Piece::Live(order) => {
                        let is_new = live.insert(order.number());
                        (order, !is_new)
                    }
                    Piece::History(order) => {
                        let former = former.replace(order.number());
                        let twice = former == Some(order.number()) || live.contains(&order.number());
                        (order, twice)
                    }
                    _ => continue,
                };
                orders += u64::from(!stands_twice);
                problems.extend(judge(&order, stands_twice, &mut digests).map(|what| format!("{slug}: {what}")));
                if problems.len() > PROBLEMS_MAX {
                    break 'all;
                }
            }
        }
    }
    if problems.len() <= PROBLEMS_MAX && !digests.is_empty() {
        problems.push(format!("{slug}: {} orders are in the events and not in the tables", digests.len()));
    }
    Ok(orders)
}

/// What is wrong with an order's row, if anything is.
fn judge(order: &Order, stands_twice: bool, digests: &mut Digests) -> Option<String> {
    let number = order.number();
    if stands_twice {
        digests.remove(&order.id());
        return Some(format!("number {number} stands for two orders, or for one in two tables"));
    }
    match digests.remove(&order.id()) {
        None => Some(format!("order {number} is in the tables and not in the events, or twice")),
        Some(expected) if expected != digest(order) => {
            Some(format!("the tables and the events disagree about order {number}"))
        }
        Some(_) => None,
    }
}

fn digest(order: &Order) -> u64 {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(&OrderRecord::from(order))
        .expect("strings and numbers can always be written")
        .hash(&mut hasher);
    hasher.finish()
}
