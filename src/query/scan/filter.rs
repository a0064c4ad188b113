//! A scan's predicate in the terms of one file, held against the bounds of its row groups.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::{Column as ColumnName, ScalarValue};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{DynamicFilterTracking, Literal};
use datafusion::physical_expr::simplifier::PhysicalExprSimplifier;
use datafusion::physical_expr_adapter::{PhysicalExprAdapterFactory, replace_columns_with_literals};
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder, PruningStatistics};
use object_store::ObjectStore;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::bounds::boundable;
use super::nested::ByName;
use super::now::now;
use super::open::{Kept, whole};
use super::order::RowGroupOrder;
use super::source::LakeSource;
use super::{bloom, pages};

/// A scan's predicate in the terms of one file.
#[derive(Debug)]
pub(super) struct FileFilter {
    predicate: Arc<dyn PhysicalExpr>,
    literals: HashMap<String, ScalarValue>,
    table_schema: SchemaRef,
    file_schema: SchemaRef,
    schema: SchemaRef,
    metadata: Arc<ParquetMetaData>,
    /// In what order a sort above wants the rows.
    order: Option<RowGroupOrder>,
    tracking: Tracking,
}

/// Row groups, one after the other, of which none let a filter rule out others, after which it
/// is not expected to: the order of a top-k over many rows hardly ever does.
pub(super) const SETTLED_AFTER: usize = 3;

/// Which row groups may be fetched before it is their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookAhead {
    /// All: what the filter says holds until the end.
    All,
    /// All, though the filter may still rule out a few: no more at once than connections carry.
    Likely,
    /// The next one, and with it what costs no request more: the filter has long ruled out none.
    Next,
    /// None: the filter may still rule them out.
    Nothing,
}

/// Whether the predicate holds filters that grow narrower while the statement runs.
struct Tracking {
    dynamic: DynamicFilterTracking,
    /// Row groups of the scan that were begun since one was ruled out last.
    idle: Arc<AtomicUsize>,
    /// Was it found beforehand what is most likely left in the end, or is it little that is read?
    is_likely: bool,
}

impl std::fmt::Debug for Tracking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracking")
            .field("idle", &self.idle)
            .finish_non_exhaustive()
    }
}

