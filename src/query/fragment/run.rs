//! A fragment at work on the rows of one row group.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::stream;

use super::steps::operators;
use crate::protocol;

/// What `fragment` makes of `rows`.
pub(in crate::query) fn run(
    fragment: &protocol::Fragment,
    literals: &RecordBatch,
    rows: SendableRecordBatchStream,
    context: &Arc<TaskContext>,
) -> Result<SendableRecordBatchStream> {
    let plan = operators(fragment, literals, rows_of(rows)?)?;
    execute_stream(plan, Arc::clone(context))
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
