//! Statistics as columns of a checkpoint: `stats_parsed` (PROTOCOL.md, "Checkpoint Schema").

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StructArray, UInt64Array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, TimeUnit, UInt64Type};

use crate::table::delta::bounds;
use crate::table::delta::stats::ColumnStatistics;

/// The counts of rows.
pub fn num_records(parsed: &StructArray) -> Vec<Option<u64>> {
    let counts = counts(parsed.column_by_name("numRecords"), parsed.len());
    (0..parsed.len())
        .map(|file| (parsed.is_valid(file) && counts.is_valid(file)).then(|| counts.value(file)))
        .collect()
}

/// One column's statistics, one entry a file.
pub fn column(parsed: &StructArray, column: &str, data_type: &DataType) -> ColumnStatistics {
    let member = |group: &str| visible(parsed, group).and_then(|group| visible(group.as_struct_opt()?, column));
    let unknown = ColumnStatistics::unknown(data_type, parsed.len());
    let bound = |group: &str| member(group).and_then(|values| in_type(&values, data_type));
    ColumnStatistics {
        min: bound("minValues").map_or(unknown.min, |values| bounds::lower(&values)),
        max: bound("maxValues").map_or(unknown.max, |values| bounds::upper(&values)),
        null_count: null_counts(parsed, member("nullCount").as_ref()),
    }
}

/// A member of a struct, NULL where the struct itself is.
fn visible(parent: &StructArray, name: &str) -> Option<ArrayRef> {
    let member = parent.column_by_name(name)?;
    match parent.nulls() {
        None => Some(ArrayRef::clone(member)),
        Some(nulls) => {
            let hidden = BooleanArray::new(!nulls.inner(), None);
            arrow::compute::nullif(member, &hidden).ok()
        }
    }
}

/// Values in the column's type; unknown unless the checkpoint has them in that type, at most in other units.
fn in_type(values: &ArrayRef, data_type: &DataType) -> Option<ArrayRef> {
    let same_kind = match (values.data_type(), data_type) {
        (DataType::Timestamp(_, _), DataType::Timestamp(TimeUnit::Microsecond, _)) => true,
        (have, want) => have == want,
    };
    let exact = CastOptions {
        safe: true,
        ..CastOptions::default()
    };
    same_kind
        .then(|| cast_with_options(values, data_type, &exact).ok())
        .flatten()
}

/// "tightBounds": when bounds are wide, only "all" and "none" mean something.
fn null_counts(parsed: &StructArray, nulls: Option<&ArrayRef>) -> UInt64Array {
    let (nulls, rows) = (counts(nulls, parsed.len()), num_records(parsed));
    let tight = visible(parsed, "tightBounds");
    let tight = tight.as_ref().and_then(|tight| tight.as_boolean_opt());
    let loose = |file: usize| tight.is_some_and(|tight| tight.is_valid(file) && !tight.value(file));
    let known = |file: usize, nulls: u64| !loose(file) || nulls == 0 || rows.get(file) == Some(&Some(nulls));
    nulls
        .iter()
        .enumerate()
        .map(|(file, nulls)| nulls.filter(|nulls| known(file, *nulls)))
        .collect()
}

fn counts(values: Option<&ArrayRef>, files: usize) -> UInt64Array {
    let values = values.filter(|values| values.data_type().is_integer());
    let counts = values.and_then(|values| arrow::compute::cast(values, &DataType::UInt64).ok());
    counts.map_or_else(
        || UInt64Array::new_null(files),
        |counts| counts.as_primitive::<UInt64Type>().clone(),
    )
}
