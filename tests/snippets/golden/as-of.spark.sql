-- Written by Limn.
-- Needs Spark with Delta Lake (delta-spark).
-- Spark SQL reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
CREATE OR REPLACE TEMPORARY VIEW `t` AS
SELECT * FROM delta.`http://lake.test/commits` VERSION AS OF 24;
CREATE OR REPLACE TEMPORARY VIEW `t_v1` AS
SELECT * FROM delta.`http://lake.test/commits` VERSION AS OF 1;

select `t`.id, o.text as `Before`, `t`.text as now from `t` join `t_v1` o on `t`.id = o.id where `t`.text <> o.text order by `t`.id;
