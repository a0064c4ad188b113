//! Opening a file: its footer, and which of its row groups and pages might hold matching rows.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::{Column as ColumnName, ScalarValue};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::apply_file_schema_type_coercions;
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::PhysicalSortExpr;
use datafusion::physical_expr::expressions::{Column, DynamicFilterTracking, Literal};
use datafusion::physical_expr::simplifier::PhysicalExprSimplifier;
use datafusion::physical_expr_adapter::{
    DefaultPhysicalExprAdapterFactory, PhysicalExprAdapterFactory, replace_columns_with_literals,
};
use datafusion::physical_expr_common::physical_expr::snapshot_physical_expr;
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder, PruningStatistics};
use parquet::arrow::arrow_reader::RowSelection;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::ParquetMetaData;

use super::bounds::boundable;
use super::reads::Reads;
use super::source::LakeSource;
use super::{Scan, bloom, outward, pages};
use crate::table::parquet::arrow_schema;

/// A file of which something might match.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) file: PartitionedFile,
    pub(super) metadata: Arc<ParquetMetaData>,
    pub(super) reads: Arc<Reads>,
    filter: Option<FileFilter>,
    remaining: VecDeque<RowGroup>,
}

/// A row group to read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RowGroup {
    /// Its place in the file.
    pub(super) index: usize,
    /// The rows whose pages might match; all without one.
    pub(super) selection: Option<RowSelection>,
}

/// Reads the footer of `file` and as much of its indexes as pruning pays for.
pub(super) async fn open(source: &LakeSource, file: usize, limit: Option<usize>) -> Result<Opened> {
    let scan = &source.scan;
    let file = scan.describe(file).await.map_err(outward)?;
    let (path, size) = (&file.object_meta.location, file.object_meta.size);
    let store = scan.scope.store.as_ref();
    let metadata = scan.scope.footers.get(store, path, size).await.map_err(outward)?;
    let schema = arrow_schema(path, &metadata).map_err(outward)?;
    let schema = apply_file_schema_type_coercions(scan.table_schema.file_schema(), &schema).map_or(schema, Arc::new);
    let filter = source.predicate.as_ref().map(|predicate| FileFilter::new(scan, predicate, &file, &schema, &metadata));
    let all = (0..metadata.num_row_groups()).filter(|index| metadata.row_group(*index).num_rows() > 0).collect();
    let mut kept = match &filter {
        None => pages::first_rows(store, &file, &metadata, all, limit).await?,
        Some(filter) => filter.prune_file(store, &file, all).await?,
    };
    if let Some(order) = &source.order {
        order.sort(&mut kept.row_groups, &metadata, &schema);
    }
    let reads = Reads::new(scan, path.clone(), Arc::clone(&metadata), kept.indexed);
    Ok(Opened { file, metadata, reads: Arc::new(reads), filter, remaining: kept.row_groups.into() })
}

/// The row groups to read, and the metadata with the page indexes by which selections were made.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) row_groups: Vec<RowGroup>,
    pub(super) indexed: Option<Arc<ParquetMetaData>>,
}

impl Opened {
    /// The next row group that might still match: filters may have become narrower meanwhile.
    pub(super) fn next(&mut self) -> Result<Option<RowGroup>> {
        if let Some(filter) = &mut self.filter
            && filter.has_changed()
        {
            let left: Vec<usize> = self.remaining.iter().map(|row_group| row_group.index).collect();
            let left = filter.might_match(left)?;
            self.remaining.retain(|row_group| left.contains(&row_group.index));
            self.reads.keep_only(&left);
        }
        Ok(self.remaining.pop_front())
    }

    /// The row groups after the one that [`next`](Self::next) gave last, as far as they may be
    /// fetched ahead: whole ones, and none while a filter has not settled.
    pub(super) fn upcoming(&self) -> impl Iterator<Item = usize> {
        let settled = self.filter.as_ref().is_none_or(FileFilter::has_settled);
        let whole = self.remaining.iter().take_while(|row_group| row_group.selection.is_none());
        whole.filter(move |_| settled).map(|row_group| row_group.index)
    }

    /// Rows of the row groups that are left, selections counted as they select.
    pub(super) fn rows(&self) -> usize {
        let rows = self.remaining.iter().map(|row_group| match &row_group.selection {
            Some(selection) => selection.row_count(),
            None => usize::try_from(self.metadata.row_group(row_group.index).num_rows()).unwrap_or_default(),
        });
        rows.sum()
    }

