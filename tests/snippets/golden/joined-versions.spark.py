# Written by Limn.
# Needs Spark with Delta Lake (delta-spark).
# PySpark reads tables from object stores and disks, not over HTTP: put such a path in the place of the URL (Was, now).
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.read.format("delta").option("versionAsOf", 24).load("http://lake.test/commits").createOrReplaceTempView("now")
spark.read.format("delta").option("versionAsOf", 3).load("http://lake.test/commits").createOrReplaceTempView("Was")

result = spark.sql("""
select n.id, `Was`.text as before, n.text as after
from `now` n
join `Was` on n.id = `Was`.id
where n.text <> `Was`.text
order by n.id
""")
result.show()
