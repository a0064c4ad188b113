//! What scans read, row by row and byte by byte.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use limn::error::Kind;
use limn::http::Meter;
use limn::protocol::Operator;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::lake::Lake;
use crate::made::{batch, counted, sorted_file};

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
async fn what_a_subquery_finds_rules_out_row_groups_as_a_literal_does() {
    let lake = Lake::new();
    let (rows, properties) = sorted_file(false);
    lake.write("a.parquet", &[rows], properties);
    lake.open("a", &["a.parquet"]).await.unwrap();
    for (filter, row_groups) in [
        ("id = (select max(id) from a)", 1),
        ("id > (select avg(id) from a) and id < 51000", 1),
        ("id < (select min(noise) from a where id = 54321 and noise < 0)", 0),
    ] {
        let sql = format!("select name from a where {filter}");
        // Before it runs, nobody knows.
        let plan = lake.session.plan(&sql, &Meter::default()).await.unwrap();
        let kept = plan.scans.iter().map(|scan| scan.row_groups_kept).max();
        assert!(kept >= Some(50), "{filter}: {kept:?}");
        let answered = lake.query(&sql).await.unwrap();
        let scans = answered
            .operators
            .iter()
            .filter_map(|operator| operator.scanned.as_ref());
        let read: u64 = scans
            .map(|scanned| scanned.row_groups_read)
            .filter(|read| *read < 100)
            .sum();
        assert!(read <= row_groups + 1, "{filter}: {read}");
    }
}

