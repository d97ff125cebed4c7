-- When the next of the orders that automatic bots cook is due. The sweeper looks here instead of through the orders: an
-- index over what changes at each start costs each start, and this row is written anyway.
--
-- The index, and the constraints that kept updates from staying on their page, go once no older program serves:
-- `feedme migrate --finish`.
ALTER TABLE restaurants ADD COLUMN next_due_at bigint;
