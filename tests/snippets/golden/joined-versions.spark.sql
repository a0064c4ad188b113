-- Written by Limn.
-- Needs Spark with Delta Lake (delta-spark).
-- Spark SQL reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (Was, now).
CREATE OR REPLACE TEMPORARY VIEW `now` AS
SELECT * FROM delta.`http://lake.test/commits` VERSION AS OF 24;
CREATE OR REPLACE TEMPORARY VIEW `Was` AS
SELECT * FROM delta.`http://lake.test/commits` VERSION AS OF 3;

select n.id, `Was`.text as before, n.text as after
from `now` n
join `Was` on n.id = `Was`.id
where n.text <> `Was`.text
order by n.id;
