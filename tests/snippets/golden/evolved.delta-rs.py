# Written by Limn.
# Needs: pip install deltalake
# delta-rs reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
from deltalake import DeltaTable, QueryBuilder

query = QueryBuilder()
query.register("t", DeltaTable("http://lake.test/schema-evolution", version=3))

result = query.execute("""
select * from "t" order by id limit 3
""").read_all()
print(result)
