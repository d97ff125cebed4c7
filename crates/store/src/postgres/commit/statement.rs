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
pub(super) const LIVE_PARAMETERS: usize = 67;

const BEFORE: &str = "
WITH asked AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[],
        $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::bigint[])
        AS asked (id, epoch, expected, version, policy_state, next_order_number, next_bot_number, next_claim, updated_at,
            settings, name, archived_at)
), locked AS (
    SELECT restaurants.id FROM asked JOIN restaurants ON restaurants.id = asked.id
        AND restaurants.epoch = asked.epoch AND restaurants.version = asked.expected
    FOR NO KEY UPDATE OF restaurants SKIP LOCKED
), won AS (
    UPDATE restaurants SET version = asked.version, policy_state = asked.policy_state,
        next_order_number = asked.next_order_number, next_bot_number = asked.next_bot_number,
        next_claim = asked.next_claim, updated_at = asked.updated_at,
        settings = coalesce(asked.settings, restaurants.settings), name = coalesce(asked.name, restaurants.name),
        archived_at = CASE WHEN asked.name IS NULL THEN restaurants.archived_at ELSE asked.archived_at END
    FROM asked JOIN locked ON locked.id = asked.id
    WHERE restaurants.id = asked.id AND restaurants.epoch = asked.epoch AND restaurants.version = asked.expected
    RETURNING restaurants.id
), happened AS (
    INSERT INTO events (restaurant_id, first_seq, last_seq, at, payload)
    SELECT new.* FROM unnest($13::uuid[], $14::bigint[], $15::bigint[], $16::bigint[], $17::text[])
        AS new (restaurant_id, first_seq, last_seq, at, payload)
    WHERE new.restaurant_id IN (SELECT id FROM won)
), placed AS (
    INSERT INTO orders (restaurant_id, number, id, type, status, user_id, bot_id, claim, note, lines, external_ref,
        created_at, started_at, due_at, completed_at, cancelled_at, collected_at, archived_at, updated_at, deleted_at)
    SELECT new.* FROM unnest($18::uuid[], $19::bigint[], $20::uuid[], $21::text[], $22::text[], $23::uuid[],
        $24::uuid[], $25::bigint[], $26::text[], $27::text[], $28::text[], $29::bigint[], $30::bigint[], $31::bigint[],
        $32::bigint[], $33::bigint[], $34::bigint[], $35::bigint[], $36::bigint[], $37::bigint[])
        AS new (restaurant_id)
    WHERE new.restaurant_id IN (SELECT id FROM won)
), changed AS (
    UPDATE orders SET status = new.status, bot_id = new.bot_id, claim = new.claim, started_at = new.started_at,
        due_at = new.due_at, completed_at = new.completed_at, cancelled_at = new.cancelled_at,
        collected_at = new.collected_at, archived_at = new.archived_at, updated_at = new.updated_at,
        deleted_at = new.deleted_at
    FROM unnest($38::uuid[], $39::bigint[], $40::text[], $41::uuid[], $42::bigint[], $43::bigint[], $44::bigint[],
        $45::bigint[], $46::bigint[], $47::bigint[], $48::bigint[], $49::bigint[], $50::bigint[])
        AS new (restaurant_id, number, status, bot_id, claim, started_at, due_at, completed_at, cancelled_at,
            collected_at, archived_at, updated_at, deleted_at)
    WHERE orders.restaurant_id = new.restaurant_id AND orders.number = new.number
        AND new.restaurant_id IN (SELECT id FROM won)
    RETURNING 1
), fleet AS (
    INSERT INTO bots (id, restaurant_id, number, mode, status, current_order_id, created_at, updated_at, deleted_at)
    SELECT new.* FROM unnest($51::uuid[], $52::uuid[], $53::bigint[], $54::text[], $55::text[], $56::uuid[],
        $57::bigint[], $58::bigint[], $59::bigint[])
        AS new (id, restaurant_id)
    WHERE new.restaurant_id IN (SELECT id FROM won)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, current_order_id = excluded.current_order_id,
        updated_at = excluded.updated_at, deleted_at = excluded.deleted_at
), kept AS (
    INSERT INTO idempotency_keys (restaurant_id, caller, key, fingerprint, status, location, body, at)
    SELECT new.* FROM unnest($60::uuid[], $61::text[], $62::text[], $63::bytea[], $64::integer[], $65::text[],
        $66::bytea[], $67::bigint[])
        AS new (restaurant_id)
    WHERE new.restaurant_id IN (SELECT id FROM won)
)";

/// What comes back from the history leaves it, and stands among the live rows with its change.
const MOVED: &str = ", gone AS (
    DELETE FROM orders_history USING unnest($68::uuid[], $69::bigint[], $79::bigint[]) AS new (restaurant_id, number, created_at)
    WHERE orders_history.restaurant_id = new.restaurant_id AND orders_history.number = new.number
        AND orders_history.created_at = new.created_at AND new.restaurant_id IN (SELECT id FROM won)
), returned AS (
    INSERT INTO orders (restaurant_id, number, id, type, status, user_id, bot_id, claim, note, lines, external_ref,
        created_at, started_at, due_at, completed_at, cancelled_at, collected_at, archived_at, updated_at, deleted_at)
    SELECT new.* FROM unnest($68::uuid[], $69::bigint[], $70::uuid[], $71::text[], $72::text[], $73::uuid[],
        $74::uuid[], $75::bigint[], $76::text[], $77::text[], $78::text[], $79::bigint[], $80::bigint[], $81::bigint[],
        $82::bigint[], $83::bigint[], $84::bigint[], $85::bigint[], $86::bigint[], $87::bigint[])
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
    = (SELECT count(*) FROM unnest($38::uuid[]) AS new (restaurant_id) WHERE new.restaurant_id IN (SELECT id FROM won))
    THEN 1 ELSE 0 END AS whole
FROM won";
