//! Begins to fetch what a statement of several scans reads later: the second side of a join waits for the first one, and
//! its round trips need not.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;
use futures::stream::poll_fn;

use super::plan::scan_of;
use super::scan::LakeSource;

/// `rows` of `plan`, whose small scans are begun as soon as what it reads first was asked for.
pub(super) fn with_scans_begun(
    mut rows: SendableRecordBatchStream,
    plan: &Arc<dyn ExecutionPlan>,
) -> Result<SendableRecordBatchStream> {
    let mut scans = small_scans(plan)?;
    if scans.is_empty() {
        return Ok(rows);
    }
    let schema = rows.schema();
    let rows = poll_fn(move |context| {
        let polled = rows.poll_next_unpin(context);
        scans.drain(..).for_each(|scan| scan.begin_early());
        polled
    });
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
}

/// Those that are read whole and quickly, where there is more than one scan.
fn small_scans(plan: &Arc<dyn ExecutionPlan>) -> Result<Vec<LakeSource>> {
    let mut scans = vec![];
    plan.apply(|node| {
        scans.extend(scan_of(node));
        Ok(TreeNodeRecursion::Continue)
    })?;
    if scans.len() < 2 {
        return Ok(vec![]);
    }
    let whole = scans.into_iter().filter(|(_, limit)| limit.is_none());
    Ok(whole.map(|(scan, _)| scan).filter(LakeSource::is_small).collect())
}
