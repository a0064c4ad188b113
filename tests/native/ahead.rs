//! What is fetched before its turn, what together, and what is not: row groups that a limit or an order may not need.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::Int64Type;
use parquet::file::properties::WriterProperties;

use crate::lake::Lake;
use crate::made::{batch, counted, counting, sorted_file};

#[tokio::test]
async fn row_groups_that_are_small_are_fetched_together() {
    let lake = Lake::new();
    let rows = counting(0..5_000);
    let noise = rows.column(1).as_primitive::<Int64Type>().values();
    let positive = noise.iter().filter(|noise| **noise > 0).count().to_string();
    // The writer begins a row group for each that is left of a batch, one inside the other.
    let parts: Vec<_> = (0..50).map(|part| rows.slice(part * 100, 100)).collect();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(10));
    lake.write("a.parquet", &parts, properties.build());
    lake.open("a", &["a.parquet"]).await.unwrap();
    for (sql, expected) in [
        ("select sum(id) from a", "12497500"),
        // A limit may end the scan at any row group: nothing is fetched in advance.
        ("select count(*) from (select id from a limit 25)", "25"),
        ("select count(id) from a where noise > 0", positive.as_str()),
    ] {
        lake.store
            .forget(&limn::http::Location::parse("http://lake.test/").unwrap());
        let (plan, _) = lake.plan(sql).await.unwrap();
        let answered = lake.query(sql).await.unwrap();
        assert!(answered.text().contains(expected), "{sql}\n{}", answered.text());
        let requests = answered.costs.requests;
        // 500 row groups in parcels of 128, and an index.
        assert!(requests <= 4 + 1, "{sql}: {requests} requests");
        assert_eq!((plan.requests, plan.bytes), (requests, answered.costs.bytes), "{sql}");
    }
}

#[tokio::test]
async fn the_best_rows_come_first_and_rule_out_the_rest() {
    let lake = Lake::new();
    counted(&lake, &["a.parquet", "b.parquet"], 100_000);
    lake.open("a", &["a.parquet", "b.parquet"]).await.unwrap();
    let top = lake.query("select id from a order by id desc limit 3").await.unwrap();
    assert_eq!(top.rows(), ["199999", "199998", "199997"]);
    assert_eq!(top.stats.row_groups_read, 1);
    let bottom = lake.query("select id from a order by id limit 2").await.unwrap();
    assert_eq!(bottom.rows(), ["0", "1"]);
    assert_eq!(bottom.stats.row_groups_read, 1);
}

#[tokio::test]
async fn rows_that_might_be_best_are_not_fetched_before_it_is_known() {
    let lake = Lake::new();
    let (rows, properties) = sorted_file(false);
    lake.write("a.parquet", &[rows], properties);
    lake.open("a", &["a.parquet"]).await.unwrap();
    // Ten row groups have noise that is greater than the others' greatest, and one page each that has it.
    let sql = "select noise, id from a order by noise desc, id limit 10";
    let first = lake.query(sql).await.unwrap();
    let read = first.stats.row_groups_read;
    assert!((2..=10).contains(&read), "{read}");
    assert!(first.costs.requests <= 1 + read, "{:?}", first.requests);
    assert!(first.costs.bytes < 320_000, "of 3.3 MB: {:?}", first.costs);
    // It is known now where the first rows end: nothing else is read, nor planned to be.
    let (plan, _) = lake.plan(sql).await.unwrap();
    let planned: u64 = plan.scans.iter().map(|scan| scan.row_groups_kept).sum();
    assert!((2..=10).contains(&planned), "{planned}");
    assert_eq!(plan.requests, 0);
    let again = lake.query(sql).await.unwrap();
    assert_eq!((again.costs.requests, again.rows()), (0, first.rows()));
    assert!(again.stats.row_groups_read <= 10, "{:?}", again.stats);
    // Another number of them ends elsewhere.
    let more = sql.replace("limit 10", "limit 2000");
    let all = lake.query(&more).await.unwrap();
    assert_eq!(all.rows().first(), first.rows().first());
    assert_eq!(
        (all.rows().len(), lake.query(&more).await.unwrap().rows()),
        (2000, all.rows())
    );
    // Nothing is ruled out by an order of all rows.
    let all = lake
        .query("select noise from a order by noise limit 99999")
        .await
        .unwrap();
    assert_eq!(all.stats.row_groups_read, 100);
}

