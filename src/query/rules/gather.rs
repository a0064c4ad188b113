//! The other sides of joins, gathered before the rows that are held against them are read.
//!
//! A join gathers one of its sides, makes a hash table of it and tells the scan below the other one what of it is needed.
//! All that is done by the join itself, as it would do it, over no rows of that other side; what it gathers is kept for hands.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::stream::EmptyRecordBatchStream;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::TryStreamExt;

use super::around::{Around, Running, seen};

/// What a row takes in a hash table, at most: of buckets of 17 bytes, up to half are empty, and a place in a chain.
const TABLE_BYTES_A_ROW: usize = 48;

/// The other sides of `joins`, in their order, of which rows pass the first one first; `None` when they are more than
/// `most_bytes`, or when one is empty, which most joins need not read any rows for.
pub(super) async fn gather(
    joins: &[Arc<HashJoinExec>],
    most_bytes: usize,
    context: &Arc<TaskContext>,
) -> Result<Option<Vec<Vec<RecordBatch>>>> {
    let (mut left, mut sides) = (most_bytes, vec![]);
    // The last one is what runs first: the others are below it.
    for join in joins.iter().rev() {
        let kept = build(join, left, context).await?;
        let Some(batches) = kept.batches.filter(|_| kept.rows > 0) else {
            return Ok(None);
        };
        left = kept.left_bytes;
        sides.push(batches);
    }
    sides.reverse();
    Ok(Some(sides))
}

/// What of the other side of `join` is kept, whose hash table is made: nothing where both take more than `most_bytes`.
async fn build(join: &HashJoinExec, most_bytes: usize, context: &Arc<TaskContext>) -> Result<Kept> {
    let side = Arc::new(Around::<Seen>::new(Arc::clone(join.left())));
    side.running.begin(most_bytes);
    let kept = Arc::clone(&side.running.0);
    let nothing = Arc::new(Around::<Nothing>::new(Arc::clone(join.right())));
    let alone = join.builder().with_new_children(vec![side, nothing])?.build_exec()?;
    let mut rows = execute_stream(alone, Arc::clone(context))?;
    while rows.try_next().await?.is_some() {}
    Ok(std::mem::take(
        &mut *kept.lock().unwrap_or_else(PoisonError::into_inner),
    ))
}

/// Passes rows on, and keeps those that passed.
#[derive(Debug, Default)]
struct Seen(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// Nothing when they were too many.
    batches: Option<Vec<RecordBatch>>,
    rows: usize,
    /// What is left of what may be kept.
    left_bytes: usize,
}

impl Seen {
    fn begin(&self, most_bytes: usize) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Kept {
            batches: Some(vec![]),
            rows: 0,
            left_bytes: most_bytes,
        };
    }
}

impl Kept {
    fn see(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows();
        let table_bytes = batch.num_rows().saturating_mul(TABLE_BYTES_A_ROW);
        let bytes = batch.get_array_memory_size().saturating_add(table_bytes);
        let left = self.left_bytes.checked_sub(bytes);
        self.left_bytes = left.unwrap_or_default();
        match &mut self.batches {
            Some(batches) if left.is_some() => batches.push(batch.clone()),
            batches => *batches = None,
        }
    }
}

impl Running for Seen {
    const NAME: &'static str = "SeenExec";

    fn execute(
        &self,
        input: &Arc<dyn ExecutionPlan>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let kept = Arc::clone(&self.0);
        let rows = input.execute(partition, context)?;
        Ok(seen(rows, move |batch| {
            kept.lock().unwrap_or_else(PoisonError::into_inner).see(batch);
        }))
    }
}

/// Gives none of its input's rows.
#[derive(Debug, Default)]
struct Nothing;

impl Running for Nothing {
    const NAME: &'static str = "NothingExec";

    fn execute(
        &self,
        input: &Arc<dyn ExecutionPlan>,
        _partition: usize,
        _context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        Ok(Box::pin(EmptyRecordBatchStream::new(input.schema())))
    }
}
