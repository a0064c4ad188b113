//! Delta tables whose columns have other names in files: renamed, dropped and added again, by name and by id.

use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use arrow::json::ReaderBuilder;
use limn::error::Kind;
use limn::http::{Location, Meter};
use limn::protocol::{AsOf, Plan};
use limn::table;
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};

use crate::lake::{Answered, Lake, write};
use crate::made::paged;

/// A column of the table: its name, its id, its physical name, its type.
fn column(name: &str, id: i32, physical_name: &str, data_type: &Value) -> Value {
    let metadata = json!({"delta.columnMapping.id": id, "delta.columnMapping.physicalName": physical_name});
    json!({"name": name, "type": data_type, "nullable": true, "metadata": metadata})
}

fn long(name: &str, id: i32) -> Value {
    column(name, id, &format!("p{id}"), &json!("long"))
}

fn record(fields: &[Value]) -> Value {
    json!({"type": "struct", "fields": fields})
}

fn metadata(mode: &str, columns: &[Value], partitions: &[&str]) -> Value {
    json!({"metaData": {"id": "t", "format": {"provider": "parquet", "options": {}},
        "schemaString": record(columns).to_string(), "partitionColumns": partitions,
        "configuration": {"delta.columnMapping.mode": mode}}})
}

fn protocol() -> Value {
    json!({"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}})
}

/// A column of a file, without an id.
fn plain(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, true)
}

fn numbered(name: &str, id: i32, data_type: DataType) -> Field {
    let metadata = [(PARQUET_FIELD_ID_META_KEY.to_owned(), id.to_string())];
    plain(name, data_type).with_metadata(metadata.into())
}

fn list(element: DataType) -> DataType {
    DataType::List(Arc::new(plain("item", element)))
}

fn map(value: DataType) -> DataType {
    let pair = Fields::from(vec![Field::new("key", DataType::Utf8, false), plain("value", value)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(pair), false)), false)
}

fn lines(values: &[Value]) -> String {
    let lines: Vec<String> = values.iter().map(Value::to_string).collect();
    lines.join("\n")
}

fn rows(columns: Vec<Field>, rows: &[Value]) -> RecordBatch {
    let reader = ReaderBuilder::new(Arc::new(Schema::new(columns))).with_batch_size(rows.len());
    let text = lines(rows);
    let mut reader = reader.build(Cursor::new(text.into_bytes())).unwrap();
    reader.next().unwrap().unwrap()
}

/// A table at `t`, and its log so far.
struct Mapped {
    lake: Lake,
    versions: u64,
}

impl Mapped {
    fn new() -> Self {
        let lake = Lake::new();
        fs::create_dir_all(lake.directory.path().join("t/_delta_log")).unwrap();
        Self { lake, versions: 0 }
    }

    fn commit(&mut self, actions: &[Value]) {
        let path = format!("t/_delta_log/{:020}.json", self.versions);
        fs::write(self.lake.directory.path().join(path), lines(actions)).unwrap();
        self.versions += 1;
    }

    /// Writes a file, and gives its `add`.
    fn file(&self, name: &str, batch: &RecordBatch) -> Value {
        self.file_with(name, batch, WriterProperties::builder().build(), &json!({}), None)
    }

    fn file_with(
        &self,
        name: &str,
        batch: &RecordBatch,
        properties: WriterProperties,
        partition_values: &Value,
        stats: Option<&Value>,
    ) -> Value {
        let path = self.lake.directory.path().join("t").join(name);
        write(&path, std::slice::from_ref(batch), properties);
        json!({"add": {"path": name, "partitionValues": partition_values, "size": fs::metadata(path).unwrap().len(),
            "modificationTime": 1, "dataChange": true, "stats": stats.map(Value::to_string)}})
    }

    async fn open(&self, name: &str, version: Option<u64>) -> limn::error::Result<()> {
        let location = Location::parse("http://lake.test/t").unwrap();
        let as_of = version.map(AsOf::Version);
        let table = table::open(&self.lake.store.metered(&Meter::default()), &[location], as_of.as_ref()).await?;
        self.lake.session.register(name, table)
    }

    /// What a statement would read and what it reads when footers are known and nothing else is.
    async fn cold(&self, sql: &str) -> (Plan, Answered) {
        let forget = || self.lake.store.forget(&Location::parse("http://lake.test/").unwrap());
        let (plan, _) = self.lake.plan(sql).await.unwrap();
        forget();
        let answered = self.lake.query(sql).await.unwrap();
        forget();
        (plan, answered)
    }

    /// The rows of a statement over the latest version.
    async fn answer(&self, sql: &str) -> Vec<String> {
        self.open("t", None).await.unwrap();
        self.lake.query(sql).await.unwrap().rows()
    }
}

