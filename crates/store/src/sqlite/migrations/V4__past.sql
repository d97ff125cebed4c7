-- What a restaurant was when its past was forgotten: its events begin after `version`, and are folded onto `state`.
-- `orders` counts those that were forgotten.
CREATE TABLE checkpoints (
    restaurant_id BLOB    NOT NULL PRIMARY KEY REFERENCES restaurants (id),
    version       INTEGER NOT NULL CHECK (version >= 1),
    at            INTEGER NOT NULL,
    orders        INTEGER NOT NULL CHECK (orders >= 0),
    state         TEXT    NOT NULL CHECK (json_valid(state))
) STRICT, WITHOUT ROWID;
