//! The SQL of a commit. It knows no rule: it writes what it is handed, if nobody was quicker.

use feedme_kitchen::{Change, OrderNumber, Status, Time, check};
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params};

use super::rows::{OrderRow, Updates, id};
use crate::record::{encode_settings, encode_turn};
use crate::{Batch, CommitError, KeptAnswer, KeyScope, RestaurantId, Verdict, Write};

/// Writes a batch in one transaction. When a constraint refuses it, each write is tried alone, so that only
/// the offender loses.
pub(super) fn commit(
    connection: &mut Connection,
    batch: &Batch,
    payloads: &[String],
) -> Result<Vec<Verdict>, CommitError> {
    let writes: Vec<_> = batch.writes.iter().zip(payloads).collect();
    if batch.writes.iter().any(|write| check::pairs(&write.rows).is_err()) {
        return commit_one_by_one(connection, &writes);
    }
    match try_commit(connection, &writes, Parking::No) {
        Ok(verdicts) => Ok(verdicts),
        Err(error) if is_constraint(&error) => commit_one_by_one(connection, &writes),
        Err(error) => Err(outcome_of(&error)),
    }
}

fn commit_one_by_one(connection: &mut Connection, writes: &[(&Write, &String)]) -> Result<Vec<Verdict>, CommitError> {
    let mut verdicts = Vec::with_capacity(writes.len());
    for write in writes {
        match commit_alone(connection, *write) {
            Ok(verdict) => verdicts.push(verdict),
            // What came before it is durable, so "nothing was written" would be a lie.
            Err(CommitError::NotCommitted(why)) if verdicts.contains(&Verdict::Won) => {
                return Err(CommitError::Unknown(why));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(verdicts)
}

fn commit_alone(connection: &mut Connection, write: (&Write, &String)) -> Result<Verdict, CommitError> {
    if let Err(why) = check::pairs(&write.0.rows) {
        return Ok(Verdict::Violated(why));
    }
    match try_commit(connection, &[write], Parking::Yes) {
        Ok(verdicts) => Ok(verdicts.into_iter().next().unwrap_or(Verdict::Conflict)),
        Err(error) if is_constraint(&error) => Ok(Verdict::Violated(error.to_string())),
        Err(error) => Err(outcome_of(&error)),
    }
}

/// Whether rows that name a bot or an order let go of it before any takes one. Two bots that swap orders
/// within one batch need it; it costs a write more for each row, so it is tried second.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parking {
    No,
    Yes,
}

fn try_commit(
    connection: &mut Connection,
    writes: &[(&Write, &String)],
    parking: Parking,
) -> Result<Vec<Verdict>, rusqlite::Error> {
    // Dropped without a commit, it rolls back.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut verdicts = Vec::with_capacity(writes.len());
    for (write, payload) in writes {
        let won = write_one(&transaction, write, payload, parking)?;
        verdicts.push(if won { Verdict::Won } else { Verdict::Conflict });
    }
    transaction.commit()?;
    Ok(verdicts)
}

/// Writes one write within a transaction that is under way. False when it conflicts.
pub(super) fn write_within(transaction: &Connection, write: &Write, payload: &str) -> Result<bool, rusqlite::Error> {
    write_one(transaction, write, payload, Parking::No)
}

fn write_one(
    transaction: &Connection,
    write: &Write,
    payload: &str,
    parking: Parking,
) -> Result<bool, rusqlite::Error> {
    let won = advance(transaction, write)?;
    if won {
        write_rows(transaction, write, payload, parking)?;
    }
    Ok(won)
}

/// The compare-and-set: moves the restaurant on, if it stands where the write was decided.
fn advance(transaction: &Connection, write: &Write) -> Result<bool, rusqlite::Error> {
    // An order that was restored may be older than all that are live.
    let lowest_live = write.rows.orders.values().filter(|order| order.is_live()).min_by_key(|order| order.number());
    let changed = transaction
        .prepare_cached(
            "UPDATE restaurants SET version = ?4, policy_state = ?5, next_order_number = ?6, next_bot_number = ?7,
                 next_claim = ?8, updated_at = ?9, settings = coalesce(?10, settings), live_from = min(live_from, ?11),
                 archived_at = iif(?12 IS NULL, archived_at, ?13), name = coalesce(?12, name)
             WHERE id = ?1 AND epoch = ?2 AND version = ?3",
        )?
        .execute(params![
            id(&write.restaurant.0),
            write.epoch.0,
            write.expected.0.cast_signed(),
            write.version.0.cast_signed(),
            encode_turn(write.turn),
            write.counters.next_order.0.cast_signed(),
            write.counters.next_bot.0.cast_signed(),
            write.counters.next_claim.0.cast_signed(),
            write.last_at.0,
            write.settings.map(encode_settings),
            lowest_live.map_or(i64::MAX, |order| order.number().0.cast_signed()),
            write.profile.as_ref().map(|profile| &*profile.name),
            write.profile.as_ref().and_then(|profile| profile.archived_at).map(|at| at.0),
        ])?;
    Ok(changed == 1)
}

fn write_rows(transaction: &Connection, write: &Write, payload: &str, parking: Parking) -> Result<(), rusqlite::Error> {
    let rows = &write.rows;
    if parking == Parking::Yes {
        park(transaction, write)?;
    }
    insert_new_bots(transaction, write)?;
    // What lets go of a bot or an order is written before what takes one, or the unique indexes fire within
    // a legal batch.
    let first_new = write.events.iter().find_map(|event| match &event.change {
        Change::OrderPlaced(order) => Some(order.number()),
        _ => None,
    });
    let mut insert = transaction.prepare_cached(OrderRow::INSERT)?;
    let mut updates = Updates::prepare(transaction)?;
    for cooking in [false, true] {
        for order in rows.orders.values().filter(|order| (order.status() == Status::Processing) == cooking) {
            let is_new = first_new.is_some_and(|first| order.number() >= first);
            let row = OrderRow::from(&**order);
            if is_new || !row.update(&mut updates, write.restaurant)? {
                if !is_new {
                    leave_history(transaction, write, order.number())?;
                }
                row.insert(&mut insert, write.restaurant)?;
            }
        }
    }
    update_bots(transaction, write)?;
    if let (Some(first), Some(last)) = (write.events.first(), write.events.last()) {
        insert_events(transaction, write.restaurant, [first.version.0, last.version.0], last.at, payload)?;
    }
    for (scope, answer) in &write.answers {
        insert_answer(transaction, write.restaurant, scope, answer)?;
    }
    Ok(())
}

/// Adds the events of a commit, from the first to the last.
pub(super) fn insert_events(
    transaction: &Connection,
    restaurant: RestaurantId,
    [first, last]: [u64; 2],
    at: Time,
    payload: &str,
) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached(
            "INSERT INTO events (restaurant_id, first_seq, last_seq, at, payload) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![id(&restaurant.0), first.cast_signed(), last.cast_signed(), at.0, payload])?;
    Ok(())
}

/// Keeps an answer.
pub(super) fn insert_answer(
    transaction: &Connection,
    restaurant: RestaurantId,
    scope: &KeyScope,
    answer: &KeptAnswer,
) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached(
            "INSERT INTO idempotency_keys (restaurant_id, caller, key, fingerprint, status, location, body, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            id(&restaurant.0),
            scope.caller,
            scope.key,
            answer.fingerprint.as_slice(),
            answer.status,
            answer.location,
            answer.body,
            answer.at.0,
        ])?;
    Ok(())
}

