//! Begins to fetch what a statement of several scans reads later: the second side of a join waits for the first one, and
//! its round trips need not.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;
use futures::stream::poll_fn;

use super::plan::scans;
use super::scan::LakeSource;

/// Bytes of all files that are begun before their turn: all of them want their places at a host.
const EARLY_BYTES: u64 = 4 << 20;

/// `rows` of `plan`, whose small scans are begun when the rows are asked for, behind what is read first.
pub(super) fn with_scans_begun(
    mut rows: SendableRecordBatchStream,
    plan: &Arc<dyn ExecutionPlan>,
) -> Result<SendableRecordBatchStream> {
    let mut early = Early::of(plan)?;
    if early.scans.is_empty() {
        return Ok(rows);
    }
    let schema = rows.schema();
    let rows = poll_fn(move |context| {
        let polled = rows.poll_next_unpin(context);
        early.begin();
        polled
    });
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
}

/// Scans that are begun before their turn. With it goes what was begun and never read.
struct Early {
    scans: Vec<LakeSource>,
    is_begun: bool,
}

impl Early {
    /// Small scans that are read whole, where there is more than one scan.
    fn of(plan: &Arc<dyn ExecutionPlan>) -> Result<Self> {
        let all = scans(plan)?;
        let whole = all.iter().filter(|(_, limit)| limit.is_none() && all.len() > 1);
        let mut left = EARLY_BYTES;
        let fits = |scan: &&LakeSource| {
            let rest = scan.small_bytes().and_then(|bytes| left.checked_sub(bytes));
            left = rest.unwrap_or(left);
            rest.is_some()
        };
        Ok(Self {
            scans: whole.map(|(scan, _)| scan).filter(fits).cloned().collect(),
            is_begun: false,
        })
    }

    fn begin(&mut self) {
        if !std::mem::replace(&mut self.is_begun, true) {
            self.scans.iter().for_each(LakeSource::begin_early);
        }
    }
}

impl Drop for Early {
    fn drop(&mut self) {
        self.scans.iter().for_each(LakeSource::end_early);
    }
}
