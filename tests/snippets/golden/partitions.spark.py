# Written by Limn.
# Needs Spark with Delta Lake (delta-spark).
# PySpark reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.read.format("delta").option("versionAsOf", 0).load("http://lake.test/partition-text").createOrReplaceTempView("t")

result = spark.sql("""
select count(*) as n from `t`
""")
result.show()
