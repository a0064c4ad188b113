-- Written by Limn.
-- Needs Spark with Delta Lake (delta-spark).
-- Not translated: limn_history(…) has no counterpart in this tool's SQL. DESCRIBE HISTORY gives the like.

select version from limn_history('t') where version < 2 order by version;
