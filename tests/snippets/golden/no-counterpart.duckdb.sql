-- Written by Limn.
-- Needs DuckDB 1.5 and its extension delta.
-- Not translated: limn_history(…) has no counterpart in this tool's SQL.

select version from limn_history('t') where version < 2 order by version;
