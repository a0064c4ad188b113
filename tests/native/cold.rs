//! What cold scans read and how long they wait, over a link in time of its own.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use futures::TryStreamExt;
use limn::http::{HttpStore, LocalTransport, Location, Meter};
use limn::protocol::Options;
use limn::query::Session;
use limn::table;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::lake::{Answered, Lake};
use crate::link::Link;

const LATENCY_MILLIS: f64 = 30.0;
const MBIT: f64 = 50.0;

/// Row groups of 10,000 rows in pages of 500; every tenth `rank` is unknown when `has_nulls`.
fn ranked(lake: &Lake, name: &str, ids: std::ops::Range<i64>, has_nulls: bool) -> Vec<Option<i64>> {
    let rank = |id: i64| id.wrapping_mul(6_364_136_223_846_793_005) >> 20;
    let ranks: Vec<Option<i64>> = ids
        .clone()
        .map(|id| Some(rank(id)).filter(|_| !has_nulls || id % 4000 != 7))
        .collect();
    let words: Vec<String> = ids.clone().map(|id| format!("word {}", rank(id + 77))).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from_iter_values(ids))),
        ("word", Arc::new(StringArray::from(words))),
        ("rank", Arc::new(Int64Array::from(ranks.clone()))),
    ];
    let rows = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true)));
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(10_000))
        .set_data_page_row_count_limit(500)
        .set_write_batch_size(500)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_dictionary_enabled(false);
    lake.write(name, &[rows.unwrap()], properties.build());
    ranks
}

/// Forgets what was read, and asks for a plan and an answer, which must cost the same.
async fn as_planned(lake: &Lake, sql: &str) -> Answered {
    let all = Location::parse("http://lake.test/").unwrap();
    lake.store.forget(&all);
    let (plan, _) = lake.plan(sql).await.unwrap();
    let answered = lake.query(sql).await.unwrap();
    assert_eq!(
        (plan.requests, plan.bytes),
        (answered.costs.requests, answered.costs.bytes),
        "{sql}\n{:?}",
        answered.requests
    );
    answered
}

fn column(answered: &Answered, place: usize) -> Vec<Option<i64>> {
    let columns = answered
        .batches
        .iter()
        .map(|batch| batch.column(place).as_primitive::<Int64Type>().clone());
    columns.flat_map(|column| column.iter().collect::<Vec<_>>()).collect()
}

#[tokio::test]
async fn the_first_rows_of_an_order_are_found_by_the_bounds_of_pages() {
    let lake = Lake::new();
    let mut ranks = ranked(&lake, "a.parquet", 0..100_000, false);
    lake.open("a", &["a.parquet"]).await.unwrap();
    let size = fs::metadata(lake.directory.path().join("a.parquet")).unwrap().len();
    ranks.sort_unstable();
    for (direction, expected) in [
        ("desc", ranks.iter().rev().take(5).copied().collect::<Vec<_>>()),
        ("asc", ranks.iter().take(5).copied().collect()),
    ] {
        let sql = format!("select rank, id from a order by rank {direction}, id limit 5");
        let answered = as_planned(&lake, &sql).await;
        assert_eq!(column(&answered, 0), expected, "{sql}");
        // Five pages of two columns are all that can hold one of them.
        assert!(answered.costs.bytes < size / 20, "{:?} of {size}", answered.costs);
        assert!(answered.stats.row_groups_read <= 5, "{:?}", answered.stats);
        assert_eq!(answered.stats.row_groups_total, 10);
    }
}

