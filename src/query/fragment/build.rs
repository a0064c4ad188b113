//! [`Build`]: the other side of a join, whose hash table is made once and asked by all row groups.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream;

use super::run::rows_of;
use crate::query::rules::{Around, Running, seen};

/// The other side of a join.
#[derive(Debug)]
pub(crate) struct Build(Mutex<First>);

/// Of what the next join is made.
#[derive(Debug)]
enum First {
    /// Of its rows.
    Rows(RecordBatch),
    /// Of a join that has its hash table, or makes it when it is asked first: joins that are made of another share it.
    Join(Arc<HashJoinExec>),
}

impl Build {
    /// Of rows, all of them.
    pub(crate) fn of_rows(rows: RecordBatch) -> Self {
        Self(Mutex::new(First::Rows(rows)))
    }

    /// That of a join.
    pub(in crate::query) fn of_join(join: Arc<HashJoinExec>) -> Self {
        Self(Mutex::new(First::Join(join)))
    }

    /// A join with `input`. `make` makes the first one, of both sides.
    pub(super) fn join(
        &self,
        input: Arc<dyn ExecutionPlan>,
        make: impl FnOnce(Arc<dyn ExecutionPlan>, Arc<dyn ExecutionPlan>) -> Result<HashJoinExec>,
    ) -> Result<HashJoinExec> {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let join = match &*first {
            First::Join(join) => Arc::clone(join),
            First::Rows(rows) => {
                let nothing = Arc::new(EmptyExec::new(input.schema()));
                Arc::new(make(once(rows.clone())?, nothing)?)
            }
        };
        *first = First::Join(Arc::clone(&join));
        let children = vec![Arc::clone(join.left()), input];
        join.builder()
            .with_new_children(children)?
            .recompute_properties()
            .build()
    }
}

/// An operator that counts the rows of its input: all joins with one other side measure themselves together.
pub(super) type Counted = Around<Counting>;

#[derive(Debug, Default)]
pub(super) struct Counting(Arc<AtomicU64>);

impl Counting {
    pub(super) fn rows(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Running for Counting {
    const NAME: &'static str = "CountedExec";

    fn execute(
        &self,
        input: &Arc<dyn ExecutionPlan>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let count = Arc::clone(&self.0);
        let rows = input.execute(partition, context)?;
        Ok(seen(rows, move |batch| {
            count.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        }))
    }
}

/// An operator that gives a batch, once.
fn once(rows: RecordBatch) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = rows.schema();
    rows_of(Box::pin(RecordBatchStreamAdapter::new(
        schema,
        stream::iter([Ok(rows)]),
    )))
}