    /// The row groups that are left.
    pub(super) fn remaining(&self) -> impl Iterator<Item = &RowGroup> {
        self.remaining.iter()
    }
}

/// A scan's predicate in the terms of one file.
#[derive(Debug)]
struct FileFilter {
    predicate: Arc<dyn PhysicalExpr>,
    literals: HashMap<String, ScalarValue>,
    table_schema: SchemaRef,
    file_schema: SchemaRef,
    schema: SchemaRef,
    metadata: Arc<ParquetMetaData>,
    tracking: Tracking,
}

/// Whether the predicate holds filters that grow narrower while the statement runs.
struct Tracking {
    dynamic: DynamicFilterTracking,
    changed: bool,
}

impl std::fmt::Debug for Tracking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracking").field("changed", &self.changed).finish_non_exhaustive()
    }
}

/// What the predicate says now.
enum Verdict {
    /// No row of the file matches.
    Nothing,
    /// Bounds cannot tell.
    Anything,
    /// Bounds can tell.
    Bounds(Arc<dyn PhysicalExpr>),
}

impl FileFilter {
    fn new(
        scan: &Scan,
        predicate: &Arc<dyn PhysicalExpr>,
        file: &PartitionedFile,
        schema: &SchemaRef,
        metadata: &Arc<ParquetMetaData>,
    ) -> Self {
        let partition = scan.table_schema.table_partition_cols().iter().map(|field| field.name().clone());
        Self {
            predicate: Arc::clone(predicate),
            literals: partition.zip(file.partition_values.iter().cloned()).collect(),
            table_schema: Arc::clone(scan.table_schema.table_schema()),
            file_schema: Arc::clone(scan.table_schema.file_schema()),
            schema: Arc::clone(schema),
            metadata: Arc::clone(metadata),
            tracking: Tracking { dynamic: DynamicFilterTracking::classify(predicate), changed: false },
        }
    }

    fn has_changed(&mut self) -> bool {
        let changed = match &mut self.tracking.dynamic {
            DynamicFilterTracking::Watching(tracker) => tracker.changed(),
            _ => false,
        };
        self.tracking.changed |= changed;
        changed
    }

    fn has_settled(&self) -> bool {
        self.tracking.changed || !matches!(self.tracking.dynamic, DynamicFilterTracking::Watching(_))
    }

    fn verdict(&self) -> Result<Verdict> {
        let now = snapshot_physical_expr(Arc::clone(&self.predicate))?;
        let Some(now) = boundable(&now, &self.table_schema)? else {
            return Ok(Verdict::Anything);
        };
        let now = replace_columns_with_literals(now, &self.literals)?;
        let adapter =
            DefaultPhysicalExprAdapterFactory.create(Arc::clone(&self.file_schema), Arc::clone(&self.schema))?;
        let now = PhysicalExprSimplifier::new(&self.schema).simplify(adapter.rewrite(now)?)?;
        Ok(match now.downcast_ref::<Literal>().map(Literal::value) {
            Some(ScalarValue::Boolean(Some(true))) => Verdict::Anything,
            Some(ScalarValue::Boolean(_)) => Verdict::Nothing,
            _ => Verdict::Bounds(now),
        })
    }

    fn might_match(&self, row_groups: Vec<usize>) -> Result<Vec<usize>> {
        match self.verdict()? {
            Verdict::Nothing => Ok(vec![]),
            Verdict::Anything => Ok(row_groups),
            Verdict::Bounds(expr) => Ok(self.prune(&expr, row_groups)?.0),
        }
    }

    /// The row groups of which `expr` might be true, and the predicate as it was held against them.
    fn prune(&self, expr: &Arc<dyn PhysicalExpr>, row_groups: Vec<usize>) -> Result<(Vec<usize>, Option<PruningPredicate>)> {
        let builder = PruningPredicateBuilder::new().with_file_schema(Arc::clone(&self.schema));
        let Ok(predicate) = builder.try_build(Arc::clone(expr)) else {
            return Ok((row_groups, None));
        };
        let bounds = RowGroupBounds { metadata: &self.metadata, schema: &self.schema, row_groups: &row_groups };
        let answers = predicate.prune(&bounds)?;
        let kept = row_groups.into_iter().zip(answers).filter(|(_, might_match)| *might_match);
        Ok((kept.map(|(index, _)| index).collect(), Some(predicate)))
    }

