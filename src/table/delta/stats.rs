//! What the log knows about the values in each file (PROTOCOL.md, "Per-file Statistics").
//!
//! Statistics stay as the log has them, and a column's are parsed when a predicate first
//! names it. What cannot be parsed exactly is unknown; bounds are widened where the
//! protocol lets writers cut values off.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, BooleanArray, StringArray, StructArray, UInt64Array, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, SchemaRef};

use crate::table::delta::batch::FileBatch;
use crate::table::delta::widening::was_float;
use crate::table::delta::{bounds, json_stats, struct_stats};
use crate::table::files::FileStatistics;
use crate::table::mapping::Mapping;

/// Statistics of a Delta table's live files.
#[derive(Debug)]
pub struct DeltaStatistics {
    schema: SchemaRef,
    mapping: Option<Arc<Mapping>>,
    sources: Vec<Source>,
    rows: UInt64Array,
    /// At most one entry a column of the schema, so bounded by it.
    columns: Mutex<HashMap<String, Option<Arc<ColumnStatistics>>>>,
}

/// The statistics of some files as the log has them; nothing else of their batch is held.
#[derive(Debug)]
enum Source {
    Json(StringArray),
    Columns(StructArray),
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
    /// "tightBounds": do the file's rows have these bounds?
    pub tight: BooleanArray,
}

impl ColumnStatistics {
    /// Nothing is known.
    pub fn unknown(data_type: &DataType, files: usize) -> Self {
        let bounds = new_null_array(data_type, files);
        Self {
            min: Arc::clone(&bounds),
            max: bounds,
            null_count: UInt64Array::new_null(files),
            tight: BooleanArray::new_null(files),
        }
    }

    /// The same, when some of the bounds were spelled as 32-bit floats.
    fn of_floats(self) -> Self {
        Self {
            min: bounds::lower_of_floats(&self.min),
            max: bounds::upper_of_floats(&self.max),
            ..self
        }
    }
}

impl DeltaStatistics {
    /// Statistics of the files in `batches`. With a mapping, the log names columns by their physical names.
    pub fn new(schema: SchemaRef, mapping: Option<Arc<Mapping>>, batches: &[FileBatch]) -> Self {
        let sources: Vec<Source> = batches.iter().map(Source::of).collect();
        let rows = sources.iter().flat_map(Source::rows).collect();
        Self {
            schema,
            mapping,
            sources,
            rows,
            columns: Mutex::default(),
        }
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
        let field = self.schema.field_with_name(column).ok()?;
        let parsed = self.parse(column, field.data_type());
        let parsed = parsed.map(|known| if was_float(field) { known.of_floats() } else { known });
        let parsed = parsed.map(Arc::new);
        columns.insert(column.to_owned(), parsed.clone());
        parsed
    }

    fn parse(&self, column: &str, data_type: &DataType) -> Option<ColumnStatistics> {
        if data_type.is_nested() || *data_type == DataType::Binary {
            return None;
        }
        let physical_name = match &self.mapping {
            None => column,
            Some(mapping) => mapping.physical_name(column)?,
        };
        let parsed: Vec<_> = self
            .sources
            .iter()
            .map(|source| source.column(physical_name, data_type))
            .collect();
        let all = |pick: fn(&ColumnStatistics) -> &dyn Array| concat(&parsed.iter().map(pick).collect::<Vec<_>>()).ok();
        let null_count = parsed
            .iter()
            .flat_map(|statistics| statistics.null_count.iter())
            .collect();
        Some(ColumnStatistics {
            min: all(|known| &known.min)?,
            max: all(|known| &known.max)?,
            null_count,
            tight: parsed.iter().flat_map(|statistics| statistics.tight.iter()).collect(),
        })
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

    fn tight(&self, column: &str) -> Option<BooleanArray> {
        Some(self.column(column)?.tight.clone())
    }

    fn json(&self, file: usize) -> Option<&str> {
        let mut file = file;
        for source in &self.sources {
            match source {
                Source::Json(json) if file < json.len() => return json.is_valid(file).then(|| json.value(file)),
                source => file = file.checked_sub(source.len())?,
            }
        }
        None
    }
}

impl Source {
    fn of(batch: &FileBatch) -> Self {
        match batch.stats_parsed() {
            Some(columns) => Self::Columns(columns.clone()),
            None => Self::Json(batch.stats().clone()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Json(json) => json.len(),
            Self::Columns(columns) => columns.len(),
        }
    }

    fn rows(&self) -> Vec<Option<u64>> {
        match self {
            Self::Json(json) => json.iter().map(|json| json.and_then(json_stats::num_records)).collect(),
            Self::Columns(columns) => struct_stats::num_records(columns),
        }
    }

    fn column(&self, column: &str, data_type: &DataType) -> ColumnStatistics {
        match self {
            Self::Json(json) => json_stats::column(json, column, data_type),
            Self::Columns(columns) => struct_stats::column(columns, column, data_type),
        }
    }
}
