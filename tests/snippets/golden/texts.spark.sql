-- Written by Limn.
-- Needs Spark with Delta Lake (delta-spark).
-- Spark SQL reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
CREATE OR REPLACE TEMPORARY VIEW `t` AS
SELECT * FROM delta.`http://lake.test/commits` VERSION AS OF 24;

-- it's a comment
select 'it\'s \\n """ `x`' as text, count(*) as n from `t` where `t`.id in (10, 20);
