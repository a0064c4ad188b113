//! Rows of a checkpoint as files (PROTOCOL.md, "Checkpoint Schema").

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, Int64Array, PrimitiveArray, RecordBatch, StringArray, StructArray,
    UInt64Array,
};
use arrow::compute::{cast, filter_record_batch, is_not_null};
use arrow::datatypes::{DataType, Int32Type, Int64Type, UInt64Type};
use arrow::error::ArrowError;

use crate::error::{Error, Kind, Result};
use crate::http::Location;
use crate::table::delta::action::DeletionVector;
use crate::table::delta::batch::{FileBatch, FileColumns, text};
use crate::table::delta::paths;
use crate::table::delta::vector::{VectorBuilder, VectorColumns};

/// The rows in which a column of actions is filled, with that column only; `None` when there is none.
pub fn rows_with(batch: &RecordBatch, name: &str) -> std::result::Result<Option<RecordBatch>, ArrowError> {
    let Ok(index) = batch.schema_ref().index_of(name) else {
        return Ok(None);
    };
    let column = batch.project(&[index])?;
    let rows = filter_record_batch(&column, &is_not_null(column.column(0))?)?;
    Ok(Some(rows).filter(|rows| rows.num_rows() > 0))
}

/// The files of a batch of `add` actions.
pub fn file_batch(location: &Location, add: &StructArray) -> Result<FileBatch> {
    let raw = required_text(location, add, "path")?;
    let path = if raw.iter().flatten().all(paths::is_normal) {
        raw
    } else {
        StringArray::from_iter_values(raw.iter().map(|path| paths::normal(path.unwrap_or_default())))
    };
    let size: UInt64Array = integers(location, add, "size", &DataType::UInt64)?
        .as_primitive::<UInt64Type>()
        .clone();
    if size.null_count() > 0 {
        return Err(damaged(location, "an add action has no size, or a negative one"));
    }
    let partition_values = add
        .column_by_name("partitionValues")
        .and_then(|values| values.as_map_opt());
    let Some(partition_values) = partition_values else {
        return Err(damaged(
            location,
            "the column add.partitionValues is missing, or no map",
        ));
    };
    FileBatch::new(FileColumns {
        path,
        size,
        modified: modified(location, add)?,
        partition_values: partition_values.clone(),
        stats: optional_text(add, "stats")?,
        deletion_vector: deletion_vectors(location, add)?,
        base_row_id: known_integers(location, add, "baseRowId")?,
        default_row_commit_version: known_integers(location, add, "defaultRowCommitVersion")?,
        stats_parsed: add
            .column_by_name("stats_parsed")
            .and_then(|parsed| parsed.as_struct_opt())
            .cloned(),
    })
}

fn modified(location: &Location, add: &StructArray) -> Result<Int64Array> {
    if add.column_by_name("modificationTime").is_none() {
        return Ok(Int64Array::new_null(add.len()));
    }
    Ok(integers(location, add, "modificationTime", &DataType::Int64)?
        .as_primitive::<Int64Type>()
        .clone())
}

fn integers(location: &Location, parent: &StructArray, name: &str, data_type: &DataType) -> Result<ArrayRef> {
    let column = parent
        .column_by_name(name)
        .filter(|column| column.data_type().is_integer());
    let Some(column) = column else {
        return Err(damaged(
            location,
            &format!("the column add.{name} is missing, or no integer"),
        ));
    };
    cast(column, data_type).map_err(|cause| arrow_error(location, &cause))
}

fn required_text(location: &Location, parent: &StructArray, name: &str) -> Result<StringArray> {
    let strings = parent.column_by_name(name).map(text).transpose()?;
    strings
        .filter(|strings| strings.null_count() == 0)
        .ok_or_else(|| damaged(location, &format!("a row has no {name}")))
}

fn optional_text(parent: &StructArray, name: &str) -> Result<StringArray> {
    let strings = parent.column_by_name(name).map(text).transpose()?;
    Ok(strings.unwrap_or_else(|| StringArray::new_null(parent.len())))
}

/// The descriptors of deletion vectors, NULL where there is none.
fn deletion_vectors(location: &Location, add: &StructArray) -> Result<VectorColumns> {
    let Some(vectors) = add
        .column_by_name("deletionVector")
        .and_then(|vectors| vectors.as_struct_opt())
    else {
        return Ok(VectorColumns::none(add.len()));
    };
    let storage = optional_text(vectors, "storageType")?;
    let content = optional_text(vectors, "pathOrInlineDv")?;
    let offset = optional_integers::<Int32Type>(location, vectors, "offset")?;
    let size = optional_integers::<Int32Type>(location, vectors, "sizeInBytes")?;
    let cardinality = optional_integers::<Int64Type>(location, vectors, "cardinality")?;
    let mut builder = VectorBuilder::default();
    for file in 0..add.len() {
        if vectors.is_null(file) || storage.is_null(file) {
            builder.push(None);
        } else if content.is_null(file) {
            return Err(damaged(location, "a deletion vector has no path"));
        } else {
            builder.push(Some(&DeletionVector {
                storage_type: storage.value(file).to_owned(),
                path_or_inline_dv: content.value(file).to_owned(),
                offset: offset.is_valid(file).then(|| offset.value(file)),
                size_in_bytes: if size.is_valid(file) { size.value(file) } else { -1 },
                cardinality: if cardinality.is_valid(file) {
                    cardinality.value(file)
                } else {
                    -1
                },
            }));
        }
    }
    Ok(builder.finish())
}

/// Integers of a struct's field, when it has one.
fn known_integers(location: &Location, parent: &StructArray, name: &str) -> Result<Option<Int64Array>> {
    match parent.column_by_name(name) {
        Some(_) => optional_integers::<Int64Type>(location, parent, name).map(Some),
        None => Ok(None),
    }
}

/// Integers of a struct's field, NULL where it is missing.
fn optional_integers<T: ArrowPrimitiveType>(
    location: &Location,
    parent: &StructArray,
    name: &str,
) -> Result<PrimitiveArray<T>> {
    let Some(column) = parent.column_by_name(name) else {
        return Ok(PrimitiveArray::new_null(parent.len()));
    };
    let column = cast(column, &T::DATA_TYPE).map_err(|cause| arrow_error(location, &cause))?;
    Ok(column.as_primitive::<T>().clone())
}

/// An error about a checkpoint that breaks its format's rules.
pub fn damaged(location: &Location, detail: &str) -> Error {
    Error::new(
        Kind::Damaged,
        location.without_query(),
        format!("the checkpoint cannot be read: {detail}"),
    )
}

/// What arrow says of a checkpoint's rows.
pub fn arrow_error(location: &Location, cause: &ArrowError) -> Error {
    damaged(location, &cause.to_string())
}
