//! The examination: do the tables say what the events say?
//!
//! Every event of every restaurant is folded anew, legality included, and what comes out is compared with
//! the tables: the live state, every order's row wherever it lives, the counters. It reads one moment of the
//! database and may run beside a server.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use feedme_kitchen::{Kitchen, Order, OrderId, Rows, Settings, check};
use rusqlite::Connection;

use super::connect::{self, DATABASE_FILE};
use super::read;
use super::rows::{count, id, read_order};
use crate::record::{OrderRecord, decode_events};
use crate::{Restaurant, StoreError};

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

/// Examines the database in a folder. `progress` is told how many events are folded, and of how many.
pub fn examine(folder: &Path, mut progress: impl FnMut(u64, u64)) -> Result<Findings, StoreError> {
    let connection = connect::reader(&folder.join(DATABASE_FILE))?;
    let moment = connection.unchecked_transaction()?;
    let mut findings = Findings::default();
    check_files(&moment, &mut findings.problems)?;
    let restaurants = read::restaurants(&moment)?;
    let total = moment
        .query_row("SELECT coalesce(sum(version), 0) AS total FROM restaurants", [], |row| count(row, "total"))?;
    let mut done = 0;
    for restaurant in restaurants {
        let mut step = |events: u64| {
            done += events;
            progress(done, total);
        };
        let examined = examine_restaurant(&moment, &restaurant, &mut step, &mut findings.problems)?;
        findings.examined.push(examined);
    }
    findings.problems.truncate(PROBLEMS_MAX);
    Ok(findings)
}

/// What the database itself can check: pages, indexes, references.
fn check_files(connection: &Connection, problems: &mut Vec<String>) -> Result<(), StoreError> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        problems.extend(Some(line?).filter(|line| line != "ok").map(|line| format!("integrity: {line}")));
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let broken = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(2)?)))?;
    for reference in broken.take(20) {
        let (table, parent) = reference?;
        problems.push(format!("a row of {table} names a row of {parent} that does not exist"));
    }
    Ok(())
}

fn examine_restaurant(
    connection: &Connection,
    restaurant: &Restaurant,
    progress: &mut impl FnMut(u64),
    problems: &mut Vec<String>,
) -> Result<Examined, StoreError> {
    let slug = &restaurant.slug;
    let (folded, digests) = match fold(connection, restaurant, progress)? {
        Ok(folded) => folded,
        Err(problem) => {
            problems.push(format!("{slug}: {problem}"));
            return Ok(Examined { slug: slug.clone(), events: 0, orders: 0, bots: 0 });
        }
    };
    problems.extend(check::violations(&folded).into_iter().map(|what| format!("{slug}: the events say: {what}")));

    let loaded = read::load_within(connection, restaurant.id)?;
    let loaded = loaded.ok_or_else(|| StoreError::Corrupt(format!("{slug} cannot be loaded")))?;
    let (stored, contradictions) = Kitchen::load(loaded.parts);
    problems
        .extend(contradictions.iter().map(|what| format!("{slug}: bots and orders contradict each other: {what:?}")));
    compare_states(slug, &folded, &stored, problems);

    let orders = compare_orders(connection, restaurant, digests, problems)?;
    Ok(Examined { slug: slug.clone(), events: folded.version().0, orders, bots: folded.bots().count() })
}

type Digests = HashMap<OrderId, u64>;

/// Folds all events; remembers a digest of each order, which takes 24 bytes where the order takes hundreds.
fn fold(
    connection: &Connection,
    restaurant: &Restaurant,
    progress: &mut impl FnMut(u64),
) -> Result<Result<(Kitchen, Digests), String>, StoreError> {
    let opened_as =
        connection.query_row("SELECT opened_as FROM restaurants WHERE id = ?1", [id(&restaurant.id.0)], |row| {
            row.get::<_, String>(0)
        })?;
    let mut kitchen = Kitchen::new(Settings::default()).opened_as(&opened_as);
    let mut digests = Digests::new();
    let mut statement = connection
        .prepare("SELECT first_seq, last_seq, payload FROM events WHERE restaurant_id = ?1 ORDER BY last_seq")?;
    let mut rows = statement.query([id(&restaurant.id.0)])?;
    while let Some(row) = rows.next()? {
        let (first, last) = (count(row, "first_seq")?, count(row, "last_seq")?);
        let events = match decode_events(row.get_ref("payload")?.as_str().map_err(crate::record::damaged)?) {
            Ok(events) => events,
            Err(error) => return Ok(Err(format!("events {first} to {last}: {error}"))),
        };
        if events.first().map(|event| event.version.0) != Some(first)
            || events.last().map(|event| event.version.0) != Some(last)
        {
            return Ok(Err(format!("the row of events {first} to {last} holds others")));
        }
        let mut changed = Rows::default();
        for event in &events {
            if let Err(corrupt) = kitchen.apply_noting(event, &mut changed) {
                return Ok(Err(corrupt.to_string()));
            }
        }
        digests.extend(changed.orders.iter().map(|(id, order)| (*id, digest(order))));
        progress(events.len() as u64);
    }
    Ok(Ok((kitchen, digests)))
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
fn compare_orders(
    connection: &Connection,
    restaurant: &Restaurant,
    mut digests: Digests,
    problems: &mut Vec<String>,
) -> Result<u64, StoreError> {
    let slug = &restaurant.slug;
    let mut statement = connection.prepare("SELECT * FROM all_orders WHERE restaurant_id = ?1")?;
    let mut numbers = std::collections::HashSet::new();
    for order in statement.query_and_then([id(&restaurant.id.0)], read_order)? {
        let order = order?;
        let number = order.number();
        if !numbers.insert(number) {
            problems.push(format!("{slug}: number {number} stands for two orders"));
        }
        match digests.remove(&order.id()) {
            None => problems.push(format!("{slug}: order {number} is in the tables and not in the events, or twice")),
            Some(expected) if expected != digest(&order) => {
                problems.push(format!("{slug}: the tables and the events disagree about order {number}"));
            }
            Some(_) => {}
        }
        if problems.len() > PROBLEMS_MAX {
            break;
        }
    }
    if problems.len() <= PROBLEMS_MAX && !digests.is_empty() {
        problems.push(format!("{slug}: {} orders are in the events and not in the tables", digests.len()));
    }
    Ok(numbers.len() as u64)
}

fn digest(order: &Order) -> u64 {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(&OrderRecord::from(order))
        .expect("strings and numbers can always be written")
        .hash(&mut hasher);
    hasher.finish()
}
