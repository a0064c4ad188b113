//! Plans for a tab: no operator may start a task on a runtime that does not exist, and none
//! may keep the event loop for long.
//!
//! With one target partition only two of DataFusion's operators start tasks:
//! `CoalescePartitionsExec` over several inputs and `AnalyzeExec`. They are replaced.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::analyze::AnalyzeExec;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

mod analyze;
mod merge;
mod pace;

pub(super) use pace::Pacer;

/// Replaces what would start tasks and slows down what would not let go.
#[derive(Debug)]
pub(super) struct WithoutRuntime;

impl PhysicalOptimizerRule for WithoutRuntime {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let single = if plan.output_partitioning().partition_count() > 1 {
            Arc::new(CoalescePartitionsExec::new(plan)) as Arc<dyn ExecutionPlan>
        } else {
            plan
        };
        single.transform_up(replace).data()
    }

    fn name(&self) -> &'static str {
        "without_runtime"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn replace(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    if let Some(coalesce) = plan.downcast_ref::<CoalescePartitionsExec>() {
        return Ok(Transformed::yes(Arc::new(merge::MergeExec::new(
            Arc::clone(coalesce.input()),
            coalesce.fetch(),
        ))));
    }
    if let Some(analyze) = plan.downcast_ref::<AnalyzeExec>() {
        return Ok(Transformed::yes(Arc::new(analyze::MeasureExec::new(analyze))));
    }
    if pace::needs_pace(&plan) {
        return Ok(Transformed::yes(Arc::new(pace::PaceExec::new(plan))));
    }
    Ok(Transformed::no(plan))
}