#[tokio::test]
async fn unknown_values_ties_and_offsets_are_where_the_order_puts_them() {
    let lake = Lake::new();
    let mut ranks = ranked(&lake, "a.parquet", 0..100_000, true);
    lake.open("a", &["a.parquet"]).await.unwrap();
    ranks.sort_unstable_by(|one, other| other.cmp(one));
    let nulls = ranks.iter().filter(|rank| rank.is_none()).count();
    let unknown = vec![None; nulls];
    let known: Vec<_> = ranks.into_iter().flatten().map(Some).collect();
    for (sql, expected) in [
        (
            "select rank from a order by rank desc nulls last limit 7",
            known[..7].to_vec(),
        ),
        (
            "select rank from a order by rank desc nulls last limit 3 offset 40",
            known[40..43].to_vec(),
        ),
        (
            "select rank from a order by rank desc limit 30",
            [&unknown[..], &known[..5]].concat(),
        ),
        (
            "select r as rank from (select rank as r, id as rank from a) order by r desc nulls last limit 2",
            known[..2].to_vec(),
        ),
        ("select max(rank) from a where id < 0", vec![None]),
    ] {
        assert_eq!(column(&lake.query(sql).await.unwrap(), 0), expected, "{sql}");
    }
    // A filter may leave out the rows that bounds tell of.
    let sql = "select rank from a where word <> 'word' and id % 2 = 1 order by rank desc nulls last limit 3";
    let odd: Vec<_> = column(&lake.query("select rank, id from a where id % 2 = 1").await.unwrap(), 0);
    let mut odd: Vec<_> = odd.into_iter().flatten().collect();
    odd.sort_unstable();
    let expected: Vec<_> = odd.iter().rev().take(3).copied().map(Some).collect();
    assert_eq!(column(&lake.query(sql).await.unwrap(), 0), expected);
    // Many rows of one value.
    let sql =
        "select flag, id from (select id, rank, rank % 1 as flag from a) order by flag desc nulls last, id limit 4";
    assert_eq!(
        column(&lake.query(sql).await.unwrap(), 1),
        [Some(0), Some(1), Some(2), Some(3)]
    );
}

