-- Written by Limn.
-- Needs DuckDB; its extension httpfs reads from URLs.
-- Not translated: t: deletion vectors mark rows of its files as deleted; take DuckDB with its extension delta.

select count(*) as n from "t";
