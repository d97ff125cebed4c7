//! Passing over numbers that may have been given out already, as the first change of a new history.

use feedme_kitchen::{Actor, Command, Context, Counters, Kitchen, Log, OrderNumber, Time};

use crate::{Loaded, StoreError, Write};

/// Numbers passed over unless told otherwise: more than an hour of a busy restaurant, and backups are made
/// every hour.
pub const SKIP_NUMBERS: u64 = 1000;

/// The change that passes over numbers, and the number that the next order gets.
pub fn passing_over(loaded: Loaded, skip: u64, actor: Actor, now: Time) -> Result<(Write, OrderNumber), StoreError> {
    let (restaurant, expected) = (loaded.restaurant.clone(), loaded.version());
    // What contradicts itself is put right when the restaurant is served.
    let (mut kitchen, _) = Kitchen::load(loaded.parts);
    let mut log = Log::default();
    let context = Context { at: now, actor, stored: None };
    kitchen
        .execute(Command::SkipNumbers { count: skip }, context, &mut log)
        .map_err(|refusal| StoreError::Corrupt(refusal.to_string()))?;
    let write = Write {
        restaurant: restaurant.id,
        epoch: restaurant.epoch,
        expected,
        version: kitchen.version(),
        last_at: kitchen.last_at(),
        counters: kitchen.counters(),
        next_due: kitchen.next_due(),
        turn: kitchen.turn(),
        settings: None,
        profile: None,
        events: log.events,
        rows: log.rows,
        answers: Vec::new(),
    };
    Ok((write, kitchen.counters().next_order))
}

/// How many numbers to pass over so that none that was given out is given out again, however many more were given out that
/// nobody here knows of.
#[must_use]
pub fn numbers_to_skip(next: Counters, given_out: Counters) -> u64 {
    let ahead = [
        given_out.next_order.0.saturating_sub(next.next_order.0),
        given_out.next_bot.0.saturating_sub(next.next_bot.0),
        given_out.next_claim.0.saturating_sub(next.next_claim.0),
    ];
    ahead.into_iter().fold(0, u64::max) + SKIP_NUMBERS
}
