# Written by Limn.
# Needs: pip install polars deltalake
# Polars reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
import polars as pl

tables = pl.SQLContext()
tables.register("t", pl.scan_delta("http://lake.test/commits", version=24))
tables.register("t_v1", pl.scan_delta("http://lake.test/commits", version=1))

result = tables.execute("""
select "t".id, o.text as "Before", "t".text as now from "t" join "t_v1" o on "t".id = o.id where "t".text <> o.text order by "t".id
""", eager=True)
print(result)
