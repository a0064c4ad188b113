# Written by Limn.
# Needs Spark with Delta Lake (delta-spark).
# PySpark reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (t).
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.read.format("delta").option("versionAsOf", 2).load("http://lake.test/deletion-vectors").createOrReplaceTempView("t")

result = spark.sql("""
select count(*) as n from `t`
""")
result.show()
