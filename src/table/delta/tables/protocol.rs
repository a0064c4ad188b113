//! What a table requires of readers and writers, a row a feature.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};

use super::{batch, columns};
use crate::error::Result;
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    columns(&[
        ("feature", DataType::Utf8),
        ("readers", DataType::Boolean),
        ("writers", DataType::Boolean),
        ("is_read", DataType::Boolean),
        ("required_by", DataType::Utf8),
    ])
}

pub(super) fn rows(table: &Table) -> Result<RecordBatch> {
    batch(&schema(), &table.features)
}
