# Written by Limn.
# Needs: pip install deltalake
# Not translated: limn_history(…) has no counterpart in this tool's SQL. DeltaTable(url).history() gives the like.
from deltalake import DeltaTable, QueryBuilder

query = QueryBuilder()

result = query.execute("""
select version from limn_history('t') where version < 2 order by version
""").read_all()
print(result)