/// Does `predicate` grow no narrower any more?
pub(super) fn is_final(predicate: &Arc<dyn PhysicalExpr>) -> bool {
    !matches!(
        DynamicFilterTracking::classify(predicate),
        DynamicFilterTracking::Watching(_)
    )
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
    pub(super) fn new(
        source: &LakeSource,
        predicate: &Arc<dyn PhysicalExpr>,
        file: &PartitionedFile,
        schema: &SchemaRef,
        metadata: &Arc<ParquetMetaData>,
    ) -> Self {
        let scan = &source.scan;
        let partition = scan
            .table_schema
            .table_partition_cols()
            .iter()
            .map(|field| field.name().clone());
        Self {
            predicate: Arc::clone(predicate),
            literals: partition.zip(file.partition_values.iter().cloned()).collect(),
            table_schema: Arc::clone(scan.table_schema.table_schema()),
            file_schema: Arc::clone(scan.table_schema.file_schema()),
            schema: Arc::clone(schema),
            metadata: Arc::clone(metadata),
            order: source.order.clone(),
            tracking: Tracking {
                dynamic: DynamicFilterTracking::classify(predicate),
                idle: Arc::clone(&scan.idle),
                is_likely: source.is_first() || source.is_early(),
            },
        }
    }

    /// Did a filter become narrower since this was asked last?
    pub(super) fn has_changed(&mut self) -> bool {
        match &mut self.tracking.dynamic {
            DynamicFilterTracking::Watching(tracker) => tracker.changed(),
            _ => false,
        }
    }

    /// Notes whether a row group is begun, and how many were ruled out since the last one was.
    pub(super) fn note(&self, ruled_out: usize, begins: bool) {
        let idle = &self.tracking.idle;
        if ruled_out > 0 {
            idle.store(0, Ordering::Relaxed);
        } else if begins {
            idle.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn look_ahead(&self) -> LookAhead {
        let watches = matches!(self.tracking.dynamic, DynamicFilterTracking::Watching(_));
        if !watches || is_final(&self.predicate) {
            LookAhead::All
        } else if self.tracking.is_likely {
            LookAhead::Likely
        } else if self.tracking.idle.load(Ordering::Relaxed) >= SETTLED_AFTER {
            LookAhead::Next
        } else {
            LookAhead::Nothing
        }
    }

    fn verdict(&self) -> Result<Verdict> {
        let now = now(&self.predicate)?;
        let Some(mut now) = boundable(&now, &self.table_schema)? else {
            return Ok(Verdict::Anything);
        };
        if let Some(order) = &self.order {
            now = order.with_implied(now);
        }
        let now = replace_columns_with_literals(now, &self.literals)?;
        let adapter = ByName.create(Arc::clone(&self.file_schema), Arc::clone(&self.schema))?;
        let now = PhysicalExprSimplifier::new(&self.schema).simplify(adapter.rewrite(now)?)?;
        Ok(match now.downcast_ref::<Literal>().map(Literal::value) {
            Some(ScalarValue::Boolean(Some(true))) => Verdict::Anything,
            Some(ScalarValue::Boolean(_)) => Verdict::Nothing,
            _ => Verdict::Bounds(now),
        })
    }

    /// Those of `row_groups` that might hold matching rows.
    pub(super) fn might_match(&self, row_groups: Vec<usize>) -> Result<Vec<usize>> {
        match self.verdict()? {
            Verdict::Nothing => Ok(vec![]),
            Verdict::Anything => Ok(row_groups),
            Verdict::Bounds(expr) => Ok(self.prune(&expr, row_groups)?.0),
        }
    }

    /// The row groups of which `expr` might be true, and the predicate as it was held against them.
    fn prune(
        &self,
        expr: &Arc<dyn PhysicalExpr>,
        row_groups: Vec<usize>,
    ) -> Result<(Vec<usize>, Option<PruningPredicate>)> {
        let builder = PruningPredicateBuilder::new().with_file_schema(Arc::clone(&self.schema));
        let Ok(predicate) = builder.try_build(Arc::clone(expr)) else {
            return Ok((row_groups, None));
        };
        let bounds = RowGroupBounds {
            metadata: &self.metadata,
            schema: &self.schema,
            row_groups: &row_groups,
        };
        let answers = predicate.prune(&bounds)?;
        let kept = row_groups
            .into_iter()
            .zip(answers)
            .filter(|(_, might_match)| *might_match);
        Ok((kept.map(|(index, _)| index).collect(), Some(predicate)))
    }

    /// The row groups and pages that might hold matching rows, by bounds, page indexes and bloom filters.
    pub(super) async fn prune_file(
        &self,
        store: &dyn ObjectStore,
        file: &PartitionedFile,
        all: Vec<usize>,
    ) -> Result<Kept> {
        let expr = match self.verdict()? {
            Verdict::Nothing => {
                return Ok(Kept {
                    row_groups: vec![],
                    indexed: None,
                });
            }
            Verdict::Anything => return Ok(whole(all)),
            Verdict::Bounds(expr) => expr,
        };
        let (kept, predicate) = self.prune(&expr, all)?;
        let Some(predicate) = predicate else {
            return Ok(whole(kept));
        };
        let mut kept = pages::prune(store, file, &self.metadata, &self.schema, &expr, &predicate, kept).await?;
        bloom::prune(
            store,
            file,
            &self.metadata,
            &self.schema,
            &predicate,
            &mut kept.row_groups,
        )
        .await?;
        Ok(kept)
    }
}

/// The bounds of some row groups. A missing count of NULLs is unknown, not zero.
pub(super) struct RowGroupBounds<'a> {
    pub(super) metadata: &'a ParquetMetaData,
    pub(super) schema: &'a Schema,
    pub(super) row_groups: &'a [usize],
}

impl RowGroupBounds<'_> {
    fn converter(&self, column: &ColumnName) -> Option<StatisticsConverter<'_>> {
        let parquet = self.metadata.file_metadata().schema_descr();
        let converter = StatisticsConverter::try_new(column.name(), self.schema, parquet).ok()?;
        Some(converter.with_missing_null_counts_as_zero(false))
    }

    fn groups(&self) -> impl Iterator<Item = &RowGroupMetaData> {
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
        Some(Arc::new(rows.collect::<UInt64Array>()))
    }

    fn contained(&self, _column: &ColumnName, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
