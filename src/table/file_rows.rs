//! The live files of a table as rows (`limn_files`): no file of data is fetched for them.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Int64Array, RecordBatch, RecordBatchOptions, StringArray, StructArray,
    TimestampMillisecondArray, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

use crate::error::{Error, Kind, Result};
use crate::table::Table;

/// Which of a file's statistics.
type Pick = fn(&Table, &str) -> Option<ArrayRef>;

const STATISTICS: [(&str, Pick); 3] = [
    ("min", |table, column| table.files.statistics().min(column)),
    ("max", |table, column| table.files.statistics().max(column)),
    ("null_count", |table, column| {
        table.files.statistics().null_count(column)
    }),
];

/// The columns for `table`: those that every file has, then one structure each of partition values and of statistics,
/// where there can be some.
pub fn schema(table: &Table) -> SchemaRef {
    let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let mut fields = vec![
        Field::new("path", DataType::Utf8, false),
        Field::new("size_bytes", DataType::Int64, true),
        Field::new("modified", time, true),
        Field::new("rows", DataType::Int64, true),
        Field::new("deleted_rows", DataType::Int64, false),
    ];
    let structures = [("partition_values", partition_fields(table))]
        .into_iter()
        .chain(STATISTICS.map(|(name, _)| (name, statistics_fields(table, name))));
    for (name, columns) in structures.filter(|(_, columns)| !columns.is_empty()) {
        fields.push(Field::new(name, DataType::Struct(columns), false));
    }
    Arc::new(Schema::new(fields))
}

fn partition_fields(table: &Table) -> Fields {
    let field = |name: &String| table.schema.field_with_name(name).ok();
    let fields = table.partition_columns.iter().filter_map(field);
    fields.map(|field| plain(field, field.data_type().clone())).collect()
}

/// Columns that can have bounds; counts of NULLs are there for the same ones.
fn statistics_fields(table: &Table, statistics: &str) -> Fields {
    let has_bounds = |field: &&Arc<Field>| {
        !field.data_type().is_nested()
            && *field.data_type() != DataType::Binary
            && !table.partition_columns.contains(field.name())
    };
    if table.files.statistics().rows().is_none() {
        return Fields::empty();
    }
    let fields = table.schema.fields().iter().filter(has_bounds);
    let data_type = |field: &Field| match statistics {
        "null_count" => DataType::Int64,
        _ => field.data_type().clone(),
    };
    fields.map(|field| plain(field, data_type(field))).collect()
}

fn plain(field: &Field, data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new(field.name(), data_type, true))
}

/// One row a live file, in the columns of `wanted`: statistics are parsed for those only.
///
/// # Errors
/// `Bug` when the file list contradicts itself.
pub fn rows(table: &Table, wanted: &SchemaRef) -> Result<RecordBatch> {
    let columns = wanted.fields().iter().map(|field| column(table, field));
    let columns = columns.collect::<std::result::Result<Vec<_>, _>>().map_err(bug)?;
    let options = RecordBatchOptions::new().with_row_count(Some(table.files.len()));
    RecordBatch::try_new_with_options(Arc::clone(wanted), columns, &options).map_err(bug)
}

fn column(table: &Table, field: &Field) -> std::result::Result<ArrayRef, arrow::error::ArrowError> {
    let files = &table.files;
    let all = 0..files.len();
    let signed = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
    let statistics = STATISTICS.iter().find(|(name, _)| name == field.name());
    if let (Some((_, pick)), DataType::Struct(columns)) = (statistics, field.data_type()) {
        let known = |column: &Field| Ok(pick(table, column.name()).map(|values| as_logged(&values)));
        return structure(columns, known, files.len());
    }
    Ok(match (field.name().as_str(), field.data_type()) {
        ("path", _) => Arc::new(files.paths()),
        ("size_bytes", _) => Arc::new(all.map(|file| signed(files.size_bytes(file))).collect::<Int64Array>()),
        ("modified", _) => {
            let times = all.map(|file| files.modified_millis(file));
            Arc::new(times.collect::<TimestampMillisecondArray>().with_timezone("UTC"))
        }
        ("rows", _) => Arc::new(all.map(|file| signed(files.num_records(file))).collect::<Int64Array>()),
        ("deleted_rows", _) => Arc::new(
            all.map(|file| signed(Some(files.deleted_count(file))))
                .collect::<Int64Array>(),
        ),
        (_, DataType::Struct(columns)) => {
            let position = |name: &str| table.partition_columns.iter().position(|column| column == name);
            let values = |column: &Field| {
                Ok(position(column.name())
                    .and_then(|at| files.partition_column(at))
                    .cloned())
            };
            structure(columns, values, files.len())?
        }
        (_, data_type) => new_null_array(data_type, files.len()),
    })
}

/// Texts as the log has them: upper bounds end in the largest character, because writers may cut texts off.
fn as_logged(values: &ArrayRef) -> ArrayRef {
    match values.as_string_opt::<i32>() {
        None => Arc::clone(values),
        Some(texts) => {
            let texts = texts
                .iter()
                .map(|text| text.map(|text| text.trim_end_matches(char::MAX)));
            Arc::new(texts.collect::<StringArray>())
        }
    }
}

fn structure(
    columns: &Fields,
    values: impl Fn(&Field) -> std::result::Result<Option<ArrayRef>, arrow::error::ArrowError>,
    files: usize,
) -> std::result::Result<ArrayRef, arrow::error::ArrowError> {
    let arrays = columns.iter().map(|column| match values(column)? {
        Some(array) => cast(&array, column.data_type()),
        None => Ok(new_null_array(column.data_type(), files)),
    });
    let arrays = arrays.collect::<std::result::Result<Vec<_>, _>>()?;
    Ok(Arc::new(StructArray::try_new(columns.clone(), arrays, None)?))
}

fn bug(cause: arrow::error::ArrowError) -> Error {
    Error::new(Kind::Bug, "live files", cause.to_string()).with_source(cause)
}
