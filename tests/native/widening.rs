//! Tables whose columns became wider: old files give their values in the new types, and statistics of the old types
//! hide no row and still skip.

use std::fs;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Date32Array, Decimal128Array, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array,
    Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::util::display::array_value_to_string;
use datafusion::logical_expr::{Expr, ident, lit};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use datafusion::sql::unparser::expr_to_sql;
use limn::error::Kind;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use serde_json::{Value, json};

use crate::corpora::{Host, corpora};
use crate::lake::Lake;

const DAY: i64 = 86_400_000_000;

/// Columns with their types before and after.
const COLUMNS: [(&str, &str, &str); 8] = [
    ("b", "byte", "long"),
    ("s", "short", "double"),
    ("i", "integer", "decimal(12,2)"),
    ("l", "long", "decimal(20,0)"),
    ("f", "float", "double"),
    ("e", "integer", "double"),
    ("d", "decimal(10,2)", "decimal(20,5)"),
    ("day", "date", "timestamp_ntz"),
];

/// Rows of a file; files of the old types come first.
const ROWS: i64 = 40;
const OLD_FILES: i64 = 6;
const FILES: i64 = 9;

fn numbers(file: i64) -> impl Iterator<Item = Option<i64>> {
    (file * ROWS..(file + 1) * ROWS).map(|number| (number % 7 != 3).then_some(number))
}

fn batch(columns: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(
        COLUMNS
            .iter()
            .zip(columns)
            .map(|((name, ..), column)| (*name, column, true)),
    )
    .unwrap()
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the numbers are small"
)]
fn old_rows(file: i64) -> RecordBatch {
    let each = || numbers(file);
    let decimals: Decimal128Array = each().map(|n| n.map(|n| i128::from(n) * 101)).collect();
    batch(vec![
        Arc::new(each().map(|n| n.map(|n| (n - 120) as i8)).collect::<Int8Array>()),
        Arc::new(each().map(|n| n.map(|n| (n * 100) as i16)).collect::<Int16Array>()),
        Arc::new(each().map(|n| n.map(|n| (n * 1000) as i32)).collect::<Int32Array>()),
        Arc::new(each().map(|n| n.map(|n| n * 10_000_000_000)).collect::<Int64Array>()),
        Arc::new(each().map(|n| n.map(|n| n as f32 * 0.1)).collect::<Float32Array>()),
        Arc::new(each().map(|n| n.map(|n| (n * 7) as i32)).collect::<Int32Array>()),
        Arc::new(decimals.with_precision_and_scale(10, 2).unwrap()),
        Arc::new(each().map(|n| n.map(|n| n as i32)).collect::<Date32Array>()),
    ])
}

#[allow(clippy::cast_precision_loss, reason = "the numbers are small")]
fn new_rows(file: i64) -> RecordBatch {
    let each = || numbers(file);
    let decimals = |value: fn(i64) -> i128, precision, scale| {
        let values: Decimal128Array = each().map(|n| n.map(value)).collect();
        Arc::new(values.with_precision_and_scale(precision, scale).unwrap())
    };
    batch(vec![
        Arc::new(each().map(|n| n.map(|n| n + 10_000_000_000)).collect::<Int64Array>()),
        Arc::new(
            each()
                .map(|n| n.map(|n| n as f64 * 100.0 + 0.5))
                .collect::<Float64Array>(),
        ),
        decimals(|n| i128::from(n) * 100_000 + 25, 12, 2),
        decimals(|n| i128::from(n) * 10_000_000_000, 20, 0),
        Arc::new(each().map(|n| n.map(|n| n as f64 * 0.1)).collect::<Float64Array>()),
        Arc::new(
            each()
                .map(|n| n.map(|n| n as f64 * 7.0 + 0.5))
                .collect::<Float64Array>(),
        ),
        decimals(|n| i128::from(n) * 101_000 + 7, 20, 5),
        Arc::new(
            each()
                .map(|n| n.map(|n| n * DAY + DAY / 8))
                .collect::<TimestampMicrosecondArray>(),
        ),
    ])
}

fn new_schema() -> SchemaRef {
    new_rows(0).schema()
}

