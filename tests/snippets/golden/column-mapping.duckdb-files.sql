-- Written by Limn.
-- Needs DuckDB; its extension httpfs reads from URLs.
-- Not translated: t: its columns have other names in its files (column mapping); take DuckDB with its extension delta.

select count(*) as n from "t";