#[tokio::test]
async fn a_point_lookup_reads_the_pages_of_one_row_group() {
    let lake = Lake::new();
    let (rows, properties) = sorted_file(false);
    lake.write("a.parquet", &[rows], properties);
    lake.open("a", &["a.parquet"]).await.unwrap();
    let answered = lake.query("select name, noise from a where id = 54321").await.unwrap();
    assert_eq!(answered.batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
    assert_eq!(
        (answered.stats.row_groups_read, answered.stats.row_groups_total),
        (1, 100)
    );
    // The row group's column index; and one page of each of three columns, with the little between them.
    assert_eq!(answered.costs.requests, 2, "{:?}", answered.requests);
    assert!(answered.costs.bytes < 25_000, "of 3.3 MB: {:?}", answered.costs);
    // What the scan tells of itself: a page of each of three columns, and the rows that all of them have.
    let scans: Vec<&Operator> = answered
        .operators
        .iter()
        .filter(|operator| operator.scanned.is_some())
        .collect();
    let [scan] = scans.as_slice() else { panic!("{scans:?}") };
    let told = scan.scanned.as_ref().unwrap();
    assert_eq!(
        (
            told.files_opened,
            told.files_read,
            told.row_groups_total,
            told.row_groups_read
        ),
        (1, 1, 100, 1)
    );
    assert_eq!((told.rows_total, told.rows_in_row_groups), (100_000, 1000));
    assert_eq!((told.pages_read, told.pages_total, told.rows_selected), (3, 30, 100));
    assert_eq!(scan.rows, Some(told.rows_selected));
    assert!(told.bytes <= answered.costs.bytes, "{told:?}");
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
    let answered = lake
        .query("select sum(id), count(distinct name), max(noise) from a")
        .await
        .unwrap();
    assert_eq!(answered.rows(), ["4999950000|100000|999980"]);
    assert_eq!(answered.stats.row_groups_read, 100);
}

#[tokio::test]
async fn nan_is_greater_than_every_bound() {
    let lake = Lake::new();
    let values = Float64Array::from(vec![1.0, 2.0, f64::NAN, 3.0]);
    lake.write(
        "a.parquet",
        &[batch(vec![("x", Arc::new(values) as ArrayRef)])],
        WriterProperties::builder().build(),
    );
    lake.open("a", &["a.parquet"]).await.unwrap();
    assert_eq!(
        lake.query("select count(*) from a where x > 5").await.unwrap().rows(),
        ["1"]
    );
    assert_eq!(
        lake.query("select count(*) from a where x <> 5").await.unwrap().rows(),
        ["4"]
    );
    assert_eq!(
        lake.query("select count(*) from a where x < 0.5").await.unwrap().rows(),
        ["0"]
    );
    assert_eq!(
        lake.query("select count(*) from a where x < 2.5 and x > 0.5")
            .await
            .unwrap()
            .rows(),
        ["2"]
    );
}

#[tokio::test]
async fn the_time_of_day_of_a_bound_bounds_nothing() {
    const HOUR: i64 = 3_600_000_000;
    let lake = Lake::new();
    // From eleven at night to one after noon: the bounds' times of day stand the wrong way round.
    let times = TimestampMicrosecondArray::from_iter_values((23..=37).map(|hour| hour * HOUR));
    lake.write(
        "a.parquet",
        &[batch(vec![("at", Arc::new(times) as ArrayRef)])],
        WriterProperties::builder().build(),
    );
    lake.open("a", &["a.parquet"]).await.unwrap();
    for (condition, rows) in [
        ("at::time = time '12:00'", "1"),
        ("at::time between time '03:00' and time '05:00'", "3"),
        ("at::date = date '1970-01-02'", "14"),
        ("at::date > date '1970-01-02'", "0"),
    ] {
        let sql = format!("select count(*) from a where {condition}");
        assert_eq!(lake.query(&sql).await.unwrap().rows(), [rows], "{condition}");
    }
}

#[tokio::test]
async fn writes_are_refused() {
    let lake = Lake::new();
    for sql in [
        "create table a (b int)",
        "set datafusion.execution.batch_size = 1",
        "insert into a values (1)",
        "copy (select 1) to 'a.csv'",
        "drop table a",
        "explain analyze insert into a values (1)",
        "select 1 into b",
    ] {
        let refused = lake.query(sql).await.err().unwrap();
        assert_eq!(refused.kind, Kind::Sql, "{sql}");
        assert!(
            refused.detail.starts_with("Limn only reads"),
            "{sql}: {}",
            refused.detail
        );
    }
}

#[tokio::test]
async fn a_plan_tells_exactly_what_a_plain_scan_reads() {
    let lake = Lake::new();
    let (rows, properties) = sorted_file(false);
    let rows = [rows];
    lake.write("a.parquet", &rows, properties.clone());
    lake.write("b.parquet", &rows, properties);
    for sql in [
        "select id, noise from a where id between 20500 and 29499",
        "select name from a where id = 77",
        "select * from a",
        "select max(name) from a",
        "select id from a limit 5",
    ] {
        lake.open("a", &["a.parquet", "b.parquet"]).await.unwrap();
        lake.store
            .forget(&limn::http::Location::parse("http://lake.test/").unwrap());
        let (plan, _) = lake.plan(sql).await.unwrap();
        let answered = lake.query(sql).await.unwrap();
        assert_eq!(
            (plan.requests, plan.bytes),
            (answered.costs.requests, answered.costs.bytes),
            "{sql}\n{plan:?}"
        );
        assert!(!plan.estimate && plan.requests > 0, "{sql} {plan:?}");
        let (plan, costs) = lake.plan(sql).await.unwrap();
        assert_eq!(
            (plan.requests, plan.bytes, costs.requests),
            (0, 0, 0),
            "{sql}: all of it is kept"
        );
    }
}

#[tokio::test]
async fn bloom_filters_rule_out_row_groups_that_bounds_cannot() {
    let lake = Lake::new();
    for bloom in [false, true] {
        let (rows, _) = sorted_file(bloom);
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(10_000))
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::Chunk);
        let properties = if bloom {
            properties.set_bloom_filter_max_ndv(10_000)
        } else {
            properties
        };
        lake.write("a.parquet", &[rows], properties.build());
        lake.store
            .forget(&limn::http::Location::parse("http://lake.test/").unwrap());
        lake.open("a", &["a.parquet"]).await.unwrap();
        let found = lake.query("select id from a where name = 'name 054321'").await.unwrap();
        assert_eq!(found.rows().len(), 1);
        assert_eq!(found.stats.row_groups_read, if bloom { 1 } else { 10 });
        assert!(
            !bloom || found.costs.bytes < 800_000,
            "filters are not read with all that lies between: {:?}",
            found.costs
        );
    }
}

