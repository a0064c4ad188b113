//! [`ShareExec`]: an aggregate whose parts hands make, each of the row groups that it decodes, and joins below it.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::Schema;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::channel::oneshot;
use futures::future::{Either, select};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::around::{Around, Running};
use super::gather::gather;
use crate::query::crew::{Common, Crew};
use crate::query::fragment::{Divided, Fragment, Passed, divided, rows_of, whole};
use crate::query::ipc::stream_of;
use crate::query::scan::Taker;
use crate::query::scope::Scope;

/// Rows that have to come to joins for each row of their other sides, for hands to join them. Each hand makes hash tables of
/// its own of those; on two cores, at four rows for one, that took a tenth longer than to join in the engine, and a tenth
/// less at thirty.
const ROWS_OF_A_BUILD_ROW: u64 = 16;

/// Around an aggregate that can be divided, which it stands for: without hands it is that and nothing else.
pub(in crate::query) type ShareExec = Around<Share>;

/// How it runs, and what it did once it has begun.
#[derive(Debug, Default)]
pub(in crate::query) struct Share(Arc<Mutex<Option<Ran>>>);

/// An aggregate that was divided.
#[derive(Debug, Clone)]
pub(in crate::query) struct Ran {
    /// What put its parts together.
    whole: Arc<AggregateExec>,
    passed: Arc<Passed>,
}

impl Ran {
    /// What it did as a whole.
    pub(in crate::query) fn metrics(&self) -> Option<MetricsSet> {
        self.whole.metrics()
    }

    /// Rows of the scan, and those that each operator above it let out.
    pub(in crate::query) fn passed(&self) -> Vec<u64> {
        self.passed.told()
    }
}

impl ShareExec {
    /// Around `plan`, if that can be divided.
    pub(super) fn over(plan: &Arc<dyn ExecutionPlan>) -> Option<Self> {
        divided(plan.downcast_ref::<AggregateExec>()?)?;
        Some(Self::new(Arc::clone(plan)))
    }
}

impl Share {
    /// What it did; `None` where the aggregate was not divided.
    pub(in crate::query) fn ran(&self) -> Option<Ran> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How `aggregate` is divided among hands; `None` without any, or where none is started.
fn among_hands(aggregate: &AggregateExec, context: &TaskContext) -> Option<(Divided, Crew)> {
    let scope = context.session_config().get_extension::<Scope>()?;
    let crew = scope.crew.as_ref()?;
    let divided = divided(aggregate)?;
    // No hand is started for less, and alone this engine is as quick at once.
    let is_worth = divided.source.may_read(crew.worth().scan_bytes);
    is_worth.then(|| (divided, crew.clone()))
}

impl Running for Share {
    const NAME: &'static str = "ShareExec";

    fn execute(
        &self,
        input: &Arc<dyn ExecutionPlan>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let aggregate = input.downcast_ref::<AggregateExec>();
        let divided = aggregate.and_then(|aggregate| among_hands(aggregate, &context));
        let Some((divided, crew)) = divided else {
            return input.execute(partition, context);
        };
        let (input, ran) = (Arc::clone(input), Arc::clone(&self.0));
        let schema = input.schema();
        let rows = async move { shared(&input, divided, &crew, &ran, context).await };
        let rows = rows.into_stream().try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.ran()?.metrics()
    }
}

/// The rows of the aggregate `input`, of parts that hands make where that is worth it.
async fn shared(
    input: &Arc<dyn ExecutionPlan>,
    divided: Divided,
    crew: &Crew,
    ran: &Mutex<Option<Ran>>,
    context: Arc<TaskContext>,
) -> Result<SendableRecordBatchStream> {
    let (source, fragment) = (divided.source, divided.fragment);
    if divided.joins.is_empty() {
        let fragment = Arc::new(fragment);
        return run(input, source.made(&fragment)?, &fragment, ran, context);
    }
    let Some(sides) = gather(&divided.joins, crew.common_bytes(), &context).await? else {
        // The joins that stand there have the hash tables that were made.
        return input.execute(0, context);
    };
    // They begin with the first row group; hands go on where its rows tell that enough come.
    let (taken, chosen) = oneshot::channel();
    let fragment = Arc::new(fragment);
    source.begin().leave(Taker {
        fragment: Arc::clone(&fragment),
        least_rows: count(&sides).saturating_mul(ROWS_OF_A_BUILD_ROW),
        context: Arc::clone(&context),
        taken,
    });
    let mut alone = input.execute(0, Arc::clone(&context))?;
    let begun = match select(alone.next(), chosen).await {
        // The aggregate gives its rows before: it goes on.
        Either::Left((first, _)) => return Ok(followed(first, alone)),
        Either::Right((Ok(begun), _)) => begun,
        Either::Right((Err(_), first)) => {
            let first = first.await;
            return Ok(followed(first, alone));
        }
    };
    drop(alone);
    let fragment = Arc::new(Fragment::clone(&fragment).with(commons(crew, sides)?));
    run(input, begun.made(&fragment)?, &fragment, ran, context)
}

/// `rest` after the batch that was its first.
fn followed(first: Option<Result<RecordBatch>>, rest: SendableRecordBatchStream) -> SendableRecordBatchStream {
    let schema = rest.schema();
    Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter(first).chain(rest)))
}

/// The aggregate `input`, of parts that `fragment` makes.
fn run(
    input: &Arc<dyn ExecutionPlan>,
    parts: SendableRecordBatchStream,
    fragment: &Fragment,
    ran: &Mutex<Option<Ran>>,
    context: Arc<TaskContext>,
) -> Result<SendableRecordBatchStream> {
    let Some(aggregate) = input.downcast_ref::<AggregateExec>() else {
        return internal_err!("only aggregates are divided");
    };
    let passed = Arc::clone(&fragment.passed);
    let whole = Arc::new(whole(aggregate, rows_of(parts)?)?);
    let rows = whole.execute(0, context);
    *ran.lock().unwrap_or_else(PoisonError::into_inner) = Some(Ran { whole, passed });
    rows
}

fn count(sides: &[Vec<RecordBatch>]) -> u64 {
    sides.iter().flatten().map(|batch| batch.num_rows() as u64).sum()
}

/// The other sides of joins, for hands.
fn commons(crew: &Crew, sides: Vec<Vec<RecordBatch>>) -> Result<Vec<Common>> {
    let common = |batches: Vec<RecordBatch>| {
        let schema = batches
            .first()
            .map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
        let rows = concat_batches(&schema, &batches)?;
        Ok(crew.common(stream_of(&rows)?.into()))
    };
    sides.into_iter().map(common).collect()
}
