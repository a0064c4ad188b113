# Written by Limn.
# Needs: pip install polars deltalake
# Polars reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
import polars as pl

tables = pl.SQLContext()
tables.register("t", pl.scan_delta("http://lake.test/schema-evolution", version=3))

result = tables.execute("""
select * from "t" order by id limit 3
""", eager=True)
print(result)
