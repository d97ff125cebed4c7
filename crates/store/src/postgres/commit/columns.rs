//! What a batch writes, laid out by columns.

use std::collections::BTreeSet;

use feedme_kitchen::{Change, Mode, Order, OrderId};
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::statement::{self, LIVE_PARAMETERS};
use crate::Write;
use crate::postgres::session::Parameter;
use crate::record::{OrderRecord, encode_events, encode_lines, encode_settings, encode_turn};

/// All columns of a batch.
#[derive(Default)]
pub(super) struct Columns<'a> {
    restaurants: Restaurants<'a>,
    events: Events,
    placed: Orders<'a>,
    changed: Changed,
    bots: Bots,
    answers: Answers<'a>,
    moved: Orders<'a>,
}

/// Declares columns, and hands them over in the order in which they stand.
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident$(<$life:lifetime>)? { $($column:ident: $of:ty => $type:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Default)]
        struct $name$(<$life>)? {
            $($column: Vec<$of>),+
        }

        impl$(<$life>)? $name$(<$life>)? {
            fn parameters<'p>(&'p self, into: &mut Vec<Parameter<'p>>) {
                $(into.push((&self.$column, Type::$type));)+
            }
        }
    };
}

columns!(
    Restaurants<'a> {
        id: Uuid => UUID_ARRAY,
        epoch: i64 => INT8_ARRAY,
        expected: i64 => INT8_ARRAY,
        version: i64 => INT8_ARRAY,
        policy_state: String => TEXT_ARRAY,
        next_order: i64 => INT8_ARRAY,
        next_bot: i64 => INT8_ARRAY,
        next_claim: i64 => INT8_ARRAY,
        updated: i64 => INT8_ARRAY,
        settings: Option<String> => TEXT_ARRAY,
        name: Option<&'a str> => TEXT_ARRAY,
        archived: Option<i64> => INT8_ARRAY,
    }
);

columns!(
    Events {
        restaurant: Uuid => UUID_ARRAY,
        first: i64 => INT8_ARRAY,
        last: i64 => INT8_ARRAY,
        at: i64 => INT8_ARRAY,
        payload: String => TEXT_ARRAY,
    }
);

columns!(
    /// Whole rows of orders.
    Orders<'a> {
        restaurant: Uuid => UUID_ARRAY,
        number: i64 => INT8_ARRAY,
        id: Uuid => UUID_ARRAY,
        order_type: &'static str => TEXT_ARRAY,
        status: &'static str => TEXT_ARRAY,
        user: Option<Uuid> => UUID_ARRAY,
        bot: Option<Uuid> => UUID_ARRAY,
        claim: Option<i64> => INT8_ARRAY,
        note: Option<&'a str> => TEXT_ARRAY,
        lines: Option<String> => TEXT_ARRAY,
        external_ref: Option<&'a str> => TEXT_ARRAY,
        created: i64 => INT8_ARRAY,
        started: Option<i64> => INT8_ARRAY,
        due: Option<i64> => INT8_ARRAY,
        completed: Option<i64> => INT8_ARRAY,
        cancelled: Option<i64> => INT8_ARRAY,
        collected: Option<i64> => INT8_ARRAY,
        archived: Option<i64> => INT8_ARRAY,
        updated: i64 => INT8_ARRAY,
        deleted: Option<i64> => INT8_ARRAY,
    }
);

columns!(
    /// What may change after an order was placed.
    Changed {
        restaurant: Uuid => UUID_ARRAY,
        number: i64 => INT8_ARRAY,
        status: &'static str => TEXT_ARRAY,
        bot: Option<Uuid> => UUID_ARRAY,
        claim: Option<i64> => INT8_ARRAY,
        started: Option<i64> => INT8_ARRAY,
        due: Option<i64> => INT8_ARRAY,
        completed: Option<i64> => INT8_ARRAY,
        cancelled: Option<i64> => INT8_ARRAY,
        collected: Option<i64> => INT8_ARRAY,
        archived: Option<i64> => INT8_ARRAY,
        updated: i64 => INT8_ARRAY,
        deleted: Option<i64> => INT8_ARRAY,
    }
);

columns!(
    Bots {
        id: Uuid => UUID_ARRAY,
        restaurant: Uuid => UUID_ARRAY,
        number: i64 => INT8_ARRAY,
        mode: &'static str => TEXT_ARRAY,
        status: &'static str => TEXT_ARRAY,
        current: Option<Uuid> => UUID_ARRAY,
        created: i64 => INT8_ARRAY,
        updated: i64 => INT8_ARRAY,
        deleted: Option<i64> => INT8_ARRAY,
    }
);

