//! [`Around`]: an operator around another one, for which it stands in a plan.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::CardinalityEffect;
use datafusion::physical_plan::filter_pushdown::{FilterDescription, FilterPushdownPhase};
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::TryStreamExt;

/// How an operator runs that gives the rows of its input, in their order.
pub(in crate::query) trait Running: fmt::Debug + Default + Send + Sync + 'static {
    /// The operator's name.
    const NAME: &'static str;

    /// The rows of `input`.
    fn execute(
        &self,
        input: &Arc<dyn ExecutionPlan>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream>;

    /// What it counted.
    fn metrics(&self) -> Option<MetricsSet> {
        None
    }
}

/// `rows`, of each batch of which `see` is told.
pub(in crate::query) fn seen(
    rows: SendableRecordBatchStream,
    mut see: impl FnMut(&RecordBatch) + Send + 'static,
) -> SendableRecordBatchStream {
    let schema = rows.schema();
    let seen = rows.inspect_ok(move |batch| see(batch));
    Box::pin(RecordBatchStreamAdapter::new(schema, seen))
}

/// An operator that changes no row, nor what is known of rows: filters, statistics and orders pass through it.
#[derive(Debug)]
pub(in crate::query) struct Around<R> {
    input: Arc<dyn ExecutionPlan>,
    pub(in crate::query) running: R,
}

impl<R: Running> Around<R> {
    pub(in crate::query) fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        let running = R::default();
        Self { input, running }
    }
}

impl<R: Running> DisplayAs for Around<R> {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::TreeRender => Ok(()),
            _ => f.write_str(R::NAME),
        }
    }
}

impl<R: Running> ExecutionPlan for Around<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let (Some(input), None) = (children.pop(), children.pop()) else {
            return internal_err!("{} has one input", R::NAME);
        };
        Ok(Arc::new(Self::new(input)))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.running.execute(&self.input, partition, context)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.running.metrics()
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let [input] = inputs else {
            return internal_err!("{} has one input", R::NAME);
        };
        Ok(Arc::clone(input))
    }

    fn gather_filters_for_pushdown(
        &self,
        _phase: FilterPushdownPhase,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        _config: &ConfigOptions,
    ) -> Result<FilterDescription> {
        FilterDescription::from_children(filters, &self.children())
    }

    fn cardinality_effect(&self) -> CardinalityEffect {
        CardinalityEffect::Equal
    }
}
