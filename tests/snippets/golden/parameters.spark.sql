-- Written by Limn.
-- Needs Spark with Delta Lake (delta-spark).
-- Spark SQL reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
CREATE OR REPLACE TEMPORARY VIEW `t` AS
SELECT * FROM delta.`http://lake.test/commits` VERSION AS OF 24;

select id, text from `t` where id >= 3 and id <= 8 and text = 'changed' and TRUE order by id;
