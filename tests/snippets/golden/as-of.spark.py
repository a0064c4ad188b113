# Written by Limn.
# Needs Spark with Delta Lake (delta-spark).
# PySpark reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.read.format("delta").option("versionAsOf", 24).load("http://lake.test/commits").createOrReplaceTempView("t")
spark.read.format("delta").option("versionAsOf", 1).load("http://lake.test/commits").createOrReplaceTempView("t_v1")

result = spark.sql("""
select `t`.id, o.text as `Before`, `t`.text as now from `t` join `t_v1` o on `t`.id = o.id where `t`.text <> o.text order by `t`.id
""")
result.show()
