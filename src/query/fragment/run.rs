//! A fragment at work on the rows of one row group.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::stream;

use super::build::{Build, Counted};
use super::narrow::narrowed;
use super::steps::{operators, probed};
use crate::protocol;
use crate::query::rules::seen;

/// A fragment at work.
pub(in crate::query) struct Made {
    /// What it makes.
    pub(in crate::query) rows: SendableRecordBatchStream,
    /// How many rows it has seen so far.
    pub(in crate::query) counts: Counts,
}

/// Rows that came in, and that each step let out.
pub(crate) struct Counts {
    came: Arc<AtomicU64>,
    last: Arc<dyn ExecutionPlan>,
}

impl Counts {
    /// First those that came in, last what was made of them.
    pub(crate) fn told(&self) -> Vec<u64> {
        let mut told = vec![];
        let mut plan = &self.last;
        while let Some(input) = probed(plan) {
            if let Some(counted) = plan.downcast_ref::<Counted>() {
                told.push(counted.running.rows());
            } else if !plan.is::<HashJoinExec>() {
                let rows = plan.metrics().and_then(|metrics| metrics.output_rows());
                told.push(rows.unwrap_or_default() as u64);
            }
            plan = input;
        }
        told.push(self.came.load(Ordering::Relaxed));
        told.reverse();
        told
    }
}

/// What `fragment` makes of `rows`.
pub(in crate::query) fn run(
    fragment: &protocol::Fragment,
    literals: &RecordBatch,
    builds: &[Arc<Build>],
    rows: SendableRecordBatchStream,
    context: &Arc<TaskContext>,
) -> Result<Made> {
    let came = Arc::<AtomicU64>::default();
    let count = Arc::clone(&came);
    let rows = seen(rows, move |batch| {
        count.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
    });
    let last = operators(fragment, literals, builds, rows_of(rows)?, narrowed)?;
    Ok(Made {
        rows: execute_stream(Arc::clone(&last), Arc::clone(context))?,
        counts: Counts { came, last },
    })
}

/// An operator that gives the rows of a stream, once.
pub(in crate::query) fn rows_of(rows: SendableRecordBatchStream) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = rows.schema();
    let once = Once {
        schema: Arc::clone(&schema),
        rows: Mutex::new(Some(rows)),
    };
    let plan = StreamingTableExec::try_new(schema, vec![Arc::new(once)], None, [], false, None)?;
    Ok(Arc::new(plan))
}

struct Once {
    schema: SchemaRef,
    rows: Mutex<Option<SendableRecordBatchStream>>,
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}

impl PartitionStream for Once {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).take();
        rows.unwrap_or_else(|| {
            let again = stream::iter([internal_err!("rows were to be given twice")]);
            Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), again))
        })
    }
}
