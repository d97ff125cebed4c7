//! The statement, put together with its parameters: arrays, a column each.
//!
//! It has a step for each table that the batch writes to, and none for the others, because a step has its price whether it
//! has rows or not. Each set of steps is prepared once a connection.

use std::fmt::Write as _;

use super::columns::Rows;
use crate::postgres::server::STARTED;
use crate::postgres::session::Parameter;

/// Rows of a table up to which each is picked out of the arrays by its place. Handing over whole arrays costs a few
/// microseconds for each of them; picking costs the square of the rows.
const FEW: usize = 48;

pub(super) struct Statement<'p> {
    sql: String,
    parameters: Vec<Parameter<'p>>,
    /// Steps that change rows that must be there, as many as the restaurants say.
    updates: Vec<&'static str>,
}

/// Which rows a step changes, and what they must be before.
pub(super) struct Expected {
    /// The columns that name a row.
    pub(super) key: &'static [&'static str],
    /// The columns that say what it must be, and are not written.
    pub(super) asked: &'static [&'static str],
    /// The condition.
    pub(super) is: &'static str,
}

impl<'p> Statement<'p> {
    /// Moves on the restaurants that stand where their writes were decided. Those that another node is just changing are
    /// passed over, and all of them on any other server than the one that was started then.
    pub(super) fn of(restaurants: &'p impl Rows, only_on: Option<i64>) -> Self {
        let mut statement = Self { sql: String::new(), parameters: Vec::new(), updates: Vec::new() };
        let asked = statement.source(restaurants);
        let told = if restaurants.names().contains(&"settings") { TOLD } else { "" };
        // Not a parameter: where there is a pooler, statements are sent whole.
        let here = only_on.map_or(String::new(), |started_us| format!("AND {STARTED} = {started_us}"));
        statement.sql = format!(
            "WITH asked AS (
                 SELECT * FROM {asked}
             ), locked AS (
                 SELECT restaurants.id FROM asked JOIN restaurants ON restaurants.id = asked.id
                     AND restaurants.epoch = asked.epoch AND restaurants.version = asked.expected {here}
                 FOR NO KEY UPDATE OF restaurants SKIP LOCKED
             ), won AS (
                 UPDATE restaurants SET version = asked.version, policy_state = asked.policy_state,
                     next_order_number = asked.next_order_number, next_bot_number = asked.next_bot_number,
                     next_claim = asked.next_claim, next_due_at = asked.next_due_at, updated_at = asked.updated_at{told}
                 FROM asked JOIN locked ON locked.id = asked.id
                 WHERE restaurants.id = asked.id AND restaurants.epoch = asked.epoch
                     AND restaurants.version = asked.expected
                 RETURNING restaurants.id, asked.updates
             )"
        );
        statement
    }

    /// Writes rows that are new.
    pub(super) fn insert(&mut self, step: &str, table: &str, rows: &'p impl Rows) {
        if !rows.is_empty() {
            let source = self.source(rows);
            let names = rows.names().join(", ");
            let _ = write!(
                self.sql,
                ", {step} AS (
                     INSERT INTO {table} ({names}) SELECT {names} FROM {source}
                     WHERE {ITS_RESTAURANT} IN (SELECT id FROM won)
                 )"
            );
        }
    }

    /// Changes rows that are there and what they were when the write was decided.
    pub(super) fn update(&mut self, step: &'static str, table: &str, expected: &Expected, rows: &'p impl Rows) {
        if !rows.is_empty() {
            let source = self.source(rows);
            let Expected { key, asked, is } = expected;
            let changes = |name: &&str| !key.contains(name) && !asked.contains(name);
            let changed: Vec<_> = rows.names().into_iter().filter(changes).collect();
            let changed = set(&changed, "new");
            let key = each(key, " AND ", |name| format!("{table}.{name} = new.{name}"));
            let _ = write!(
                self.sql,
                ", {step} AS (
                     UPDATE {table} SET {changed} FROM {source}
                     WHERE {key} AND {is} AND {table}.restaurant_id IN (SELECT id FROM won)
                     RETURNING 1
                 )"
            );
            self.updates.push(step);
        }
    }

    /// Changes orders that may have moved to the history: such a one leaves it, and stands among the live rows with its
    /// change. Only an undo, a deletion or a handing over can be about one.
    pub(super) fn bring_back(&mut self, rows: &'p impl Rows) {
        if !rows.is_empty() {
            let source = self.source(rows);
            let names = rows.names().join(", ");
            let changed = set(CHANGES, "excluded");
            let _ = write!(
                self.sql,
                ", back AS (
                     SELECT * FROM {source} WHERE {ITS_RESTAURANT} IN (SELECT id FROM won)
                 ), gone AS (
                     DELETE FROM orders_history USING back
                     WHERE orders_history.restaurant_id = back.restaurant_id AND orders_history.number = back.number
                         AND orders_history.created_at = back.created_at
                 ), returned AS (
                     INSERT INTO orders ({names}) SELECT {names} FROM back
                     ON CONFLICT (restaurant_id, number) DO UPDATE SET {changed}
                 )"
            );
        }
    }

    /// The statement: it returns who moved on. A row that is not there, or not what it was when the write was decided, is a
    /// bug, and undoes the statement by a division by zero.
    pub(super) fn finish(mut self) -> (String, Vec<Parameter<'p>>) {
        self.sql += " SELECT won.id";
        if !self.updates.is_empty() {
            let done = each(&self.updates, " + ", |step| format!("(SELECT count(*) FROM {step})"));
            let _ =
                write!(self.sql, ", 1 / CASE WHEN {done} = (SELECT sum(updates) FROM won) THEN 1 ELSE 0 END AS whole");
        }
        self.sql += " FROM won";
        (self.sql, self.parameters)
    }

    /// Arrays as rows.
    fn source(&mut self, rows: &'p impl Rows) -> String {
        let first = self.parameters.len() + 1;
        rows.parameters(&mut self.parameters);
        let names = rows.names();
        let numbers = first..first + names.len();
        if rows.len() > FEW {
            let arrays = numbers.map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
            return format!("unnest({arrays}) AS new ({})", names.join(", "));
        }
        let picked = names.iter().zip(numbers).map(|(name, n)| format!("(${n})[place] AS {name}"));
        let picked = picked.collect::<Vec<_>>().join(", ");
        format!("(SELECT {picked} FROM unnest(${first}) WITH ORDINALITY AS one (key, place)) AS new")
    }
}

const ITS_RESTAURANT: &str = "new.restaurant_id";

/// What is told of a restaurant besides its board.
const TOLD: &str = ", settings = coalesce(asked.settings, restaurants.settings),
    name = coalesce(asked.name, restaurants.name),
    archived_at = CASE WHEN asked.name IS NULL THEN restaurants.archived_at ELSE asked.archived_at END";

/// What may change of an order after it was placed.
const CHANGES: &[&str] = &[
    "status",
    "bot_id",
    "claim",
    "started_at",
    "due_at",
    "completed_at",
    "cancelled_at",
    "collected_at",
    "archived_at",
    "updated_at",
    "deleted_at",
];

fn set(names: &[&str], from: &str) -> String {
    each(names, ", ", |name| format!("{name} = {from}.{name}"))
}

fn each(names: &[&str], between: &str, what: impl Fn(&str) -> String) -> String {
    names.iter().map(|name| what(name)).collect::<Vec<_>>().join(between)
}
