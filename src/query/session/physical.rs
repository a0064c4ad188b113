//! How a statement is run.

use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;

use crate::error::Result;
use crate::query::failure::sql_error;

/// The physical plan of `logical`.
pub(in crate::query) async fn physical(
    state: &SessionState,
    logical: &LogicalPlan,
    sql: &str,
) -> Result<Arc<dyn ExecutionPlan>> {
    let physical = match is_recursive(logical) {
        Ok(true) => without_narrowing(state).create_physical_plan(logical).await,
        Ok(false) => state.create_physical_plan(logical).await,
        Err(error) => Err(error),
    };
    physical.map_err(|error| sql_error(error, sql))
}

fn is_recursive(plan: &LogicalPlan) -> datafusion::error::Result<bool> {
    let visited = plan.apply_with_subqueries(|node| {
        Ok(match node {
            LogicalPlan::RecursiveQuery(_) => TreeNodeRecursion::Stop,
            _ => TreeNodeRecursion::Continue,
        })
    })?;
    Ok(visited == TreeNodeRecursion::Stop)
}

/// The state without filters that grow narrower while a statement runs. A recursion runs its plan again and again, and what
/// an aggregate found the last time (DataFusion 55.2) would rule out the same rows the next time.
fn without_narrowing(state: &SessionState) -> SessionState {
    let mut state = state.clone();
    let optimizer = &mut state.config_mut().options_mut().optimizer;
    optimizer.enable_topk_dynamic_filter_pushdown = false;
    optimizer.enable_join_dynamic_filter_pushdown = false;
    optimizer.enable_aggregate_dynamic_filter_pushdown = false;
    state
}
