//! Tables whose files have partition values, statistics of their own, or neither rows nor sizes told.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use limn::http::{Location, Meter};
use limn::protocol::Options;
use limn::table::files::{FileColumns, NoStatistics, Places};
use limn::table::{About, DataFiles, Format, Table};
use parquet::file::properties::WriterProperties;

use crate::lake::Lake;

/// Four files of ten rows: `day` is 1, 1, 2 and NULL, `region` 'north', 'south', 'north' and ''.
/// The partition columns stand first and last; the second file lacks `name`.
fn table(lake: &Lake, known: bool) -> Table {
    let mut sizes = vec![];
    for file in 0..4_i64 {
        let ids: Vec<i64> = (file * 10..file * 10 + 10).collect();
        let names: Vec<String> = ids.iter().map(|id| format!("name {id}")).collect();
        let mut columns = vec![("id", Arc::new(Int64Array::from(ids)) as ArrayRef)];
        if file != 1 {
            columns.insert(0, ("name", Arc::new(StringArray::from(names))));
        }
        let name = format!("{file}.parquet");
        lake.write(
            &name,
            &[RecordBatch::try_from_iter(columns).unwrap()],
            WriterProperties::builder().build(),
        );
        sizes.push(std::fs::metadata(lake.directory.path().join(name)).unwrap().len());
    }
    let location = |file| Location::parse(&format!("http://lake.test/{file}.parquet")).unwrap();
    let columns = FileColumns {
        size_bytes: if known {
            UInt64Array::from(sizes)
        } else {
            UInt64Array::new_null(4)
        },
        modified_millis: Int64Array::new_null(4),
        num_records: if known {
            UInt64Array::from(vec![10; 4])
        } else {
            UInt64Array::new_null(4)
        },
        partition_values: vec![
            Arc::new(Int32Array::from(vec![Some(1), Some(1), Some(2), None])),
            Arc::new(StringArray::from(vec!["north", "south", "north", ""])),
        ],
    };
    let places = Places::Absolute((0..4).map(location).collect());
    let field = |name, data_type| Field::new(name, data_type, true);
    let schema = Schema::new(vec![
        field("day", DataType::Int32),
        field("id", DataType::Int64),
        field("name", DataType::Utf8),
        field("region", DataType::Utf8),
    ]);
    Table {
        location: location(0),
        format: Format::Delta,
        version: Some(limn::table::Version {
            number: 7,
            timestamp_millis: None,
        }),
        comment: None,
        elsewhere: Arc::default(),
        note: None,
        schema: Arc::new(schema),
        about: About::default(),
        features: vec![],
        partition_columns: vec!["day".to_owned(), "region".to_owned()],
        mapping: None,
        row_tracking: None,
        files: Arc::new(DataFiles::new(places, columns, Arc::new(NoStatistics)).unwrap()),
    }
}

#[tokio::test]
async fn partition_columns_stand_in_their_places() {
    let lake = Lake::new();
    lake.session.register("t", table(&lake, true)).unwrap();
    let all = lake
        .query("select * from t where id in (5, 15, 25, 35) order by id")
        .await
        .unwrap();
    assert_eq!(
        all.rows(),
        ["1|5|name 5|north", "1|15||south", "2|25|name 25|north", "|35|name 35|"]
    );
    let picked = lake.query("select region, id, day from t where id = 25").await.unwrap();
    assert_eq!(picked.rows(), ["north|25|2"]);
    let only = lake
        .query("select region, count(*) from t group by region order by region")
        .await
        .unwrap();
    assert_eq!(only.rows(), ["|10", "north|20", "south|10"]);
}

