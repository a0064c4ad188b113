//! Variants: those of parquet-testing, shredded in every way, and those of Spark's tables.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Int64Array, RecordBatch, StructArray};
use arrow::datatypes::{Field, Schema};
use limn::error::Kind;
use limn::query::values::Values;
use parquet::arrow::ArrowWriter;
use parquet::variant::Variant;
use serde::Deserialize;

use crate::corpora::{corpora, unpack};
use crate::relations::Lake;

#[derive(Deserialize)]
struct Case {
    parquet_file: Option<String>,
    variant_file: Option<String>,
    variant_files: Option<Vec<Option<String>>>,
    error_message: Option<String>,
}

/// Objects of which a field is told twice, where other readers take one of the two.
const REFUSED: [&str; 2] = ["case-043-INVALID.parquet", "case-125-INVALID.parquet"];

#[tokio::test]
async fn shredded_variants_are_put_together() {
    let Some(corpora) = corpora() else { return };
    let folder = corpora.join("parquet-testing/shredded_variant");
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(folder.join("cases.json")).unwrap()).unwrap();
    let lake = Lake::over(&folder);
    let mut faults = vec![];
    let mut count = 0;
    for case in cases {
        let Some(file) = &case.parquet_file else { continue };
        lake.open("t", file, None).await;
        count += 1;
        let outcome = lake.ask("select var from t").await;
        if case.error_message.is_some() || REFUSED.contains(&file.as_str()) {
            match outcome {
                Err(error) if matches!(error.kind, Kind::Damaged | Kind::Unsupported) => {}
                other => faults.push(format!("{file}: {:?} and not {:?}", other, case.error_message)),
            }
            continue;
        }
        let rows = match outcome {
            Ok(rows) => rows,
            Err(error) => {
                faults.push(format!("{file}: {error}"));
                continue;
            }
        };
        let names = case.variant_files.unwrap_or_else(|| vec![case.variant_file]);
        let expected: Vec<_> = names
            .iter()
            .map(|name| name.as_ref().map(|name| std::fs::read(folder.join(name)).unwrap()))
            .collect();
        faults.extend(difference(&rows, &expected).map(|difference| format!("{file}: {difference}")));
    }
    assert!(count > 130 && faults.is_empty(), "{count} files\n{}", faults.join("\n"));
}

fn difference(rows: &[RecordBatch], expected: &[Option<Vec<u8>>]) -> Option<String> {
    let [rows] = rows else {
        return Some(format!("{} batches", rows.len()));
    };
    if rows.num_rows() != expected.len() {
        return Some(format!("{} rows", rows.num_rows()));
    }
    let variants = rows.column(0).as_struct();
    let part = |at: usize, row: usize| variants.column(at).as_binary::<i32>().value(row);
    expected.iter().enumerate().find_map(|(row, expected)| {
        let Some(expected) = expected else {
            return variants.is_valid(row).then(|| format!("row {row} is not NULL"));
        };
        let (metadata, value) = expected.split_at(metadata_length(expected));
        let (ours, theirs) = (
            Variant::try_new(part(0, row), part(1, row)),
            Variant::try_new(metadata, value).unwrap(),
        );
        (ours.as_ref().ok() != Some(&theirs)).then(|| format!("row {row}: {ours:?} and not {theirs:?}"))
    })
}