/// All rows in the new types, as Arrow alone casts them.
fn all_rows() -> RecordBatch {
    let schema = new_schema();
    let batches = (0..FILES).map(|file| {
        if file >= OLD_FILES {
            return new_rows(file);
        }
        let old = old_rows(file);
        let columns = old.columns().iter().zip(schema.fields());
        let widened = columns.map(|(column, field)| cast(column, field.data_type()).unwrap());
        RecordBatch::try_new(Arc::clone(&schema), widened.collect()).unwrap()
    });
    concat_batches(&schema, &batches.collect::<Vec<_>>()).unwrap()
}

/// Statistics as writers spell them: rows are sorted, NULLs left out.
fn statistics(rows: &RecordBatch) -> String {
    let bound = |column: &ArrayRef, row: usize| -> Value {
        let text = array_value_to_string(column, row).unwrap();
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    };
    let bounds = |row: fn(&ArrayRef) -> usize| -> Value {
        let columns = COLUMNS.iter().zip(rows.columns());
        columns
            .map(|((name, ..), column)| ((*name).to_owned(), bound(column, row(column))))
            .collect()
    };
    let first = |column: &ArrayRef| (0..column.len()).find(|row| column.is_valid(*row)).unwrap();
    let last = |column: &ArrayRef| (0..column.len()).rfind(|row| column.is_valid(*row)).unwrap();
    let nulls: Value = COLUMNS
        .iter()
        .zip(rows.columns())
        .map(|((name, ..), column)| ((*name).to_owned(), json!(column.null_count())))
        .collect();
    json!({"numRecords": rows.num_rows(), "minValues": bounds(first), "maxValues": bounds(last), "nullCount": nulls})
        .to_string()
}

fn protocol() -> Value {
    json!({"protocol": {"minReaderVersion": 3, "minWriterVersion": 7,
        "readerFeatures": ["typeWidening", "timestampNtz"], "writerFeatures": ["typeWidening", "timestampNtz"]}})
}

fn field(name: &str, data_type: &Value, changes: &Value) -> Value {
    json!({"name": name, "type": data_type, "nullable": true, "metadata": {"delta.typeChanges": changes}})
}

fn metadata(fields: &[Value], partitions: &[&str]) -> Value {
    let schema = json!({"type": "struct", "fields": fields}).to_string();
    json!({"metaData": {"id": "t", "format": {"provider": "parquet", "options": {}}, "schemaString": schema,
        "partitionColumns": partitions, "configuration": {"delta.enableTypeWidening": "true"}}})
}

fn widened_fields() -> Vec<Value> {
    let change = |from: &str, to: &str| json!([{"fromType": from, "toType": to}]);
    let fields = COLUMNS.iter();
    fields
        .map(|(name, from, to)| field(name, &json!(to), &change(from, to)))
        .collect()
}

/// Small row groups of small pages, so that there is something to skip.
fn pages(rows: usize) -> WriterProperties {
    WriterProperties::builder()
        .set_max_row_group_row_count(Some(rows))
        .set_data_page_row_count_limit(5)
        .set_write_batch_size(5)
        .set_statistics_enabled(EnabledStatistics::Page)
        .build()
}

/// Writes a Delta table `t` of one commit.
fn commit(lake: &Lake, actions: &[Value]) {
    let log = lake.directory.path().join("t/_delta_log");
    fs::create_dir_all(&log).unwrap();
    let lines: Vec<String> = actions.iter().map(Value::to_string).collect();
    fs::write(log.join("00000000000000000000.json"), lines.join("\n")).unwrap();
}

fn write(lake: &Lake, name: &str, rows: &RecordBatch, stats: Option<&str>) -> Value {
    fs::create_dir_all(lake.directory.path().join("t")).unwrap();
    lake.write(&format!("t/{name}"), std::slice::from_ref(rows), pages(10));
    let size = fs::metadata(lake.directory.path().join("t").join(name)).unwrap().len();
    json!({"add": {"path": name, "partitionValues": {}, "size": size, "modificationTime": 1, "dataChange": true,
        "stats": stats}})
}

/// The table of [`all_rows`]; its files may have statistics in the log.
async fn widened(lake: &Lake, with_statistics: bool) {
    let mut actions = vec![protocol(), metadata(&widened_fields(), &[])];
    for file in 0..FILES {
        let rows = if file < OLD_FILES {
            old_rows(file)
        } else {
            new_rows(file)
        };
        let stats = with_statistics.then(|| statistics(&rows));
        actions.push(write(lake, &format!("{file}.parquet"), &rows, stats.as_deref()));
    }
    commit(lake, &actions);
    lake.open("t", &["t"]).await.unwrap();
}