#[tokio::test]
async fn columns_are_renamed_dropped_and_added_again() {
    let mut table = Mapped::new();
    // Before the mapping was switched on, `b` was dropped by writing its file anew without taking it out of this one.
    let columns = vec![
        plain("p1", DataType::Int64),
        plain("p2", DataType::Utf8),
        plain("b", DataType::Utf8),
    ];
    let first = rows(
        columns,
        &[
            json!({"p1": 1, "p2": "one", "b": "wrong"}),
            json!({"p1": 2, "p2": null, "b": "wrong"}),
        ],
    );
    let text = |name: &str, id: i32| column(name, id, &format!("p{id}"), &json!("string"));
    let first = table.file("0.parquet", &first);
    table.commit(&[protocol(), metadata("name", &[long("id", 1), text("a", 2)], &[]), first]);
    table.commit(&[metadata("name", &[long("id", 1), text("b", 2)], &[])]);
    table.commit(&[metadata("name", &[long("key", 1)], &[])]);
    let columns = vec![plain("p3", DataType::Utf8), plain("p1", DataType::Int64)];
    let last = table.file("3.parquet", &rows(columns, &[json!({"p1": 3, "p3": "three"})]));
    table.commit(&[
        metadata("name", &[long("key", 1), text("a", 3), text("b", 4)], &[]),
        last,
    ]);

    for (version, sql, expected) in [
        (0, "select id, a from t order by id", vec!["1|one", "2|"]),
        (1, "select id, b from t order by id", vec!["1|one", "2|"]),
        (2, "select * from t order by key", vec!["1", "2"]),
        (3, "select * from t order by key", vec!["1||", "2||", "3|three|"]),
        (3, "select key from t where a is null order by key", vec!["1", "2"]),
        (3, "select key from t where a = 'three'", vec!["3"]),
        (3, "select key from t where a = 'one' or b = 'wrong'", vec![]),
    ] {
        table.open("t", Some(version)).await.unwrap();
        assert_eq!(
            table.lake.query(sql).await.unwrap().rows(),
            expected,
            "{version}: {sql}"
        );
    }
}

#[tokio::test]
async fn one_file_has_the_names_of_each_version_that_reads_it() {
    let mut table = Mapped::new();
    let columns = vec![plain("p1", DataType::Int64), plain("p2", DataType::Int64)];
    let file = table.file("0.parquet", &rows(columns, &[json!({"p1": 1, "p2": 2})]));
    table.commit(&[protocol(), metadata("name", &[long("x", 1), long("y", 2)], &[]), file]);
    table.commit(&[metadata("name", &[long("y", 1), long("x", 2)], &[])]);
    table.open("then", Some(0)).await.unwrap();
    table.open("now", Some(1)).await.unwrap();
    let sql = "select t.x, t.y, n.x, n.y from \"then\" t, \"now\" n where t.x = n.y and t.y = n.x";
    assert_eq!(table.lake.query(sql).await.unwrap().rows(), ["1|2|2|1"]);
    let described = table.lake.query("describe \"now\"").await.unwrap().text();
    assert!(
        !described.contains("p1") && !described.contains("columnMapping"),
        "{described}"
    );
    let (plan, _) = table.lake.plan("select x from \"now\" where x > 1").await.unwrap();
    assert_eq!(plan.scans[0].columns, ["x"]);
}

