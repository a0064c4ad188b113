-- Written by Limn.
-- Needs DuckDB; its extension httpfs reads from URLs.
-- Not translated: limn_history(…) has no counterpart in this tool's SQL.

select version from limn_history('t') where version < 2 order by version;