fn predicates(name: &str, value: &ScalarValue) -> Vec<Expr> {
    let (column, value) = (|| ident(name), || lit(value.clone()));
    vec![
        column().eq(value()),
        column().lt(value()),
        column().lt_eq(value()),
        column().gt(value()),
        column().not_eq(value()),
        column().is_null(),
    ]
}

#[tokio::test]
async fn no_predicate_on_a_widened_column_loses_a_row() {
    let all = all_rows();
    let memory = SessionContext::new();
    memory.register_batch("t", all.clone()).unwrap();
    for with_statistics in [true, false] {
        let lake = Lake::new();
        widened(&lake, with_statistics).await;
        for (index, (name, ..)) in COLUMNS.iter().enumerate() {
            // The first and last rows of files, whose values are bounds, and one amid new ones.
            for row in [0, 39, 40, 119, 239, 240, 300] {
                let value = ScalarValue::try_from_array(all.column(index), row).unwrap();
                for predicate in predicates(name, &value) {
                    let sql = format!("select count(*) from t where {}", expr_to_sql(&predicate).unwrap());
                    let expected = memory.sql(&sql).await.unwrap().collect().await.unwrap();
                    let given = lake.query(&sql).await.unwrap().batches;
                    assert_eq!(given[0].column(0), expected[0].column(0), "{with_statistics}: {sql}");
                }
            }
        }
    }
}

#[tokio::test]
async fn widened_columns_still_skip_files_row_groups_and_pages() {
    let literal = |name: &str, row: usize| {
        let all = all_rows();
        let column = all.column_by_name(name).unwrap();
        let value = ScalarValue::try_from_array(column, row).unwrap();
        expr_to_sql(&lit(value)).unwrap().to_string()
    };
    for with_statistics in [true, false] {
        let lake = Lake::new();
        widened(&lake, with_statistics).await;
        for (name, _, to) in COLUMNS {
            // Of floats only lower bounds hold, as NaN is above all.
            let operator = if to == "double" { "<=" } else { "=" };
            let sql = format!(
                "select count({name}) from t where {name} {operator} {}",
                literal(name, 5)
            );
            let stats = lake.query(&sql).await.unwrap().stats;
            assert_eq!(
                (stats.files_read, stats.row_groups_read),
                (1, 1),
                "{with_statistics}: {sql}"
            );
        }
    }
}

#[tokio::test]
async fn all_values_come_back_in_the_new_types() {
    let lake = Lake::new();
    widened(&lake, true).await;
    let answered = lake.query("select * from t order by l nulls last, b").await.unwrap();
    let schema = answered.batches[0].schema();
    for (given, expected) in schema.fields().iter().zip(new_schema().fields()) {
        assert_eq!(given.data_type(), expected.data_type());
    }
    let memory = SessionContext::new();
    memory.register_batch("t", all_rows()).unwrap();
    let sorted = memory.sql("select * from t order by l nulls last, b").await.unwrap();
    let expected = sorted.collect().await.unwrap();
    let expected = concat_batches(&expected[0].schema(), &expected).unwrap();
    let given = concat_batches(&schema, &answered.batches).unwrap();
    assert_eq!(given.columns(), expected.columns());
}

fn rows_of(schema: &Schema, lines: &str) -> RecordBatch {
    let reader = arrow::json::ReaderBuilder::new(Arc::new(schema.clone()));
    reader.build(lines.as_bytes()).unwrap().next().unwrap().unwrap()
}

fn group(fields: &[(&str, DataType)]) -> DataType {
    let fields = fields
        .iter()
        .map(|(name, data_type)| Field::new(*name, data_type.clone(), true));
    DataType::Struct(fields.collect())
}

fn list(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("element", element, true)))
}

fn map(key: DataType, value: DataType) -> DataType {
    let pair = [Field::new("key", key, false), Field::new("value", value, true)];
    let entries = Field::new("key_value", DataType::Struct(pair.into_iter().collect()), false);
    DataType::Map(Arc::new(entries), false)
}

