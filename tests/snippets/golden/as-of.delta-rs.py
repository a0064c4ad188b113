# Written by Limn.
# Needs: pip install deltalake
# delta-rs reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
from deltalake import DeltaTable, QueryBuilder

query = QueryBuilder()
query.register("t", DeltaTable("http://lake.test/commits", version=24))
query.register("t_v1", DeltaTable("http://lake.test/commits", version=1))

result = query.execute("""
select "t".id, o.text as "Before", "t".text as now from "t" join "t_v1" o on "t".id = o.id where "t".text <> o.text order by "t".id
""").read_all()
print(result)