#[tokio::test]
async fn a_join_key_prunes_the_other_side() {
    let lake = Lake::new();
    counted(&lake, &["a.parquet"], 100_000);
    lake.open("a", &["a.parquet"]).await.unwrap();
    let few = batch(vec![(
        "id",
        Arc::new(Int64Array::from(vec![55_000, 55_005])) as ArrayRef,
    )]);
    lake.write("b.parquet", &[few], WriterProperties::builder().build());
    lake.open("b", &["b.parquet"]).await.unwrap();
    let joined = lake
        .query("select a.id from a join b on a.id = b.id order by 1")
        .await
        .unwrap();
    assert_eq!(joined.rows(), ["55000", "55005"]);
    assert_eq!(joined.stats.row_groups_read, 2, "one of each table");
}

#[tokio::test]
async fn columns_are_found_by_their_exact_names_in_files_that_differ() {
    let lake = Lake::new();
    let int = |values: Vec<i32>| Arc::new(arrow::array::Int32Array::from(values)) as ArrayRef;
    let long = |values: Vec<i64>| Arc::new(Int64Array::from(values)) as ArrayRef;
    let text = |values: Vec<&str>| Arc::new(StringArray::from(values)) as ArrayRef;
    let plain = || WriterProperties::builder().build();
    lake.write(
        "a.parquet",
        &[batch(vec![("x", int(vec![1, 2])), ("X", text(vec!["a", "b"]))])],
        plain(),
    );
    lake.write(
        "b.parquet",
        &[batch(vec![("y", long(vec![7])), ("x", long(vec![5_000_000_000]))])],
        plain(),
    );
    lake.open("t", &["a.parquet", "b.parquet"]).await.unwrap();
    let all = lake.query("select x, \"X\", y from t order by x").await.unwrap();
    assert_eq!(all.rows(), ["1|a|", "2|b|", "5000000000||7"]);
    assert_eq!(
        lake.query("select y from t where x = 5000000000").await.unwrap().rows(),
        ["7"]
    );
    assert_eq!(
        lake.query("select x from t where \"X\" is null").await.unwrap().rows(),
        ["5000000000"]
    );
    assert_eq!(
        lake.query("select count(*) from t where y is null")
            .await
            .unwrap()
            .rows(),
        ["2"]
    );

    lake.write("c.parquet", &[batch(vec![("x", text(vec!["no"]))])], plain());
    let refused = lake.open("u", &["a.parquet", "c.parquet"]).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Unsupported);
    for part in ["\"x\"", "Utf8", "Int32", "a.parquet"] {
        assert!(refused.to_string().contains(part), "{refused}");
    }
    assert!(refused.subject.ends_with("c.parquet"));
}

#[tokio::test]
async fn names_of_tables_are_found_regardless_of_case() {
    let lake = Lake::new();
    counted(&lake, &["a.parquet"], 10);
    lake.open("Trips", &["a.parquet"]).await.unwrap();
    for sql in [
        "select count(*) from trips",
        "select count(*) from Trips",
        "select count(*) from \"Trips\"",
    ] {
        assert_eq!(lake.query(sql).await.unwrap().rows(), ["10"], "{sql}");
    }
    counted(&lake, &["b.parquet"], 20);
    lake.open("trips", &["b.parquet"]).await.unwrap();
    assert_eq!(lake.query("select count(*) from trips").await.unwrap().rows(), ["20"]);
    assert_eq!(
        lake.query("select count(*) from \"Trips\"").await.unwrap().rows(),
        ["10"]
    );
}

