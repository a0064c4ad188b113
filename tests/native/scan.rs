//! What scans read, row by row and byte by byte.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use limn::error::Kind;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::lake::Lake;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

/// 100 row groups of 1000 rows in 10 pages each, sorted by `id`.
fn sorted_file(bloom: bool) -> (RecordBatch, WriterProperties) {
    let ids: Vec<i64> = (0..100_000).collect();
    let names: Vec<String> = ids.iter().map(|id| format!("name {:06}", (id * 7919) % 100_000)).collect();
    let noise: Vec<i64> = ids.iter().map(|id| (id * 2_654_435_761) % 1_000_003).collect();
    let batch = batch(vec![
        ("id", Arc::new(Int64Array::from(ids)) as ArrayRef),
        ("name", Arc::new(StringArray::from(names))),
        ("noise", Arc::new(Int64Array::from(noise))),
    ]);
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(1000))
        .set_data_page_row_count_limit(100)
        .set_write_batch_size(100)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_dictionary_enabled(false)
        .set_bloom_filter_enabled(bloom);
    (batch, properties.build())
}

#[tokio::test]
async fn count_reads_nothing_but_the_footer() {
    let lake = Lake::new();
    let (rows, properties) = sorted_file(false);
    lake.write("a.parquet", &[rows], properties);
    let opening = lake.open("a", &["a.parquet"]).await.unwrap();
    assert!(opening.requests <= 3, "{opening:?}");
    let answered = lake.query("select count(*) from a").await.unwrap();
    assert_eq!(answered.rows(), ["100000"]);
    assert_eq!(answered.costs.requests, 0);
}

#[tokio::test]
async fn a_point_lookup_reads_the_pages_of_one_row_group() {
    let lake = Lake::new();
    let (rows, properties) = sorted_file(false);
    lake.write("a.parquet", &[rows], properties);
    lake.open("a", &["a.parquet"]).await.unwrap();
    let answered = lake.query("select name, noise from a where id = 54321").await.unwrap();
    assert_eq!(answered.batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
    assert_eq!((answered.stats.row_groups_read, answered.stats.row_groups_total), (1, 100));
    println!("{:?} {:?}", answered.costs, answered.requests);
    let again = lake.query("select name, noise from a where id = 54321").await.unwrap();
    assert_eq!(again.costs.requests, 0);
    assert_eq!(again.rows(), answered.rows());
}

#[tokio::test]
async fn all_rows_come_back() {
    let lake = Lake::new();
    let (rows, properties) = sorted_file(false);
    lake.write("a.parquet", &[rows], properties);
    lake.open("a", &["a.parquet"]).await.unwrap();
    let answered = lake.query("select sum(id), count(distinct name), max(noise) from a").await.unwrap();
    assert_eq!(answered.rows(), ["4999950000|100000|999980"]);
    assert_eq!(answered.stats.row_groups_read, 100);
}

#[tokio::test]
async fn nan_is_greater_than_every_bound() {
    let lake = Lake::new();
    let values = Float64Array::from(vec![1.0, 2.0, f64::NAN, 3.0]);
    lake.write("a.parquet", &[batch(vec![("x", Arc::new(values) as ArrayRef)])], WriterProperties::builder().build());
    lake.open("a", &["a.parquet"]).await.unwrap();
    assert_eq!(lake.query("select count(*) from a where x > 5").await.unwrap().rows(), ["1"]);
    assert_eq!(lake.query("select count(*) from a where x <> 5").await.unwrap().rows(), ["4"]);
    assert_eq!(lake.query("select count(*) from a where x < 0.5").await.unwrap().rows(), ["0"]);
    assert_eq!(lake.query("select count(*) from a where x < 2.5 and x > 0.5").await.unwrap().rows(), ["2"]);
}

#[tokio::test]
async fn writes_are_refused() {
    let lake = Lake::new();
    for sql in ["create table a (b int)", "set datafusion.execution.batch_size = 1", "insert into a values (1)",
        "copy (select 1) to 'a.csv'", "drop table a", "explain analyze insert into a values (1)", "select 1 into b"] {
        let refused = lake.query(sql).await.err().unwrap();
        assert_eq!(refused.kind, Kind::Sql, "{sql}");
        assert!(refused.detail.starts_with("Limn only reads"), "{sql}: {}", refused.detail);
    }
}

#[tokio::test]
async fn a_plan_tells_exactly_what_a_plain_scan_reads() {
    let lake = Lake::new();
    let (rows, properties) = sorted_file(false);
    lake.write("a.parquet", &[rows.clone()], properties.clone());
    lake.write("b.parquet", &[rows], properties);
    for sql in [
        "select id, noise from a where id between 20500 and 29499",
        "select name from a where id = 77",
        "select * from a",
        "select max(name) from a",
        "select id from a limit 5",
    ] {
        lake.open("a", &["a.parquet", "b.parquet"]).await.unwrap();
        lake.store.forget(&limn::http::Location::parse("http://lake.test/").unwrap());
        let (plan, _) = lake.plan(sql).await.unwrap();
        let answered = lake.query(sql).await.unwrap();
        assert_eq!((plan.requests, plan.bytes), (answered.costs.requests, answered.costs.bytes), "{sql}\n{plan:?}");
        assert!(!plan.estimate && plan.requests > 0, "{sql} {plan:?}");
        let (plan, costs) = lake.plan(sql).await.unwrap();
        assert_eq!((plan.requests, plan.bytes, costs.requests), (0, 0, 0), "{sql}: all of it is kept");
    }
}
