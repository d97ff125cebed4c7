-- What a restaurant was when its past was forgotten: its events begin after `version`, and are folded onto `state`.
-- `orders` counts those that were forgotten.
CREATE TABLE checkpoints (
    restaurant_id uuid   NOT NULL PRIMARY KEY REFERENCES restaurants (id),
    version       bigint NOT NULL CHECK (version >= 1),
    at            bigint NOT NULL,
    orders        bigint NOT NULL CHECK (orders >= 0),
    state         text   NOT NULL
);

-- What whoever moves old events looks for. Rows come in the order of time, so a summary of each quarter of a megabyte
-- will do, which costs a commit nothing.
CREATE INDEX events_by_time ON events USING brin (at) WITH (pages_per_range = 32, autosummarize = on);

-- The migration up to which every program that serves this database knows it: what older ones would misread is not
-- written before. `feedme migrate --finish` raises it.
CREATE TABLE cluster (
    one   boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    level bigint  NOT NULL CHECK (level >= 0)
) WITH (fillfactor = 10);

-- A database that is just being made has no older programs.
INSERT INTO cluster (level) SELECT CASE WHEN EXISTS (SELECT FROM restaurants) THEN 3 ELSE 4 END;
