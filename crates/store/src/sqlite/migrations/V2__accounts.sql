-- Accounts can sign in. `name` is the name to sign in with, `name_key` the same without capitals.
ALTER TABLE users ADD COLUMN name_key         TEXT    NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN password         TEXT;
ALTER TABLE users ADD COLUMN is_demonstration INTEGER NOT NULL DEFAULT 0 CHECK (is_demonstration = 0 OR is_demonstration = 1);
ALTER TABLE users ADD COLUMN updated_at       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN disabled_at      INTEGER;

UPDATE users SET name_key = lower(name), updated_at = created_at;

-- A deleted account gives its name back.
CREATE UNIQUE INDEX users_one_account_a_name ON users (name_key) WHERE deleted_at IS NULL;

CREATE TABLE memberships (
    user_id       BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- NULL is every restaurant.
    restaurant_id BLOB REFERENCES restaurants (id),
    role          TEXT NOT NULL
        CHECK (role = 'NORMAL' OR role = 'VIP' OR role = 'MANAGER' OR role = 'BOT' OR role = 'DISPLAY')
) STRICT;

CREATE UNIQUE INDEX memberships_one_a_restaurant ON memberships (user_id, restaurant_id);
CREATE UNIQUE INDEX memberships_one_for_all ON memberships (user_id) WHERE restaurant_id IS NULL;

-- A customer's own orders.
CREATE INDEX orders_history_by_user ON orders_history (user_id, number) WHERE user_id IS NOT NULL;

-- Tokens and keys are kept as digests: whoever reads the database learns none.
CREATE TABLE sessions (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    digest     BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
    user_id    BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    via        TEXT    NOT NULL CHECK (via = 'password' OR via = 'pin' OR via = 'demonstration'),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    address    TEXT,
    device     TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE api_keys (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    digest        BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
    shown         TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    restaurant_id BLOB    NOT NULL REFERENCES restaurants (id),
    role          TEXT    NOT NULL
        CHECK (role = 'NORMAL' OR role = 'VIP' OR role = 'MANAGER' OR role = 'BOT' OR role = 'DISPLAY'),
    bot_id        BLOB    REFERENCES bots (id) ON DELETE SET NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER,
    seen_at       INTEGER,
    revoked_at    INTEGER,
    CHECK (role <> 'BOT' OR bot_id IS NOT NULL OR revoked_at IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX api_keys_by_restaurant ON api_keys (restaurant_id, created_at);

-- Devices on which an account signed in before: their tries count against themselves.
CREATE TABLE devices (
    digest  BLOB    NOT NULL CHECK (length(digest) = 32),
    user_id BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (digest, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX devices_by_user ON devices (user_id, seen_at);

-- What stands beside a password. `step` is that of the latest code: each is good once.
CREATE TABLE second_factors (
    user_id      BLOB    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret       BLOB    NOT NULL CHECK (length(secret) = 20),
    made_at      INTEGER NOT NULL,
    confirmed_at INTEGER,
    step         INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest  BLOB NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (user_id, digest)
) STRICT, WITHOUT ROWID;

-- PINs of those who share a device. One goes with the device that it was set on.
CREATE TABLE pins (
    device  BLOB    NOT NULL,
    user_id BLOB    NOT NULL,
    hash    TEXT    NOT NULL,
    tries   INTEGER NOT NULL DEFAULT 0,
    set_at  INTEGER NOT NULL,
    PRIMARY KEY (device, user_id),
    FOREIGN KEY (device, user_id) REFERENCES devices (digest, user_id) ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX pins_by_user ON pins (user_id);

-- Screens that show a code and wait for a manager. What was granted is NULL until then.
CREATE TABLE pairings (
    code           BLOB    NOT NULL PRIMARY KEY CHECK (length(code) = 32),
    secret         BLOB    NOT NULL UNIQUE CHECK (length(secret) = 32),
    address        TEXT,
    network        TEXT,
    device         TEXT,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    name           TEXT,
    restaurant_id  BLOB    REFERENCES restaurants (id),
    role           TEXT
        CHECK (role = 'NORMAL' OR role = 'VIP' OR role = 'MANAGER' OR role = 'BOT' OR role = 'DISPLAY'),
    bot_id         BLOB    REFERENCES bots (id) ON DELETE CASCADE,
    key_expires_at INTEGER,
    granted_by     TEXT,
    granted_by_id  BLOB    REFERENCES users (id) ON DELETE CASCADE,
    CHECK ((name IS NULL) = (role IS NULL) AND (name IS NULL) = (restaurant_id IS NULL)
        AND (name IS NULL) = (granted_by IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX pairings_by_network ON pairings (network, expires_at);

-- Tries to sign in that did not succeed, one row for each account, device and address.
CREATE TABLE tries (
    against TEXT    NOT NULL PRIMARY KEY,
    count   INTEGER NOT NULL CHECK (count >= 1),
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Only ever added to.
CREATE TABLE sign_ins (
    id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at            INTEGER NOT NULL,
    kind          TEXT    NOT NULL,
    restaurant_id BLOB    REFERENCES restaurants (id),
    actor         TEXT    NOT NULL,
    subject       TEXT    NOT NULL,
    address       TEXT,
    device        TEXT
) STRICT;

CREATE INDEX sign_ins_by_restaurant ON sign_ins (restaurant_id, id);

CREATE TRIGGER sign_ins_stay_as_they_are BEFORE UPDATE ON sign_ins
BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END;

CREATE TRIGGER sign_ins_stay BEFORE DELETE ON sign_ins
BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END;
