-- Written by Limn.
-- Needs DuckDB 1.5 and its extension delta.
-- DuckDB reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
INSTALL delta;
LOAD delta;
CREATE OR REPLACE TEMP VIEW "t" AS
SELECT * FROM delta_scan('http://lake.test/partition-text', version = 0);

select count(*) as n from "t";
