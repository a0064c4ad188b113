//! What footers know about the values in each file.

use arrow::array::{Array, ArrayRef, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::scalar::ScalarValue;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;

use super::File;
use crate::table::files::FileStatistics;

/// Bounds and counts of whole files, gathered from their row groups when they are asked for.
#[derive(Debug)]
pub(super) struct FooterStatistics {
    files: Vec<File>,
    schema: SchemaRef,
}

impl FooterStatistics {
    pub(super) fn new(files: Vec<File>, schema: SchemaRef) -> Self {
        Self { files, schema }
    }

    /// One value a file, NULL where `find` finds none.
    fn column(
        &self,
        column: &str,
        find: impl Fn(&StatisticsConverter<'_>, &File) -> Option<ScalarValue>,
    ) -> Option<ArrayRef> {
        let wanted = self.schema.field_with_name(column).ok()?.data_type();
        let values = self.files.iter().map(|file| {
            let parquet = file.metadata.file_metadata().schema_descr();
            let converter = StatisticsConverter::try_new(column, &file.schema, parquet).ok();
            let found = converter.and_then(|converter| find(&converter, file));
            found.and_then(|value| value.cast_to(wanted).ok())
        });
        let unknown = ScalarValue::try_new_null(wanted).ok()?;
        ScalarValue::iter_to_array(values.map(|value| value.unwrap_or_else(|| unknown.clone()))).ok()
    }
}

impl FileStatistics for FooterStatistics {
    fn min(&self, column: &str) -> Option<ArrayRef> {
        self.column(column, |converter, file| {
            extreme(
                &converter.row_group_mins(file.metadata.row_groups()).ok()?,
                |one, other| one < other,
            )
        })
    }

    fn max(&self, column: &str) -> Option<ArrayRef> {
        self.column(column, |converter, file| {
            extreme(
                &converter.row_group_maxes(file.metadata.row_groups()).ok()?,
                |one, other| one > other,
            )
        })
    }

    fn null_count(&self, column: &str) -> Option<ArrayRef> {
        let counts = self.files.iter().map(|file| nulls(column, file));
        Some(std::sync::Arc::new(counts.collect::<UInt64Array>()))
    }

    fn rows(&self) -> Option<ArrayRef> {
        let rows = self
            .files
            .iter()
            .map(|file| u64::try_from(file.metadata.file_metadata().num_rows()).ok());
        Some(std::sync::Arc::new(rows.collect::<UInt64Array>()))
    }
}

/// The bound of all row groups; unknown as soon as one of them is.
fn extreme(bounds: &ArrayRef, better: impl Fn(&ScalarValue, &ScalarValue) -> bool) -> Option<ScalarValue> {
    if bounds.is_empty() || bounds.null_count() > 0 {
        return None;
    }
    let mut best = ScalarValue::try_from_array(bounds, 0).ok()?;
    for row_group in 1..bounds.len() {
        let next = ScalarValue::try_from_array(bounds, row_group).ok()?;
        if better(&next, &best) {
            best = next;
        }
    }
    Some(best)
}

/// Counts of NULLs; a file without the column has nothing else, but that is not this footer's to say.
fn nulls(column: &str, file: &File) -> Option<u64> {
    let parquet = file.metadata.file_metadata().schema_descr();
    let converter = StatisticsConverter::try_new(column, &file.schema, parquet).ok()?;
    let converter = converter.with_missing_null_counts_as_zero(false);
    let counts = converter.row_group_null_counts(file.metadata.row_groups()).ok()?;
    let counts = cast(&counts, &DataType::UInt64).ok()?;
    let counts = counts.as_any().downcast_ref::<UInt64Array>()?;
    if counts.null_count() > 0 {
        None
    } else {
        arrow::compute::sum(counts).or(Some(0))
    }
}