#[tokio::test]
async fn files_that_are_no_parquet_are_named() {
    let lake = Lake::new();
    counted(&lake, &["a.parquet"], 10);
    let bytes = std::fs::read(lake.directory.path().join("a.parquet")).unwrap();
    let mut encrypted = bytes.clone();
    let end = encrypted.len();
    encrypted[end - 4..].copy_from_slice(b"PARE");
    let mut wild = bytes.clone();
    wild[end - 8..end - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let cases: [(&str, &[u8], Kind); 5] = [
        ("empty.parquet", b"", Kind::Damaged),
        (
            "text.parquet",
            b"this is a text, longer than a footer's tail",
            Kind::Damaged,
        ),
        ("short.parquet", &bytes[..end - 1], Kind::Damaged),
        ("wild.parquet", &wild, Kind::Damaged),
        ("encrypted.parquet", &encrypted, Kind::Unsupported),
    ];
    for (name, bytes, kind) in cases {
        std::fs::write(lake.directory.path().join(name), bytes).unwrap();
        let refused = lake.open("t", &[name]).await.unwrap_err();
        assert_eq!(refused.kind, kind, "{name}: {refused}");
        assert!(refused.subject.ends_with(name), "{refused:?}");
    }
    assert_eq!(
        lake.open("t", &["missing.parquet"]).await.unwrap_err().kind,
        Kind::NotFound
    );
}

#[tokio::test]
async fn memory_that_runs_out_says_what_to_do() {
    let options = limn::protocol::Options {
        memory_bytes: 1 << 20,
        ..Default::default()
    };
    let lake = Lake::with_options(&options);
    counted(&lake, &["a.parquet"], 100_000);
    lake.open("a", &["a.parquet"]).await.unwrap();
    for sql in [
        "select * from a order by noise",
        "select noise, count(*) from a group by noise",
        "select count(*) from a x join a y on x.noise = y.noise",
    ] {
        let refused = lake.query(sql).await.err().unwrap();
        assert_eq!(refused.kind, Kind::TooBig, "{sql}: {refused}");
        assert!(refused.detail.contains("LIMIT"), "{refused}");
    }
    assert_eq!(
        lake.query("select max(noise) is not null from a").await.unwrap().rows(),
        ["true"]
    );
}

#[tokio::test]
async fn errors_point_at_the_statement() {
    let lake = Lake::new();
    counted(&lake, &["a.parquet"], 10);
    lake.open("a", &["a.parquet"]).await.unwrap();
    for (sql, place, told) in [
        ("select nose from a", "nose", "noise"),
        ("select id\nfrom a\nwhere wrong > 5", "wrong", "wrong"),
        ("select * from missing", "missing", "missing"),
        ("selekt 1", "selekt", "selekt"),
        ("select id from a where id >", "", "Expected"),
        ("select sum(id, id) from a", "", "sum"),
        ("select 1; select 2", "", "one is run at a time"),
        ("", "", "no statement"),
    ] {
        let error = lake.query(sql).await.err().unwrap();
        assert_eq!(error.kind, Kind::Sql, "{sql}: {error}");
        assert!(error.detail.contains(told), "{sql}: {}", error.detail);
        assert!(!error.detail.contains("DataFusion error"), "{}", error.detail);
        let marked = error
            .span
            .and_then(|span| sql.get(span.start..span.end))
            .unwrap_or_default();
        if !place.is_empty() {
            assert_eq!(marked, place, "{sql}: {error:?}");
        }
    }
}

#[tokio::test]
async fn nan_is_the_greatest_of_a_sort_that_prunes() {
    let lake = Lake::new();
    let values: Vec<f64> = (0..40_000)
        .map(|row| if row == 5 { f64::NAN } else { f64::from(row) })
        .collect();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(1000))
        .build();
    lake.write(
        "a.parquet",
        &[batch(vec![("x", Arc::new(Float64Array::from(values)) as ArrayRef)])],
        properties,
    );
    lake.open("a", &["a.parquet"]).await.unwrap();
    let top = lake.query("select x from a order by x desc limit 2").await.unwrap();
    assert_eq!(top.rows(), ["NaN", "39999.0"]);
    let bottom = lake.query("select x from a order by x limit 2").await.unwrap();
    assert_eq!(bottom.rows(), ["0.0", "1.0"]);
    assert_eq!(
        lake.query("select max(x), min(x) from a").await.unwrap().rows(),
        ["NaN|0.0"]
    );
    assert_eq!(
        lake.query("select count(*) from a where x >= 39999")
            .await
            .unwrap()
            .rows(),
        ["2"]
    );
    assert_eq!(
        lake.query("select count(*) from a where x = 'NaN'::double")
            .await
            .unwrap()
            .rows(),
        ["1"]
    );
    let two = batch(vec![(
        "y",
        Arc::new(Float64Array::from(vec![f64::NAN, 7.0])) as ArrayRef,
    )]);
    lake.write("b.parquet", &[two], WriterProperties::builder().build());
    lake.open("b", &["b.parquet"]).await.unwrap();
    assert_eq!(
        lake.query("select count(*) from a join b on a.x = b.y")
            .await
            .unwrap()
            .rows(),
        ["2"]
    );
}