/// The order had moved to the history: a change brings it back, and in an hour it moves again.
fn leave_history(transaction: &Connection, write: &Write, number: OrderNumber) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached("DELETE FROM orders_history WHERE restaurant_id = ?1 AND number = ?2")?
        .execute(params![id(&write.restaurant.0), number.0.cast_signed()])?;
    Ok(())
}

/// New bots come first, and empty-handed: an order written before its bot would be a reference to nothing for
/// a moment, and SQLite looks through every order there is when the bot that it waits for comes.
fn insert_new_bots(transaction: &Connection, write: &Write) -> Result<(), rusqlite::Error> {
    let mut insert = transaction.prepare_cached(
        "INSERT OR ROLLBACK INTO bots (id, restaurant_id, number, mode, status, created_at, updated_at, deleted_at)
         VALUES (?1, ?2, ?3, ?4, 'IDLE', ?5, ?6, ?7)",
    )?;
    for event in &write.events {
        let Change::BotAdded(added) = &event.change else { continue };
        let Some(bot) = write.rows.bots.get(&added.id) else { continue };
        let mode = crate::record::mode_name(bot.mode);
        insert.execute(params![
            id(&bot.id.0),
            id(&write.restaurant.0),
            bot.number.0.cast_signed(),
            mode,
            bot.created_at.0,
            bot.updated_at.0,
            bot.deleted_at.map(|at| at.0),
        ])?;
    }
    Ok(())
}

fn update_bots(transaction: &Connection, write: &Write) -> Result<(), rusqlite::Error> {
    let mut update = transaction.prepare_cached(
        "UPDATE OR ROLLBACK bots SET status = ?2, current_order_id = ?3, updated_at = ?4, deleted_at = ?5 WHERE id = ?1",
    )?;
    for holding in [false, true] {
        for bot in write.rows.bots.values().filter(|bot| bot.current.is_some() == holding) {
            let status = if holding { "PROCESSING" } else { "IDLE" };
            let current = bot.current.as_ref().map(|order| id(&order.0));
            update
                .execute(params![id(&bot.id.0), status, current, bot.updated_at.0, bot.deleted_at.map(|at| at.0),])?;
        }
    }
    Ok(())
}

/// Lets every row of the write that exists let go of its bot or order.
fn park(transaction: &Connection, write: &Write) -> Result<(), rusqlite::Error> {
    for order in write.rows.orders.values() {
        let OrderNumber(number) = order.number();
        transaction
            .prepare_cached(
                "UPDATE orders SET status = 'PENDING', bot_id = NULL, claim = NULL, started_at = NULL, due_at = NULL
                 WHERE restaurant_id = ?1 AND number = ?2 AND status = 'PROCESSING'",
            )?
            .execute(params![id(&write.restaurant.0), number.cast_signed()])?;
    }
    for bot in write.rows.bots.keys() {
        transaction
            .prepare_cached("UPDATE bots SET status = 'IDLE', current_order_id = NULL WHERE id = ?1")?
            .execute([id(&bot.0)])?;
    }
    Ok(())
}

fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

/// What an error means for those who wait.
fn outcome_of(error: &rusqlite::Error) -> CommitError {
    use rusqlite::ffi;
    let what = error.to_string();
    let extended = error.sqlite_error().map_or(0, |error| error.extended_code);
    match error.sqlite_error_code() {
        // The index of the log could not grow: that is a full disk too, and nothing was written yet.
        Some(ErrorCode::SystemIoFailure)
            if matches!(extended, ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_SHMMAP | ffi::SQLITE_IOERR_SHMOPEN) =>
        {
            CommitError::NotCommitted(what)
        }
        // After a failed write or fsync nobody knows what the disk holds, and asking the page cache would only
        // tell what it should hold. The next start finds out.
        Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            CommitError::Fatal(what)
        }
        // A full disk above all: the transaction is rolled back, and a later one finds room again.
        _ => CommitError::NotCommitted(what),
    }
}

#[cfg(test)]
mod tests;
