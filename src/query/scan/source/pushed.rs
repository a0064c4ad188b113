//! What DataFusion's optimizer asks of a scan, and hands down to it.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::internal_err;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener, FileScanConfig, FileSource, ParquetSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr, PhysicalSortExpr, conjunction};
use datafusion::physical_plan::filter_pushdown::{FilterPushdownPropagation, PushedDown};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, SortOrderPushdownResult};
use futures::future::ready;
use futures::{FutureExt, StreamExt};
use object_store::ObjectStore;

use super::super::order::RowGroupOrder;
use super::LakeSource;

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
        if let Some(rows) = self.source.rest.take() {
            return Ok(ready(Ok(rows)).boxed());
        }
        let walk = self.source.walk(self.limit);
        Ok(async move { Ok(walk.into_stream().boxed()) }.boxed())
    }
}