#[tokio::test]
async fn nested_fields_are_renamed_dropped_and_added_again() {
    let mut table = Mapped::new();
    let then = || {
        DataType::Struct(Fields::from(vec![
            plain("p8", DataType::Int64),
            plain("p9", DataType::Int64),
        ]))
    };
    let file_columns = || vec![plain("p1", then()), plain("p2", list(then())), plain("p3", map(then()))];
    let value = json!({"p8": 8, "p9": 9});
    let row = json!({"p1": value, "p2": [value, null], "p3": {"k": value}});
    let file = table.file("0.parquet", &rows(file_columns(), &[row, json!({})]));
    // Ids are unique in a table: each column has fields of its own, with the same physical names.
    let fields = |column: i32, fields: &[(&str, &str)]| {
        let fields = fields.iter().zip(1..).map(|((name, physical_name), place)| {
            self::column(name, column * 10 + place, physical_name, &json!("long"))
        });
        record(&fields.collect::<Vec<_>>())
    };
    let columns = |inner: &[(&str, &str)]| {
        let list = json!({"type": "array", "elementType": fields(2, inner), "containsNull": true});
        let map = json!({"type": "map", "keyType": "string", "valueType": fields(3, inner), "valueContainsNull": true});
        [
            column("s", 1, "p1", &fields(1, inner)),
            column("l", 2, "p2", &list),
            column("m", 3, "p3", &map),
        ]
    };
    table.commit(&[
        protocol(),
        metadata("name", &columns(&[("a", "p8"), ("b", "p9")]), &[]),
        file,
    ]);
    let all = "select * from t where s is not null";
    let gone = "select count(*) from t where s is null and l is null and m is null";
    assert_eq!(
        table.answer(all).await,
        ["{a: 8, b: 9}|[{a: 8, b: 9}, ]|{k: {a: 8, b: 9}}"]
    );
    assert_eq!(table.answer(gone).await, ["1"]);
    // Swapped names, and the other order.
    table.commit(&[metadata("name", &columns(&[("a", "p9"), ("b", "p8")]), &[])]);
    assert_eq!(
        table.answer(all).await,
        ["{a: 9, b: 8}|[{a: 9, b: 8}, ]|{k: {a: 9, b: 8}}"]
    );
    assert_eq!(
        table
            .answer("select s['b'], l[1]['b'], m['k']['b'] from t where s['a'] = 9")
            .await,
        ["8|8|8"]
    );
    // `a` was dropped, and another `a` added.
    table.commit(&[metadata("name", &columns(&[("b", "p9"), ("a", "p7")]), &[])]);
    assert_eq!(
        table.answer(all).await,
        ["{b: 9, a: }|[{b: 9, a: }, ]|{k: {b: 9, a: }}"]
    );
    assert_eq!(
        table
            .answer("select s['a'], l[1]['a'], m['k']['a'] from t where s['b'] = 9")
            .await,
        ["||"]
    );
    assert_eq!(table.answer("select count(*) from t where s['a'] = 8").await, ["0"]);
    // Nothing that the file has is left.
    table.commit(&[metadata("name", &columns(&[("a", "p6"), ("b", "p7")]), &[])]);
    assert_eq!(table.answer(all).await, ["{a: , b: }|[{a: , b: }, ]|{k: {a: , b: }}"]);
    assert_eq!(table.answer(gone).await, ["1"]);
}

#[tokio::test]
async fn by_id_the_names_in_files_mean_nothing() {
    let mut table = Mapped::new();
    let inner = DataType::Struct(Fields::from(vec![
        numbered("y", 5, DataType::Int64),
        numbered("x", 6, DataType::Int64),
    ]));
    // Every name is another's, logical and physical ones.
    let columns = vec![
        numbered("b", 1, DataType::Int64),
        numbered("p1", 2, DataType::Int64),
        numbered("a", 3, DataType::Int64),
        numbered("c", 4, list(inner)),
        plain("p3", DataType::Int64),
    ];
    let row = json!({"b": 1, "p1": 2, "a": 3, "c": [{"y": 5, "x": 6}], "p3": 99});
    let file = table.file("0.parquet", &rows(columns, &[row]));
    let element = record(&[long("x", 5), long("y", 6)]);
    let c = json!({"type": "array", "elementType": element, "containsNull": true});
    let columns = [long("a", 1), long("b", 2), column("c", 4, "p4", &c), long("d", 7)];
    table.commit(&[protocol(), metadata("id", &columns, &[]), file]);
    assert_eq!(table.answer("select * from t").await, ["1|2|[{x: 5, y: 6}]|"]);
    assert_eq!(
        table
            .answer("select count(*) from t where a = 1 and b = 2 and d is null")
            .await,
        ["1"]
    );
    assert_eq!(table.answer("select count(*) from t where a = 3").await, ["0"]);

    let file = table.file(
        "1.parquet",
        &rows(vec![plain("p1", DataType::Int64)], &[json!({"p1": 1})]),
    );
    table.commit(&[file]);
    table.open("t", None).await.unwrap();
    let error = table.lake.query("select a from t").await.err().unwrap();
    assert_eq!(error.kind, Kind::Damaged);
    assert!(error.detail.contains("field ids"), "{error}");
}

#[tokio::test]
async fn partition_columns_are_renamed() {
    let mut table = Mapped::new();
    let text = |name: &str| column(name, 2, "p2", &json!("string"));
    let mut actions = vec![
        protocol(),
        metadata("name", &[long("id", 1), text("region")], &["region"]),
    ];
    for (id, region) in [(1, json!("north")), (2, json!("south")), (3, json!(null))] {
        let batch = rows(vec![plain("p1", DataType::Int64)], &[json!({"p1": id})]);
        let properties = WriterProperties::builder().build();
        actions.push(table.file_with(
            &format!("{id}.parquet"),
            &batch,
            properties,
            &json!({"p2": region}),
            None,
        ));
    }
    table.commit(&actions);
    table.commit(&[metadata("name", &[text("area"), long("region", 1)], &["area"])]);
    assert_eq!(
        table.answer("select * from t order by region").await,
        ["north|1", "south|2", "|3"]
    );
    let answered = table
        .lake
        .query("select region from t where area = 'south'")
        .await
        .unwrap();
    assert_eq!((answered.rows(), answered.stats.files_read), (vec!["2".to_owned()], 1));
    let (plan, _) = table
        .lake
        .plan("select region from t where area = 'south'")
        .await
        .unwrap();
    assert_eq!((plan.scans[0].files_kept, plan.scans[0].skipped_by_partition), (1, 2));
}

