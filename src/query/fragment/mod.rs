//! Operators above a scan that run where its row groups are decoded: in the engine's hands, or in the engine as they do.
//!
//! Joins take part whose other side is small: every hand is told it once.
//!
//! Only aggregates whose parts make the same whole in whatever way they are put together are divided: counts, sums of
//! integers and decimals, extremes. A row group makes a part of its own, and parts are put together in the order of the
//! row groups; so an answer, and the order of its groups, is the same as if one engine had seen all rows.

mod build;
mod formula;
mod join;
mod narrow;
mod passed;
mod run;
mod steps;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::task::Poll;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::future::ready;
use futures::{StreamExt, TryStreamExt, stream};

use crate::protocol::{self, Step, Ticket};
use crate::query::crew::Common;

pub(crate) use build::Build;
use formula::Writing;
pub(super) use passed::Passed;
pub(super) use run::{Counts, Made, rows_of, run};
pub(super) use steps::{Divided, divided, probed, whole};

/// A fragment with its literals, and what goes in and comes out.
#[derive(Debug, Clone)]
pub(super) struct Fragment {
    pub(super) told: protocol::Fragment,
    literals: Vec<ArrayRef>,
    /// The other sides of its joins, as this engine has them.
    builds: Vec<Arc<Build>>,
    /// The same as hands have them.
    commons: Arc<[Common]>,
    /// Of the rows that come out.
    pub(super) schema: SchemaRef,
    pub(super) passed: Arc<Passed>,
}

impl Fragment {
    /// Of `steps`, before it is known what comes out.
    fn new(steps: Vec<Step>, literals: Vec<ArrayRef>, builds: Vec<Arc<Build>>) -> Self {
        Self {
            passed: Passed::new(steps.len()),
            told: protocol::Fragment { steps },
            literals,
            builds,
            commons: Arc::new([]),
            schema: Arc::new(Schema::empty()),
        }
    }

    /// How many of `rows` come to its first join.
    pub(super) async fn coming(&self, rows: Vec<RecordBatch>, context: Arc<TaskContext>) -> Result<u64> {
        let before = self.told.steps.iter();
        let before = before.take_while(|step| !matches!(step, Step::Join(_)));
        let before = protocol::Fragment {
            steps: before.cloned().collect(),
        };
        let Some(schema) = rows.first().map(RecordBatch::schema) else {
            return Ok(0);
        };
        let rows = stream::iter(rows.into_iter().map(Ok));
        let rows = Box::pin(RecordBatchStreamAdapter::new(schema, rows));
        let Made { rows, .. } = run(&before, &self.literals()?, &[], rows, &context)?;
        rows.try_fold(0, |sum, batch| ready(Ok(sum + batch.num_rows() as u64)))
            .await
    }

    /// The same, where hands have the other sides of its joins as `commons`.
    pub(super) fn with(self, commons: Vec<Common>) -> Self {
        Self {
            commons: commons.into(),
            ..self
        }
    }

    /// The other sides of its joins, as hands know them.
    pub(super) fn builds(&self) -> Vec<Ticket> {
        self.commons.iter().map(Common::build).collect()
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
            ..self.clone()
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
        let Made { rows, counts } = run(&self.told, &self.literals()?, &self.builds, rows, context)?;
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
