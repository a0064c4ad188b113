//! [`Before`]: rows of a scan that were read before the rest of it is, which are left out there.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use parquet::file::metadata::ParquetMetaData;

use super::open::RowGroup;

/// Rows by file and row group; all of a row group without a selection.
#[derive(Debug, Default)]
pub(super) struct Before(Mutex<HashMap<usize, HashMap<usize, Option<RowSelection>>>>);

impl Before {
    /// Were rows of `file` read before?
    pub(super) fn knows(&self, file: usize) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&file)
    }

    /// Notes that `row_groups` of `file` are read.
    pub(super) fn note(&self, file: usize, row_groups: &[RowGroup]) {
        let rows = row_groups.iter().map(|one| (one.index, one.selection.clone()));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(file, rows.collect());
    }

    /// What was not read before of `row_groups` of `file`.
    pub(super) fn rest(&self, file: usize, row_groups: Vec<RowGroup>, metadata: &ParquetMetaData) -> Vec<RowGroup> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = known.get(&file) else {
            return row_groups;
        };
        let rest = row_groups.into_iter().filter_map(|row_group| {
            let rows = usize::try_from(metadata.row_group(row_group.index).num_rows());
            match known.get(&row_group.index) {
                None => Some(row_group),
                Some(None) => None,
                Some(Some(read)) => without(&row_group, read, rows.unwrap_or(usize::MAX)),
            }
        });
        rest.collect()
    }
}

/// What is left of a row group of so many `rows` without those that were `read`.
fn without(row_group: &RowGroup, read: &RowSelection, rows: usize) -> Option<RowGroup> {
    let others = others(read, rows);
    let selection = match &row_group.selection {
        Some(wanted) => mentioning_all(wanted, rows).intersection(&others),
        None => others,
    };
    selection.selects_any().then(|| RowGroup {
        selection: Some(selection),
        ..*row_group
    })
}

/// The rows, of `rows`, that are not selected.
fn others(selection: &RowSelection, rows: usize) -> RowSelection {
    let all: Vec<RowSelector> = mentioning_all(selection, rows).into();
    let turned = all.into_iter().map(|selector| RowSelector {
        skip: !selector.skip,
        ..selector
    });
    turned.collect::<Vec<_>>().into()
}

/// The same selection of `rows`: what it does not mention it does not select, but would in an intersection.
fn mentioning_all(selection: &RowSelection, rows: usize) -> RowSelection {
    let mentioned: usize = selection.iter().map(|selector| selector.row_count).sum();
    let behind = RowSelector::skip(rows.saturating_sub(mentioned));
    selection
        .iter()
        .copied()
        .chain(std::iter::once(behind))
        .collect::<Vec<_>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_others_of_a_selection_are_all_that_it_does_not_select() {
        let (select, skip) = (RowSelector::select, RowSelector::skip);
        let others = |selectors: Vec<RowSelector>| Vec::from(others(&selectors.into(), 10));
        assert_eq!(
            others(vec![skip(2), select(3), skip(5)]),
            [select(2), skip(3), select(5)]
        );
        assert_eq!(others(vec![select(4)]), [skip(4), select(6)]);
        assert_eq!(others(vec![select(10)]), [skip(10)]);
        assert_eq!(others(vec![]), [select(10)]);
    }

    #[test]
    fn what_was_read_is_left_out_once_and_nothing_else() {
        let (select, skip) = (RowSelector::select, RowSelector::skip);
        let left = |wanted: Option<Vec<RowSelector>>, read: Vec<RowSelector>| {
            let row_group = RowGroup {
                selection: wanted.map(Into::into),
                ..RowGroup::whole(0)
            };
            let left = without(&row_group, &read.into(), 10)?;
            left.selection.map(Vec::from)
        };
        let read = vec![skip(2), select(3), skip(5)];
        assert_eq!(left(None, read.clone()), Some(vec![select(2), skip(3), select(5)]));
        assert_eq!(left(Some(vec![skip(3), select(2), skip(5)]), read.clone()), None);
        assert_eq!(
            left(Some(vec![skip(4), select(2)]), read),
            Some(vec![skip(5), select(1), skip(4)])
        );
    }
}
