//! [`LakeSource`]: a scan in the seat of a file source, so that DataFusion's optimizer pushes
//! projections, filters, sort orders and limits into it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::config::{ConfigOptions, TableParquetOptions};
use datafusion::common::internal_err;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener, FileScanConfig, FileSource, ParquetSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr, PhysicalSortExpr, conjunction};
use datafusion::physical_expr_common::physical_expr::snapshot_generation;
use datafusion::physical_plan::filter_pushdown::{FilterPushdownPropagation, PushedDown};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayFormatType, SortOrderPushdownResult};
use futures::{FutureExt, StreamExt};
use object_store::ObjectStore;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::Scan;
use super::before::Before;
use super::decode::Decoder;
use super::estimate::Estimate;
use super::filter::is_final;
use super::fit::Fit;
use super::marks::{self, Known};
use super::open::RowGroup;
use super::order::RowGroupOrder;
use super::sieve::{Asking, Sieved, sieve};
use super::top::Top;
use super::walk::Walk;
use crate::query::fragment::Fragment;

/// What the optimizer made of a scan so far.
#[derive(Debug, Clone)]
pub(in crate::query) struct LakeSource {
    pub(in crate::query) scan: Arc<Scan>,
    pub(super) parquet: ParquetSource,
    pub(super) predicate: Option<Arc<dyn PhysicalExpr>>,
    pub(super) order: Option<RowGroupOrder>,
    pub(super) top: Option<Top>,
    /// What is read before the rest, when something is.
    before: Option<Arc<Before>>,
    /// What is made of the rows of each row group.
    pub(super) fragment: Option<Arc<Fragment>>,
    /// What was asked of its predicate.
    known: Arc<Known>,
    /// Is this what is read before the rest?
    is_first: bool,
    batch_size: Option<usize>,
    metrics: ExecutionPlanMetricsSet,
}

impl LakeSource {
    pub(super) fn new(scan: Arc<Scan>) -> Self {
        let mut options = TableParquetOptions::default();
        // All pruning is done before the decoder is asked, see `open`.
        options.global.pruning = false;
        options.global.enable_page_index = false;
        options.global.bloom_filter_on_read = false;
        options.global.pushdown_filters = false;
        options.global.coerce_int96 = Some("us".to_owned());
        let parquet = ParquetSource::new(scan.table_schema.clone()).with_table_parquet_options(options);
        let metrics = ExecutionPlanMetricsSet::new();
        Self {
            scan,
            parquet,
            predicate: None,
            order: None,
            top: None,
            before: None,
            fragment: None,
            known: Arc::default(),
            is_first: false,
            batch_size: None,
            metrics,
        }
    }

    /// What this scan would read, without reading data.
    pub(in crate::query) async fn estimate(&self, limit: Option<usize>) -> crate::error::Result<Estimate> {
        super::estimate::estimate(self, limit).await
    }

    /// The rows, made by `fragment` of those of each row group.
    pub(in crate::query) fn made(&self, fragment: &Arc<Fragment>) -> SendableRecordBatchStream {
        let source = Self {
            fragment: Some(Arc::clone(fragment)),
            ..self.clone()
        };
        let rows = Walk::new(&source, None).into_stream();
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&fragment.schema), rows))
    }

    /// This scan, of which a sort keeps `top`.
    pub(super) fn with_top(&self, top: Top) -> Self {
        Self {
            top: Some(top),
            ..self.clone()
        }
    }

    /// The part of this scan that is read first: rows for which `predicate` might be true.
    pub(super) fn with_first(&self, predicate: Arc<dyn PhysicalExpr>) -> Self {
        Self {
            predicate: Some(conjunction(self.predicate.iter().cloned().chain([predicate]))),
            before: Some(Arc::default()),
            known: Arc::default(),
            is_first: true,
            ..self.clone()
        }
    }

    /// The rest of this scan, `first` left out.
    pub(super) fn without(&self, first: &Self) -> Self {
        Self {
            before: first.before.clone(),
            ..self.clone()
        }
    }

    /// Is this most likely all that is left of the scan in the end?
    pub(super) fn is_first(&self) -> bool {
        self.is_first
    }

    /// Leaves out of `row_groups` of `file` what was read before; and was anything?
    pub(super) fn leave_out(&self, file: usize, row_groups: &mut Vec<RowGroup>, metadata: &ParquetMetaData) -> bool {
        let Some(before) = &self.before else { return false };
        if self.is_first {
            before.note(file, row_groups);
            return false;
        }
        *row_groups = before.rest(file, std::mem::take(row_groups), metadata);
        before.knows(file)
    }

    /// How many columns of files are read at most.
    pub(super) fn columns_read(&self) -> usize {
        let mut read: BTreeSet<usize> = match self.parquet.projection() {
            Some(projection) => projection.column_indices().into_iter().collect(),
            None => (0..self.scan.table_schema.file_schema().fields().len()).collect(),
        };
        if let Some(predicate) = &self.predicate {
            read.extend(collect_columns(predicate).iter().map(Column::index));
        }
        let columns = self.scan.table_schema.file_schema().fields().len();
        read.range(..columns).count()
    }

    /// Rows of a batch.
    pub(super) fn batch_rows(&self) -> usize {
        self.batch_size
            .unwrap_or_else(|| self.scan.context.session_config().batch_size())
    }

    pub(super) fn decoder(&self, limit: Option<usize>) -> Decoder {
        Decoder::new(Arc::clone(&self.scan), self.parquet.clone(), self.batch_rows(), limit)
    }

    /// What whoever decodes a row group can leave out; nothing of what is read before the rest, where what was read is
    /// told by its place and not by its values.
    pub(super) fn sieve(&self, fit: &Fit, row_group: &RowGroupMetaData) -> Option<Sieved> {
        let predicate = self.predicate.as_ref().filter(|_| self.before.is_none())?;
        if !is_final(predicate) {
            return sieve(predicate, &fit.schema, None);
        }
        self.known.read(row_group, snapshot_generation(predicate));
        let asking = Asking {
            known: &self.known,
            schema: self.scan.table_schema.table_schema(),
            range: &|place| marks::range(row_group, *fit.roots.get(place)?),
        };
        sieve(predicate, &fit.schema, Some(&asking))
    }

    /// How what hands decode of a file becomes rows; `None` where only this engine can.
    pub(super) fn fit(
        &self,
        file: &PartitionedFile,
        metadata: &ParquetMetaData,
        file_schema: &SchemaRef,
    ) -> Result<Option<Fit>> {
        match self.parquet.projection() {
            Some(projection) => Fit::of(&self.scan.table_schema, projection, file, metadata, file_schema),
            None => Ok(None),
        }
    }
}

