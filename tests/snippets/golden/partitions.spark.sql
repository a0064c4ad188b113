-- Written by Limn.
-- Needs Spark with Delta Lake (delta-spark).
-- Spark SQL reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
CREATE OR REPLACE TEMPORARY VIEW `t` AS
SELECT * FROM delta.`http://lake.test/partition-text` VERSION AS OF 0;

select count(*) as n from `t`;
