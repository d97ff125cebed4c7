//! What a batch writes, laid out by columns.

use std::collections::BTreeSet;
use std::sync::Arc;

use feedme_kitchen::{Bot, BotId, Change, Order, OrderId, State};
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::statement::{Expected, Statement};
use crate::moment::EventRow;
use crate::postgres::session::Parameter;
use crate::record::{OrderRecord, encode_events, encode_lines, encode_settings, encode_turn};
use crate::{KeptAnswer, KeyScope, Write};

/// Rows of a table as columns.
pub(in crate::postgres) trait Rows {
    /// What the columns are called.
    fn names(&self) -> Vec<&'static str>;

    fn len(&self) -> usize;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns, in the order of their names.
    fn parameters<'p>(&'p self, into: &mut Vec<Parameter<'p>>);
}

/// An order that may change.
const AN_ORDER: Expected = Expected {
    key: &["restaurant_id", "number"],
    asked: &["claim_before"],
    is: "orders.claim IS NOT DISTINCT FROM new.claim_before",
};

/// A bot that may change.
const A_BOT: Expected = Expected {
    key: &["id"],
    asked: &["held", "contradicted"],
    is: "(bots.current_order_id IS NOT DISTINCT FROM new.held OR new.contradicted)",
};

/// All columns of a batch.
#[derive(Default)]
pub(super) struct Columns<'a> {
    restaurants: Restaurants<'a>,
    events: Events,
    placed: Orders<'a>,
    changed: Changed,
    joined: Bots,
    fleet: Fleet,
    answers: Answers<'a>,
    moved: Orders<'a>,
}

/// Declares the columns of a table.
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident$(<$life:lifetime>)? {
        $first:ident $called:literal: $first_of:ty => $first_type:ident,
        $($column:ident $called_so:literal: $of:ty => $type:ident,)*
    }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(in crate::postgres) struct $name$(<$life>)? {
            $first: Vec<$first_of>,
            $($column: Vec<$of>),*
        }

        impl$(<$life>)? Rows for $name$(<$life>)? {
            fn names(&self) -> Vec<&'static str> {
                vec![$called, $($called_so),*]
            }

            fn len(&self) -> usize {
                self.$first.len()
            }

            fn parameters<'p>(&'p self, into: &mut Vec<Parameter<'p>>) {
                into.push((&self.$first, Type::$first_type));
                $(into.push((&self.$column, Type::$type));)*
            }
        }
    };
}

columns!(
    /// Where restaurants stand, and where they go. `updates` says how many rows are changed that must be there.
    Standings {
        id "id": Uuid => UUID_ARRAY,
        epoch "epoch": i64 => INT8_ARRAY,
        expected "expected": i64 => INT8_ARRAY,
        version "version": i64 => INT8_ARRAY,
        policy_state "policy_state": String => TEXT_ARRAY,
        next_order "next_order_number": i64 => INT8_ARRAY,
        next_bot "next_bot_number": i64 => INT8_ARRAY,
        next_claim "next_claim": i64 => INT8_ARRAY,
        next_due "next_due_at": Option<i64> => INT8_ARRAY,
        updated "updated_at": i64 => INT8_ARRAY,
        updates "updates": i64 => INT8_ARRAY,
    }
);

columns!(
    /// What is told of restaurants besides their boards.
    Told<'a> {
        settings "settings": Option<String> => TEXT_ARRAY,
        name "name": Option<&'a str> => TEXT_ARRAY,
        archived "archived_at": Option<i64> => INT8_ARRAY,
    }
);

columns!(
    Events {
        restaurant "restaurant_id": Uuid => UUID_ARRAY,
        first "first_seq": i64 => INT8_ARRAY,
        last "last_seq": i64 => INT8_ARRAY,
        at "at": i64 => INT8_ARRAY,
        payload "payload": String => TEXT_ARRAY,
    }
);

