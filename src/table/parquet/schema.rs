//! The Arrow schema of a file, and one schema for several files.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use datafusion::datasource::physical_plan::parquet::Int96Coercer;
use object_store::path::Path;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};

use super::{File, damaged};
use crate::error::{Error, Kind, Result};

/// INT96 holds nanoseconds of any year; only microseconds fit those years in 64 bits.
const INT96_UNIT: TimeUnit = TimeUnit::Microsecond;

fn reader_options() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Skip)
}

/// The schema in which a file's columns are read.
///
/// # Errors
/// `Damaged` when the footer's schema cannot be a table's.
pub(crate) fn arrow_schema(path: &Path, metadata: &Arc<ParquetMetaData>) -> Result<SchemaRef> {
    let reader = ArrowReaderMetadata::try_new(Arc::clone(metadata), reader_options());
    let reader = reader.map_err(|error| damaged(path, error))?;
    let schema = Arc::clone(reader.schema());
    let coerced = Int96Coercer::new(reader.parquet_schema(), &schema, &INT96_UNIT).coerce();
    Ok(coerced.map_or(schema, Arc::new))
}

/// All columns of all files, in the order of their first appearance; a column that some file
/// lacks may be NULL.
pub(super) fn merge(files: &[File]) -> Result<SchemaRef> {
    let mut merged: Vec<Field> = vec![];
    for (number, file) in files.iter().enumerate() {
        let absent = |field: &Field| file.schema.field_with_name(field.name()).is_err();
        merged = merged
            .into_iter()
            .map(|field| {
                if absent(&field) {
                    field.with_nullable(true)
                } else {
                    field
                }
            })
            .collect();
        for field in file.schema.fields() {
            match merged.iter_mut().find(|known| known.name() == field.name()) {
                Some(known) => *known = merge_field(known, field, files, file)?,
                None => merged.push(field.as_ref().clone().with_nullable(field.is_nullable() || number > 0)),
            }
        }
    }
    Ok(Arc::new(Schema::new(merged)))
}

fn merge_field(known: &Field, field: &FieldRef, files: &[File], file: &File) -> Result<Field> {
    let Some(data_type) = common_type(known.data_type(), field.data_type()) else {
        return Err(incompatible(known, field, files, file));
    };
    let nullable = known.is_nullable() || field.is_nullable();
    Ok(known.clone().with_data_type(data_type).with_nullable(nullable))
}

fn incompatible(known: &Field, field: &Field, files: &[File], file: &File) -> Error {
    let first = files
        .iter()
        .find(|other| other.schema.field_with_name(known.name()).is_ok())
        .unwrap_or(file);
    let detail = format!(
        "column \"{}\" is {} here but {} in {}; files of one table need types that go together",
        field.name(),
        field.data_type(),
        known.data_type(),
        first.location
    );
    Error::new(Kind::Unsupported, file.location.to_string(), detail)
}

/// The type that holds the values of both without loss.
fn common_type(one: &DataType, other: &DataType) -> Option<DataType> {
    use DataType::{Decimal128, Decimal256, Float32, Float64, List, Null, Struct};
    if one.is_signed_integer() && other.is_signed_integer() || one.is_unsigned_integer() && other.is_unsigned_integer()
    {
        return if one.primitive_width() >= other.primitive_width() {
            Some(one.clone())
        } else {
            Some(other.clone())
        };
    }
    match (one, other) {
        _ if one == other => Some(one.clone()),
        (Null, known) | (known, Null) => Some(known.clone()),
        (Float32, Float64) | (Float64, Float32) => Some(Float64),
        (Decimal128(p, s), Decimal128(q, t)) if s == t => Some(Decimal128(*p.max(q), *s)),
        (Decimal256(p, s), Decimal256(q, t)) if s == t => Some(Decimal256(*p.max(q), *s)),
        (List(one), List(other)) => Some(List(Arc::new(common_field(one, other)?))),
        (Struct(one), Struct(other)) => {
            let mut fields: Vec<Field> = vec![];
            for field in one {
                fields.push(match other.iter().find(|peer| peer.name() == field.name()) {
                    Some(peer) => common_field(field, peer)?,
                    None => field.as_ref().clone().with_nullable(true),
                });
            }
            let new = other
                .iter()
                .filter(|field| one.iter().all(|known| known.name() != field.name()));
            fields.extend(new.map(|field| field.as_ref().clone().with_nullable(true)));
            Some(Struct(fields.into()))
        }
        _ => None,
    }
}

fn common_field(one: &Field, other: &Field) -> Option<Field> {
    let data_type = common_type(one.data_type(), other.data_type())?;
    let nullable = one.is_nullable() || other.is_nullable();
    Some(one.clone().with_data_type(data_type).with_nullable(nullable))
}