const METADATA: &str = r#"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}
{"metaData":{"id":"t","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}},{\"name\":\"word\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}},{\"name\":\"rank\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],"configuration":{}}}"#;

/// A table of eight files, of which the log says what `bounds` tells of the ranks.
fn files(lake: &Lake, bounds: impl Fn(usize, i64, i64) -> (i64, i64)) -> Vec<i64> {
    let folder = lake.directory.path().join("t");
    fs::create_dir_all(folder.join("_delta_log")).unwrap();
    let (mut log, mut all) = (vec![METADATA.to_owned()], vec![]);
    for file in 0..8_usize {
        let start = i64::try_from(file).unwrap() * 20_000;
        let name = format!("{file}.parquet");
        let ranks = ranked(lake, &format!("t/{name}"), start..start + 20_000, false);
        let ranks: Vec<i64> = ranks.into_iter().flatten().collect();
        let (min, max) = bounds(file, *ranks.iter().min().unwrap(), *ranks.iter().max().unwrap());
        let size = fs::metadata(folder.join(&name)).unwrap().len();
        let statistics = format!(
            r#"{{\"numRecords\":20000,\"minValues\":{{\"rank\":{min}}},\"maxValues\":{{\"rank\":{max}}},\"nullCount\":{{\"rank\":0}}}}"#
        );
        log.push(format!(
            "{{\"add\":{{\"path\":\"{name}\",\"partitionValues\":{{}},\"size\":{size},\"modificationTime\":1,\"dataChange\":true,\"stats\":\"{statistics}\"}}}}"
        ));
        all.extend(ranks);
    }
    fs::write(folder.join("_delta_log/00000000000000000000.json"), log.join("\n")).unwrap();
    all.sort_unstable();
    all.reverse();
    all
}

#[tokio::test]
async fn bounds_that_are_wider_than_the_values_cost_reads_and_not_rows() {
    let sql = "select rank, id from t order by rank desc limit 6";
    let mut read = vec![];
    for widened in [false, true] {
        let lake = Lake::new();
        // Two files claim more than they have: they are looked at first.
        let ranks = files(&lake, |file, min, max| {
            if widened && file > 5 {
                (min, i64::MAX >> 12)
            } else {
                (min, max)
            }
        });
        lake.open("t", &["t"]).await.unwrap();
        let answered = lake.query(sql).await.unwrap();
        let expected: Vec<_> = ranks[..6].iter().copied().map(Some).collect();
        assert_eq!(column(&answered, 0), expected, "{widened}");
        let mut ids = column(&answered, 1);
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 6, "no row is read twice");
        read.push(answered.costs.bytes);
    }
    assert!(read[0] <= read[1], "{read:?}");
}

/// Fixtures with types, deleted rows, renamed and widened columns, NULLs and partitions.
const FIXTURES: [&str; 14] = [
    "delta/all-types",
    "delta/change-feed",
    "delta/column-mapping",
    "delta/commits-checkpoint",
    "delta/deletion-vectors",
    "delta/long-text",
    "delta/microseconds",
    "delta/nan",
    "delta/overwritten",
    "delta/partition-types",
    "delta/sail-column-mapping",
    "delta/schema-evolution",
    "delta/type-widening",
    "parquet/sorted-100-row-groups.parquet",
];

#[tokio::test]
async fn the_first_rows_of_an_order_are_those_of_all_rows_in_that_order() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let store = HttpStore::new(Arc::new(LocalTransport::new("http://lake.test/", data)), 64 << 20);
    let mut compared = 0;
    for fixture in FIXTURES {
        let session = Session::new(Arc::clone(&store), &Options::default()).unwrap();
        let meter = Meter::default();
        let location = Location::parse(&format!("http://lake.test/{fixture}")).unwrap();
        let table = table::open(&store.metered(&meter), &[location], None).await.unwrap();
        let columns = table
            .schema
            .fields()
            .iter()
            .filter(|field| !field.data_type().is_nested());
        let columns: Vec<String> = columns.map(|field| field.name().clone()).collect();
        session.register("t", table).unwrap();
        for column in columns {
            for order in ["desc", "asc", "desc nulls last", "asc nulls first"] {
                let all = format!("select \"{column}\" from t order by \"{column}\" {order}");
                let rows = async |sql: &str| {
                    let running = session.query(sql, &meter).await.unwrap();
                    let schema = Arc::clone(&running.schema);
                    let batches: Vec<_> = running.batches.try_collect().await.unwrap();
                    concat_batches(&schema, &batches).unwrap()
                };
                let (some, all) = (rows(&format!("{all} limit 4")).await, rows(&all).await);
                assert_eq!(some, all.slice(0, all.num_rows().min(4)), "{fixture} {column} {order}");
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "{compared}");
}

/// How long a query of a table that is not open yet waits at `link`, and for how many bytes and requests.
async fn waits(link: &Link, url: &str, sql: &str) -> (f64, u64, u64) {
    let store = HttpStore::new(Arc::new(link.clone()), 64 << 20);
    let session = Session::new(Arc::clone(&store), &Options::default()).unwrap();
    let meter = Meter::default();
    let location = Location::parse(url).unwrap();
    let work = async {
        let table = table::open(&store.metered(&meter), &[location], None).await.unwrap();
        session.register("t", table).unwrap();
        let running = session.query(sql, &meter).await.unwrap();
        running.batches.try_collect::<Vec<_>>().await.unwrap().len()
    };
    let (_, millis) = link.time(work).await;
    (millis, meter.costs().bytes, meter.costs().requests)
}

/// What `bytes` take over the link, waiting for so many answers one after another.
fn ideal(bytes: u64, rounds: f64) -> f64 {
    f64::from(u32::try_from(bytes).unwrap()) * 8.0 / 1000.0 / MBIT + rounds * LATENCY_MILLIS
}

#[tokio::test]
async fn the_link_is_busy_from_the_first_row_group_to_the_last() {
    let lake = Lake::new();
    let link = Link::new(lake.host.clone(), LATENCY_MILLIS, MBIT);
    let sql = "select sum(rank), max(word) from t";
    ranked(&lake, "a.parquet", 0..300_000, false);
    // Its size, its footer, its rows.
    let (millis, bytes, _) = waits(&link, "http://lake.test/a.parquet", sql).await;
    assert!(millis < 1.05 * ideal(bytes, 3.0), "{millis} ms for {bytes} bytes");
    files(&lake, |_, min, max| (min, max));
    // The log's files, footers, rows.
    let (millis, bytes, _) = waits(&link, "http://lake.test/t", sql).await;
    assert!(millis < 1.05 * ideal(bytes, 3.0), "{millis} ms for {bytes} bytes");
}

#[tokio::test]
async fn a_host_with_tls_is_asked_for_many_small_files_at_once() {
    // 36 files that one request each brings, which no link has to wait for.
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/www/lake");
    let cost = async |base: &str| {
        let link = Link::new(LocalTransport::new(base, sample), LATENCY_MILLIS, 1e6);
        let sql = "select line, count(supplier) from t group by line";
        waits(&link, &format!("{base}parts"), sql).await
    };
    let takes = |millis: f64, rounds: f64| (rounds * LATENCY_MILLIS..(rounds + 0.5) * LATENCY_MILLIS).contains(&millis);
    // The log takes three rounds, and six files one.
    let (millis, bytes, requests) = cost("http://lake.test/").await;
    assert!(takes(millis, 3.0 + 6.0), "{millis} ms");
    // Twenty-four take one, and the other twelve.
    let (millis, same_bytes, same_requests) = cost("https://lake.test/").await;
    assert!(takes(millis, 3.0 + 2.0), "{millis} ms");
    assert_eq!((same_bytes, same_requests), (bytes, requests));
}
