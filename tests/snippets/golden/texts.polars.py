# Written by Limn.
# Needs: pip install polars deltalake
# Polars reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
import polars as pl

tables = pl.SQLContext()
tables.register("t", pl.scan_delta("http://lake.test/commits", version=24))

result = tables.execute("""
-- it's a comment
select 'it''s \\n \"\"\" `x`' as text, count(*) as n from "t" where "t".id in (10, 20)
""", eager=True)
print(result)