/// The bytes of a variant's metadata (Parquet format, "Variant Binary Encoding", "Metadata encoding").
fn metadata_length(variant: &[u8]) -> usize {
    let width = usize::from(variant[0] >> 6) + 1;
    let number = |at: usize| {
        let bytes = variant[1 + at * width..][..width].iter().rev();
        bytes.fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    let strings = number(0);
    1 + width * (strings + 2) + number(strings + 1)
}

fn spark_table() -> Option<PathBuf> {
    let archive = corpora()?.join("delta-kernel-rs/kernel/tests/data/unshredded-variant.tar.zst");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("variants");
    unpack(&archive, &folder);
    Some(folder)
}

#[tokio::test]
async fn variants_are_shown_as_json_wherever_they_are() {
    let Some(folder) = spark_table() else { return };
    let lake = Lake::over(&folder);
    lake.open("t", "unshredded-variant", None).await;
    let rows = lake
        .rows("select count(*), count(v), min(id), max(id), count(distinct variant_get(v, '$.key', 'bigint')) from t")
        .await;
    assert_eq!(rows, ["102|102|0|99|100"]);
    let sql = "select array_of_variants, struct_of_variants, map_of_variants, array_of_struct_of_variants from t where id = 7";
    let nested = lake.ask(sql).await.unwrap().remove(0);
    let one = r#"{"key": 7}"#;
    let expected = format!(
        r#"[{one}, null, {one}, null, {one}]|{{"v": {one}}}|{{"7": {one}, "nullKey": null}}|[{{"v": {one}}}, {{"v": null}}, null, {{"v": {one}}}, null, {{"v": {one}}}]"#
    );
    let shown = nested
        .columns()
        .iter()
        .map(|column| Values::new(column).unwrap().get(0).text().unwrap());
    assert_eq!(shown.collect::<Vec<_>>().join("|"), expected);
    let wrong = "select count(*) from t where variant_get(v, '$.key', 'bigint') <> id or v is null \
                 or variant_to_json(v) <> concat('{\"key\":', id, '}')";
    assert_eq!(lake.rows(wrong).await, ["0"]);
}

#[tokio::test]
async fn parts_are_reached_by_paths_and_types() {
    let lake = Lake::with("variants").await;
    for (expression, expected) in [
        ("variant_get(v, '$.a', 'int')", "1"),
        ("variant_get(v, '$.b.c[1]', 'string')", "two"),
        ("variant_get(v, '$.b.c[0]', 'string')", "1"),
        ("variant_get(v, '$.b.c[9]', 'int')", ""),
        ("variant_get(v, '$.b.c[2]', 'int')", ""),
        ("is_variant_null(variant_get(v, '$.b.c[2]'))", "true"),
        ("is_variant_null(variant_get(v, '$.x'))", "false"),
        ("variant_get(v, '$.b', 'string')", "{\"c\": [1, \"two\", null, true]}"),
        ("variant_get(v, '$.z', 'double')", "-5.0"),
        ("variant_get(v, '$.b.c[3]', 'boolean')", "true"),
        ("try_variant_get(v, '$.b.c[1]', 'int')", ""),
        ("variant_get(v, '$.z', 'decimal(5,2)')", "-5.00"),
        ("try_variant_get(v, '$.b', 'decimal(5,2)')", ""),
        ("arrow_typeof(variant_get(v, '$.a', 'bigint'))", "Int64"),
    ] {
        let rows = lake.rows(&format!("select {expression} from t where id = 0")).await;
        assert_eq!(rows, [expected], "{expression}");
    }
    assert_eq!(
        lake.rows("select variant_get(v, '$[1].a', 'int') from t where id = 7")
            .await,
        ["3"]
    );
    let wide =
        "select try_variant_get(v, '$', 'decimal(5,2)'), variant_get(v, '$', 'decimal(20,2)') from t where id = 5";
    assert_eq!(lake.rows(wide).await, ["|12345678901.00"]);
    let sum = "select sum(try_variant_get(v, '$', 'double')) from t";
    assert_eq!(lake.rows(sum).await, ["12345678901.5"]);
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let lake = Lake::with("variants").await;
    for sql in [
        "select distinct v from t",
        "select v, count(*) from t group by v",
        "select id from t order by v",
        "select count(distinct v) from t",
        "select min(v) from t",
        "select a.id from t a join t b on a.v = b.v",
        "select id from t where v = v",
        "select v from t union select v from t",
        "select row_number() over (partition by v) from t",
        "select id from t where v in (select v from t)",
        "select case v when v then 1 end from t",
        "select max(v) over () from t",
        "select count(distinct v) over () from t",
        "select count(*) from t group by rollup(v)",
        "select count(*) from t group by grouping sets ((id), (v))",
        "select distinct on (id) id, v from t order by id, v",
        "select nullif(v, v) from t",
        "select greatest(v, v) from t",
        "select array_distinct(array_agg(v)) from t",
        "select array_has(array_agg(v), first_value(v)) from t",
        "select id from t where v is distinct from v",
        "select id from t where struct(v, id) = struct(v, id)",
        "with recursive r as (select v from t union select v from r) select * from r",
    ] {
        let error = lake.error(sql).await;
        assert!(
            error.kind == Kind::Sql && error.detail.contains("variant_get"),
            "{sql}: {error:?}"
        );
    }
    for sql in [
        "select variant_get(v, '$.b.c[1]', 'int') from t where id = 0",
        "select variant_get(id, '$') from t",
        "select variant_get(v, '$.a', 'poem') from t",
        "select variant_get(v, '$[') from t",
        "select variant_get(v, '$', 'decimal(5,2)') from t where id = 5",
    ] {
        assert_eq!(lake.error(sql).await.kind, Kind::Sql, "{sql}");
    }
    let kept = "select count(v), count(a), count(f) from (select array_agg(v) a, first_value(v) f, max(id) v from t)";
    assert_eq!(lake.rows(kept).await, ["1|1|1"]);
    assert_eq!(
        lake.rows("select v from t where id = 1 union all select v from t where id = 2")
            .await
            .len(),
        2
    );
}

/// Files that a hostile or careless writer may make.
/// A file with one row, a variant of these parts.
fn write_variants(path: &Path, parts: Vec<(&str, ArrayRef)>) {
    let fields: Vec<_> = parts
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays = parts.into_iter().map(|(_, array)| array).collect();
    let variants = StructArray::new(fields.into(), arrays, None);
    let mark = HashMap::from([("ARROW:extension:name".to_owned(), "arrow.parquet.variant".to_owned())]);
    let field = Field::new("v", variants.data_type().clone(), true).with_metadata(mark);
    let rows = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![Arc::new(variants)]).unwrap();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path).unwrap(), rows.schema(), None).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
}

