# Written by Limn.
# Needs Spark with Delta Lake (delta-spark).
# PySpark reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.read.format("delta").option("versionAsOf", 24).load("http://lake.test/commits").createOrReplaceTempView("t")

result = spark.sql("""
select id, text from `t` where id >= 3 and id <= 8 and text = 'changed' and TRUE order by id
""")
result.show()
