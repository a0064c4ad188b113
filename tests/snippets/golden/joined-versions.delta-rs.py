# Written by Limn.
# Needs: pip install deltalake
# delta-rs reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (Was, now).
from deltalake import DeltaTable, QueryBuilder

query = QueryBuilder()
query.register("now", DeltaTable("http://lake.test/commits", version=24))
query.register("was", DeltaTable("http://lake.test/commits", version=3))

result = query.execute("""
select n.id, "was".text as before, n.text as after
from "now" n
join "was" on n.id = "was".id
where n.text <> "was".text
order by n.id
""").read_all()
print(result)