#[tokio::test]
async fn files_of_odd_variants_are_errors_and_no_end_of_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::over(folder.path());
    let binary = |bytes: Option<&[u8]>| Arc::new(BinaryArray::from(vec![bytes])) as ArrayRef;
    let number = |number: Option<i64>| Arc::new(Int64Array::from(vec![number])) as ArrayRef;
    let empty: &[u8] = &[1, 0, 0];
    // An object of which the field `a` has columns.
    let object = |a: Option<i64>| {
        let field = |name: &str, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
        let (value, typed) = (binary(None), number(a));
        let parts = StructArray::from(vec![
            (field("value", &value), value),
            (field("typed_value", &typed), typed),
        ]);
        let parts = Arc::new(parts) as ArrayRef;
        Arc::new(StructArray::from(vec![(field("a", &parts), parts)])) as ArrayRef
    };
    let mut deep = vec![0];
    for _ in 0..20_000 {
        let end = u32::try_from(deep.len()).unwrap().to_le_bytes();
        deep = [&[3 | 3 << 2, 1, 0, 0, 0, 0], &end[..], &deep].concat();
    }
    let beyond = [&[12 << 2], &i64::MAX.to_le_bytes()[..]].concat();
    for (name, parts, expected) in [
        (
            "nothing",
            vec![("metadata", binary(None)), ("typed_value", number(None))],
            Ok(""),
        ),
        (
            "nothing-at-all",
            vec![("metadata", binary(None)), ("value", binary(None))],
            Ok(""),
        ),
        (
            "null",
            vec![("metadata", binary(Some(empty))), ("value", binary(None))],
            Ok("null"),
        ),
        (
            "typed",
            vec![("metadata", binary(Some(empty))), ("typed_value", number(Some(7)))],
            Ok("7"),
        ),
        (
            "forgotten-name",
            vec![
                ("metadata", binary(Some(empty))),
                ("value", binary(None)),
                ("typed_value", object(Some(7))),
            ],
            Ok(r#"{"a":7}"#),
        ),
        (
            "no-name",
            vec![
                ("metadata", binary(Some(empty))),
                ("value", binary(None)),
                ("typed_value", object(None)),
            ],
            Ok("{}"),
        ),
        (
            "no-metadata",
            vec![("metadata", binary(None)), ("typed_value", number(Some(7)))],
            Err(Kind::Damaged),
        ),
        (
            "deep",
            vec![("metadata", binary(Some(empty))), ("value", binary(Some(&deep)))],
            Err(Kind::Damaged),
        ),
        (
            "beyond-calendars",
            vec![("metadata", binary(Some(empty))), ("value", binary(Some(&beyond)))],
            Err(Kind::Damaged),
        ),
        (
            "cut",
            vec![("metadata", binary(Some(&empty[..2]))), ("value", binary(Some(&[0])))],
            Err(Kind::Damaged),
        ),
    ] {
        write_variants(&folder.path().join(format!("{name}.parquet")), parts);
        lake.open("t", &format!("{name}.parquet"), None).await;
        let outcome = lake.ask("select variant_to_json(v) from t").await;
        let seen = outcome
            .map(|rows| crate::lake::lines(&rows).concat())
            .map_err(|error| error.kind);
        assert_eq!(seen, expected.map(str::to_owned), "{name}");
    }
}
