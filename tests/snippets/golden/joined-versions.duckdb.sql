-- Written by Limn.
-- Needs DuckDB 1.5 and its extension delta.
-- DuckDB reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (Was, now).
INSTALL delta;
LOAD delta;
CREATE OR REPLACE TEMP VIEW "now" AS
SELECT * FROM delta_scan('http://lake.test/commits', version = 24);
CREATE OR REPLACE TEMP VIEW "Was" AS
SELECT * FROM delta_scan('http://lake.test/commits', version = 3);

select n.id, "Was".text as before, n.text as after
from "now" n
join "Was" on n.id = "Was".id
where n.text <> "Was".text
order by n.id;