    async fn prune_file(
        &self,
        store: &dyn object_store::ObjectStore,
        file: &PartitionedFile,
        all: Vec<usize>,
    ) -> Result<Kept> {
        let expr = match self.verdict()? {
            Verdict::Nothing => return Ok(Kept { row_groups: vec![], indexed: None }),
            Verdict::Anything => return Ok(whole(all)),
            Verdict::Bounds(expr) => expr,
        };
        let (kept, predicate) = self.prune(&expr, all)?;
        let Some(predicate) = predicate else {
            return Ok(whole(kept));
        };
        let mut kept = pages::prune(store, file, &self.metadata, &self.schema, &expr, &predicate, kept).await?;
        bloom::prune(store, file, &self.metadata, &self.schema, &predicate, &mut kept.row_groups).await?;
        Ok(kept)
    }
}

/// Row groups without selections.
pub(super) fn whole(row_groups: Vec<usize>) -> Kept {
    let row_groups = row_groups.into_iter().map(|index| RowGroup { index, selection: None }).collect();
    Kept { row_groups, indexed: None }
}

/// The bounds of some row groups. A missing count of NULLs is unknown, not zero.
struct RowGroupBounds<'a> {
    metadata: &'a ParquetMetaData,
    schema: &'a Schema,
    row_groups: &'a [usize],
}

impl RowGroupBounds<'_> {
    fn converter(&self, column: &ColumnName) -> Option<StatisticsConverter<'_>> {
        let parquet = self.metadata.file_metadata().schema_descr();
        let converter = StatisticsConverter::try_new(column.name(), self.schema, parquet).ok()?;
        Some(converter.with_missing_null_counts_as_zero(false))
    }

    fn groups(&self) -> impl Iterator<Item = &parquet::file::metadata::RowGroupMetaData> {
        self.row_groups.iter().map(|index| self.metadata.row_group(*index))
    }
}

impl PruningStatistics for RowGroupBounds<'_> {
    fn min_values(&self, column: &ColumnName) -> Option<ArrayRef> {
        self.converter(column)?.row_group_mins(self.groups()).ok()
    }

    fn max_values(&self, column: &ColumnName) -> Option<ArrayRef> {
        self.converter(column)?.row_group_maxes(self.groups()).ok()
    }

    fn num_containers(&self) -> usize {
        self.row_groups.len()
    }

    fn null_counts(&self, column: &ColumnName) -> Option<ArrayRef> {
        let counts = self.converter(column)?.row_group_null_counts(self.groups()).ok()?;
        Some(Arc::new(counts))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let rows = self.groups().map(|group| u64::try_from(group.num_rows()).ok());
        Some(Arc::new(rows.collect::<arrow::array::UInt64Array>()))
    }

    fn contained(&self, _column: &ColumnName, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

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
        Some(Self { column, descending: first.options.descending })
    }

    fn sort(&self, row_groups: &mut [RowGroup], metadata: &ParquetMetaData, schema: &Schema) {
        let indexes: Vec<usize> = row_groups.iter().map(|row_group| row_group.index).collect();
        let bounds = RowGroupBounds { metadata, schema, row_groups: &indexes };
        let column = ColumnName::from_name(&self.column);
        let bounds = if self.descending { bounds.max_values(&column) } else { bounds.min_values(&column) };
        let Some(places) = bounds.and_then(|bounds| self.places(&bounds)) else {
            return;
        };
        let places: HashMap<usize, usize> = indexes.iter().copied().zip(places).collect();
        row_groups.sort_by_key(|row_group| places.get(&row_group.index).copied());
    }

    /// `files` in this order, as far as the table's statistics tell.
    pub(super) fn files(&self, scan: &Scan, files: &[usize]) -> Vec<usize> {
        let statistics = scan.table.files.statistics();
        let bounds = if self.descending { statistics.max(&self.column) } else { statistics.min(&self.column) };
        let Some(places) = bounds.and_then(|bounds| self.places(&bounds)) else {
            return files.to_vec();
        };
        let mut files = files.to_vec();
        files.sort_by_key(|file| places.get(*file).copied());
        files
    }

    /// The place of each bound in this order, unknown ones last.
    fn places(&self, bounds: &ArrayRef) -> Option<Vec<usize>> {
        let options = arrow::compute::SortOptions { descending: self.descending, nulls_first: false };
        let sorted = arrow::compute::sort_to_indices(bounds, Some(options), None).ok()?;
        let mut places = vec![0; bounds.len()];
        for (place, index) in sorted.values().iter().enumerate() {
            *places.get_mut(usize::try_from(*index).ok()?)? = place;
        }
        Some(places)
    }
}