columns!(
    Answers<'a> {
        restaurant: Uuid => UUID_ARRAY,
        caller: &'a str => TEXT_ARRAY,
        key: &'a str => TEXT_ARRAY,
        fingerprint: &'a [u8] => BYTEA_ARRAY,
        status: i32 => INT4_ARRAY,
        location: Option<&'a str> => TEXT_ARRAY,
        body: &'a [u8] => BYTEA_ARRAY,
        at: i64 => INT8_ARRAY,
    }
);

impl<'a> Columns<'a> {
    pub(super) fn of(writes: &[&'a Write]) -> Self {
        let mut columns = Self::default();
        for write in writes {
            columns.add(write);
        }
        columns
    }

    /// The statement that takes these.
    pub(super) fn statement(&self) -> &'static str {
        if self.has_moved() { &statement::WITH_HISTORY } else { &statement::LIVE }
    }

    /// Whether an order may have to come back from the history.
    fn has_moved(&self) -> bool {
        !self.moved.id.is_empty()
    }

    pub(super) fn parameters(&self) -> Vec<Parameter<'_>> {
        let mut all = Vec::with_capacity(LIVE_PARAMETERS + 20);
        self.restaurants.parameters(&mut all);
        self.events.parameters(&mut all);
        self.placed.parameters(&mut all);
        self.changed.parameters(&mut all);
        self.bots.parameters(&mut all);
        self.answers.parameters(&mut all);
        debug_assert_eq!(all.len(), LIVE_PARAMETERS);
        if self.has_moved() {
            self.moved.parameters(&mut all);
        }
        all
    }

    fn add(&mut self, write: &'a Write) {
        let restaurant = write.restaurant.0;
        self.restaurants.add(write);
        self.events.add(write);
        let Named { placed, moved } = Named::by(write);
        for (id, order) in &write.rows.orders {
            if placed.contains(id) {
                self.placed.add(restaurant, order);
            } else if moved.contains(id) {
                self.moved.add(restaurant, order);
            } else {
                self.changed.add(restaurant, order);
            }
        }
        for bot in write.rows.bots.values() {
            self.bots.add(restaurant, bot);
        }
        for (scope, answer) in &write.answers {
            let kept = &mut self.answers;
            kept.restaurant.push(restaurant);
            kept.caller.push(&scope.caller);
            kept.key.push(&scope.key);
            kept.fingerprint.push(&answer.fingerprint);
            kept.status.push(answer.status.into());
            kept.location.push(answer.location.as_deref());
            kept.body.push(&answer.body);
            kept.at.push(answer.at.0);
        }
    }
}

/// The orders of a write that are new, and those that may be in the history.
struct Named {
    placed: BTreeSet<OrderId>,
    moved: BTreeSet<OrderId>,
}

impl Named {
    fn by(write: &Write) -> Self {
        let (mut placed, mut moved) = (BTreeSet::new(), BTreeSet::new());
        for event in &write.events {
            match &event.change {
                Change::OrderPlaced(order) => placed.insert(order.id()),
                Change::OrderDeleted(order) | Change::OrderRestored(order) | Change::OrderCollected(order) => {
                    moved.insert(order.id())
                }
                _ => false,
            };
        }
        Self { placed, moved }
    }
}

impl<'a> Restaurants<'a> {
    fn add(&mut self, write: &'a Write) {
        self.id.push(write.restaurant.0);
        self.epoch.push(write.epoch.0);
        self.expected.push(write.expected.0.cast_signed());
        self.version.push(write.version.0.cast_signed());
        self.policy_state.push(encode_turn(write.turn));
        self.next_order.push(write.counters.next_order.0.cast_signed());
        self.next_bot.push(write.counters.next_bot.0.cast_signed());
        self.next_claim.push(write.counters.next_claim.0.cast_signed());
        self.updated.push(write.last_at.0);
        self.settings.push(write.settings.map(encode_settings));
        let profile = write.profile.as_ref();
        self.name.push(profile.map(|profile| &*profile.name));
        self.archived.push(profile.and_then(|profile| profile.archived_at).map(|at| at.0));
    }
}

impl Events {
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
    fn add(&mut self, restaurant: Uuid, order: &'a Order) {
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
    fn add(&mut self, restaurant: Uuid, order: &Order) {
        let record = OrderRecord::from(order);
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
    fn add(&mut self, restaurant: Uuid, bot: &feedme_kitchen::Bot) {
        self.id.push(bot.id.0);
        self.restaurant.push(restaurant);
        self.number.push(bot.number.0.cast_signed());
        self.mode.push(match bot.mode {
            Mode::Auto => "auto",
            Mode::Pull => "pull",
        });
        self.status.push(if bot.current.is_some() { "PROCESSING" } else { "IDLE" });
        self.current.push(bot.current.map(|order| order.0));
        self.created.push(bot.created_at.0);
        self.updated.push(bot.updated_at.0);
        self.deleted.push(bot.deleted_at.map(|at| at.0));
    }
}