columns!(
    /// Whole rows of orders.
    Orders<'a> {
        restaurant "restaurant_id": Uuid => UUID_ARRAY,
        number "number": i64 => INT8_ARRAY,
        id "id": Uuid => UUID_ARRAY,
        order_type "type": &'static str => TEXT_ARRAY,
        status "status": &'static str => TEXT_ARRAY,
        user "user_id": Option<Uuid> => UUID_ARRAY,
        bot "bot_id": Option<Uuid> => UUID_ARRAY,
        claim "claim": Option<i64> => INT8_ARRAY,
        note "note": Option<&'a str> => TEXT_ARRAY,
        lines "lines": Option<String> => TEXT_ARRAY,
        external_ref "external_ref": Option<&'a str> => TEXT_ARRAY,
        created "created_at": i64 => INT8_ARRAY,
        started "started_at": Option<i64> => INT8_ARRAY,
        due "due_at": Option<i64> => INT8_ARRAY,
        completed "completed_at": Option<i64> => INT8_ARRAY,
        cancelled "cancelled_at": Option<i64> => INT8_ARRAY,
        collected "collected_at": Option<i64> => INT8_ARRAY,
        archived "archived_at": Option<i64> => INT8_ARRAY,
        updated "updated_at": i64 => INT8_ARRAY,
        deleted "deleted_at": Option<i64> => INT8_ARRAY,
    }
);

columns!(
    /// What may change after an order was placed, and the claim that it had.
    Changed {
        restaurant "restaurant_id": Uuid => UUID_ARRAY,
        number "number": i64 => INT8_ARRAY,
        claim_before "claim_before": Option<i64> => INT8_ARRAY,
        status "status": &'static str => TEXT_ARRAY,
        bot "bot_id": Option<Uuid> => UUID_ARRAY,
        claim "claim": Option<i64> => INT8_ARRAY,
        started "started_at": Option<i64> => INT8_ARRAY,
        due "due_at": Option<i64> => INT8_ARRAY,
        completed "completed_at": Option<i64> => INT8_ARRAY,
        cancelled "cancelled_at": Option<i64> => INT8_ARRAY,
        collected "collected_at": Option<i64> => INT8_ARRAY,
        archived "archived_at": Option<i64> => INT8_ARRAY,
        updated "updated_at": i64 => INT8_ARRAY,
        deleted "deleted_at": Option<i64> => INT8_ARRAY,
    }
);

columns!(
    Bots {
        id "id": Uuid => UUID_ARRAY,
        restaurant "restaurant_id": Uuid => UUID_ARRAY,
        number "number": i64 => INT8_ARRAY,
        mode "mode": &'static str => TEXT_ARRAY,
        status "status": &'static str => TEXT_ARRAY,
        current "current_order_id": Option<Uuid> => UUID_ARRAY,
        created "created_at": i64 => INT8_ARRAY,
        updated "updated_at": i64 => INT8_ARRAY,
        deleted "deleted_at": Option<i64> => INT8_ARRAY,
    }
);

columns!(
    /// What may change after a bot joined, and what it held. Nobody knows what one held whose row contradicted an order's.
    Fleet {
        id "id": Uuid => UUID_ARRAY,
        held "held": Option<Uuid> => UUID_ARRAY,
        contradicted "contradicted": bool => BOOL_ARRAY,
        status "status": &'static str => TEXT_ARRAY,
        current "current_order_id": Option<Uuid> => UUID_ARRAY,
        updated "updated_at": i64 => INT8_ARRAY,
        deleted "deleted_at": Option<i64> => INT8_ARRAY,
    }
);

columns!(
    Answers<'a> {
        restaurant "restaurant_id": Uuid => UUID_ARRAY,
        caller "caller": &'a str => TEXT_ARRAY,
        key "key": &'a str => TEXT_ARRAY,
        fingerprint "fingerprint": &'a [u8] => BYTEA_ARRAY,
        status "status": i32 => INT4_ARRAY,
        location "location": Option<&'a str> => TEXT_ARRAY,
        body "body": &'a [u8] => BYTEA_ARRAY,
        at "at": i64 => INT8_ARRAY,
    }
);

/// Restaurants with what is told of them, if anything is told of any.
#[derive(Default)]
struct Restaurants<'a> {
    standings: Standings,
    told: Told<'a>,
    tells: bool,
}

impl Rows for Restaurants<'_> {
    fn names(&self) -> Vec<&'static str> {
        let mut names = self.standings.names();
        names.extend(self.tells.then(|| self.told.names()).into_iter().flatten());
        names
    }

    fn len(&self) -> usize {
        self.standings.len()
    }

    fn parameters<'p>(&'p self, into: &mut Vec<Parameter<'p>>) {
        self.standings.parameters(into);
        if self.tells {
            self.told.parameters(into);
        }
    }
}

