//! [`OwnExec`]: gives texts memory of their own before an operator keeps rows.
//!
//! A view holds on to the page that its text lies in, and to all that was on it. What passes by does so for a moment; a
//! sort, or the hash table of a join, would keep the pages of a whole table, and be charged for each as often as batches
//! show of it.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::TryStreamExt;

use super::around::{Around, Running};
use super::with_children;
use crate::query::texts::{compact, has_views};

/// The operator's name.
pub(super) const OWN: &str = "OwnExec";

/// `plan` with it below, where `plan` keeps rows that come with views.
pub(super) fn below_keepers(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let children = plan.children().into_iter().enumerate();
    let children: Vec<_> = children
        .map(|(place, input)| -> Arc<dyn ExecutionPlan> {
            if keeps(&plan, place) && shows_views(input) {
                Arc::new(OwnExec::new(Arc::clone(input)))
            } else {
                Arc::clone(input)
            }
        })
        .collect();
    if children.iter().all(|input| input.name() != OWN) {
        return Ok(Transformed::no(plan));
    }
    with_children(&plan, children).map(Transformed::yes)
}

/// Does `plan` keep the rows of the input at `place` until all have come? A sort of which only the first rows are wanted
/// keeps few.
fn keeps(plan: &Arc<dyn ExecutionPlan>, place: usize) -> bool {
    if let Some(sort) = plan.downcast_ref::<SortExec>() {
        return sort.fetch().is_none();
    }
    match plan.name() {
        "HashJoinExec" | "NestedLoopJoinExec" | "CrossJoinExec" | "PiecewiseMergeJoinExec" => place == 0,
        "SortMergeJoinExec" | "RecursiveQueryExec" | "WindowAggExec" | "BoundedWindowAggExec" => true,
        _ => false,
    }
}

fn shows_views(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.schema().fields().iter().any(|field| has_views(field.data_type()))
}

/// Passes its input's batches on, their views made compact.
pub(super) type OwnExec = Around<Own>;

#[derive(Debug, Default)]
pub(in crate::query) struct Own;

impl Running for Own {
    const NAME: &'static str = OWN;

    fn execute(
        &self,
        input: &Arc<dyn ExecutionPlan>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows = input.execute(partition, context)?;
        let schema = rows.schema();
        let rows = rows.and_then(|batch| std::future::ready(compact(&batch).map_err(Into::into)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}
