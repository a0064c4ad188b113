//! [`LakeSource`]: a scan in the seat of a file source, so that DataFusion's optimizer pushes
//! projections, filters, sort orders and limits into it.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileSource, ParquetSource};
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{PhysicalExpr, conjunction};
use datafusion::physical_expr_common::physical_expr::snapshot_generation;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::Scan;
use super::before::Before;
use super::begun::{Begun, Rest};
use super::decode::Decoder;
use super::early::Early;
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
use crate::table::prune::has_subquery;

mod pushed;

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
    /// The rows, when they have begun to be read.
    pub(super) rest: Arc<Rest>,
    /// What is fetched before the scan runs.
    early: Arc<Early>,
    /// Is this fetched before it runs?
    is_early: bool,
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
            rest: Arc::default(),
            early: Arc::default(),
            is_early: false,
            batch_size: None,
            metrics,
        }
    }

    /// What this scan would read, without reading data.
    pub(in crate::query) async fn estimate(&self, limit: Option<usize>) -> crate::error::Result<Estimate> {
        super::estimate::estimate(self, limit).await
    }

    /// The same, without the places where its rows, or what was fetched of it, may be left.
    fn apart(&self) -> Self {
        Self {
            rest: Arc::default(),
            early: Arc::default(),
            ..self.clone()
        }
    }

    /// Reads it in order, from what was fetched of it on.
    pub(super) fn walk(&self, limit: Option<usize>) -> Walk {
        self.early.take().unwrap_or_else(|| Walk::new(&self.apart(), limit))
    }

    /// Bytes of its files, where they are so few that they may be fetched before it is their turn.
    pub(in crate::query) fn small_bytes(&self) -> Option<u64> {
        self.scan.small_bytes
    }

    /// Begins to fetch it, unless it runs. Nothing where a subquery has to tell first what is read.
    pub(in crate::query) fn begin_early(&self) {
        if self.top.is_none() && !self.predicate.as_ref().is_some_and(has_subquery) {
            let early = Self {
                is_early: true,
                ..self.apart()
            };
            self.early.begin(|| Walk::new(&early, None).opening());
        }
    }

    /// Gives up what was begun, unless it runs; it is not begun again.
    pub(in crate::query) fn end_early(&self) {
        drop(self.early.take());
    }

    /// Begins to read it.
    pub(in crate::query) fn begin(&self) -> Begun {
        Begun::new(self)
    }

    /// The rows, made by `fragment` of those of each row group.
    pub(in crate::query) fn made(&self, fragment: &Arc<Fragment>) -> Result<SendableRecordBatchStream> {
        let mut walk = self.walk(None);
        walk.make(vec![], fragment)?;
        let rows = walk.into_stream();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&fragment.schema),
            rows,
        )))
    }

    /// May it read `bytes` or more, for all that is known of its files before they are opened?
    pub(in crate::query) fn may_read(&self, bytes: u64) -> bool {
        let files = &self.scan.table.files;
        let mut left = bytes;
        left == 0
            || self.scan.pruned.kept.iter().any(|file| {
                left = files.size_bytes(*file).map_or(0, |size| left.saturating_sub(size));
                left == 0
            })
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

    /// Was a part of this scan read before?
    pub(super) fn is_rest(&self) -> bool {
        self.before.is_some() && !self.is_first
    }

    /// Is this most likely all that is left of the scan in the end?
    pub(super) fn is_first(&self) -> bool {
        self.is_first
    }

    /// Was it begun before its turn, as it is little?
    pub(super) fn is_early(&self) -> bool {
        self.is_early
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

    /// What whoever decodes a row group, its columns as `schema`, can leave out; nothing of what is read before the rest, where what was read is
    /// told by its place and not by its values.
    pub(super) fn sieve(&self, fit: &Fit, schema: &Schema, row_group: &RowGroupMetaData) -> Option<Sieved> {
        let predicate = self.predicate.as_ref().filter(|_| self.before.is_none())?;
        if !is_final(predicate) {
            return sieve(predicate, schema, None);
        }
        self.known.read(row_group, snapshot_generation(predicate));
        let asking = Asking {
            known: &self.known,
            schema: self.scan.table_schema.table_schema(),
            range: &|place| marks::range(row_group, *fit.roots.get(place)?),
        };
        sieve(predicate, schema, Some(&asking))
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
