//! The statement. Its parameters are arrays, a column each, numbered in the order in which `columns` hands them over.
//!
//! Orders that are live are updated by their key. One that has moved to the history comes back with its first change:
//! only an undo, a deletion or a handing over can be about such an order, so only then the history is looked at.

use std::sync::LazyLock;

/// For batches that touch nothing but live orders.
pub(super) static LIVE: LazyLock<String> = LazyLock::new(|| format!("{BEFORE}{AFTER}"));

/// For batches that may touch orders in the history.
pub(super) static WITH_HISTORY: LazyLock<String> = LazyLock::new(|| format!("{BEFORE}{MOVED}{AFTER}"));

/// Parameters before those of [`MOVED`].
pub(super) const LIVE_PARAMETERS: usize = 65;

const BEFORE: &str = "
WITH asked AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[],
        $8::bigint[], $9::bigint[], $10::text[])
        AS asked (id, epoch, expected, version, policy_state, next_order_number, next_bot_number, next_claim, updated_at,
            settings)
), locked AS (
    SELECT restaurants.id FROM asked JOIN restaurants ON restaurants.id = asked.id
        AND restaurants.epoch = asked.epoch AND restaurants.version = asked.expected
    FOR NO KEY UPDATE OF restaurants SKIP LOCKED
), won AS (
    UPDATE restaurants SET version = asked.version, policy_state = asked.policy_state,
        next_order_number = asked.next_order_number, next_bot_number = asked.next_bot_number,
        next_claim = asked.next_claim, updated_at = asked.updated_at,
        settings = coalesce(asked.settings, restaurants.settings)
    FROM asked JOIN locked ON locked.id = asked.id
    WHERE restaurants.id = asked.id AND restaurants.epoch = asked.epoch AND restaurants.version = asked.expected
    RETURNING restaurants.id
), happened AS (
    INSERT INTO events (restaurant_id, first_seq, last_seq, at, payload)
    SELECT new.* FROM unnest($11::uuid[], $12::bigint[], $13::bigint[], $14::bigint[], $15::text[])
        AS new (restaurant_id, first_seq, last_seq, at, payload)
    WHERE new.restaurant_id IN (SELECT id FROM won)
), placed AS (
    INSERT INTO orders (restaurant_id, number, id, type, status, user_id, bot_id, claim, note, lines, external_ref,
        created_at, started_at, due_at, completed_at, cancelled_at, collected_at, archived_at, updated_at, deleted_at)
    SELECT new.* FROM unnest($16::uuid[], $17::bigint[], $18::uuid[], $19::text[], $20::text[], $21::uuid[],
        $22::uuid[], $23::bigint[], $24::text[], $25::text[], $26::text[], $27::bigint[], $28::bigint[], $29::bigint[],
        $30::bigint[], $31::bigint[], $32::bigint[], $33::bigint[], $34::bigint[], $35::bigint[])
        AS new (restaurant_id)
    WHERE new.restaurant_id IN (SELECT id FROM won)
), changed AS (
    UPDATE orders SET status = new.status, bot_id = new.bot_id, claim = new.claim, started_at = new.started_at,
        due_at = new.due_at, completed_at = new.completed_at, cancelled_at = new.cancelled_at,
        collected_at = new.collected_at, archived_at = new.archived_at, updated_at = new.updated_at,
        deleted_at = new.deleted_at
    FROM unnest($36::uuid[], $37::bigint[], $38::text[], $39::uuid[], $40::bigint[], $41::bigint[], $42::bigint[],
        $43::bigint[], $44::bigint[], $45::bigint[], $46::bigint[], $47::bigint[], $48::bigint[])
        AS new (restaurant_id, number, status, bot_id, claim, started_at, due_at, completed_at, cancelled_at,
            collected_at, archived_at, updated_at, deleted_at)
    WHERE orders.restaurant_id = new.restaurant_id AND orders.number = new.number
        AND new.restaurant_id IN (SELECT id FROM won)
    RETURNING 1
), fleet AS (
    INSERT INTO bots (id, restaurant_id, number, mode, status, current_order_id, created_at, updated_at, deleted_at)
    SELECT new.* FROM unnest($49::uuid[], $50::uuid[], $51::bigint[], $52::text[], $53::text[], $54::uuid[],
        $55::bigint[], $56::bigint[], $57::bigint[])
        AS new (id, restaurant_id)
    WHERE new.restaurant_id IN (SELECT id FROM won)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, current_order_id = excluded.current_order_id,
        updated_at = excluded.updated_at, deleted_at = excluded.deleted_at
), kept AS (
    INSERT INTO idempotency_keys (restaurant_id, caller, key, fingerprint, status, location, body, at)
    SELECT new.* FROM unnest($58::uuid[], $59::text[], $60::text[], $61::bytea[], $62::integer[], $63::text[],
        $64::bytea[], $65::bigint[])
        AS new (restaurant_id)
    WHERE new.restaurant_id IN (SELECT id FROM won)
)";

/// What comes back from the history leaves it, and stands among the live rows with its change.
const MOVED: &str = ", gone AS (
    DELETE FROM orders_history USING unnest($66::uuid[], $67::bigint[], $77::bigint[]) AS new (restaurant_id, number, created_at)
    WHERE orders_history.restaurant_id = new.restaurant_id AND orders_history.number = new.number
        AND orders_history.created_at = new.created_at AND new.restaurant_id IN (SELECT id FROM won)
), returned AS (
    INSERT INTO orders (restaurant_id, number, id, type, status, user_id, bot_id, claim, note, lines, external_ref,
        created_at, started_at, due_at, completed_at, cancelled_at, collected_at, archived_at, updated_at, deleted_at)
    SELECT new.* FROM unnest($66::uuid[], $67::bigint[], $68::uuid[], $69::text[], $70::text[], $71::uuid[],
        $72::uuid[], $73::bigint[], $74::text[], $75::text[], $76::text[], $77::bigint[], $78::bigint[], $79::bigint[],
        $80::bigint[], $81::bigint[], $82::bigint[], $83::bigint[], $84::bigint[], $85::bigint[])
        AS new (restaurant_id)
    WHERE new.restaurant_id IN (SELECT id FROM won)
    ON CONFLICT (restaurant_id, number) DO UPDATE SET status = excluded.status, bot_id = excluded.bot_id,
        claim = excluded.claim, started_at = excluded.started_at, due_at = excluded.due_at,
        completed_at = excluded.completed_at, cancelled_at = excluded.cancelled_at,
        collected_at = excluded.collected_at, archived_at = excluded.archived_at, updated_at = excluded.updated_at,
        deleted_at = excluded.deleted_at
)";

/// A live row that is not there is a bug, and undoes the statement by a division by zero.
const AFTER: &str = "
SELECT won.id, 1 / CASE WHEN (SELECT count(*) FROM changed)
    = (SELECT count(*) FROM unnest($36::uuid[]) AS new (restaurant_id) WHERE new.restaurant_id IN (SELECT id FROM won))
    THEN 1 ELSE 0 END AS whole
FROM won";
