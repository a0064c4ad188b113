//! How well files keep a column's values apart.
//!
//! A value may be in every file whose bounds hold it: the fewer these are, the less is read for a filter on the column.

use arrow::array::{Array, ArrayRef};
use arrow::compute::kernels::boolean::and;
use arrow::compute::{filter, is_not_null};
use arrow::error::ArrowError;
use arrow::row::{Row, RowConverter, Rows, SortField};

use crate::protocol::inspect::Overlap;

/// How files whose bounds are `min` and `max` overlap; `None` when fewer than two are known.
pub(super) fn of(column: &str, min: &ArrayRef, max: &ArrayRef) -> Result<Option<Overlap>, ArrowError> {
    let known = and(&is_not_null(min)?, &is_not_null(max)?)?;
    let (min, max) = (filter(min, &known)?, filter(max, &known)?);
    if min.len() < 2 {
        return Ok(None);
    }
    let converter = RowConverter::new(vec![SortField::new(min.data_type().clone())])?;
    let (min, max) = (converter.convert_columns(&[min])?, converter.convert_columns(&[max])?);
    let (starts, ends) = (sorted(&min), sorted(&max));
    let held_at = |value: Row<'_>| {
        let begun = starts.partition_point(|start| *start <= value);
        let ended = ends.partition_point(|end| *end < value);
        (begun - ended.min(begun)) as u64
    };
    let (mut total, mut deepest) = (0, 0);
    for value in starts.iter().chain(&ends) {
        let depth = held_at(*value);
        total += depth;
        deepest = deepest.max(depth);
    }
    Ok(Some(Overlap {
        column: column.to_owned(),
        files: starts.len() as u64,
        depth: mean(total, starts.len() + ends.len()),
        deepest,
    }))
}

fn sorted(rows: &Rows) -> Vec<Row<'_>> {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort_unstable();
    rows
}

#[allow(clippy::cast_precision_loss, reason = "an average need not be exact")]
fn mean(total: u64, count: usize) -> f64 {
    total as f64 / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray};

    use super::*;

    fn depth(bounds: &[(Option<i64>, Option<i64>)]) -> Option<(u64, f64, u64)> {
        let (min, max): (Vec<_>, Vec<_>) = bounds.iter().copied().unzip();
        let (min, max) = (Int64Array::from(min), Int64Array::from(max));
        let overlap = of("c", &(Arc::new(min) as ArrayRef), &(Arc::new(max) as ArrayRef)).unwrap();
        overlap.map(|overlap| (overlap.files, overlap.depth, overlap.deepest))
    }

    #[test]
    fn files_that_do_not_overlap_have_depth_one() {
        assert_eq!(
            depth(&[(Some(0), Some(9)), (Some(20), Some(29)), (Some(10), Some(19))]),
            Some((3, 1.0, 1))
        );
    }

    #[test]
    fn files_that_all_hold_the_whole_range_have_the_depth_of_all() {
        assert_eq!(depth(&[(Some(0), Some(9)); 4]), Some((4, 4.0, 4)));
        // A range within another: 2 at each of its ends, 1 at the other's.
        assert_eq!(depth(&[(Some(0), Some(9)), (Some(3), Some(4))]), Some((2, 1.5, 2)));
    }

    #[test]
    fn only_known_bounds_count() {
        assert_eq!(depth(&[(Some(0), Some(9)), (None, Some(4))]), None);
        assert_eq!(
            depth(&[(Some(0), Some(9)), (None, None), (Some(9), Some(12))]),
            Some((2, 1.5, 2))
        );
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
        assert_eq!(of("t", &texts, &texts).unwrap().map(|one| one.deepest), Some(1));
    }
}