#[tokio::test]
async fn missing_counts_of_nulls_are_not_zero() {
    let lake = Lake::new();
    let values: Int64Array = (0..2000).map(|row| (row != 1500).then_some(row)).collect();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(1000))
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
    lake.write(
        "a.parquet",
        &[batch(vec![("x", Arc::new(values) as ArrayRef)])],
        properties,
    );
    lake.open("a", &["a.parquet"]).await.unwrap();
    assert_eq!(
        lake.query("select count(*) from a where x is null")
            .await
            .unwrap()
            .rows(),
        ["1"]
    );
    assert_eq!(
        lake.query("select count(*) from a where x is not null")
            .await
            .unwrap()
            .rows(),
        ["1999"]
    );
}

#[tokio::test]
async fn a_first_look_at_wide_row_groups_reads_their_first_pages() {
    let lake = Lake::new();
    let noise = |seed: i64| {
        let values = (0..200_000_i64).map(|row| (row + seed).wrapping_mul(6_364_136_223_846_793_005));
        Arc::new(Int64Array::from_iter_values(values)) as ArrayRef
    };
    let columns = vec![("a", noise(1)), ("b", noise(2)), ("c", noise(3))];
    let properties = WriterProperties::builder().set_dictionary_enabled(false).build();
    lake.write("a.parquet", &[batch(columns)], properties);
    let opening = lake.open("a", &["a.parquet"]).await.unwrap();
    let look = lake.query("select * from a limit 100").await.unwrap();
    assert_eq!(look.batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 100);
    assert!(
        look.costs.bytes < 1 << 20,
        "of 4.8 MB: {:?} after {opening:?}",
        look.costs
    );
    let all = lake.query("select count(a), count(distinct c) from a").await.unwrap();
    assert_eq!(all.rows(), ["200000|200000"]);
}

#[tokio::test]
async fn filters_of_joins_and_sorts_reach_scans_below_unions() {
    let lake = Lake::new();
    counted(&lake, &["a.parquet"], 100_000);
    lake.open("a", &["a.parquet"]).await.unwrap();
    let few = batch(vec![(
        "id",
        Arc::new(Int64Array::from(vec![55_000, 55_005])) as ArrayRef,
    )]);
    lake.write("b.parquet", &[few], WriterProperties::builder().build());
    lake.open("b", &["b.parquet"]).await.unwrap();
    let both = "(select id from a where id > 9 union all select id from a)";
    let joined = lake
        .query(&format!("select count(*) from {both} u join b on u.id = b.id"))
        .await
        .unwrap();
    assert_eq!(joined.rows(), ["4"]);
    assert_eq!(
        joined.stats.row_groups_read, 3,
        "one of b, one of each input of the union"
    );
    let top = lake
        .query(&format!("select id from {both} order by id desc limit 2"))
        .await
        .unwrap();
    assert_eq!(top.rows(), ["99999", "99999"]);
}

#[tokio::test]
async fn a_plan_tells_filters_and_what_they_skip() {
    let lake = Lake::new();
    counted(&lake, &["a.parquet", "b.parquet"], 100_000);
    lake.open("a", &["a.parquet", "b.parquet"]).await.unwrap();
    let (plan, _) = lake
        .plan("select noise from a where id > 150000 and noise <> 3")
        .await
        .unwrap();
    let scan = &plan.scans[0];
    assert_eq!(scan.predicates, ["id > 150000", "noise != 3"]);
    assert_eq!(
        (scan.files_total, scan.files_kept, scan.skipped_by_statistics),
        (2, 1, 1)
    );
    assert_eq!((scan.row_groups_total, scan.row_groups_kept), (10, 5));
    assert_eq!(scan.columns, ["id", "noise"]);
    assert!(plan.text.contains("DataSourceExec"), "{}", plan.text);
    let (nothing, _) = lake.plan("select noise from a where id < 0").await.unwrap();
    assert_eq!((nothing.scans[0].files_kept, nothing.bytes), (0, 0));
}
