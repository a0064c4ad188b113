//! Tells a scan how many rows of it a sort above keeps.

use std::sync::Arc;

use datafusion::arrow::compute::SortOptions;
use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;

use super::with_children;
use crate::query::scan::with_top;

/// `plan`, the scan below it told when it is a sort of which only the first rows are wanted. Nothing may stand between
/// them that leaves out rows.
pub(super) fn tell(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let told = plan.downcast_ref::<SortExec>().and_then(|sort| {
        let keys = sort.expr().iter().map(|key| (place_of(&key.expr), key.options));
        below(sort.input(), keys.collect(), sort.fetch()?)
    });
    match told {
        Some(input) => with_children(&plan, vec![input]).map(Transformed::yes),
        None => Ok(Transformed::no(plan)),
    }
}

/// By what rows are sorted: columns by their places, `None` in the place of what is none.
type Keys = Vec<(Option<usize>, SortOptions)>;

fn below(plan: &Arc<dyn ExecutionPlan>, keys: Keys, rows: usize) -> Option<Arc<dyn ExecutionPlan>> {
    let Some(projection) = plan.downcast_ref::<ProjectionExec>() else {
        return with_top(plan, &keys, rows);
    };
    let place = |place: usize| place_of(&projection.expr().get(place)?.expr);
    let keys = keys.into_iter().map(|(key, options)| (key.and_then(place), options));
    let input = below(projection.input(), keys.collect(), rows)?;
    with_children(plan, vec![input]).ok()
}

fn place_of(expr: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    expr.downcast_ref::<Column>().map(Column::index)
}
