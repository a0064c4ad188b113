//! Operators above a scan that run where its row groups are decoded: in the engine's hands, or in the engine as they do.
//!
//! Only aggregates whose parts make the same whole in whatever way they are put together are divided: counts, sums of
//! integers and decimals, extremes. A row group makes a part of its own, and parts are put together in the order of the
//! row groups; so an answer, and the order of its groups, is the same as if one engine had seen all rows.

mod formula;
mod run;
mod steps;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, stream};

use crate::protocol::{self, Step};

use formula::Writing;
pub(super) use run::{Counts, Made, rows_of, run};
pub(super) use steps::{Divided, divided, whole};

/// A fragment with its literals, and what goes in and comes out.
#[derive(Debug, Clone)]
pub(super) struct Fragment {
    pub(super) told: protocol::Fragment,
    literals: Vec<ArrayRef>,
    /// Of the rows that come out.
    pub(super) schema: SchemaRef,
    pub(super) passed: Arc<Passed>,
}

/// How many rows passed the steps of a fragment, of all row groups together.
#[derive(Debug)]
pub(super) struct Passed(Mutex<Vec<u64>>);

impl Passed {
    fn new(steps: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(vec![0; steps + 1])))
    }

    /// Adds what [`Counts::told`](run::Counts::told) tells of one row group. What was done there before the first step, to
    /// the columns of its file, lets all rows out.
    pub(super) fn add(&self, told: &[u64]) {
        let mut passed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (all, more) in passed.iter_mut().rev().zip(told.iter().rev()) {
            *all += more;
        }
    }

    /// Rows that came in, and that each step let out.
    pub(super) fn told(&self) -> Vec<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Fragment {
    /// Of `steps`, before it is known what comes out.
    fn new(steps: Vec<Step>, literals: Vec<ArrayRef>) -> Self {
        Self {
            passed: Passed::new(steps.len()),
            told: protocol::Fragment { steps },
            literals,
            schema: Arc::new(Schema::empty()),
        }
    }

    /// The same for rows that `projection`, over `read`, has yet to make; `None` where it has no form to travel in.
    pub(super) fn after(&self, projection: &ProjectionExprs, read: &Schema) -> Option<Self> {
        let mut writing = Writing::new(read, self.literals.clone());
        let columns = projection
            .iter()
            .map(|column| writing.named(&column.expr, &column.alias));
        let columns = columns.collect::<Option<_>>()?;
        let first = Step::Project { columns };
        let steps = std::iter::once(first).chain(self.told.steps.iter().cloned()).collect();
        Some(Self {
            told: protocol::Fragment { steps },
            literals: writing.literals,
            schema: Arc::clone(&self.schema),
            passed: Arc::clone(&self.passed),
        })
    }

    /// Its literals as a batch of one row.
    pub(super) fn literals(&self) -> Result<RecordBatch> {
        let names = (0..self.literals.len()).map(|place| place.to_string());
        let columns = names
            .zip(&self.literals)
            .map(|(name, array)| (name, Arc::clone(array), true));
        match RecordBatch::try_from_iter_with_nullable(columns) {
            Ok(batch) => Ok(batch),
            // Without a column there is no row.
            Err(_) if self.literals.is_empty() => Ok(RecordBatch::new_empty(Arc::new(Schema::empty()))),
            Err(error) => Err(error.into()),
        }
    }

    /// What it makes of `rows`.
    pub(super) fn run(
        &self,
        rows: SendableRecordBatchStream,
        context: &Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let Made { rows, counts } = run(&self.told, &self.literals()?, rows, context)?;
        let (schema, passed) = (rows.schema(), Arc::clone(&self.passed));
        let mut counts = Some(counts);
        let end = stream::poll_fn(move |_| {
            if let Some(counts) = counts.take() {
                passed.add(&counts.told());
            }
            Poll::Ready(None)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows.chain(end))))
    }

    /// A batch of what came out elsewhere.
    pub(super) fn made(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let columns = batch.columns().to_vec();
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            columns,
            &options,
        )?)
    }
}
