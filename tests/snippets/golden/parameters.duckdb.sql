-- Written by Limn.
-- Needs DuckDB 1.5 and its extension delta.
-- DuckDB reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
INSTALL delta;
LOAD delta;
CREATE OR REPLACE TEMP VIEW "t" AS
SELECT * FROM delta_scan('http://lake.test/commits', version = 24);

select id, text from "t" where id >= 3 and id <= 8 and text = 'changed' and TRUE order by id;