#[tokio::test]
async fn a_partition_may_be_compared_with_what_a_subquery_finds() {
    let lake = Lake::new();
    lake.session.register("t", table(&lake, true)).unwrap();
    for (filter, files, rows) in [
        // The log alone tells the latest day.
        ("day = (select max(day) from t)", 1, vec!["20", "29"]),
        (
            "region = (select max(region) from t where id < 15)",
            5,
            vec!["10", "19"],
        ),
        (
            "day = 1 and id = (select max(id) from t where day = 1)",
            4,
            vec!["19", "19"],
        ),
    ] {
        let sql = format!("select min(id), max(id) from t where {filter}");
        lake.session.plan(&sql, &Meter::default()).await.unwrap();
        let answered = lake.query(&sql).await.unwrap();
        assert_eq!(answered.rows(), [rows.join("|")], "{filter}");
        let scanned = answered
            .operators
            .iter()
            .filter_map(|operator| operator.scanned.as_ref());
        let opened: u64 = scanned.map(|scanned| scanned.files_opened).sum();
        assert_eq!(opened, files, "{filter}");
    }
}

/// What partitions say is kept otherwise than the texts of rows.
#[tokio::test]
async fn texts_of_partitions_are_compared_with_texts_of_rows() {
    compare_partitions_with_rows(&Lake::new()).await;
    // Joins make their hash tables of the side that is named first.
    let lake = Lake::with_options(&Options {
        scratch: true,
        ..Options::default()
    });
    lake.query("set datafusion.optimizer.join_reordering = false")
        .await
        .unwrap();
    compare_partitions_with_rows(&lake).await;
}

async fn compare_partitions_with_rows(lake: &Lake) {
    lake.session.register("t", table(lake, true)).unwrap();
    // More names than a join hands down as a list.
    let names = (0..300).map(|id| match id {
        7 => "north".to_owned(),
        11 => "south".to_owned(),
        _ => format!("somewhere else, as far as {id}"),
    });
    let names: StringArray = names.map(Some).collect();
    let days: Int32Array = (0..300).map(|id| Some(if id == 7 { 2 } else { 1 })).collect();
    let columns = [("name", Arc::new(names) as ArrayRef), ("day", Arc::new(days))];
    let rows = RecordBatch::try_from_iter(columns).unwrap();
    lake.write("named.parquet", &[rows], WriterProperties::builder().build());
    lake.open("named", &["named.parquet"]).await.unwrap();
    for (source, rows) in [
        ("named n join t on t.region = n.name", 30),
        ("t join named n on t.region = n.name", 30),
        ("t where region in (select name from named)", 30),
        ("t where region not in (select name from named)", 10),
        (
            "t where exists (select * from named n where n.name = region and n.day = t.day)",
            20,
        ),
        ("named n join t on t.region = n.name and t.day = n.day", 20),
        (
            "(select * from named limit 20) n join t on t.region = n.name and t.day = n.day",
            20,
        ),
        ("(select * from named limit 20) n join t on t.region = n.name", 30),
        (
            "t where region = (select max(name) from named where name < 'somewhere')",
            20,
        ),
        ("t where cast(day as varchar) in ('1', '7', '8', '9', '10')", 20),
        ("t where try_cast(day as varchar) = '1'", 20),
        ("t where try_cast(day as varchar) like '2%'", 10),
        ("t where concat(cast(day as varchar), '-', region) = '1-north'", 10),
        ("t where md5(region) = md5('north')", 20),
        ("t where upper(region) = 'NORTH'", 20),
        ("t where region || ' ' || name = 'north name 5'", 1),
        ("t where region = arrow_cast('south', 'Utf8View')", 10),
    ] {
        let sql = format!("select count(*) from {source}");
        let answered = lake.query(&sql).await;
        assert_eq!(answered.unwrap().rows(), [rows.to_string()], "{sql}");
    }
}

