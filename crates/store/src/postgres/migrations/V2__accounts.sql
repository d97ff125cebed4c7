-- Accounts can sign in. `name` is the name to sign in with, `name_key` the same without capitals.
ALTER TABLE users ADD COLUMN name_key         text    NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN password         text;
ALTER TABLE users ADD COLUMN is_demonstration boolean NOT NULL DEFAULT false;
ALTER TABLE users ADD COLUMN updated_at       bigint NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN disabled_at      bigint;

UPDATE users SET name_key = lower(name), updated_at = created_at;

-- A deleted account gives its name back.
CREATE UNIQUE INDEX users_one_account_a_name ON users (name_key) WHERE deleted_at IS NULL;

CREATE TABLE memberships (
    user_id       uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- NULL is every restaurant.
    restaurant_id uuid REFERENCES restaurants (id),
    role          text NOT NULL
        CHECK (role = 'NORMAL' OR role = 'VIP' OR role = 'MANAGER' OR role = 'BOT' OR role = 'DISPLAY')
);

CREATE UNIQUE INDEX memberships_one_a_restaurant ON memberships (user_id, restaurant_id);
CREATE UNIQUE INDEX memberships_one_for_all ON memberships (user_id) WHERE restaurant_id IS NULL;

-- A customer's own orders.
CREATE INDEX orders_history_by_user ON orders_history (user_id, number) WHERE user_id IS NOT NULL;

-- Tokens and keys are kept as digests: whoever reads the database learns none.
CREATE TABLE sessions (
    id         uuid   NOT NULL PRIMARY KEY,
    digest     bytea  NOT NULL UNIQUE CHECK (length(digest) = 32),
    user_id    uuid   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    via        text   NOT NULL CHECK (via = 'password' OR via = 'pin' OR via = 'demonstration'),
    created_at bigint NOT NULL,
    seen_at    bigint NOT NULL,
    expires_at bigint NOT NULL,
    address    text,
    device     text
);

CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE api_keys (
    id            uuid   NOT NULL PRIMARY KEY,
    digest        bytea  NOT NULL UNIQUE CHECK (length(digest) = 32),
    shown         text   NOT NULL,
    name          text   NOT NULL,
    restaurant_id uuid   NOT NULL REFERENCES restaurants (id),
    role          text   NOT NULL
        CHECK (role = 'NORMAL' OR role = 'VIP' OR role = 'MANAGER' OR role = 'BOT' OR role = 'DISPLAY'),
    bot_id        uuid   REFERENCES bots (id) ON DELETE SET NULL,
    created_at    bigint NOT NULL,
    expires_at    bigint,
    seen_at       bigint,
    revoked_at    bigint,
    CHECK (role <> 'BOT' OR bot_id IS NOT NULL OR revoked_at IS NOT NULL)
);

CREATE INDEX api_keys_by_restaurant ON api_keys (restaurant_id, created_at);

-- Devices on which an account signed in before: their tries count against themselves.
CREATE TABLE devices (
    digest  bytea  NOT NULL CHECK (length(digest) = 32),
    user_id uuid   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    seen_at bigint NOT NULL,
    PRIMARY KEY (digest, user_id)
);

CREATE INDEX devices_by_user ON devices (user_id, seen_at);

-- What stands beside a password. `step` is that of the latest code: each is good once.
CREATE TABLE second_factors (
    user_id      uuid   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret       bytea  NOT NULL CHECK (length(secret) = 20),
    made_at      bigint NOT NULL,
    confirmed_at bigint,
    step         bigint NOT NULL DEFAULT 0
);

CREATE TABLE recovery_codes (
    user_id uuid  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest  bytea NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (user_id, digest)
);

-- PINs of those who share a device. One goes with the device that it was set on.
CREATE TABLE pins (
    device  bytea   NOT NULL,
    user_id uuid    NOT NULL,
    hash    text    NOT NULL,
    tries   integer NOT NULL DEFAULT 0,
    set_at  bigint  NOT NULL,
    PRIMARY KEY (device, user_id),
    FOREIGN KEY (device, user_id) REFERENCES devices (digest, user_id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX pins_by_user ON pins (user_id);

-- Screens that show a code and wait for a manager. What was granted is NULL until then.
CREATE TABLE pairings (
    code           bytea  NOT NULL PRIMARY KEY CHECK (length(code) = 32),
    secret         bytea  NOT NULL UNIQUE CHECK (length(secret) = 32),
    address        text,
    network        text,
    device         text,
    created_at     bigint NOT NULL,
    expires_at     bigint NOT NULL,
    name           text,
    restaurant_id  uuid   REFERENCES restaurants (id),
    role           text
        CHECK (role = 'NORMAL' OR role = 'VIP' OR role = 'MANAGER' OR role = 'BOT' OR role = 'DISPLAY'),
    bot_id         uuid   REFERENCES bots (id) ON DELETE CASCADE,
    key_expires_at bigint,
    granted_by     text,
    granted_by_id  uuid   REFERENCES users (id) ON DELETE CASCADE,
    CHECK ((name IS NULL) = (role IS NULL) AND (name IS NULL) = (restaurant_id IS NULL)
        AND (name IS NULL) = (granted_by IS NULL))
);

CREATE INDEX pairings_by_network ON pairings (network, expires_at);

-- Tries to sign in that did not succeed, one row for each account, device and address.
CREATE TABLE tries (
    against text   NOT NULL PRIMARY KEY,
    count   bigint NOT NULL CHECK (count >= 1),
    last_at bigint NOT NULL
);

-- Only ever added to.
CREATE TABLE sign_ins (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            bigint NOT NULL,
    kind          text   NOT NULL,
    restaurant_id uuid   REFERENCES restaurants (id),
    actor         text   NOT NULL,
    subject       text   NOT NULL,
    address       text,
    device        text
);

CREATE INDEX sign_ins_by_restaurant ON sign_ins (restaurant_id, id);

CREATE FUNCTION sign_ins_stay() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the log is only added to'; END $$;

CREATE TRIGGER sign_ins_stay_as_they_are BEFORE UPDATE OR DELETE OR TRUNCATE ON sign_ins
    FOR EACH STATEMENT EXECUTE FUNCTION sign_ins_stay();

-- Rises with whatever changes what a caller may do: nodes that remember callers ask whether it has.
CREATE TABLE accounts_version (
    one     boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    version bigint  NOT NULL
) WITH (fillfactor = 10);

INSERT INTO accounts_version (version) VALUES (0);
