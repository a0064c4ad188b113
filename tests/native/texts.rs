//! Texts, which statements read as views of where they lie: what they rule out, what comes out, and what memory it takes.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use limn::error::Kind;
use limn::http::{HttpStore, LocalTransport, Location, Meter};
use limn::protocol::Options;
use limn::query::Session;
use limn::table;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::lake::Lake;

const MIB: u64 = 1 << 20;

fn text(id: i64) -> String {
    format!("text {id:06}")
}

/// 20 row groups of 1000 rows in 10 pages each, sorted by `id` and by `text`; `other` is the text of another row.
fn sorted() -> (RecordBatch, WriterProperties) {
    let ids = 0..20_000_i64;
    let texts: StringArray = ids.clone().map(|id| Some(text(id))).collect();
    let others: StringArray = ids
        .clone()
        .map(|id| (id % 5 > 0).then(|| text((id * 7919) % 20_000)))
        .collect();
    let rows = RecordBatch::try_from_iter([
        ("id", Arc::new(ids.collect::<Int64Array>()) as ArrayRef),
        ("text", Arc::new(texts)),
        ("other", Arc::new(others)),
    ]);
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(1000))
        .set_data_page_row_count_limit(100)
        .set_write_batch_size(100)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Page);
    (rows.unwrap(), properties.build())
}

/// 80,000 texts of 100 characters, in one page.
fn long() -> (RecordBatch, WriterProperties) {
    let ids = 0..80_000_i64;
    let long: StringArray = ids.clone().map(|id| Some(format!("{id:0100}"))).collect();
    let rows = RecordBatch::try_from_iter([
        ("id", Arc::new(ids.collect::<Int64Array>()) as ArrayRef),
        ("long", Arc::new(long)),
    ]);
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_data_page_size_limit(16 << 20)
        .set_data_page_row_count_limit(80_000)
        .set_write_batch_size(80_000);
    (rows.unwrap(), properties.build())
}

async fn lake_of(rows: (RecordBatch, WriterProperties), options: &Options) -> Lake {
    let lake = Lake::with_options(options);
    lake.write("t.parquet", &[rows.0], rows.1);
    lake.open("t", &["t.parquet"]).await.unwrap();
    lake
}

#[tokio::test]
async fn conditions_of_texts_rule_out_row_groups_and_pages() {
    let lake = lake_of(sorted(), &Options::default()).await;
    let many: Vec<String> = (0..30).map(|id| format!("'{}'", text(id))).collect();
    let many = format!("text in ({})", many.join(", "));
    for (condition, rows, row_groups) in [
        ("text = 'text 005500'", 1, 1),
        ("'text 005500' = text", 1, 1),
        ("text > 'text 018999'", 1000, 1),
        ("text between 'text 003990' and 'text 004009'", 20, 2),
        ("text in ('text 000001', 'text 019999')", 2, 2),
        ("text like 'text 0075%'", 100, 1),
        ("text < 'text 000010' or text = 'text 010000'", 11, 2),
        ("text is null", 0, 0),
        ("text = 'none'", 0, 0),
        ("text = arrow_cast('text 005500', 'LargeUtf8')", 1, 1),
        // Of these bounds tell nothing, and the rows are right all the same.
        (many.as_str(), 30, 20),
        ("upper(text) = 'TEXT 005500'", 1, 20),
        ("cast(id as varchar) = '5500'", 1, 20),
        ("text = other", 0, 20),
        ("text <> 'text 000000' and other is null", 3999, 20),
    ] {
        let sql = format!("select id from t where {condition}");
        let found = lake.query(&sql).await.unwrap();
        assert_eq!(found.rows().len(), rows, "{condition}");
        let read = found.stats.row_groups_read;
        assert!(read <= row_groups, "{condition}: {read} row groups");
    }
    let one = lake
        .query("select other from t where text = 'text 013370'")
        .await
        .unwrap();
    let pages = one.requests.iter().flatten().map(|range| range.end - range.start);
    assert!(pages.sum::<u64>() < 20_000, "{:?}", one.requests);
}

