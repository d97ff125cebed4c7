-- When the next of the orders that automatic bots cook is due. The sweeper looks here instead of through the orders: an
-- index over what changes at each start costs each start, and this row is written anyway.
--
-- The index, and the constraints that kept updates from staying on their page, go once no older program serves:
-- `feedme migrate --finish`.
ALTER TABLE restaurants ADD COLUMN next_due_at bigint;

-- A round of a busy kitchen changes each row of a page once: half a page is left for the new versions.
ALTER TABLE orders SET (fillfactor = 45);

-- Where the server was built with it: it is quicker than what is there otherwise.
DO $$
BEGIN
    ALTER TABLE events ALTER COLUMN payload SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;

-- An order that names a bot outlives it: the name goes if the bot's row is ever removed. A foreign key would say so too,
-- and look up the bot at every start.
CREATE FUNCTION bots_leave_orders() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE orders SET bot_id = NULL WHERE bot_id = OLD.id; RETURN NULL; END $$;

CREATE TRIGGER bots_leave_orders_as_they_are AFTER DELETE ON bots
    FOR EACH ROW EXECUTE FUNCTION bots_leave_orders();