#[tokio::test]
async fn of_rows_that_are_alike_the_same_come_first_whatever_was_asked_before() {
    let lake = Lake::new();
    let numbers = |numbers: [i64; 3]| Arc::new(Int64Array::from(numbers.to_vec())) as ArrayRef;
    for (name, a, b) in [("a.parquet", [5, 1, 2], [9, 8, 7]), ("b.parquet", [5, 3, 4], [1, 2, 3])] {
        let rows = batch(vec![("a", numbers(a)), ("b", numbers(b))]);
        lake.write(name, &[rows], WriterProperties::builder().build());
    }
    lake.open("t", &["a.parquet", "b.parquet"]).await.unwrap();
    let sql = "select a, b from t order by a desc limit 1";
    let fresh = lake.query(sql).await.unwrap().rows();
    for before in [
        "select a, b from t order by a desc, b limit 1",
        "select a, b from t order by a desc, b + 0 limit 1",
        "select b as x, a from t order by a desc, x limit 1",
        "select a from t order by a desc, _metadata.file_name desc limit 1",
        sql,
    ] {
        lake.query(before).await.unwrap();
        assert_eq!(lake.query(sql).await.unwrap().rows(), fresh, "after {before}");
    }
}

#[tokio::test]
async fn a_limit_reads_no_more_than_it_needs() {
    let lake = Lake::new();
    counted(&lake, &["a.parquet", "b.parquet"], 100_000);
    lake.open("a", &["a.parquet", "b.parquet"]).await.unwrap();
    let some = lake.query("select id from a limit 10").await.unwrap();
    assert_eq!(some.batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 10);
    assert_eq!(
        (
            some.stats.row_groups_read,
            some.stats.files_read,
            some.stats.files_total
        ),
        (1, 1, 2)
    );
    let more = lake
        .query("select count(*) from (select id from a limit 105000)")
        .await
        .unwrap();
    assert_eq!(more.rows(), ["105000"]);
}

#[tokio::test]
async fn what_is_fetched_ahead_is_not_fetched_again() {
    let lake = Lake::new();
    counted(&lake, &["a.parquet", "b.parquet"], 100_000);
    lake.open("a", &["a.parquet", "b.parquet"]).await.unwrap();
    let all = lake.query("select sum(noise) from a").await.unwrap();
    assert_eq!(all.stats.row_groups_read, 20);
    let mut ranges: Vec<_> = all.requests.iter().flatten().cloned().collect();
    assert_eq!(ranges.len(), all.requests.len());
    ranges.sort_by_key(|range| range.start);
    assert_eq!(all.costs.requests, 20, "one column chunk of each row group: {ranges:?}");
}

#[tokio::test]
async fn an_order_that_rules_out_nothing_asks_for_small_row_groups_together() {
    let lake = Lake::new();
    let (rows, properties) = sorted_file(false);
    let rows = [rows.project(&[0, 2]).unwrap()];
    lake.write("a.parquet", &rows, properties.clone());
    lake.write("b.parquet", &rows, properties);
    lake.open("a", &["a.parquet", "b.parquet"]).await.unwrap();
    let sql = "select id, noise from a where noise % 5 <> 0 order by noise * 7 % 1000003, id limit 50";
    let (plan, _) = lake.plan(sql).await.unwrap();
    let answered = lake.query(sql).await.unwrap();
    assert_eq!((answered.rows().len(), answered.stats.row_groups_read), (50, 200));
    // A row group of 16.4 KB has values of the whole range: seven travel together, but for the scan's first two.
    assert_eq!(answered.costs.requests, 2 + 14 + 15);
    assert_eq!(
        (plan.requests, plan.bytes),
        (answered.costs.requests, answered.costs.bytes)
    );
    assert_eq!(lake.query(sql).await.unwrap().costs.requests, 0);
    // Where each rules out what comes after it, nothing is asked for that is not read.
    counted(&lake, &["c.parquet", "d.parquet"], 100_000);
    lake.open("c", &["c.parquet", "d.parquet"]).await.unwrap();
    let few = lake
        .query("select id from c where noise % 5 <> 0 order by id limit 50")
        .await
        .unwrap();
    assert_eq!((few.stats.row_groups_read, few.costs.requests), (1, 1));
}
