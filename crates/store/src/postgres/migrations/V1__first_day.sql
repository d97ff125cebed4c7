-- Times are milliseconds since 1970-01-01T00:00:00Z in kitchen time.
--
-- What a commit writes has no foreign key to its restaurant: a row is written only beside the row of the restaurant
-- that the same statement has just moved on, and restaurants are never removed.

CREATE TABLE restaurants (
    id                uuid   NOT NULL PRIMARY KEY,
    slug              text   COLLATE "C" NOT NULL UNIQUE,
    name              text   NOT NULL,
    settings          text   NOT NULL,
    policy_state      text   NOT NULL,
    epoch             bigint NOT NULL CHECK (epoch >= 0),
    version           bigint NOT NULL CHECK (version >= 0),
    next_order_number bigint NOT NULL CHECK (next_order_number >= 1),
    next_bot_number   bigint NOT NULL CHECK (next_bot_number >= 1),
    next_claim        bigint NOT NULL CHECK (next_claim >= 1),
    created_at        bigint NOT NULL,
    updated_at        bigint NOT NULL
-- Every commit changes one of these rows and none of its indexed columns: half a page is left for the new versions.
) WITH (fillfactor = 50);

CREATE TABLE users (
    id         uuid   NOT NULL PRIMARY KEY,
    name       text   NOT NULL,
    created_at bigint NOT NULL,
    deleted_at bigint
);

CREATE TABLE bots (
    id               uuid   NOT NULL PRIMARY KEY,
    restaurant_id    uuid   NOT NULL REFERENCES restaurants (id),
    number           bigint NOT NULL CHECK (number >= 1),
    mode             text   NOT NULL CHECK (mode IN ('auto', 'pull')),
    status           text   NOT NULL CHECK (status IN ('IDLE', 'PROCESSING')),
    current_order_id uuid,
    created_at       bigint NOT NULL,
    updated_at       bigint NOT NULL,
    deleted_at       bigint,
    UNIQUE (restaurant_id, number),
    CHECK ((status = 'PROCESSING') = (current_order_id IS NOT NULL)),
    CHECK (deleted_at IS NULL OR status = 'IDLE'),
    -- Judged at the end of the commit: within a batch two bots may swap their orders.
    CONSTRAINT bots_one_bot_an_order UNIQUE (current_order_id) DEFERRABLE INITIALLY DEFERRED
) WITH (fillfactor = 50);

-- What waits, cooks, or finished a while ago.
CREATE TABLE orders (
    restaurant_id uuid   NOT NULL,
    number        bigint NOT NULL CHECK (number >= 1),
    id            uuid   NOT NULL UNIQUE,
    type          text   NOT NULL CHECK (type IN ('NORMAL', 'VIP')),
    status        text   NOT NULL CHECK (status IN ('PENDING', 'PROCESSING', 'COMPLETE', 'CANCELLED')),
    user_id       uuid   REFERENCES users (id) ON DELETE SET NULL,
    bot_id        uuid   REFERENCES bots (id) ON DELETE SET NULL,
    claim         bigint CHECK (claim >= 1),
    note          text,
    lines         text,
    external_ref  text,
    created_at    bigint NOT NULL,
    started_at    bigint,
    due_at        bigint,
    completed_at  bigint,
    cancelled_at  bigint,
    collected_at  bigint,
    archived_at   bigint,
    updated_at    bigint NOT NULL,
    deleted_at    bigint,
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
    CHECK (completed_at IS NULL OR completed_at >= started_at),
    -- Judged at the end of the commit: a batch may complete one order and start the next on the same bot.
    CONSTRAINT orders_one_order_a_bot EXCLUDE USING btree (bot_id WITH =) WHERE (status = 'PROCESSING')
        DEFERRABLE INITIALLY DEFERRED
-- Rows change two or three times before they move on.
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

ALTER TABLE bots ADD FOREIGN KEY (current_order_id) REFERENCES orders (id) ON DELETE SET NULL;

-- What the sweeper looks for.
CREATE INDEX orders_due ON orders (due_at) WHERE status = 'PROCESSING' AND due_at IS NOT NULL;

-- What left the live table, by the month in which it was placed. Placing, starting and completing never touch it.
CREATE TABLE orders_history (
    restaurant_id uuid   NOT NULL,
    number        bigint NOT NULL,
    id            uuid   NOT NULL,
    type          text   NOT NULL CHECK (type IN ('NORMAL', 'VIP')),
    status        text   NOT NULL CHECK (status IN ('COMPLETE', 'CANCELLED')),
    user_id       uuid   REFERENCES users (id) ON DELETE SET NULL,
    bot_id        uuid   REFERENCES bots (id) ON DELETE SET NULL,
    claim         bigint,
    note          text,
    lines         text,
    external_ref  text,
    created_at    bigint NOT NULL,
    started_at    bigint,
    due_at        bigint,
    completed_at  bigint,
    cancelled_at  bigint,
    collected_at  bigint,
    archived_at   bigint,
    updated_at    bigint NOT NULL,
    deleted_at    bigint,
    PRIMARY KEY (restaurant_id, number, created_at)
) PARTITION BY RANGE (created_at);

CREATE INDEX orders_history_by_id ON orders_history (id);
CREATE INDEX orders_history_by_status ON orders_history (restaurant_id, status, number);
CREATE INDEX orders_history_by_time ON orders_history (restaurant_id, created_at);

CREATE VIEW all_orders AS
    SELECT * FROM orders UNION ALL SELECT * FROM orders_history;

-- The events of one commit are one row.
CREATE TABLE events (
    restaurant_id uuid   NOT NULL,
    first_seq     bigint NOT NULL CHECK (first_seq >= 1),
    last_seq      bigint NOT NULL CHECK (last_seq >= first_seq),
    at            bigint NOT NULL,
    payload       text   NOT NULL,
    PRIMARY KEY (restaurant_id, last_seq)
);

-- Those of former months, by the month in which they happened.
CREATE TABLE events_history (
    restaurant_id uuid   NOT NULL,
    first_seq     bigint NOT NULL,
    last_seq      bigint NOT NULL,
    at            bigint NOT NULL,
    payload       text   NOT NULL,
    PRIMARY KEY (restaurant_id, last_seq, at)
) PARTITION BY RANGE (at);

CREATE VIEW all_events AS
    SELECT * FROM events UNION ALL SELECT * FROM events_history;

CREATE TABLE idempotency_keys (
    restaurant_id uuid     NOT NULL,
    caller        text     NOT NULL,
    key           text     NOT NULL,
    fingerprint   bytea    NOT NULL CHECK (length(fingerprint) = 32),
    status        integer  NOT NULL CHECK (status BETWEEN 200 AND 299),
    location      text,
    body          bytea    NOT NULL,
    at            bigint   NOT NULL,
    PRIMARY KEY (restaurant_id, caller, key)
);

CREATE INDEX idempotency_keys_by_time ON idempotency_keys (at);

-- Who does what only one node shall do. `expires_at` is in the database's own time.
CREATE TABLE leases (
    name       text   NOT NULL PRIMARY KEY,
    holder     text   NOT NULL,
    term       bigint NOT NULL CHECK (term >= 1),
    expires_at bigint NOT NULL
) WITH (fillfactor = 50);
