//! Statistics as columns of a checkpoint: `stats_parsed` (PROTOCOL.md, "Checkpoint Schema").

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StructArray, UInt64Array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, TimeUnit, UInt64Type};

use crate::table::delta::stats::ColumnStatistics;
use crate::table::delta::{bounds, widening};

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
        tight: loose(parsed).iter().map(|loose| loose.map(|loose| !loose)).collect(),
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

/// Values in the column's type; unknown unless the checkpoint has them in that type, at most in other units, or in one
/// that the column's was widened from.
fn in_type(values: &ArrayRef, data_type: &DataType) -> Option<ArrayRef> {
    let same_kind = match (values.data_type(), data_type) {
        (DataType::Timestamp(_, _), DataType::Timestamp(TimeUnit::Microsecond, _)) => true,
        (have, want) => have == want || widening::is_widening(have, want),
    };
    let exact = CastOptions {
        safe: true,
        ..CastOptions::default()
    };
    same_kind
        .then(|| cast_with_options(values, data_type, &exact).ok())
        .flatten()
}

/// Which files' bounds are wide; those that say nothing have tight ones.
fn loose(parsed: &StructArray) -> BooleanArray {
    let tight = visible(parsed, "tightBounds");
    let tight = tight.as_ref().and_then(|tight| tight.as_boolean_opt());
    let is_loose = |file: usize| tight.is_some_and(|tight| tight.is_valid(file) && !tight.value(file));
    (0..parsed.len()).map(|file| Some(is_loose(file))).collect()
}

/// "tightBounds": when bounds are wide, only "all" and "none" mean something.
fn null_counts(parsed: &StructArray, nulls: Option<&ArrayRef>) -> UInt64Array {
    let (nulls, rows) = (counts(nulls, parsed.len()), num_records(parsed));
    let loose = loose(parsed);
    let known = |file: usize, nulls: u64| !loose.value(file) || nulls == 0 || rows.get(file) == Some(&Some(nulls));
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Decimal128Array, Float32Array, Int32Array, Int64Array};
    use arrow::datatypes::Field;
    use arrow::util::display::array_value_to_string;

    use super::*;

    /// The bounds of one file that a checkpoint has as `bound`, in another type.
    fn bounds_in(bound: ArrayRef, data_type: &DataType) -> [Option<String>; 2] {
        let group = |name: &str, column: ArrayRef| -> (Arc<Field>, ArrayRef) {
            let field = Arc::new(Field::new("c", column.data_type().clone(), true));
            let group = StructArray::from(vec![(field, column)]);
            (
                Arc::new(Field::new(name, group.data_type().clone(), true)),
                Arc::new(group),
            )
        };
        let parsed = StructArray::from(vec![
            group("minValues", ArrayRef::clone(&bound)),
            group("maxValues", bound),
        ]);
        let known = column(&parsed, "c", data_type);
        [known.min, known.max].map(|array| {
            assert_eq!(array.data_type(), data_type);
            array.is_valid(0).then(|| array_value_to_string(&array, 0).unwrap())
        })
    }

    #[test]
    fn bounds_of_a_type_that_was_widened_are_bounds() {
        let local = DataType::Timestamp(TimeUnit::Microsecond, None);
        let decimals = Decimal128Array::from(vec![12345])
            .with_precision_and_scale(10, 2)
            .unwrap();
        for (bound, data_type, [min, max]) in [
            (
                Arc::new(Int32Array::from(vec![-7])) as ArrayRef,
                DataType::Int64,
                ["-7", "-7"],
            ),
            (Arc::new(Int32Array::from(vec![7])), DataType::Float64, ["7.0", "7.0"]),
            (
                Arc::new(Int32Array::from(vec![7])),
                DataType::Decimal128(12, 2),
                ["7.00", "7.00"],
            ),
            (
                Arc::new(decimals),
                DataType::Decimal128(13, 4),
                ["123.4500", "123.4500"],
            ),
            (
                Arc::new(Float32Array::from(vec![0.5])),
                DataType::Float64,
                ["0.5", "0.5"],
            ),
            (
                Arc::new(Date32Array::from(vec![1])),
                local,
                ["1970-01-02T00:00:00", "1970-01-02T00:00:00.001"],
            ),
        ] {
            assert_eq!(
                bounds_in(bound, &data_type),
                [Some(min.to_owned()), Some(max.to_owned())]
            );
        }
        let long: ArrayRef = Arc::new(Int64Array::from(vec![7]));
        assert_eq!(bounds_in(ArrayRef::clone(&long), &DataType::Int32), [None, None]);
        assert_eq!(bounds_in(long, &DataType::Float64), [None, None]);
    }
}
