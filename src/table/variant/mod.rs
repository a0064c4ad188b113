//! Variants: values of any shape in one column, as two binaries, with or without parts of them in columns of their own.
//!
//! Parquet format, "Variant Binary Encoding" and "Variant Shredding"; PROTOCOL.md of Delta, "Variant Data Type". Files
//! may shred them each in its own way. Here a variant is whole, in one type, which no other structure has.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, StructArray};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{cast, is_not_null, nullif};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;
use parquet::variant::{Variant, VariantArray, unshred_variant};

mod depth;
mod names;

/// Marks the first binary, so that the mark is a part of the type, and stays with it through every operator.
const MARK: &str = "limn.variant";

/// The names of the binaries (Parquet format, "Variant").
const METADATA: &str = "metadata";
const VALUE: &str = "value";

/// A null that is a variant ("Variant Binary Encoding", "Value encoding").
const NULL_VALUE: [u8; 1] = [0];

/// What Arrow calls a column of variants.
const EXTENSION_KEY: &str = "ARROW:extension:name";
const EXTENSION: &str = "arrow.parquet.variant";

/// The type of variants.
#[must_use]
pub fn data_type() -> DataType {
    DataType::Struct(fields())
}

fn fields() -> Fields {
    let mark = HashMap::from([(MARK.to_owned(), String::new())]);
    let metadata = Field::new(METADATA, DataType::Binary, false).with_metadata(mark);
    Fields::from(vec![metadata, Field::new(VALUE, DataType::Binary, true)])
}

/// Is it the type of variants?
#[must_use]
pub fn is_variant(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => fields.first().is_some_and(|field| field.metadata().contains_key(MARK)),
        _ => false,
    }
}

/// Is there a variant in values of this type?
#[must_use]
pub fn holds_variants(data_type: &DataType) -> bool {
    let holds = |field: &FieldRef| holds_variants(field.data_type());
    match data_type {
        variant if is_variant(variant) => true,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => holds(item),
        DataType::Struct(fields) => fields.iter().any(holds),
        _ => false,
    }
}

/// The columns of a file, those that are variants in the type of variants.
#[must_use]
pub fn with_variants(schema: &SchemaRef) -> SchemaRef {
    let is_one = |field: &FieldRef| {
        field
            .metadata()
            .get(EXTENSION_KEY)
            .is_some_and(|name| name == EXTENSION)
    };
    if !schema.fields().iter().any(is_one) {
        return Arc::clone(schema);
    }
    let columns = schema.fields().iter().map(|field| {
        if is_one(field) {
            Arc::new(Field::new(field.name(), data_type(), field.is_nullable()))
        } else {
            Arc::clone(field)
        }
    });
    Arc::new(Schema::new_with_metadata(
        columns.collect::<Fields>(),
        schema.metadata().clone(),
    ))
}

/// Variants as a file has them, each put together and checked.
///
/// # Errors
/// When one breaks the rules of its encoding or of its shredding, or is nested too deep.
pub fn assemble(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let present = with_names(present(array)?.as_struct())?;
    let whole = unshred_variant(&VariantArray::try_new(&present)?)?;
    let metadata = cast(whole.metadata_column(), &DataType::Binary)?;
    // "Variant Shredding": what has neither a value nor a part in a column of its own is null, other than NULL.
    let null = BinaryArray::new_scalar(NULL_VALUE);
    let value = cast(whole.value_column(), &DataType::Binary)?;
    let value = zip(&is_not_null(&value)?, &value, &null)?;
    let (heads, bodies) = (metadata.as_binary::<i32>(), value.as_binary::<i32>());
    for row in (0..array.len()).filter(|row| whole.is_valid(*row)) {
        checked(heads.value(row), bodies.value(row))?;
    }
    let nulls = whole.nulls().cloned();
    Ok(Arc::new(StructArray::try_new(fields(), vec![metadata, value], nulls)?))
}

/// A variant from its two binaries, all of it checked.
///
/// # Errors
/// When it breaks the rules of its encoding, or is nested too deep.
pub fn checked<'m, 'v>(metadata: &'m [u8], value: &'v [u8]) -> Result<Variant<'m, 'v>, ArrowError> {
    if !depth::is_shallow(value) {
        return Err(malformed("it is nested too deep, or tells a time that no calendar has"));
    }
    Variant::try_new(metadata, value)
}

/// What a file has, with NULL where nothing of a variant is there: some writers make NULLs so.
fn present(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let parts = array.as_struct_opt().ok_or_else(|| malformed("it is no structure"))?;
    let metadata = parts
        .column_by_name(METADATA)
        .ok_or_else(|| malformed("it has no metadata"))?;
    let rest: Vec<&ArrayRef> = [VALUE, "typed_value"]
        .iter()
        .filter_map(|name| parts.column_by_name(name))
        .collect();
    let is_empty = |row: usize| metadata.is_null(row) && rest.iter().all(|part| part.is_null(row));
    let empty: BooleanArray = (0..parts.len()).map(|row| Some(is_empty(row))).collect();
    let present = nullif(parts, &empty)?;
    if (0..parts.len()).any(|row| present.is_valid(row) && metadata.is_null(row)) {
        return Err(malformed("it has no metadata in some row"));
    }
    Ok(present)
}

/// The same with all names in the dictionaries that putting together needs.
fn with_names(parts: &StructArray) -> Result<StructArray, ArrowError> {
    let Some(typed) = parts.column_by_name("typed_value") else {
        return Ok(parts.clone());
    };
    let names = names::of_columns(typed.data_type());
    let (mut columns, mut fields) = (vec![], vec![]);
    for (field, column) in parts.fields().iter().zip(parts.columns()) {
        let column = if field.name() == METADATA && !names.is_empty() {
            let dictionaries = cast(column, &DataType::Binary)?;
            Arc::new(names::added(dictionaries.as_binary(), &names, |row| {
                parts.is_null(row)
            })?)
        } else {
            Arc::clone(column)
        };
        fields.push(field.as_ref().clone().with_data_type(column.data_type().clone()));
        columns.push(column);
    }
    StructArray::try_new(fields.into(), columns, parts.nulls().cloned())
}

fn malformed(detail: &str) -> ArrowError {
    ArrowError::InvalidArgumentError(detail.to_owned())
}
