//! Deleted rows as what is left to select of row groups.

use object_store::path::Path;
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use parquet::file::metadata::ParquetMetaData;
use roaring::RoaringTreemap;

use super::open::RowGroup;
use crate::error::Result;
use crate::table::parquet::damaged;

/// Leaves `deleted` rows (counted from the file's first) out of `row_groups`, and row groups of which none is left.
pub(super) fn without(
    row_groups: Vec<RowGroup>,
    deleted: &RoaringTreemap,
    metadata: &ParquetMetaData,
) -> Vec<RowGroup> {
    let starts = starts(metadata);
    let masked = row_groups.into_iter().map(|row_group| {
        let start = starts.get(row_group.index).copied().unwrap_or_default();
        let rows = rows(metadata, row_group.index);
        let Some(mask) = mask(deleted, start, rows) else {
            return row_group;
        };
        let selection = match &row_group.selection {
            Some(pages) => pages.intersection(&mask),
            None => mask,
        };
        RowGroup {
            selection: Some(selection),
            ..row_group
        }
    });
    let is_left = |row_group: &RowGroup| row_group.selection.as_ref().is_none_or(RowSelection::selects_any);
    masked.filter(is_left).collect()
}

/// Holds what the log says of a file's rows against the file: `deleted` rows have to be there, and if the log counts its
/// `rows`, deleted ones included, there have to be as many.
///
/// # Errors
/// `Damaged`.
pub(super) fn check(
    path: &Path,
    deleted: &RoaringTreemap,
    rows: Option<u64>,
    metadata: &ParquetMetaData,
) -> Result<()> {
    let there: u64 = (0..metadata.num_row_groups())
        .map(|index| self::rows(metadata, index))
        .sum();
    if deleted.max().is_some_and(|last| last >= there) {
        return Err(damaged(path, "its deletion vector deletes rows that it does not have"));
    }
    if rows.is_some_and(|rows| rows != there) {
        return Err(damaged(path, "the log counts other rows of it than it has"));
    }
    Ok(())
}

/// The first row of each row group, counted from the file's.
fn starts(metadata: &ParquetMetaData) -> Vec<u64> {
    let rows = (0..metadata.num_row_groups()).map(|index| rows(metadata, index));
    rows.scan(0, |start, rows| {
        let this = *start;
        *start += rows;
        Some(this)
    })
    .collect()
}

fn rows(metadata: &ParquetMetaData, row_group: usize) -> u64 {
    u64::try_from(metadata.row_group(row_group).num_rows()).unwrap_or_default()
}

/// What is not deleted of the `rows` from `start` on; `None` when nothing is.
fn mask(deleted: &RoaringTreemap, start: u64, rows: u64) -> Option<RowSelection> {
    let mut positions = deleted.iter();
    positions.advance_to(start);
    let mut positions = positions
        .map(|position| position - start)
        .take_while(|row| *row < rows)
        .peekable();
    positions.peek()?;
    let (mut selectors, mut next) = (vec![], 0);
    for row in positions {
        if row > next {
            selectors.push(RowSelector::select(count(row - next)));
        }
        selectors.push(RowSelector::skip(1));
        next = row + 1;
    }
    if next < rows {
        selectors.push(RowSelector::select(count(rows - next)));
    }
    // Neighbors of one kind become one.
    Some(selectors.into())
}

fn count(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(deleted: &[u64], start: u64, rows: u64) -> Option<Vec<RowSelector>> {
        let deleted: RoaringTreemap = deleted.iter().copied().collect();
        mask(&deleted, start, rows).map(Into::into)
    }

    #[test]
    fn only_rows_of_the_row_group_count_and_neighbors_are_one() {
        let (select, skip) = (RowSelector::select, RowSelector::skip);
        assert_eq!(left(&[], 0, 10), None);
        assert_eq!(left(&[9, 20], 10, 10), None);
        assert_eq!(left(&[0], 0, 10), Some(vec![skip(1), select(9)]));
        assert_eq!(
            left(&[3, 4, 5, 9, 10], 0, 10),
            Some(vec![select(3), skip(3), select(3), skip(1)])
        );
        assert_eq!(left(&[9, 12, 13, 40], 10, 5), Some(vec![select(2), skip(2), select(1)]));
        assert_eq!(left(&[1, 2, 3], 1, 3), Some(vec![skip(3)]));
        assert_eq!(
            left(&[5_000_000_001], 5_000_000_000, 3),
            Some(vec![select(1), skip(1), select(1)])
        );
    }
}