/// A table's log has bounds of texts as texts.
#[tokio::test]
async fn conditions_of_texts_rule_out_files() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/delta");
    let host = LocalTransport::new("http://lake.test/", &data);
    let store = HttpStore::new(Arc::new(host), 64 * MIB);
    let session = Session::new(Arc::clone(&store), &Options::default()).unwrap();
    let at = Location::parse("http://lake.test/commits").unwrap();
    let table = table::open(&store.metered(&Meter::default()), &[at], None)
        .await
        .unwrap();
    session.register("t", table).unwrap();
    for (condition, files) in [
        ("text = 'row 15'", 1),
        ("text >= 'row 10' and text < 'row 12'", 2),
        ("text in ('row 15', 'row 155')", 2),
        ("text like 'row 15%'", 2),
        ("text = 'none'", 1),
        ("cast(id as varchar) = '15'", 25),
        ("lower(text) = 'row 15'", 25),
        ("text is not null", 25),
    ] {
        let plan = session
            .plan(&format!("select id from t where {condition}"), &Meter::default())
            .await
            .unwrap();
        let kept: u64 = plan.scans.iter().map(|scan| scan.files_kept).sum();
        assert!(kept <= files, "{condition}: {kept} files");
    }
}

#[tokio::test]
async fn no_view_comes_out() {
    let lake = lake_of(sorted(), &Options::default()).await;
    let sql = "select text, upper(other) as upper, struct(text, id) as pair, array_agg(other) over (partition by id) as list, \
               map([text], [other]) as map, arrow_cast(text, 'BinaryView') as bytes, arrow_typeof(text) as type \
               from t order by id limit 2";
    let found = lake.query(sql).await.unwrap();
    for field in found.batches[0].schema().fields() {
        assert!(!field.data_type().to_string().contains("View"), "{field:?}");
    }
    let column = |name: &str| {
        found.batches[0]
            .schema()
            .field_with_name(name)
            .unwrap()
            .data_type()
            .clone()
    };
    assert_eq!(column("text"), DataType::Utf8);
    assert_eq!(column("bytes"), DataType::Binary);
    let firsts = lake
        .query("select text, arrow_typeof(text) as type from t limit 1")
        .await
        .unwrap();
    assert_eq!(firsts.rows(), ["text 000000|Utf8View"]);
}

#[tokio::test]
async fn who_keeps_rows_does_not_keep_the_pages_that_they_lay_on() {
    let options = |memory_bytes| Options {
        memory_bytes,
        ..Options::default()
    };
    let lake = lake_of(long(), &options(48 * MIB)).await;
    for sql in [
        "select count(*), max(l) from (select long as l, row_number() over (order by long desc) as n from t) where n > 0",
        "select count(*), max(a.long) from t a join t b on a.long = b.long and a.id < b.id + 1",
        "select count(*), max(long) from (select * from t order by id % 7919, id limit 80000)",
        "select count(*), max(s['a']) from (select id, named_struct('a', long) as s, row_number() over (order by id) from t)",
        "select count(*), max(long) from (select long, array_agg(id) as l from t group by long)",
        "select sum(array_length(l)), max(array_max(l)) from (select id % 10 as k, array_agg(long) as l from t group by k)",
        "select count(*), max(a.long) from (select long from t) a left join t b on a.long < b.long and b.id = -1",
    ] {
        let found = lake.query(sql).await;
        let rows = found
            .map(|found| found.rows())
            .map_err(|error| (error.kind, error.detail));
        assert_eq!(rows, Ok(vec![format!("80000|{:0100}", 79_999)]), "{sql}");
    }
    let few = lake
        .query("select long from t order by id % 7919, id limit 3")
        .await
        .unwrap();
    assert_eq!(few.rows(), [0, 7919, 15_838].map(|id| format!("{id:0100}")));
}

#[tokio::test]
async fn texts_that_are_kept_are_counted() {
    let options = Options {
        memory_bytes: 4 * MIB,
        ..Options::default()
    };
    let lake = lake_of(long(), &options).await;
    for sql in [
        "select * from t order by long, id",
        "select count(array_length(l)) from (select array_agg(long) as l from t)",
        "select sum(array_length(l)) from (select id % 10 as k, array_agg(long) as l \
         from t group by k)",
    ] {
        let refused = lake.query(sql).await.map(|found| found.rows());
        assert_eq!(refused.map_err(|error| error.kind), Err(Kind::TooBig), "{sql}");
    }
}

/// A list that is a part of a longer one comes out alone.
#[tokio::test]
async fn lists_of_texts_come_out_whole() {
    let lake = lake_of(sorted(), &Options::default()).await;
    let sql = "select id, array_agg(text) as l, array_agg(struct(text as a, other as b)) as s from t group by id \
               order by id limit 9000 offset 9990";
    let found = lake.query(sql).await.unwrap().rows();
    assert_eq!(found.len(), 9000);
    assert_eq!(found[9], "9999|[text 009999]|[{a: text 009999, b: text 002081}]");
    assert_eq!(found[10], "10000|[text 010000]|[{a: text 010000, b: }]");
}
