//! What the log knows about the values in each file (PROTOCOL.md, "Per-file Statistics").
//!
//! Statistics stay as the log has them, and a column's are parsed when a predicate first
//! names it. What cannot be parsed exactly is unknown; bounds are widened where the
//! protocol lets writers cut values off.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, UInt64Array, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, SchemaRef};

use crate::table::delta::batch::FileBatch;
use crate::table::delta::{json_stats, struct_stats};
use crate::table::files::FileStatistics;

/// Statistics of a Delta table's live files.
#[derive(Debug)]
pub struct DeltaStatistics {
    schema: SchemaRef,
    batches: Vec<FileBatch>,
    rows: UInt64Array,
    /// At most one entry a column of the schema, so bounded by it.
    columns: Mutex<HashMap<String, Option<Arc<ColumnStatistics>>>>,
}

/// Statistics of one column, one entry a file.
#[derive(Debug, Clone)]
pub struct ColumnStatistics {
    /// Lower bounds.
    pub min: ArrayRef,
    /// Upper bounds.
    pub max: ArrayRef,
    /// Counts of NULLs.
    pub null_count: UInt64Array,
}

impl ColumnStatistics {
    /// Nothing is known.
    pub fn unknown(data_type: &DataType, files: usize) -> Self {
        let bounds = new_null_array(data_type, files);
        Self { min: Arc::clone(&bounds), max: bounds, null_count: UInt64Array::new_null(files) }
    }
}

impl DeltaStatistics {
    /// Statistics of the files in `batches`; partition columns have none.
    pub fn new(schema: SchemaRef, batches: Vec<FileBatch>) -> Self {
        let rows = batches.iter().flat_map(rows).collect();
        Self { schema, batches, rows, columns: Mutex::default() }
    }

    /// The counts of rows.
    pub fn num_records(&self) -> &UInt64Array {
        &self.rows
    }

    fn column(&self, column: &str) -> Option<Arc<ColumnStatistics>> {
        let mut columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = columns.get(column) {
            return known.clone();
        }
        let data_type = self.schema.field_with_name(column).ok()?.data_type();
        let parsed = self.parse(column, data_type).map(Arc::new);
        columns.insert(column.to_owned(), parsed.clone());
        parsed
    }

    fn parse(&self, column: &str, data_type: &DataType) -> Option<ColumnStatistics> {
        if data_type.is_nested() || *data_type == DataType::Binary {
            return None;
        }
        let parsed: Vec<_> = self.batches.iter().map(|batch| parse_batch(batch, column, data_type)).collect();
        let all = |pick: fn(&ColumnStatistics) -> &dyn Array| {
            concat(&parsed.iter().map(pick).collect::<Vec<_>>()).ok()
        };
        let null_count = parsed.iter().flat_map(|statistics| statistics.null_count.iter()).collect();
        Some(ColumnStatistics { min: all(|known| &known.min)?, max: all(|known| &known.max)?, null_count })
    }
}

impl FileStatistics for DeltaStatistics {
    fn min(&self, column: &str) -> Option<ArrayRef> {
        Some(Arc::clone(&self.column(column)?.min))
    }

    fn max(&self, column: &str) -> Option<ArrayRef> {
        Some(Arc::clone(&self.column(column)?.max))
    }

    fn null_count(&self, column: &str) -> Option<ArrayRef> {
        Some(Arc::new(self.column(column)?.null_count.clone()))
    }

    fn rows(&self) -> Option<ArrayRef> {
        Some(Arc::new(self.rows.clone()))
    }

    fn json(&self, file: usize) -> Option<&str> {
        let mut file = file;
        for batch in &self.batches {
            if file < batch.len() {
                return batch.stats().is_valid(file).then(|| batch.stats().value(file));
            }
            file -= batch.len();
        }
        None
    }
}

fn parse_batch(batch: &FileBatch, column: &str, data_type: &DataType) -> ColumnStatistics {
    match batch.stats_parsed() {
        Some(parsed) => struct_stats::column(parsed, column, data_type),
        None => json_stats::column(batch.stats(), column, data_type),
    }
}

fn rows(batch: &FileBatch) -> Vec<Option<u64>> {
    match batch.stats_parsed() {
        Some(parsed) => struct_stats::num_records(parsed),
        None => batch.stats().iter().map(|json| json.and_then(json_stats::num_records)).collect(),
    }
}
