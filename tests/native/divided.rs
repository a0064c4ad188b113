//! Aggregates that are made in parts where row groups are decoded: the same answer, in the same order, as made at once.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray,
};
use limn::error::Kind;
use limn::query::crew::local::crew;
use parquet::file::properties::WriterProperties;

use crate::lake::{Answered, Lake};

const ROWS: i64 = 30_000;

/// Numbers that come and go, and of each kind a column with NULLs.
fn rows(first: i64) -> RecordBatch {
    let ids = || first..first + ROWS;
    let sparse = |id: i64| (id % 13 > 0).then_some(id);
    let wide = ids().map(|id| sparse(id).map(|id| i128::from(id) * 10_i128.pow(20) + 7));
    let wide: Decimal128Array = wide.collect();
    let narrow: Decimal128Array = ids()
        .map(|id| sparse(id).map(|id| i128::from(id % 9973 - 5000)))
        .collect();
    RecordBatch::try_from_iter([
        ("id", Arc::new(ids().collect::<Int64Array>()) as ArrayRef),
        (
            "few",
            Arc::new(ids().map(|id| Some((id * 7919 % 17) as i32)).collect::<Int32Array>()),
        ),
        (
            "many",
            Arc::new(ids().map(|id| id * 7919 % 20_011).collect::<Int64Array>()),
        ),
        (
            "text",
            Arc::new(
                ids()
                    .map(|id| sparse(id).map(|id| format!("t{}", id % 101)))
                    .collect::<StringArray>(),
            ),
        ),
        ("wide", Arc::new(wide.with_precision_and_scale(38, 3).unwrap())),
        ("narrow", Arc::new(narrow.with_precision_and_scale(12, 2).unwrap())),
        (
            "day",
            Arc::new(
                ids()
                    .map(|id| sparse(id).map(|id| (id % 800) as i32))
                    .collect::<Date32Array>(),
            ),
        ),
        (
            "flag",
            Arc::new(
                ids()
                    .map(|id| sparse(id).map(|id| id % 3 == 0))
                    .collect::<BooleanArray>(),
            ),
        ),
        (
            "real",
            Arc::new(
                ids()
                    .map(|id| sparse(id).map(|id| f64::from(i32::try_from(id).unwrap()) * 0.1))
                    .collect::<Float64Array>(),
            ),
        ),
    ])
    .unwrap()
}

async fn lake(hands: usize) -> Lake {
    let mut lake = Lake::new();
    let properties = || {
        WriterProperties::builder()
            .set_max_row_group_row_count(Some(2500))
            .build()
    };
    lake.write("a.parquet", &[rows(0)], properties());
    lake.write("b.parquet", &[rows(ROWS)], properties());
    if hands > 0 {
        lake.session = lake.session.with_crew(crew(hands));
    }
    lake.open("t", &["a.parquet", "b.parquet"]).await.unwrap();
    lake
}

/// Of a scan whose rows went into parts nobody counted the bytes.
fn is_divided(answered: &Answered) -> bool {
    let mut scans = answered.operators.iter().filter(|operator| operator.scanned.is_some());
    scans.any(|scan| scan.bytes.is_none())
}

/// What each operator let out.
fn passed(answered: &Answered) -> Vec<(&str, Option<u64>)> {
    let operators = answered.operators.iter();
    operators
        .map(|operator| (operator.name.as_str(), operator.rows))
        .collect()
}

async fn agree(sql: &str, divides: bool) {
    let alone = lake(0).await.query(sql).await.unwrap();
    assert!(!is_divided(&alone), "{sql}");
    for hands in [1, 3] {
        let with = lake(hands).await.query(sql).await.unwrap();
        assert_eq!(with.rows(), alone.rows(), "{sql}");
        assert_eq!(passed(&with), passed(&alone), "{sql}");
        assert_eq!(is_divided(&with), divides, "{sql}: {:?}", with.operators);
    }
}

#[tokio::test]
async fn parts_make_the_same_whole_in_the_same_order() {
    for sql in [
        "select few, count(*), count(text), sum(id), sum(narrow), sum(wide), avg(narrow), avg(wide) from t group by few",
        "select many, count(*), min(day), max(text) from t group by many",
        "select text, flag, max(id), min(narrow), max(flag) from t group by text, flag",
        "select id, many, sum(few) from t group by id, many",
        "select count(*), sum(narrow * (1 - narrow)), min(text) from t where day < date '1971-06-01'",
        "select date_trunc('month', day) as m, sum(id) filter (where flag) from t group by 1",
        "select case when id % 2 = 0 then 'even' else upper(text) end as c, count(id) from t where text like 't1%' group by 1",
        "select few from t group by few",
        "select few, count(*) as n from t group by few having count(*) > 3529 order by n desc, few",
        "select count(*) from (select few, sum(id) as s from t group by few) where s > 100",
    ] {
        agree(sql, true).await;
    }
    // No file is opened of which it could be told.
    for sql in [
        "select count(*), sum(id) from t where id < 0",
        "select few, count(*) from t where id < 0 group by few",
    ] {
        agree(sql, false).await;
    }
}

#[tokio::test]
async fn what_depends_on_the_order_is_made_at_once() {
    for sql in [
        "select few, sum(real) from t group by few",
        "select few, avg(id) from t group by few",
        "select few, count(distinct many), count(distinct text) from t group by few",
        "select few, first_value(text order by id) from t group by few",
        "select few, max(real) from t group by few",
        "select few, many, count(*) from t group by grouping sets ((few), (many))",
        "select few, array_agg(id) from t where id < 300 group by few",
    ] {
        agree(sql, false).await;
    }
}

/// What hands are told is JSON, of which readers take so many levels.
#[tokio::test]
async fn what_is_nested_too_deeply_is_made_at_once() {
    let sum = format!("select few, sum(id{}) from t group by few", " + id".repeat(70));
    agree(&sum, false).await;
    let likes: Vec<String> = (0..70).map(|text| format!("text like 't{text}_'")).collect();
    agree(&format!("select count(*) from t where {}", likes.join(" or ")), false).await;
}

#[tokio::test]
async fn joins_and_parts_go_together() {
    agree(
        "select a.few, a.n, b.s from (select few, count(*) as n from t group by few) a \
         join (select few, sum(id) as s from t where flag group by few) b on a.few = b.few order by a.few",
        true,
    )
    .await;
    agree(
        "select count(*), sum(t.id) from t join (select many as key from t where id < 40) k on t.many = k.key",
        false,
    )
    .await;
}

#[tokio::test]
async fn an_error_in_a_part_is_that_of_the_statement() {
    for hands in [0, 2] {
        let lake = lake(hands).await;
        let error = lake
            .query("select few, sum(10 / (id - 20000)) from t group by few")
            .await;
        let error = error.err().unwrap();
        assert_eq!(error.kind, Kind::Sql, "{hands}: {error}");
        assert!(error.detail.contains("ivide by zero"), "{hands}: {error}");
        assert_eq!(lake.query("select count(*) from t").await.unwrap().rows().len(), 1);
    }
}
