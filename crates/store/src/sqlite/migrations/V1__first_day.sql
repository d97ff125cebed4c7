-- Times are milliseconds since 1970-01-01T00:00:00Z in kitchen time; ids are UUIDs as 16 bytes.
-- Checks name their values one by one: SQLite builds a table for every IN of more than two, at every write.
-- Foreign keys are deferred: one commit may add a bot and the order it cooks, each of which names the other.

CREATE TABLE restaurants (
    id                BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    slug              TEXT    NOT NULL UNIQUE,
    name              TEXT    NOT NULL,
    settings          TEXT    NOT NULL CHECK (json_valid(settings)),
    policy_state      TEXT    NOT NULL CHECK (json_valid(policy_state)),
    epoch             INTEGER NOT NULL CHECK (epoch >= 0),
    version           INTEGER NOT NULL CHECK (version >= 0),
    next_order_number INTEGER NOT NULL CHECK (next_order_number >= 1),
    next_bot_number   INTEGER NOT NULL CHECK (next_bot_number >= 1),
    next_claim        INTEGER NOT NULL CHECK (next_claim >= 1),
    -- No live order has a smaller number. It may lag behind, never run ahead: a start reads from here on.
    live_from         INTEGER NOT NULL DEFAULT 1 CHECK (live_from >= 1),
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE bots (
    id               BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    restaurant_id    BLOB    NOT NULL REFERENCES restaurants (id) DEFERRABLE INITIALLY DEFERRED,
    number           INTEGER NOT NULL CHECK (number >= 1),
    mode             TEXT    NOT NULL CHECK (mode = 'auto' OR mode = 'pull'),
    status           TEXT    NOT NULL CHECK (status = 'IDLE' OR status = 'PROCESSING'),
    current_order_id BLOB    REFERENCES orders (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    deleted_at       INTEGER,
    UNIQUE (restaurant_id, number),
    CHECK ((status = 'PROCESSING') = (current_order_id IS NOT NULL)),
    CHECK (deleted_at IS NULL OR status = 'IDLE')
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX bots_one_bot_an_order ON bots (current_order_id) WHERE current_order_id IS NOT NULL;

-- What waits, cooks, or finished within the last hour. The key is the order in which rows are made, so
-- inserting appends.
CREATE TABLE orders (
    restaurant_id BLOB    NOT NULL REFERENCES restaurants (id) DEFERRABLE INITIALLY DEFERRED,
    number        INTEGER NOT NULL CHECK (number >= 1),
    id            BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    type          TEXT    NOT NULL CHECK (type = 'NORMAL' OR type = 'VIP'),
    status        TEXT    NOT NULL CHECK (status = 'PENDING' OR status = 'PROCESSING' OR status = 'COMPLETE' OR status = 'CANCELLED'),
    user_id       BLOB    REFERENCES users (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    bot_id        BLOB    REFERENCES bots (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    claim         INTEGER CHECK (claim >= 1),
    note          TEXT,
    lines         TEXT    CHECK (lines IS NULL OR json_valid(lines)),
    external_ref  TEXT,
    created_at    INTEGER NOT NULL,
    started_at    INTEGER,
    due_at        INTEGER,
    completed_at  INTEGER,
    cancelled_at  INTEGER,
    collected_at  INTEGER,
    archived_at   INTEGER,
    updated_at    INTEGER NOT NULL,
    deleted_at    INTEGER,
    PRIMARY KEY (restaurant_id, number),
    CHECK (status <> 'PROCESSING' OR bot_id IS NOT NULL),
    CHECK ((status = 'PROCESSING' OR status = 'COMPLETE') = (claim IS NOT NULL)),
    CHECK ((claim IS NOT NULL) = (started_at IS NOT NULL)),
    CHECK (status = 'PROCESSING' OR status = 'COMPLETE' OR (bot_id IS NULL AND due_at IS NULL)),
    CHECK ((status = 'COMPLETE') = (completed_at IS NOT NULL)),
    CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL)),
    CHECK (collected_at IS NULL OR status = 'COMPLETE'),
    CHECK (archived_at IS NULL OR status = 'COMPLETE'),
    CHECK (deleted_at IS NULL OR status = 'COMPLETE' OR status = 'CANCELLED'),
    CHECK (started_at IS NULL OR started_at >= created_at),
    CHECK (completed_at IS NULL OR completed_at >= started_at)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX orders_one_order_a_bot ON orders (bot_id) WHERE status = 'PROCESSING';

-- What left the live table. Placing, starting and completing never touch it.
CREATE TABLE orders_history (
    restaurant_id BLOB    NOT NULL REFERENCES restaurants (id) DEFERRABLE INITIALLY DEFERRED,
    number        INTEGER NOT NULL,
    id            BLOB    NOT NULL UNIQUE,
    type          TEXT    NOT NULL CHECK (type = 'NORMAL' OR type = 'VIP'),
    status        TEXT    NOT NULL CHECK (status = 'COMPLETE' OR status = 'CANCELLED'),
    user_id       BLOB    REFERENCES users (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    bot_id        BLOB    REFERENCES bots (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    claim         INTEGER,
    note          TEXT,
    lines         TEXT,
    external_ref  TEXT,
    created_at    INTEGER NOT NULL,
    started_at    INTEGER,
    due_at        INTEGER,
    completed_at  INTEGER,
    cancelled_at  INTEGER,
    collected_at  INTEGER,
    archived_at   INTEGER,
    updated_at    INTEGER NOT NULL,
    deleted_at    INTEGER,
    PRIMARY KEY (restaurant_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX orders_history_by_status ON orders_history (restaurant_id, status, number);
CREATE INDEX orders_history_by_time ON orders_history (restaurant_id, created_at);

CREATE VIEW all_orders AS
    SELECT * FROM orders UNION ALL SELECT * FROM orders_history;

-- The events of one commit are one row.
CREATE TABLE events (
    id            INTEGER NOT NULL PRIMARY KEY,
    restaurant_id BLOB    NOT NULL REFERENCES restaurants (id) DEFERRABLE INITIALLY DEFERRED,
    first_seq     INTEGER NOT NULL CHECK (first_seq >= 1),
    last_seq      INTEGER NOT NULL CHECK (last_seq >= first_seq),
    at            INTEGER NOT NULL,
    payload       TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX events_in_order ON events (restaurant_id, last_seq);

CREATE TABLE idempotency_keys (
    restaurant_id BLOB    NOT NULL REFERENCES restaurants (id) DEFERRABLE INITIALLY DEFERRED,
    caller        TEXT    NOT NULL,
    key           TEXT    NOT NULL,
    fingerprint   BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    status        INTEGER NOT NULL CHECK (status BETWEEN 200 AND 299),
    location      TEXT,
    body          BLOB    NOT NULL,
    at            INTEGER NOT NULL,
    PRIMARY KEY (restaurant_id, caller, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_time ON idempotency_keys (at);

-- One process holds the file, so a lease is held by whoever holds the file; its term rises with every start.
CREATE TABLE leases (
    name       TEXT    NOT NULL PRIMARY KEY,
    holder     TEXT    NOT NULL,
    term       INTEGER NOT NULL CHECK (term >= 1)
) STRICT, WITHOUT ROWID;
