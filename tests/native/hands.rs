//! Scans that other engines decode for: the same rows in the same order, for the same requests.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryViewArray, Int64Array, ListArray, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Int64Type};
use limn::error::Kind;
use limn::protocol::Operator;
use limn::query::crew::local::crew;
use parquet::file::properties::WriterProperties;

use crate::lake::{Answered, Lake};

/// 20 row groups of 1000 rows: a number, a text with NULLs, a group, bytes as views, a struct and a list.
fn rows(first: i64) -> RecordBatch {
    let ids = first..first + 20_000;
    let numbers: Int64Array = ids.clone().collect();
    let texts: StringArray = ids
        .clone()
        .map(|id| (id % 7 > 0).then(|| format!("text {:05}", (id * 7919) % 20_011)))
        .collect();
    let groups: StringArray = ids.clone().map(|id| Some(format!("group {}", id % 11))).collect();
    let bytes: BinaryViewArray = ids
        .clone()
        .map(|id| (id % 5 > 0).then(|| format!("bytes that are longer than a view, {id}")))
        .collect();
    let field = Arc::new(Field::new("inner", DataType::Int64, true));
    let pairs = StructArray::from(vec![(field, Arc::new(numbers.clone()) as ArrayRef)]);
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(ids.map(|id| Some((0..id % 3).map(Some))));
    RecordBatch::try_from_iter([
        ("id", Arc::new(numbers) as ArrayRef),
        ("text", Arc::new(texts)),
        ("group", Arc::new(groups)),
        ("bytes", Arc::new(bytes)),
        ("pair", Arc::new(pairs)),
        ("list", Arc::new(lists)),
    ])
    .unwrap()
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_max_row_group_row_count(Some(1000))
        .build()
}

async fn lake(hands: usize) -> Lake {
    let lake = Lake::new();
    lake.write("a.parquet", &[rows(0)], properties());
    lake.write("b.parquet", &[rows(20_000)], properties());
    opened(lake, hands).await
}

async fn opened(mut lake: Lake, hands: usize) -> Lake {
    if hands > 0 {
        lake.session = lake.session.with_crew(crew(hands));
    }
    lake.open("t", &["a.parquet", "b.parquet"]).await.unwrap();
    lake
}

fn shared(answered: &Answered) -> u64 {
    let scans = answered
        .operators
        .iter()
        .filter_map(|operator: &Operator| operator.scanned.as_ref());
    scans.map(|scanned| scanned.row_groups_shared).sum()
}

#[tokio::test]
async fn rows_come_in_their_order_for_the_same_requests() {
    for (sql, least) in [
        ("select * from t", 30),
        ("select id, text from t where id % 3 = 0", 30),
        (
            "select \"group\", count(*), sum(id), min(text), max(text) from t group by \"group\"",
            30,
        ),
        ("select sum(id + 0.1) as s, avg(length(text)) as l from t", 30),
        (
            "select upper(text) as u, id * 2 as d from t where id between 500 and 18000",
            10,
        ),
        (
            "select a.id, b.text from t a join t b on a.id = b.id + 20000 order by a.id",
            30,
        ),
        ("select bytes, text from t", 30),
        ("select pair, list from t where id > 39000", 0),
        ("select pair['inner'] as i from t", 0),
        ("select id, text from t order by text, id limit 5", 0),
        ("select id from t limit 7", 0),
        ("select count(*) from t where list[1] is null", 0),
        (
            "select t.id, row_number() over (partition by \"group\" order by id) as n from t order by id",
            30,
        ),
    ] {
        let alone = lake(0).await.query(sql).await.unwrap();
        for hands in [1, 3] {
            let with = lake(hands).await.query(sql).await.unwrap();
            assert_eq!(with.rows(), alone.rows(), "{sql}");
            assert!(
                shared(&with) >= least,
                "{sql}: {} row groups were shared",
                shared(&with)
            );
        }
        assert_eq!(shared(&alone), 0);
    }
}

/// The keys that a join hands down are those of one round, and the plan runs again in the next.
#[tokio::test]
async fn every_round_of_a_recursive_statement_has_its_own_keys() {
    let sql = "with recursive w as (select cast(0 as bigint) as id union all \
               select t.id from w join t on t.id = w.id + 7 where t.id <= 700) select count(*), max(id) from w";
    for hands in [0, 2] {
        assert_eq!(
            lake(hands).await.query(sql).await.unwrap().rows(),
            ["101|700"],
            "{hands}"
        );
    }
}

#[tokio::test]
async fn hands_cost_no_request_and_no_byte() {
    for sql in [
        "select id, text from t",
        "select sum(id) from t where id > 10000",
        "select max(pair['inner']) from t",
    ] {
        let alone = lake(0).await.query(sql).await.unwrap();
        let with = lake(2).await.query(sql).await.unwrap();
        assert_eq!(with.costs.bytes, alone.costs.bytes, "{sql}");
        assert!(
            with.costs.requests <= alone.costs.requests,
            "{sql}: {:?} {:?}",
            with.costs,
            alone.costs
        );
        assert_eq!(with.stats.row_groups_read, alone.stats.row_groups_read, "{sql}");
    }
}

#[tokio::test]
async fn damage_is_told_with_the_file_it_is_in() {
    let lake = Lake::new();
    lake.write("a.parquet", &[rows(0)], properties());
    lake.write("b.parquet", &[rows(20_000)], properties());
    let path = lake.directory.path().join("b.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    let data = bytes.len() / 2;
    for part in bytes[..data].chunks_exact_mut(5000) {
        part[2500..].fill(0xff);
    }
    std::fs::write(&path, bytes).unwrap();
    let lake = opened(lake, 2).await;
    let error = lake.query("select id, text, \"group\" from t").await.err().unwrap();
    assert_eq!(error.kind, Kind::Damaged, "{error}");
    assert!(error.to_string().contains("b.parquet"), "{error}");
}

#[tokio::test]
async fn what_is_given_up_does_not_stop_what_comes_after() {
    let lake = lake(2).await;
    for _ in 0..20 {
        let meter = limn::http::Meter::default();
        let mut running = lake.session.query("select * from t", &meter).await.unwrap();
        let first = futures::StreamExt::next(&mut running.batches).await.unwrap().unwrap();
        assert!(first.num_rows() > 0);
    }
    let answered = lake.query("select count(distinct text) from t").await.unwrap();
    assert_eq!(shared(&answered), 40);
}