impl<'a> Columns<'a> {
    pub(super) fn of(writes: &[&'a Write]) -> Self {
        let mut columns = Self::default();
        for write in writes {
            columns.add(write);
        }
        columns
    }

    pub(super) fn statement(&self, only_on: Option<i64>) -> (String, Vec<Parameter<'_>>) {
        let mut statement = Statement::of(&self.restaurants, only_on);
        statement.insert("happened", "events", &self.events);
        statement.insert("placed", "orders", &self.placed);
        statement.update("changed", "orders", &AN_ORDER, &self.changed);
        statement.insert("joined", "bots", &self.joined);
        statement.update("fleet", "bots", &A_BOT, &self.fleet);
        statement.insert("kept", "idempotency_keys", &self.answers);
        statement.bring_back(&self.moved);
        statement.finish()
    }

    fn add(&mut self, write: &'a Write) {
        let restaurant = write.restaurant.0;
        let before = self.changed.len() + self.fleet.len();
        self.events.add(write);
        let Named { placed, moved, joined } = Named::by(write);
        for (id, order) in &write.rows.orders {
            if placed.contains(id) {
                self.placed.add(restaurant, order);
            } else if moved.contains(id) {
                self.moved.add(restaurant, order);
            } else {
                self.changed.add(restaurant, order, write.rows.orders_before.get(id));
            }
        }
        for (id, bot) in &write.rows.bots {
            if joined.contains(id) {
                self.joined.add(restaurant, bot);
            } else {
                self.fleet.add(bot, write.rows.bots_before.get(id));
            }
        }
        for (scope, answer) in &write.answers {
            self.answers.add(restaurant, scope, answer);
        }
        self.restaurants.add(write, self.changed.len() + self.fleet.len() - before);
    }
}

/// The orders and bots of a write that are new, and the orders that may be in the history.
#[derive(Default)]
struct Named {
    placed: BTreeSet<OrderId>,
    moved: BTreeSet<OrderId>,
    joined: BTreeSet<BotId>,
}

impl Named {
    fn by(write: &Write) -> Self {
        let mut named = Self::default();
        for event in &write.events {
            match &event.change {
                Change::OrderPlaced(order) => named.placed.insert(order.id()),
                Change::OrderDeleted(order) | Change::OrderRestored(order) | Change::OrderCollected(order) => {
                    named.moved.insert(order.id())
                }
                Change::BotAdded(bot) => named.joined.insert(bot.id),
                _ => false,
            };
        }
        named
    }
}

impl<'a> Restaurants<'a> {
    fn add(&mut self, write: &'a Write, updates: usize) {
        let standings = &mut self.standings;
        standings.id.push(write.restaurant.0);
        standings.epoch.push(write.epoch.0);
        standings.expected.push(write.expected.0.cast_signed());
        standings.version.push(write.version.0.cast_signed());
        standings.policy_state.push(encode_turn(write.turn));
        standings.next_order.push(write.counters.next_order.0.cast_signed());
        standings.next_bot.push(write.counters.next_bot.0.cast_signed());
        standings.next_claim.push(write.counters.next_claim.0.cast_signed());
        standings.next_due.push(write.next_due.map(|due_at| due_at.0));
        standings.updated.push(write.last_at.0);
        standings.updates.push(i64::try_from(updates).unwrap_or(i64::MAX));
        let profile = write.profile.as_ref();
        self.tells |= write.settings.is_some() || profile.is_some();
        self.told.settings.push(write.settings.map(encode_settings));
        self.told.name.push(profile.map(|profile| &*profile.name));
        self.told.archived.push(profile.and_then(|profile| profile.archived_at).map(|at| at.0));
    }
}

impl<'a> Answers<'a> {
    pub(in crate::postgres) fn add(&mut self, restaurant: Uuid, scope: &'a KeyScope, answer: &'a KeptAnswer) {
        self.restaurant.push(restaurant);
        self.caller.push(&scope.caller);
        self.key.push(&scope.key);
        self.fingerprint.push(&answer.fingerprint);
        self.status.push(answer.status.into());
        self.location.push(answer.location.as_deref());
        self.body.push(&answer.body);
        self.at.push(answer.at.0);
    }
}

impl Events {
    /// A row that is written down already.
    pub(in crate::postgres) fn push(&mut self, restaurant: Uuid, row: &EventRow) {
        self.restaurant.push(restaurant);
        self.first.push(row.first.cast_signed());
        self.last.push(row.last.cast_signed());
        self.at.push(row.at.0);
        self.payload.push(row.payload.clone());
    }

