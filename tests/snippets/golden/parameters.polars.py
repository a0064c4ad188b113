# Written by Limn.
# Needs: pip install polars deltalake
# Polars reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
import polars as pl

tables = pl.SQLContext()
tables.register("t", pl.scan_delta("http://lake.test/commits", version=24))

result = tables.execute("""
select id, text from "t" where id >= 3 and id <= 8 and text = 'changed' and TRUE order by id
""", eager=True)
print(result)