#[tokio::test]
async fn what_lies_inside_structs_lists_and_maps_is_widened_too() {
    use DataType::{Date32, Float32, Float64, Int8, Int16, Int32, Int64, Utf8};
    let local = DataType::Timestamp(TimeUnit::Microsecond, None);
    let schema = |types: [DataType; 5]| {
        let names = ["s", "l", "m", "ls", "ms"];
        let columns = names
            .into_iter()
            .zip(types)
            .map(|(name, data_type)| Field::new(name, data_type, true));
        let id = Field::new("id", Int64, true);
        Schema::new(std::iter::once(id).chain(columns).collect::<Vec<_>>())
    };
    let old = schema([
        group(&[("x", Int32), ("y", Float32)]),
        list(Int16),
        map(Int32, Float32),
        list(group(&[("x", Int8)])),
        map(Utf8, group(&[("x", Date32)])),
    ]);
    let new = schema([
        group(&[("x", Int64), ("y", Float64)]),
        list(Int32),
        map(Int64, Float64),
        list(group(&[("x", Int64)])),
        map(Utf8, group(&[("x", local)])),
    ]);
    let old = rows_of(
        &old,
        r#"{"id":1,"s":{"x":-1,"y":0.5},"l":[1,null,-3],"m":{"1":0.25,"2":null},"ls":[{"x":7},null],"ms":{"a":{"x":"2024-09-09"}}}
           {"id":2,"s":null,"l":[],"m":null,"ls":null,"ms":{}}"#,
    );
    let new = rows_of(
        &new,
        r#"{"id":3,"s":{"x":5000000000,"y":0.1},"l":[70000],"m":{"5000000000":0.1},"ls":[{"x":300}],"ms":{"b":{"x":"2024-09-09T01:02:03"}}}"#,
    );
    let changes = |changes: &[(&str, &str, &str)]| -> Value {
        let change = |(from, to, path): &(&str, &str, &str)| json!({"fromType": from, "toType": to, "fieldPath": path});
        changes.iter().map(change).collect()
    };
    let inner = |name: &str, from: &str, to: &str| field(name, &json!(to), &json!([{"fromType": from, "toType": to}]));
    let of = |fields: &[Value]| json!({"type": "struct", "fields": fields});
    let array = |element: Value| json!({"type": "array", "elementType": element, "containsNull": true});
    let pairs = |key: Value, value: Value| json!({"type": "map", "keyType": key, "valueType": value, "valueContainsNull": true});
    let fields = [
        field("id", &json!("long"), &json!([])),
        field(
            "s",
            &of(&[inner("x", "integer", "long"), inner("y", "float", "double")]),
            &json!([]),
        ),
        field(
            "l",
            &array(json!("integer")),
            &changes(&[("short", "integer", "element")]),
        ),
        field(
            "m",
            &pairs(json!("long"), json!("double")),
            &changes(&[("integer", "long", "key"), ("float", "double", "value")]),
        ),
        field("ls", &array(of(&[inner("x", "byte", "long")])), &json!([])),
        field(
            "ms",
            &pairs(json!("string"), of(&[inner("x", "date", "timestamp_ntz")])),
            &json!([]),
        ),
    ];
    let lake = Lake::new();
    let files = [
        write(&lake, "old.parquet", &old, None),
        write(&lake, "new.parquet", &new, None),
    ];
    commit(
        &lake,
        &[vec![protocol(), metadata(&fields, &[])], files.to_vec()].concat(),
    );
    lake.open("t", &["t"]).await.unwrap();
    assert_eq!(
        lake.query("select * from t order by id").await.unwrap().rows(),
        [
            "1|{x: -1, y: 0.5}|[1, , -3]|{1: 0.25, 2: }|[{x: 7}, ]|{a: {x: 2024-09-09T00:00:00}}",
            "2||[]|||{}",
            "3|{x: 5000000000, y: 0.1}|[70000]|{5000000000: 0.1}|[{x: 300}]|{b: {x: 2024-09-09T01:02:03}}",
        ]
    );
    for (predicate, ids) in [
        ("s.x < 0", vec!["1"]),
        ("s.x > 4000000000", vec!["3"]),
        ("s.y = 0.5", vec!["1"]),
        ("s is null", vec!["2"]),
        ("l[1] > 1", vec!["3"]),
        ("ls[1]['x'] = 300", vec!["3"]),
    ] {
        let sql = format!("select id from t where {predicate} order by id");
        assert_eq!(lake.query(&sql).await.unwrap().rows(), ids, "{predicate}");
    }
}

