//! What a table's metadata knows for certain of a column's values, so that `min`, `max` and `count` need no data.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{DataType, Field, UInt64Type};
use datafusion::common::ColumnStatistics;
use datafusion::common::stats::Precision;
use datafusion::scalar::ScalarValue;

use crate::table::Table;

/// Statistics, one a file and column, that are parsed for it: more take longer than they may save.
const MOST_STATISTICS: usize = 10_000;

/// Digits that decimals keep on their way through the log.
const EXACT_DIGITS: u8 = 15;

/// Is it little work to ask for so many columns?
pub(super) fn is_cheap(table: &Table, columns: usize) -> bool {
    table.files.len().saturating_mul(columns) <= MOST_STATISTICS
}

/// What is certain of `column` over the files in `kept`; `None` when anything is not.
pub(super) fn column(table: &Table, kept: &[usize], column: &Field) -> Option<ColumnStatistics> {
    let values = Values::of(table, column)?;
    let (mut min, mut max, mut nulls) = (None, None, 0_u64);
    for file in kept {
        let rows = table.files.num_records(*file)?;
        if rows == 0 {
            continue;
        }
        let (low, high, file_nulls) = values.of_file(*file, rows)?;
        nulls = nulls.checked_add(file_nulls)?;
        if file_nulls < rows {
            min = Some(better(min, low?, std::cmp::Ordering::Less)?);
            max = Some(better(max, high?, std::cmp::Ordering::Greater)?);
        }
    }
    Some(ColumnStatistics {
        null_count: Precision::Exact(usize::try_from(nulls).ok()?),
        min_value: min.map_or(Precision::Absent, Precision::Exact),
        max_value: max.map_or(Precision::Absent, Precision::Exact),
        ..ColumnStatistics::new_unknown()
    })
}

/// What is known of a column, file by file.
enum Values<'a> {
    /// One value for all rows of a file.
    Partition(&'a ArrayRef),
    /// Bounds that occur.
    Bounds {
        table: &'a Table,
        min: ArrayRef,
        max: ArrayRef,
        nulls: ArrayRef,
        tight: BooleanArray,
    },
}

impl<'a> Values<'a> {
    fn of(table: &'a Table, column: &Field) -> Option<Self> {
        let partition = table.partition_columns.iter().position(|name| name == column.name());
        // Which of two zeros is less, and whether NaN is above all, is for the engine to say.
        if column.data_type().is_floating() {
            return None;
        }
        if let Some(at) = partition {
            return table.files.partition_column(at).map(Self::Partition);
        }
        if !is_exact(column.data_type()) {
            return None;
        }
        let statistics = table.files.statistics();
        Some(Self::Bounds {
            table,
            tight: statistics.tight(column.name())?,
            min: statistics.min(column.name())?,
            max: statistics.max(column.name())?,
            nulls: statistics.null_count(column.name())?,
        })
    }

    /// The least, the greatest, and how many are NULL; `None` when that is not certain.
    fn of_file(&self, file: usize, rows: u64) -> Option<(Option<ScalarValue>, Option<ScalarValue>, u64)> {
        let scalar = |values: &ArrayRef| {
            let value = ScalarValue::try_from_array(values, file).ok()?;
            (!value.is_null()).then_some(value)
        };
        match self {
            Self::Partition(values) => {
                let value = scalar(values);
                let nulls = if value.is_none() { rows } else { 0 };
                Some((value.clone(), value, nulls))
            }
            Self::Bounds {
                table,
                min,
                max,
                nulls,
                tight,
            } => {
                let is_certain = tight.is_valid(file) && tight.value(file) && table.files.deleted_count(file) == 0;
                let nulls = nulls.as_primitive_opt::<UInt64Type>()?;
                (is_certain && nulls.is_valid(file)).then(|| (scalar(min), scalar(max), nulls.value(file)))
            }
        }
    }
}

/// Types whose bounds the log keeps as they are: no texts, which are cut off, no times, which lose digits, no floats,
/// which may be NaN.
pub(super) fn is_exact(data_type: &DataType) -> bool {
    match data_type {
        DataType::Decimal128(precision, _) => *precision <= EXACT_DIGITS,
        other => other.is_signed_integer() || *other == DataType::Date32,
    }
}

/// `value`, unless the one before is at least as good; `None` when they cannot be compared.
fn better(before: Option<ScalarValue>, value: ScalarValue, wanted: std::cmp::Ordering) -> Option<ScalarValue> {
    match before {
        Some(before) if value.partial_cmp(&before)? != wanted => Some(before),
        _ => Some(value),
    }
}
