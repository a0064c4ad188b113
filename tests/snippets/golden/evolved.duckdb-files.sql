-- Written by Limn.
-- Needs DuckDB; its extension httpfs reads from URLs.
CREATE OR REPLACE TEMP VIEW "t" AS
SELECT "id", "nested", "added", "Late" FROM read_parquet([
    'http://lake.test/schema-evolution/part-00000-16150580-d464-457a-9865-ad56ac32bda0-c000.snappy.parquet',
    'http://lake.test/schema-evolution/part-00000-d26bf68d-8e56-4399-87fe-d23c304fc09a-c000.snappy.parquet',
    'http://lake.test/schema-evolution/part-00000-daa2dfd6-b220-406d-809d-1429c9737e34-c000.snappy.parquet',
    'http://lake.test/schema-evolution/part-00000-dd97d143-a9de-46b6-ac51-c0bc9964fe35-c000.snappy.parquet'
], union_by_name = true);

select * from "t" order by id limit 3;
