-- Written by Limn.
-- Needs DuckDB 1.5 and its extension delta.
-- DuckDB reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
INSTALL delta;
LOAD delta;
CREATE OR REPLACE TEMP VIEW "t" AS
SELECT * FROM delta_scan('http://lake.test/commits', version = 24);
CREATE OR REPLACE TEMP VIEW "t_v1" AS
SELECT * FROM delta_scan('http://lake.test/commits', version = 1);

select "t".id, o.text as "Before", "t".text as now from "t" join "t_v1" o on "t".id = o.id where "t".text <> o.text order by "t".id;
