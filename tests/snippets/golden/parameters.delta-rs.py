# Written by Limn.
# Needs: pip install deltalake
# delta-rs reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
from deltalake import DeltaTable, QueryBuilder

query = QueryBuilder()
query.register("t", DeltaTable("http://lake.test/commits", version=24))

result = query.execute("""
select id, text from "t" where id >= 3 and id <= 8 and text = 'changed' and TRUE order by id
""").read_all()
print(result)
