-- A chain has many restaurants: they are opened, called otherwise and archived. `name` and `archived_at` say what is so
-- now; `opened_as` is what a restaurant was called when it opened, which no event says.
ALTER TABLE restaurants ADD COLUMN opened_as   text NOT NULL DEFAULT '';
ALTER TABLE restaurants ADD COLUMN archived_at bigint;

UPDATE restaurants SET opened_as = name;
