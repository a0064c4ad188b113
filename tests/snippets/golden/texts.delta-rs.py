# Written by Limn.
# Needs: pip install deltalake
# delta-rs reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
from deltalake import DeltaTable, QueryBuilder

query = QueryBuilder()
query.register("t", DeltaTable("http://lake.test/commits", version=24))

result = query.execute("""
-- it's a comment
select 'it''s \\n \"\"\" `x`' as text, count(*) as n from "t" where "t".id in (10, 20)
""").read_all()
print(result)
