//! The order in which row groups and files are read.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::{SortOptions, sort_to_indices};
use arrow::datatypes::Schema;
use datafusion::common::Column as ColumnName;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_optimizer::pruning::PruningStatistics;
use parquet::file::metadata::ParquetMetaData;

use super::Scan;
use super::filter::RowGroupBounds;
use super::implied::with_implied;
use super::open::RowGroup;

/// The order in which a sort above the scan wants row groups and files: those with its first
/// rows first, so that it can rule out the rest soon.
#[derive(Debug, Clone)]
pub(super) struct RowGroupOrder {
    column: String,
    descending: bool,
}

impl RowGroupOrder {
    pub(super) fn of(order: &[PhysicalSortExpr], file_schema: &Schema) -> Option<Self> {
        let first = order.first()?;
        let column = first.expr.downcast_ref::<Column>()?.name().to_owned();
        file_schema.field_with_name(&column).ok()?;
        Some(Self {
            column,
            descending: first.options.descending,
        })
    }

    /// `predicate` and what it implies of the column by which rows are sorted first.
    pub(super) fn with_implied(&self, predicate: Arc<dyn PhysicalExpr>) -> Arc<dyn PhysicalExpr> {
        with_implied(predicate, &self.column, self.descending)
    }

    /// Puts `row_groups` into this order, as far as their bounds tell.
    pub(super) fn sort(&self, row_groups: &mut [RowGroup], metadata: &ParquetMetaData, schema: &Schema) {
        let indexes: Vec<usize> = row_groups.iter().map(|row_group| row_group.index).collect();
        let bounds = RowGroupBounds {
            metadata,
            schema,
            row_groups: &indexes,
        };
        let column = ColumnName::from_name(&self.column);
        let bounds = if self.descending {
            bounds.max_values(&column)
        } else {
            bounds.min_values(&column)
        };
        let Some(places) = bounds.and_then(|bounds| self.places(&bounds)) else {
            return;
        };
        let places: HashMap<usize, usize> = indexes.iter().copied().zip(places).collect();
        row_groups.sort_by_key(|row_group| places.get(&row_group.index).copied());
    }

    /// `files` in this order, as far as the table's statistics tell.
    pub(super) fn files(&self, scan: &Scan, files: &[usize]) -> Vec<usize> {
        let statistics = scan.table.files.statistics();
        let bounds = if self.descending {
            statistics.max(&self.column)
        } else {
            statistics.min(&self.column)
        };
        let Some(places) = bounds.and_then(|bounds| self.places(&bounds)) else {
            return files.to_vec();
        };
        let mut files = files.to_vec();
        files.sort_by_key(|file| places.get(*file).copied());
        files
    }

    /// The place of each bound in this order, unknown ones last.
    fn places(&self, bounds: &ArrayRef) -> Option<Vec<usize>> {
        let options = SortOptions {
            descending: self.descending,
            nulls_first: false,
        };
        let sorted = sort_to_indices(bounds, Some(options), None).ok()?;
        let mut places = vec![0; bounds.len()];
        for (place, index) in sorted.values().iter().enumerate() {
            *places.get_mut(usize::try_from(*index).ok()?)? = place;
        }
        Some(places)
    }
}
