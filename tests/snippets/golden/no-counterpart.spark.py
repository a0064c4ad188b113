# Written by Limn.
# Needs Spark with Delta Lake (delta-spark).
# Not translated: limn_history(…) has no counterpart in this tool's SQL. DeltaTable.forPath(spark, url).history() gives the like.
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()

result = spark.sql("""
select version from limn_history('t') where version < 2 order by version
""")
result.show()
