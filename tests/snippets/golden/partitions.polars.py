# Written by Limn.
# Needs: pip install polars deltalake
# Polars reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
import polars as pl

tables = pl.SQLContext()
tables.register("t", pl.scan_delta("http://lake.test/partition-text", version=0))

result = tables.execute("""
select count(*) as n from "t"
""", eager=True)
print(result)
