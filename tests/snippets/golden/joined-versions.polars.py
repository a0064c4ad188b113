# Written by Limn.
# Needs: pip install polars deltalake
# Polars reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (Was, now).
import polars as pl

tables = pl.SQLContext()
tables.register("now", pl.scan_delta("http://lake.test/commits", version=24))
tables.register("Was", pl.scan_delta("http://lake.test/commits", version=3))

result = tables.execute("""
select n.id, "Was".text as before, n.text as after
from "now" n
join "Was" on n.id = "Was".id
where n.text <> "Was".text
order by n.id
""", eager=True)
print(result)