/// Ten row groups of 1000 rows in 10 pages each, sorted by `p1`, with bloom filters.
fn sorted_file(first: i64) -> (RecordBatch, WriterProperties) {
    let columns = vec![
        plain("p1", DataType::Int64),
        plain("p2", DataType::Utf8),
        plain("p3", DataType::Int64),
    ];
    let noise = |id: i64| (id * 2_654_435_761) % 1_000_003;
    let values: Vec<Value> = (first..first + 10_000)
        .map(|id| json!({"p1": id, "p2": format!("name {}", noise(id)), "p3": noise(id)}))
        .collect();
    let properties = paged().set_dictionary_enabled(false).set_bloom_filter_enabled(true);
    (rows(columns, &values), properties.build())
}

#[tokio::test]
async fn a_renamed_column_skips_files_row_groups_and_pages() {
    let mut table = Mapped::new();
    let text = column("title", 2, "p2", &json!("string"));
    let mut actions = vec![
        protocol(),
        metadata("name", &[long("key", 1), text, long("p1", 3)], &[]),
    ];
    for (number, first) in [0, 10_000, 20_000].into_iter().enumerate() {
        let (batch, properties) = sorted_file(first);
        let stats = json!({"numRecords": 10_000, "minValues": {"p1": first}, "maxValues": {"p1": first + 9_999},
            "nullCount": {"p1": 0}});
        let name = format!("{number}.parquet");
        actions.push(table.file_with(&name, &batch, properties, &json!({}), Some(&stats)));
    }
    table.commit(&actions);
    table.open("t", None).await.unwrap();
    // The same file by its own names.
    table.lake.open("raw", &["t/1.parquet"]).await.unwrap();

    for (mapped, raw) in [
        (
            "select title, p1 from t where key = 12345",
            "select p2, p3 from raw where p1 = 12345",
        ),
        (
            "select key from t where title = 'name 7' and key > 10000 and key < 19999",
            "select p1 from raw where p2 = 'name 7' and p1 > 10000 and p1 < 19999",
        ),
        (
            "select p1 from t where key between 13500 and 14100",
            "select p3 from raw where p1 between 13500 and 14100",
        ),
    ] {
        let (plan, mapped) = table.cold(mapped).await;
        let (_, raw) = table.cold(raw).await;
        assert_eq!(mapped.rows(), raw.rows());
        assert_eq!(mapped.stats.row_groups_read, raw.stats.row_groups_read);
        assert!(!mapped.requests.is_empty());
        assert_eq!(mapped.requests, raw.requests);
        let scan = &plan.scans[0];
        assert_eq!((scan.files_kept, scan.skipped_by_statistics), (1, 2));
    }
}

#[tokio::test]
async fn a_point_lookup_by_a_renamed_column_reads_two_pages() {
    let mut table = Mapped::new();
    let text = column("title", 2, "p2", &json!("string"));
    let (batch, properties) = sorted_file(0);
    let add = table.file_with("0.parquet", &batch, properties, &json!({}), None);
    table.commit(&[
        protocol(),
        metadata("name", &[long("key", 1), text, long("p1", 3)], &[]),
        add,
    ]);
    table.open("t", None).await.unwrap();
    let answered = table.lake.query("select p1 from t where key = 1234").await.unwrap();
    assert_eq!(answered.rows(), [((1234_i64 * 2_654_435_761) % 1_000_003).to_string()]);
    assert_eq!(
        (answered.stats.row_groups_read, answered.stats.row_groups_total),
        (1, 10)
    );
    // The footer, the row group's column index; one page of each of two columns, with the little between them.
    assert_eq!(answered.costs.requests, 3, "{:?}", answered.requests);
    assert!(answered.costs.bytes < 100_000, "of 360 kB: {:?}", answered.costs);
    // No file has it, and bounds do not tell: the bloom filters do.
    let answered = table
        .lake
        .query("select key from t where title = 'name x'")
        .await
        .unwrap();
    assert_eq!((answered.rows().len(), answered.stats.row_groups_read), (0, 0));
}