impl FileSource for LakeSource {
    fn create_file_opener(
        &self,
        _object_store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        _partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        Ok(Arc::new(Opener {
            source: self.clone(),
            limit: config.limit,
        }))
    }

    fn table_schema(&self) -> &TableSchema {
        self.parquet.table_schema()
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        Arc::new(Self {
            batch_size: Some(batch_size),
            ..self.clone()
        })
    }

    fn filter(&self) -> Option<Arc<dyn PhysicalExpr>> {
        self.predicate.clone()
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        self.parquet.projection()
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &'static str {
        self.scan.table.format.name()
    }

    fn fmt_extra(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kept, all) = (self.scan.pruned.kept.len(), self.scan.table.files.len());
        let separator = if matches!(format, DisplayFormatType::TreeRender) {
            "\n"
        } else {
            ", "
        };
        write!(f, "{separator}files={kept} of {all}")?;
        match &self.predicate {
            Some(predicate) => write!(f, "{separator}predicate={predicate}"),
            None => Ok(()),
        }
    }

    fn supports_repartitioning(&self) -> bool {
        false
    }

    /// Filters prune files, row groups and pages; they are applied above all the same.
    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        _config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn FileSource>>> {
        let answers = vec![PushedDown::No; filters.len()];
        let propagation = FilterPushdownPropagation::with_parent_pushdown_result(answers);
        if filters.is_empty() {
            return Ok(propagation);
        }
        let predicate = conjunction(self.predicate.iter().cloned().chain(filters));
        let source = Self {
            predicate: Some(predicate),
            // It is about this one.
            known: Arc::default(),
            ..self.clone()
        };
        Ok(propagation.with_updated_node(Arc::new(source)))
    }

    /// A sort wants its best rows first: row groups are then read in the order of their bounds.
    fn try_pushdown_sort(
        &self,
        order: &[PhysicalSortExpr],
        _properties: &EquivalenceProperties,
    ) -> Result<SortOrderPushdownResult<Arc<dyn FileSource>>> {
        let Some(order) = RowGroupOrder::of(order, self.table_schema().file_schema()) else {
            return Ok(SortOrderPushdownResult::Unsupported);
        };
        let inner = Arc::new(Self {
            order: Some(order),
            ..self.clone()
        });
        Ok(SortOrderPushdownResult::Inexact { inner })
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> Result<Option<Arc<dyn FileSource>>> {
        let Some(pushed) = self.parquet.try_pushdown_projection(projection)? else {
            return Ok(None);
        };
        let Some(parquet) = pushed.downcast_ref::<ParquetSource>() else {
            return internal_err!("the Parquet source became another one");
        };
        Ok(Some(Arc::new(Self {
            parquet: parquet.clone(),
            ..self.clone()
        })))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        if let Some(predicate) = &self.predicate
            && f(predicate)? == TreeNodeRecursion::Stop
        {
            return Ok(TreeNodeRecursion::Stop);
        }
        self.parquet.apply_expressions(f)
    }
}

struct Opener {
    source: LakeSource,
    limit: Option<usize>,
}

impl FileOpener for Opener {
    fn open(&self, _all: PartitionedFile) -> Result<FileOpenFuture> {
        let walk = Walk::new(&self.source, self.limit);
        Ok(async move { Ok(walk.into_stream().boxed()) }.boxed())
    }
}
