//! [`Own`]: gives texts memory of their own before an operator keeps rows.
//!
//! A view holds on to the page that its text lies in, and to all that was on it. What passes by does so for a moment; a
//! sort, or the hash table of a join, would keep the pages of a whole table, and be charged for each as often as batches
//! show of it.

use std::fmt;
use std::future::ready;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::TryStreamExt;

use super::around::{Around, Running};
use super::with_children;
use crate::query::texts::{compact, has_views, in_blocks, shown_bytes};

/// The operator's name.
pub(super) const OWN: &str = "OwnExec";

/// The aggregate that keeps all values of a group, and of texts counts nothing but where they are.
const LIST: &str = "array_agg";

/// Of a few rows that are kept each may hold on to so many bytes.
const BLOCK_BYTES: u32 = 4096;

/// `plan` with it below, where `plan` keeps rows that come with views.
pub(super) fn below_keepers(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let children = plan.children().into_iter().enumerate();
    let children: Vec<_> = children
        .map(|(place, input)| {
            let own = kept(&plan, place).filter(|_| shows_views(input));
            own.map_or_else(|| Arc::clone(input), |own| own(Arc::clone(input)))
        })
        .collect();
    if children.iter().all(|input| input.name() != OWN) {
        return Ok(Transformed::no(plan));
    }
    with_children(&plan, children).map(Transformed::yes)
}

type Owning = fn(Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan>;

/// In which way `plan` keeps the rows of the input at `place`, if it does.
fn kept(plan: &Arc<dyn ExecutionPlan>, place: usize) -> Option<Owning> {
    fn own<K: Keeping>(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Arc::new(Around::<Own<K>>::new(input))
    }
    if let Some(sort) = plan.downcast_ref::<SortExec>() {
        return Some(if sort.fetch().is_some() { own::<Few> } else { own::<All> });
    }
    if let Some(aggregate) = plan.downcast_ref::<AggregateExec>() {
        return keeps_uncounted(aggregate).then_some(own::<Lists>);
    }
    let keeps_all = match plan.name() {
        "HashJoinExec" | "NestedLoopJoinExec" | "CrossJoinExec" | "PiecewiseMergeJoinExec" => place == 0,
        "PartialSortExec" | "SortMergeJoinExec" | "RecursiveQueryExec" | "WindowAggExec" | "BoundedWindowAggExec" => {
            true
        }
        _ => false,
    };
    keeps_all.then_some(own::<All>)
}

/// Are all texts that come to `aggregate` kept in lists that do not count them? Lists without doubles, and those in an
/// order, count theirs.
fn keeps_uncounted(aggregate: &AggregateExec) -> bool {
    let aggregates = aggregate.aggr_expr().iter().zip(aggregate.filter_expr());
    let lists = aggregates.filter(|(one, filter)| {
        one.fun().name() == LIST && !one.is_distinct() && one.order_bys().is_empty() && filter.is_none()
    });
    let kept: Vec<usize> = lists
        .flat_map(|(one, _)| one.expressions())
        .filter_map(|value| value.downcast_ref::<Column>().map(Column::index))
        .collect();
    let input = aggregate.input().schema();
    let texts = input.fields().iter().enumerate();
    let mut texts = texts.filter(|(_, field)| has_views(field.data_type()));
    texts.all(|(place, _)| kept.contains(&place))
}

fn shows_views(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.schema().fields().iter().any(|field| has_views(field.data_type()))
}

/// How many rows are kept, and who counts them.
trait Keeping: fmt::Debug + Default + Send + Sync + 'static {
    const IS_COUNTED_HERE: bool = false;

    fn own(batch: &RecordBatch) -> std::result::Result<RecordBatch, ArrowError> {
        compact(batch)
    }
}

/// All of them.
#[derive(Debug, Default)]
struct All;

impl Keeping for All {}

/// Few of many.
#[derive(Debug, Default)]
struct Few;

impl Keeping for Few {
    fn own(batch: &RecordBatch) -> std::result::Result<RecordBatch, ArrowError> {
        in_blocks(batch, BLOCK_BYTES)
    }
}

/// All of them, by aggregates that do not count them.
#[derive(Debug, Default)]
struct Lists;

impl Keeping for Lists {
    const IS_COUNTED_HERE: bool = true;
}

/// Passes its input's batches on, their texts in memory of their own.
#[derive(Debug, Default)]
struct Own<K>(PhantomData<K>);

impl<K: Keeping> Running for Own<K> {
    const NAME: &'static str = OWN;

    fn execute(
        &self,
        input: &Arc<dyn ExecutionPlan>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows = input.execute(partition, Arc::clone(&context))?;
        let schema = rows.schema();
        let counted = K::IS_COUNTED_HERE.then(|| MemoryConsumer::new(OWN).register(context.memory_pool()));
        let own = move |batch: RecordBatch| {
            if let Some(counted) = &counted {
                counted.try_grow(shown_bytes(&batch))?;
            }
            Ok(K::own(&batch)?)
        };
        let rows = rows.and_then(move |batch| ready(own(batch)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}
