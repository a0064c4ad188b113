//! Aggregates that are made in parts where row groups are decoded: the same answer, in the same order, as made at once.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray,
};
use limn::error::Kind;
use limn::protocol::Order;
use limn::query::crew::local::{crew, listened};
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
    lake.write("d.parquet", &[others()], WriterProperties::builder().build());
    lake.open("t", &["a.parquet", "b.parquet"]).await.unwrap();
    lake.open("d", &["d.parquet"]).await.unwrap();
    lake
}

/// What some of those rows are joined with: two rows for each of ten numbers, one without any, and a text for each.
fn others() -> RecordBatch {
    let places = || 0..21_i32;
    let few = places().map(|place| (place < 20).then_some(place / 2));
    let names = places().map(|place| (place % 5 > 0).then(|| format!("t{}", place * 3)));
    let weights = places().map(|place| Some(i128::from(place) * 25));
    let weights: Decimal128Array = weights.collect();
    RecordBatch::try_from_iter([
        ("few", Arc::new(few.collect::<Int32Array>()) as ArrayRef),
        ("name", Arc::new(names.collect::<StringArray>())),
        ("weight", Arc::new(weights.with_precision_and_scale(8, 2).unwrap())),
    ])
    .unwrap()
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
async fn rows_are_joined_where_they_are_decoded() {
    for sql in [
        "select d.name, count(*), sum(t.narrow * d.weight), min(t.text) from t join d on t.few = d.few group by d.name",
        "select d.name, t.few, count(*) from t join d on t.few = d.few and t.id % 5 > d.weight group by d.name, t.few",
        "select count(*), sum(t.id) from t join d on t.text = d.name where t.day > date '1970-03-01'",
        "select count(*) from t join d on t.text is not distinct from d.name",
        "select a.name, b.name, count(*) from t join d a on t.few = a.few \
         join (select * from d order by weight desc limit 9) b on t.text = b.name group by a.name, b.name",
        "select t.few, count(*) from t where t.few in (select few from d where weight > 1) group by t.few",
        "select t.few, count(*) from t where exists (select 1 from d where d.few = t.few and d.weight < t.narrow) group by t.few",
        "select t.few, count(*) from t where not exists (select 1 from d where d.few = t.few) group by t.few",
        "select upper(d.name) as n, avg(t.narrow) filter (where t.flag) from (select * from t where many % 3 = 0) t join d on t.few = d.few group by 1",
        "select count(*) from t join (select few, max(weight) as w from d group by few) m on t.few = m.few and t.narrow > m.w",
    ] {
        agree(sql, true).await;
    }
    // Of these the other side is empty, or hangs on all rows; or rows without a pair come behind those of their batch.
    for sql in [
        "select d.name, count(*), max(d.weight) from t left join d on t.few = d.few group by d.name",
        "select t.id, count(*) from t left join d on t.few = d.few where t.id % 2500 < 30 group by t.id",
        "select count(*) from t join d on t.few = d.few where d.weight > 1000",
        "select d.name, count(t.id) from d left join t on t.few = d.few and t.id < 100 group by d.name",
        "select count(*) from d where not exists (select 1 from t where t.few = d.few)",
    ] {
        agree(sql, false).await;
    }
}

#[tokio::test]
async fn hands_join_where_far_more_rows_come_than_the_other_side_has() {
    let orders_of = async |sql: &str| {
        let (crew, orders) = listened(2);
        let mut lake = lake(0).await;
        lake.session = lake.session.with_crew(crew);
        lake.query(sql).await.unwrap();
        std::mem::take(&mut *orders.lock().unwrap())
    };
    let builds = |orders: &[Order]| -> Vec<u32> {
        let pieces = orders.iter().filter_map(|order| match order {
            Order::Decode { piece, .. } => Some(piece.builds.first().copied()),
            _ => None,
        });
        pieces.flatten().collect()
    };
    let orders = orders_of("select d.name, count(*) from t join d on t.few = d.few group by d.name").await;
    let joined = builds(&orders);
    // Those that were on their way before the first row group told how many rows come are not joined there.
    assert!(joined.len() >= 12, "{}", joined.len());
    let is_told = |order: &&Order| matches!(order, Order::Build { build } if *build == joined[0]);
    let is_forgotten = |order: &&Order| matches!(order, Order::Forget { build } if *build == joined[0]);
    let told = orders.iter().filter(is_told).count();
    assert!((1..=2).contains(&told), "once to each hand");
    assert_eq!(orders.iter().filter(is_forgotten).count(), told);
    for few in [
        "select count(*) from t join (select many as key from t where id < 20000) k on t.many = k.key",
        "select d.name, count(*) from t join d on t.few = d.few where t.id % 2500 = 7 group by d.name",
    ] {
        assert!(builds(&orders_of(few).await).is_empty(), "{few}");
    }
}

#[tokio::test]
async fn what_joins_need_of_a_scan_is_known_before_it_is_divided() {
    let lake = lake(2).await;
    let sql = "select count(*) from t join d on t.id = d.few";
    let joined = lake.query(sql).await.unwrap();
    assert_eq!(joined.rows(), ["20"]);
    // Of 24 row groups the first holds all of the ten numbers.
    assert_eq!(joined.stats.row_groups_read, 2, "one of each table");
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
        true,
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
