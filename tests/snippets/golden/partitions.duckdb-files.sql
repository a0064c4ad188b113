-- Written by Limn.
-- Needs DuckDB; its extension httpfs reads from URLs.
-- Not translated: t: the values of its partition columns are in the log and not in its files; take DuckDB with its extension delta.

select count(*) as n from "t";
