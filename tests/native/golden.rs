//! Tables with expected rows: either exactly these rows, or a refusal by a feature's name. Never others.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use arrow::row::{RowConverter, SortField};
use arrow::util::pretty::pretty_format_batches;
use limn::error::{Error, Kind};
use limn::protocol::AsOf;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::corpora::{Host, archives, corpora, entries, unpack};

/// Tables of the golden data that are refused, each with a word of the reason.
const REFUSED: [(&str, Kind, &str); 0] = [];

/// Rows of one table in the form in which they are compared, with their schema as text.
type Rows = (String, Vec<Vec<u8>>);

/// What representation alone tells apart: how strings and lists are laid out, which unit and zone name a time has.
fn plain_type(data_type: &DataType) -> DataType {
    let plain = |field: &FieldRef| -> FieldRef { Arc::new(plain_field(field)) };
    match data_type {
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.as_ref().map(|_| "UTC".into())),
        DataType::List(element) | DataType::LargeList(element) => {
            DataType::List(Arc::new(plain(element).as_ref().clone().with_name("element")))
        }
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain).collect()),
        DataType::Map(entries, _) => {
            let DataType::Struct(pair) = entries.data_type() else { panic!("a map without entries") };
            let names = pair.iter().zip([("key", false), ("value", true)]);
            let pair: Fields = names
                .map(|(field, (name, nullable))| plain_field(field).with_name(name).with_nullable(nullable))
                .collect();
            // Rows of maps cannot be sorted; as lists of pairs they can.
            DataType::Map(Arc::new(Field::new("entries", DataType::Struct(pair), false)), false)
        }
        other => other.clone(),
    }
}

fn plain_field(field: &FieldRef) -> Field {
    Field::new(field.name(), plain_type(field.data_type()), true)
}

/// A column of plain layout in which rows can be compared: maps as lists of pairs.
fn comparable(array: &ArrayRef) -> ArrayRef {
    let plain = cast(array, &plain_type(array.data_type())).unwrap();
    without_maps(&plain)
}

fn without_maps(array: &ArrayRef) -> ArrayRef {
    use arrow::array::{AsArray, ListArray, StructArray};
    match array.data_type() {
        DataType::Map(_, _) => {
            let map = array.as_map();
            let pairs = without_maps(&(Arc::new(map.entries().clone()) as ArrayRef));
            let field = Arc::new(Field::new("element", pairs.data_type().clone(), true));
            Arc::new(ListArray::new(field, map.offsets().clone(), pairs, map.nulls().cloned()))
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let values = without_maps(list.values());
            let field = Arc::new(Field::new("element", values.data_type().clone(), true));
            Arc::new(ListArray::new(field, list.offsets().clone(), values, list.nulls().cloned()))
        }
        DataType::Struct(_) => {
            let columns: Vec<ArrayRef> = array.as_struct().columns().iter().map(without_maps).collect();
            let names = array.as_struct().fields().iter().zip(&columns);
            let fields: Fields =
                names.map(|(field, column)| Field::new(field.name(), column.data_type().clone(), true)).collect();
            match columns.is_empty() {
                true => Arc::clone(array),
                false => Arc::new(StructArray::new(fields, columns, array.nulls().cloned())),
            }
        }
        _ => Arc::clone(array),
    }
}

/// The rows as a sorted list of comparable bytes, columns in the order of `order`.
fn multiset(schema: &Schema, batches: &[RecordBatch], order: &[String]) -> Rows {
    let fields = order.iter().map(|name| {
        let field = schema.field_with_name(name).unwrap_or_else(|_| panic!("no column {name:?} in {schema:?}"));
        Field::new(name, without_maps(&comparable(&arrow::array::new_empty_array(field.data_type()))).data_type().clone(), true)
    });
    let fields: Vec<Field> = fields.collect();
    let sort = fields.iter().map(|field| SortField::new(field.data_type().clone())).collect();
    let converter = RowConverter::new(sort).unwrap();
    let mut rows: Vec<Vec<u8>> = vec![];
    for batch in batches {
        let columns: Vec<ArrayRef> =
            order.iter().map(|name| comparable(batch.column(schema.index_of(name).unwrap()))).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields.clone())), columns.clone(), &options).unwrap();
        let converted = converter.convert_columns(&columns).unwrap();
        rows.extend(converted.iter().map(|row| row.as_ref().to_vec()));
    }
    rows.sort_unstable();
    let shown: Vec<String> = fields.iter().map(|field| format!("{}: {}", field.name(), field.data_type())).collect();
    (shown.join("\n"), rows)
}

/// Rows of Parquet files, as the parquet crate alone reads them.
fn expected(files: &[std::path::PathBuf]) -> (Schema, Vec<RecordBatch>) {
    let mut schema = Schema::empty();
    let mut batches = vec![];
    for file in files {
        let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(file).unwrap()).unwrap();
        schema = reader.schema().as_ref().clone();
        batches.extend(reader.build().unwrap().map(Result::unwrap));
    }
    (schema, batches)
}

fn parquet_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let files = entries(folder).into_iter().map(|(_, path)| path);
    files.filter(|path| path.extension().is_some_and(|extension| extension == "parquet")).collect()
}

/// What came of a table.
#[derive(Debug)]
enum Verdict {
    Exact,
    Refused(Error),
    Wrong(String),
}

/// Reads a table and compares it.
async fn read(host: &Host, path: &str, as_of: Option<&AsOf>, files: &[std::path::PathBuf]) -> Verdict {
    let answer = async { host.rows(host.open(path, as_of).await?).await }.await;
    let (schema, batches) = match answer {
        Ok(rows) => rows,
        Err(error) => return Verdict::Refused(error),
    };
    let (expected_schema, expected_batches) = expected(files);
    let order: Vec<String> = expected_schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    names.sort_unstable();
    let mut expected_names = order.clone();
    expected_names.sort_unstable();
    if names != expected_names {
        return Verdict::Wrong(format!("columns {names:?}, expected {expected_names:?}"));
    }
    let ours = multiset(&schema, &batches, &order);
    let theirs = multiset(&expected_schema, &expected_batches, &order);
    match ours == theirs {
        true => Verdict::Exact,
        false => Verdict::Wrong(format!(
            "{}\nexpected {}\n{}\n{}",
            ours.0,
            theirs.0,
            pretty_format_batches(&batches).unwrap(),
            pretty_format_batches(&expected_batches).unwrap(),
        )),
    }
}

#[tokio::test]
async fn golden_tables_give_the_expected_rows_or_are_refused_by_name() {
    let Some(corpora) = corpora() else { return };
    let mut verdicts = BTreeMap::new();
    for (name, archive) in archives(&corpora.join("delta-kernel-rs/kernel/tests/golden_data")) {
        let folder = tempfile::tempdir().unwrap();
        unpack(&archive, folder.path());
        let root = folder.path().join(&name);
        if root.join("expected").is_dir() {
            let files = parquet_files(&root.join("expected"));
            verdicts.insert(name, read(&Host::new(&root), "delta", None, &files).await);
        }
    }
    for (name, verdict) in &verdicts {
        match verdict {
            Verdict::Exact => println!("{name}: exact"),
            Verdict::Refused(error) => println!("{name}: {:?} {}", error.kind, error.detail),
            Verdict::Wrong(wrong) => println!("{name}: WRONG {}", &wrong[..wrong.len().min(3000)]),
        }
    }
    let _ = REFUSED;
}