#[tokio::test]
async fn filters_on_partitions_open_only_their_files() {
    let lake = Lake::new();
    lake.session.register("t", table(&lake, true)).unwrap();
    for (filter, files, rows) in [
        ("day = 1", 2, 20),
        ("day is null", 1, 10),
        ("day is not null and region = 'north'", 2, 20),
        ("day <> 1", 1, 10),
        ("region = ''", 1, 10),
        ("day = 3", 0, 0),
        ("day in (1, 2) and region like 'n%'", 2, 20),
        ("coalesce(day, 9) = 9", 1, 10),
        // Of the file whose day is NULL, only its rows can tell.
        ("day = 1 or id = 25", 4, 21),
    ] {
        let read = lake
            .query(&format!("select id, name from t where {filter}"))
            .await
            .unwrap();
        assert_eq!(read.rows().len(), rows, "{filter}");
        assert_eq!(read.stats.files_read, files, "{filter}");
        let counted = lake
            .query(&format!("select count(*) from t where {filter}"))
            .await
            .unwrap();
        assert_eq!(counted.rows(), [rows.to_string()], "{filter}");
        if !filter.contains("id") {
            assert_eq!(
                (counted.costs.requests, counted.stats.files_read),
                (0, 0),
                "{filter}: the metadata knows"
            );
        }
    }
}

#[tokio::test]
async fn versions_and_totals_are_told() {
    let lake = Lake::new();
    lake.session.register("t", table(&lake, true)).unwrap();
    let running = lake
        .session
        .query("select * from t", &limn::http::Meter::default())
        .await
        .unwrap();
    assert_eq!(running.versions.into_iter().collect::<Vec<_>>(), [("t".to_owned(), 7)]);
    let mut stats = limn::protocol::Stats::default();
    running.counts.fill(&mut stats);
    assert_eq!((stats.files_total, stats.files_read), (4, 0));
    assert!(stats.bytes_total > 1000);
}

#[tokio::test]
async fn sizes_and_counts_that_nobody_told_are_found_out() {
    let lake = Lake::new();
    lake.session.register("t", table(&lake, false)).unwrap();
    assert_eq!(lake.query("select count(*) from t").await.unwrap().rows(), ["40"]);
    let read = lake.query("select sum(id) from t where day = 1").await.unwrap();
    assert_eq!(read.rows(), ["190"]);
    assert_eq!(read.stats.files_read, 2);
}

#[tokio::test]
async fn a_plan_of_many_files_is_an_estimate() {
    let lake = Lake::new();
    let rows = RecordBatch::try_from_iter(vec![(
        "id",
        Arc::new(Int64Array::from_iter_values(0..1000)) as ArrayRef,
    )]);
    lake.write("0.parquet", &[rows.unwrap()], WriterProperties::builder().build());
    let size = std::fs::metadata(lake.directory.path().join("0.parquet"))
        .unwrap()
        .len();
    let mut locations = vec![];
    for file in 0..50 {
        if file > 0 {
            std::fs::copy(
                lake.directory.path().join("0.parquet"),
                lake.directory.path().join(format!("{file}.parquet")),
            )
            .unwrap();
        }
        locations.push((
            Location::parse(&format!("http://lake.test/{file}.parquet")).unwrap(),
            Some(size),
        ));
    }
    let table = Table {
        location: locations[0].0.clone(),
        format: Format::Parquet,
        version: None,
        comment: None,
        elsewhere: Arc::default(),
        note: None,
        schema: Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, true)])),
        about: About::default(),
        features: vec![],
        partition_columns: vec![],
        mapping: None,
        row_tracking: None,
        files: Arc::new(DataFiles::standalone(locations, vec![None; 50]).unwrap()),
    };
    lake.session.register("t", table).unwrap();
    let (plan, costs) = lake.plan("select sum(id) from t").await.unwrap();
    assert!(plan.estimate);
    assert_eq!(costs.requests, 32, "no more footers than that");
    assert_eq!(plan.scans[0].row_groups_total, 50);
    let answered = lake.query("select sum(id) from t").await.unwrap();
    assert_eq!(answered.rows(), ["24975000"]);
    assert_eq!(answered.stats.files_read, 50);
}