    fn add(&mut self, write: &Write) {
        let (Some(first), Some(last)) = (write.events.first(), write.events.last()) else { return };
        self.restaurant.push(write.restaurant.0);
        self.first.push(first.version.0.cast_signed());
        self.last.push(last.version.0.cast_signed());
        self.at.push(last.at.0);
        self.payload.push(encode_events(&write.events));
    }
}

impl<'a> Orders<'a> {
    pub(in crate::postgres) fn add(&mut self, restaurant: Uuid, order: &'a Order) {
        let record = OrderRecord::from(order);
        self.restaurant.push(restaurant);
        self.number.push(record.number.cast_signed());
        self.id.push(record.id);
        self.order_type.push(crate::record::type_name(order.ticket.order_type));
        self.status.push(crate::record::status_name(order.status()));
        self.user.push(record.user);
        self.bot.push(record.bot);
        self.claim.push(record.claim.map(u64::cast_signed));
        self.note.push(order.ticket.note.as_deref());
        self.lines.push(encode_lines(&record.lines));
        self.external_ref.push(order.ticket.external_ref.as_deref());
        self.created.push(record.created);
        self.started.push(record.started);
        self.due.push(record.due);
        self.completed.push(record.completed);
        self.cancelled.push(record.cancelled);
        self.collected.push(record.collected);
        self.archived.push(record.archived);
        self.updated.push(record.updated);
        self.deleted.push(record.deleted);
    }
}

impl Changed {
    fn add(&mut self, restaurant: Uuid, order: &Order, before: Option<&Arc<Order>>) {
        let record = OrderRecord::from(order);
        self.claim_before.push(before.and_then(|before| claim_of(before)));
        self.restaurant.push(restaurant);
        self.number.push(record.number.cast_signed());
        self.status.push(crate::record::status_name(order.status()));
        self.bot.push(record.bot);
        self.claim.push(record.claim.map(u64::cast_signed));
        self.started.push(record.started);
        self.due.push(record.due);
        self.completed.push(record.completed);
        self.cancelled.push(record.cancelled);
        self.collected.push(record.collected);
        self.archived.push(record.archived);
        self.updated.push(record.updated);
        self.deleted.push(record.deleted);
    }
}

impl Bots {
    pub(in crate::postgres) fn add(&mut self, restaurant: Uuid, bot: &Bot) {
        self.id.push(bot.id.0);
        self.restaurant.push(restaurant);
        self.number.push(bot.number.0.cast_signed());
        self.mode.push(crate::record::mode_name(bot.mode));
        self.status.push(bot_status(bot));
        self.current.push(bot.current.map(|order| order.0));
        self.created.push(bot.created_at.0);
        self.updated.push(bot.updated_at.0);
        self.deleted.push(bot.deleted_at.map(|at| at.0));
    }
}

impl Fleet {
    fn add(&mut self, bot: &Bot, before: Option<&Bot>) {
        self.id.push(bot.id.0);
        self.held.push(before.and_then(|before| before.current).map(|order| order.0));
        self.contradicted.push(before.is_none());
        self.status.push(bot_status(bot));
        self.current.push(bot.current.map(|order| order.0));
        self.updated.push(bot.updated_at.0);
        self.deleted.push(bot.deleted_at.map(|at| at.0));
    }
}

/// The claim in an order's row.
fn claim_of(order: &Order) -> Option<i64> {
    match order.state {
        State::Processing(work) | State::Complete { work, .. } => Some(work.claim.0.cast_signed()),
        State::Pending | State::Cancelled { .. } => None,
    }
}

const fn bot_status(bot: &Bot) -> &'static str {
    if bot.current.is_some() { "PROCESSING" } else { "IDLE" }
}
