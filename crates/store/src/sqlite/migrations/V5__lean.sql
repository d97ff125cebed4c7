-- Nothing changes here: PostgreSQL gives up indexes that an embedded database can afford.
SELECT 1;