#[tokio::test]
async fn partition_values_are_read_in_the_new_type() {
    let lake = Lake::new();
    let ids = RecordBatch::try_from_iter(vec![("id", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]).unwrap();
    let change = |name: &str, from: &str, to: &str| field(name, &json!(to), &json!([{"fromType": from, "toType": to}]));
    let fields = [
        field("id", &json!("long"), &json!([])),
        change("n", "byte", "decimal(12,1)"),
        change("f", "integer", "double"),
        change("at", "date", "timestamp_ntz"),
    ];
    let mut actions = vec![protocol(), metadata(&fields, &["n", "f", "at"])];
    for (name, n, f, at) in [
        ("old.parquet", "7", "-3", "2024-09-09"),
        ("new.parquet", "123456.5", "0.25", "2024-09-09 01:02:03.5"),
    ] {
        let mut add = write(&lake, name, &ids, None);
        add["add"]["partitionValues"] = json!({"n": n, "f": f, "at": at});
        actions.push(add);
    }
    commit(&lake, &actions);
    lake.open("t", &["t"]).await.unwrap();
    assert_eq!(
        lake.query("select n, f, at from t order by n").await.unwrap().rows(),
        ["7.0|-3.0|2024-09-09T00:00:00", "123456.5|0.25|2024-09-09T01:02:03.500"]
    );
    for predicate in ["n < 100", "f = -3", "at <= timestamp '2024-09-09 00:00:00'"] {
        let answered = lake
            .query(&format!("select count(id) from t where {predicate}"))
            .await
            .unwrap();
        assert_eq!(
            (answered.rows(), answered.stats.files_read),
            (vec!["1".to_owned()], 1),
            "{predicate}"
        );
    }
}

#[tokio::test]
async fn a_file_that_no_rule_widens_is_named_before_a_row() {
    let text: ArrayRef = Arc::new(StringArray::from(vec!["1"]));
    let long: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let double: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    for (column, to, words) in [
        (text, "long", "Utf8 in this file but Int64 in the table"),
        (Arc::clone(&long), "integer", "Int64 in this file but Int32"),
        (long, "double", "Int64 in this file but Float64"),
        (double, "decimal(20,2)", "Float64 in this file but Decimal128(20, 2)"),
    ] {
        let lake = Lake::new();
        let rows = RecordBatch::try_from_iter(vec![("c", column)]).unwrap();
        let add = write(&lake, "a.parquet", &rows, None);
        let fields = [field("c", &json!(to), &json!([]))];
        commit(&lake, &[protocol(), metadata(&fields, &[]), add]);
        lake.open("t", &["t"]).await.unwrap();
        let Err(error) = lake.query("select c from t").await else {
            panic!("{words}: rows were shown")
        };
        assert_eq!(error.kind, Kind::Damaged, "{error}");
        assert!(error.detail.contains(words), "{error}");
        assert_eq!(error.subject, "http://lake.test/t/a.parquet");
    }
}

#[tokio::test]
async fn the_table_that_spark_widened_gives_its_rows() {
    let Some(corpora) = corpora() else { return };
    let host = Host::new(&corpora.join("delta-kernel-rs/kernel/tests/data"));
    let table = host.open("type-widening", None).await.unwrap();
    let (schema, batches) = host.rows(table).await.unwrap();
    let rows = concat_batches(&schema, &batches).unwrap();
    let shown = |row: usize| -> Vec<String> {
        let columns = rows.columns().iter();
        columns
            .map(|column| array_value_to_string(column, row).unwrap())
            .collect()
    };
    let mut shown = [shown(0), shown(1)];
    shown.sort_unstable();
    assert_eq!(rows.num_rows(), 2);
    assert_eq!(
        shown[0].join(" "),
        "1 2 3.4000000953674316 5.0 6.0 7.0 123.45 67.89000 1.0 2.0 3.0 4.0 2024-09-09T00:00:00"
    );
    assert_eq!(
        shown[1].join(" "),
        "9223372036854775807 9223372036854775807 1.234567890123 1.234567890123 1.234567890123 1.234567890123 \
         12345678901234.56 12345678901.23456 123.4 12345.6 1234567890.1 123456789012345678.9 \
         2024-09-09T12:34:56.123456"
    );
    // The old file's bound is spelled 3.4, below the value that it bounds.
    let (_, found) = host
        .query("select count(*) from it where float_double > 3.40000005")
        .await
        .unwrap();
    assert_eq!(array_value_to_string(found[0].column(0), 0).unwrap(), "1");
}
