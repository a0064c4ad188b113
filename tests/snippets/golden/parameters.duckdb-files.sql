-- Written by Limn.
-- Needs DuckDB; its extension httpfs reads from URLs.
CREATE OR REPLACE TEMP VIEW "t" AS
SELECT "id", "text" FROM read_parquet([
    'http://lake.test/commits/part-00000-02d12c3c-b367-4ee2-835d-7b4fc1234f6c-c000.snappy.parquet',
    'http://lake.test/commits/part-00000-405dcfcd-6f3d-4fff-8cb7-e53f20fb253f-c000.snappy.parquet',
    'http://lake.test/commits/part-00000-6a6c8980-485a-4213-82c2-5e4e5303db34-c000.snappy.parquet',
    'http://lake.test/commits/part-00000-8023d692-a31d-4cec-9b92-1ebf27cfa181-c000.snappy.parquet',
    'http://lake.test/commits/part-00000-a1fa18eb-1d51-4c81-9b11-9624d63cbf32-c000.zstd.parquet',
    'http://lake.test/commits/part-00000-e9f86fa6-8d10-49f6-ac04-b23ce49d80a8-c000.snappy.parquet'
], union_by_name = true);

select id, text from "t" where id >= 3 and id <= 8 and text = 'changed' and TRUE order by id;
