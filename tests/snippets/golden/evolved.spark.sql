-- Written by Limn.
-- Needs Spark with Delta Lake (delta-spark).
-- Spark SQL reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
CREATE OR REPLACE TEMPORARY VIEW `t` AS
SELECT * FROM delta.`http://lake.test/schema-evolution` VERSION AS OF 3;

select * from `t` order by id limit 3;
