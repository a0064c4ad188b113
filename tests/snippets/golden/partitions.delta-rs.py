# Written by Limn.
# Needs: pip install deltalake
# delta-rs reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
from deltalake import DeltaTable, QueryBuilder

query = QueryBuilder()
query.register("t", DeltaTable("http://lake.test/partition-text", version=0))

result = query.execute("""
select count(*) as n from "t"
""").read_all()
print(result)
