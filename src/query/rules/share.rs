//! [`ShareExec`]: an aggregate whose parts hands make, each of the row groups that it decodes.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::execution_plan::CardinalityEffect;
use datafusion::physical_plan::filter_pushdown::{FilterDescription, FilterPushdownPhase};
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};

use crate::query::fragment::{Divided, Passed, divided, rows_of, whole};
use crate::query::scope::Scope;

/// Around an aggregate that can be divided, which it stands for: without hands it is that and nothing else.
#[derive(Debug)]
pub(in crate::query) struct ShareExec {
    input: Arc<dyn ExecutionPlan>,
    /// What it did, once it has begun.
    ran: Mutex<Option<Ran>>,
}

/// An aggregate that was divided.
#[derive(Debug, Clone)]
pub(in crate::query) struct Ran {
    /// What put its parts together.
    whole: Arc<AggregateExec>,
    passed: Arc<Passed>,
}

impl Ran {
    /// What it did as a whole.
    pub(in crate::query) fn metrics(&self) -> Option<MetricsSet> {
        self.whole.metrics()
    }

    /// Rows of the scan, and those that each operator above it let out.
    pub(in crate::query) fn passed(&self) -> Vec<u64> {
        self.passed.told()
    }
}

impl ShareExec {
    /// Around `plan`, if that can be divided.
    pub(super) fn around(plan: &Arc<dyn ExecutionPlan>) -> Option<Self> {
        divided(plan.downcast_ref::<AggregateExec>()?)?;
        Some(Self::new(Arc::clone(plan)))
    }

    fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        let ran = Mutex::default();
        Self { input, ran }
    }

    /// What it did; `None` where the aggregate was not divided.
    pub(in crate::query) fn ran(&self) -> Option<Ran> {
        self.ran.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn divide(&self, context: &Arc<TaskContext>) -> Option<Divided> {
        let scope = context.session_config().get_extension::<Scope>()?;
        let crew = scope.crew.as_ref()?;
        let divided = divided(self.input.downcast_ref::<AggregateExec>()?)?;
        // No hand is started for less, and alone this engine is as quick at once.
        divided.source.may_read(crew.worth().scan_bytes).then_some(divided)
    }
}

impl DisplayAs for ShareExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::TreeRender => Ok(()),
            _ => f.write_str(self.name()),
        }
    }
}

impl ExecutionPlan for ShareExec {
    fn name(&self) -> &'static str {
        "ShareExec"
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
            return internal_err!("ShareExec has one input");
        };
        Ok(Arc::new(Self::new(input)))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (Some(divided), Some(aggregate)) = (self.divide(&context), self.input.downcast_ref::<AggregateExec>())
        else {
            return self.input.execute(partition, context);
        };
        let passed = Arc::clone(&divided.fragment.passed);
        let parts = divided.source.made(&Arc::new(divided.fragment));
        let whole = Arc::new(whole(aggregate, rows_of(parts)?)?);
        let rows = whole.execute(partition, context);
        *self.ran.lock().unwrap_or_else(PoisonError::into_inner) = Some(Ran { whole, passed });
        rows
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.ran()?.metrics()
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let [input] = inputs else {
            return internal_err!("ShareExec has one input");
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
