# Written by Limn.
# Needs: pip install polars deltalake
# Not translated: limn_history(…) has no counterpart in this tool's SQL. DeltaTable(url).history() gives the like.
import polars as pl

tables = pl.SQLContext()

result = tables.execute("""
select version from limn_history('t') where version < 2 order by version
""", eager=True)
print(result)
