//! Which pages of the row groups that are in doubt might hold matching rows.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileMetrics;
use datafusion::datasource::physical_plan::parquet::{
    PagePruningAccessPlanFilter, ParquetAccessPlan, RowGroupAccess, RowGroupAccessPlanFilter,
};
use datafusion::error::Result;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{PhysicalExpr, split_conjunction};
use datafusion::physical_optimizer::pruning::PruningPredicate;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use object_store::ObjectStore;
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use parquet::arrow::parquet_column;
use parquet::file::metadata::ParquetMetaData;

use super::open::{Kept, RowGroup, whole};
use super::page_index::load;

/// A row group is cheap enough to be read whole below this many bytes: asking for the offset
/// index first would cost a round trip.
const WORTH_AN_INDEX: i64 = 1 << 20;

/// Leaves out pages that cannot match `expr`, and row groups of which no page is left.
pub(super) async fn prune(
    store: &dyn ObjectStore,
    file: &PartitionedFile,
    metadata: &Arc<ParquetMetaData>,
    schema: &Schema,
    expr: &Arc<dyn PhysicalExpr>,
    predicate: &PruningPredicate,
    row_groups: Vec<usize>,
) -> Result<Kept> {
    let filter = PagePruningAccessPlanFilter::new(expr, Arc::new(schema.clone()));
    let leaves = leaves(metadata, schema, expr);
    if filter.filter_number() == 0 || leaves.is_empty() {
        return Ok(whole(row_groups));
    }
    let place = (&file.object_meta.location, file.object_meta.size);
    let metrics = ParquetFileMetrics::new(0, "", &ExecutionPlanMetricsSet::new());
    let doubtful = doubtful(metadata, schema, predicate, &row_groups, &metrics);
    let Some(index) = load(store, place, metadata, &doubtful, &leaves).await? else {
        return Ok(whole(row_groups));
    };
    let mut access = ParquetAccessPlan::new_none(metadata.num_row_groups());
    index.row_groups.iter().for_each(|row_group| access.scan(*row_group));
    let parquet = metadata.file_metadata().schema_descr();
    let access = filter.prune_plan_with_page_index(access, schema, parquet, &index.metadata, &metrics);
    let access = access.into_inner();
    let kept = row_groups
        .into_iter()
        .filter_map(|row_group| match access.get(row_group) {
            Some(RowGroupAccess::Skip) if index.row_groups.contains(&row_group) => None,
            Some(RowGroupAccess::Selection(selection)) => Some(paged(row_group, selection)),
            _ => Some(RowGroup::whole(row_group)),
        });
    Ok(Kept {
        row_groups: kept.collect(),
        indexed: Some(index.metadata),
    })
}

fn paged(index: usize, selection: &RowSelection) -> RowGroup {
    let is_paged = selection.skipped_row_count() > 0;
    RowGroup {
        index,
        selection: is_paged.then(|| selection.clone()),
        is_paged,
    }
}

/// All row groups until `limit` rows; of a large last one only the pages of the first rows.
pub(super) async fn first_rows(
    store: &dyn ObjectStore,
    file: &PartitionedFile,
    metadata: &Arc<ParquetMetaData>,
    all: Vec<usize>,
    limit: Option<usize>,
) -> Result<Kept> {
    let Some(mut wanted) = limit else {
        return Ok(whole(all));
    };
    let mut kept = vec![];
    for index in all {
        if wanted == 0 {
            break;
        }
        let group = metadata.row_group(index);
        let rows = usize::try_from(group.num_rows()).unwrap_or(usize::MAX);
        kept.push((index, rows, wanted));
        wanted = wanted.saturating_sub(rows);
    }
    let Some((last, rows, wanted)) = kept.last().copied() else {
        return Ok(whole(vec![]));
    };
    let mut result = whole(kept.iter().map(|(index, ..)| *index).collect());
    let worth_it = wanted < rows && metadata.row_group(last).compressed_size() > WORTH_AN_INDEX;
    let place = (&file.object_meta.location, file.object_meta.size);
    if worth_it && let Some(index) = load(store, place, metadata, &[last], &[]).await? {
        let selection = RowSelection::from(vec![RowSelector::select(wanted), RowSelector::skip(rows - wanted)]);
        result.row_groups.pop();
        result.row_groups.push(paged(last, &selection));
        result.indexed = Some(index.metadata);
    }
    Ok(result)
}

/// The Parquet columns by whose bounds pages can be told apart: those of conditions on one column alone.
fn leaves(metadata: &ParquetMetaData, schema: &Schema, expr: &Arc<dyn PhysicalExpr>) -> Vec<usize> {
    let parquet = metadata.file_metadata().schema_descr();
    let conditions = split_conjunction(expr).into_iter().map(collect_columns);
    let columns: HashSet<Column> = conditions.filter(|columns| columns.len() == 1).flatten().collect();
    columns
        .iter()
        .filter_map(|column| parquet_column(parquet, schema, column.name()))
        .map(|(leaf, _)| leaf)
        .collect()
}

/// The row groups of which some rows match and some do not, as far as their bounds tell.
fn doubtful(
    metadata: &ParquetMetaData,
    schema: &Schema,
    predicate: &PruningPredicate,
    row_groups: &[usize],
    metrics: &ParquetFileMetrics,
) -> Vec<usize> {
    let mut access = RowGroupAccessPlanFilter::new(ParquetAccessPlan::new_all(metadata.num_row_groups()));
    let parquet = metadata.file_metadata().schema_descr();
    access.prune_by_statistics(schema, parquet, metadata.row_groups(), predicate, metrics);
    let matched = access.is_fully_matched();
    row_groups
        .iter()
        .copied()
        .filter(|row_group| matched.get(*row_group) != Some(&true))
        .collect()
}
