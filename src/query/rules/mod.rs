//! Plans for a tab: no operator may start a task on a runtime that does not exist, and none
//! may keep the event loop for long.
//!
//! What starts tasks in DataFusion 55.2 and why it is not met: `CoalescePartitionsExec` over
//! several inputs and `AnalyzeExec` are replaced below. `RepartitionExec` needs more than one
//! target partition, `BufferExec` a buffering capacity, spilling a disk, sinks and external
//! tables a statement that writes: the session allows none of them. Sorts and merges pass
//! their inputs through where there is no runtime. `collect_partitioned` is never called.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::analyze::AnalyzeExec;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};

mod analyze;
mod around;
mod gather;
mod merge;
mod own;
mod pace;
mod share;
mod top;

pub(super) use around::{Around, Running, seen};
pub(super) use pace::Pacer;
pub(super) use share::ShareExec;

/// DataFusion's rules with ours among them: before filters that grow narrower while the
/// statement runs are handed down, since plans must not be rebuilt after that. It takes the
/// place of the rule that lets tasks yield to a runtime.
pub(super) fn rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let ours: Arc<dyn PhysicalOptimizerRule + Send + Sync> = Arc::new(WithoutRuntime);
    let rules = PhysicalOptimizer::new().rules.into_iter();
    rules
        .map(|rule| {
            if rule.name() == "EnsureCooperative" {
                Arc::clone(&ours)
            } else {
                rule
            }
        })
        .collect()
}

/// Replaces what would start tasks and slows down what would not let go. Before that it tells scans what sorts keep of
/// them: plans are not rebuilt after this.
#[derive(Debug)]
struct WithoutRuntime;

impl PhysicalOptimizerRule for WithoutRuntime {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let single = if plan.output_partitioning().partition_count() > 1 {
            Arc::new(CoalescePartitionsExec::new(plan)) as Arc<dyn ExecutionPlan>
        } else {
            plan
        };
        let told = single.transform_up(top::tell).data()?;
        let owning = told.transform_up(own::below_keepers).data()?;
        owning.transform_up(|plan| Ok(replace(plan))).data()
    }

    fn name(&self) -> &'static str {
        "without_runtime"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Plans as usual. `EXPLAIN ANALYZE` needs its own word, since no rule sees the operator that runs it.
#[derive(Debug)]
pub(super) struct Planner;

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(&self, plan: &LogicalPlan, session: &dyn Session) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = DefaultPhysicalPlanner::default()
            .create_physical_plan(plan, session)
            .await?;
        match plan.downcast_ref::<AnalyzeExec>() {
            Some(analyze) => Ok(Arc::new(analyze::MeasureExec::new(analyze))),
            None => Ok(plan),
        }
    }
}

/// `plan` over other `children`, which give the same columns.
fn with_children(
    plan: &Arc<dyn ExecutionPlan>,
    children: Vec<Arc<dyn ExecutionPlan>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
    Arc::clone(plan).replace_children(children, options)
}

/// Is `plan` one of ours that changes no row? A person need not know of it.
pub(super) fn is_aside(plan: &Arc<dyn ExecutionPlan>) -> bool {
    matches!(plan.name(), own::OWN | pace::PACE)
}

fn replace(plan: Arc<dyn ExecutionPlan>) -> Transformed<Arc<dyn ExecutionPlan>> {
    if let Some(coalesce) = plan.downcast_ref::<CoalescePartitionsExec>() {
        return Transformed::yes(Arc::new(merge::MergeExec::new(
            Arc::clone(coalesce.input()),
            coalesce.fetch(),
        )));
    }
    if let Some(share) = ShareExec::over(&plan) {
        return Transformed::yes(Arc::new(share));
    }
    if pace::needs_pace(&plan) {
        return Transformed::yes(Arc::new(pace::PaceExec::new(plan)));
    }
    Transformed::no(plan)
}
