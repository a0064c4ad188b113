//! [`PaceExec`]: lets the event loop run now and then, so that a cancel is seen in time.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::CardinalityEffect;
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt};

use super::around::{Around, Running};
use crate::query::scope::Scope;
use crate::runtime::{now_millis, pause};

/// Work without a pause, in milliseconds. A tenth of the quarter second in which a cancel must
/// act, since a message may have to wait for several operators.
const STRETCH_MILLIS: f64 = 25.0;

/// The operator's name.
pub(super) const PACE: &str = "PaceExec";

/// When the event loop ran last; clones share it.
#[derive(Debug, Clone)]
pub(in crate::query) struct Pacer(Arc<AtomicU64>);

impl Default for Pacer {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(now_millis().to_bits())))
    }
}

impl Pacer {
    fn due(&self) -> bool {
        now_millis() - f64::from_bits(self.0.load(Ordering::Relaxed)) > STRETCH_MILLIS
    }

    fn rested(&self) {
        self.0.store(now_millis().to_bits(), Ordering::Relaxed);
    }

    /// Lets the event loop run when it has not for long.
    pub(in crate::query) async fn pause_if_due(&self) {
        if self.due() {
            pause().await;
            self.rested();
        }
    }
}

/// Operators that can work for long between two polls of a scan, which paces itself: leaves
/// that compute or hold their rows, and whatever makes many rows from few.
pub(super) fn needs_pace(plan: &Arc<dyn ExecutionPlan>) -> bool {
    if matches!(
        plan.name(),
        "DataSourceExec" | "EmptyExec" | "PlaceholderRowExec" | PACE
    ) {
        return false;
    }
    let grows = matches!(
        plan.cardinality_effect(),
        CardinalityEffect::GreaterEqual | CardinalityEffect::Unknown
    );
    grows || plan.children().is_empty()
}

/// Passes its input's batches on.
pub(super) type PaceExec = Around<Pace>;

#[derive(Debug, Default)]
pub(in crate::query) struct Pace;

impl Running for Pace {
    const NAME: &'static str = PACE;

    fn execute(
        &self,
        input: &Arc<dyn ExecutionPlan>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let scope = context.session_config().get_extension::<Scope>();
        let pacer = scope.map(|scope| scope.pacer.clone()).unwrap_or_default();
        Ok(Box::pin(Paced {
            input: input.execute(partition, context)?,
            pacer,
            pausing: None,
        }))
    }
}

struct Paced {
    input: SendableRecordBatchStream,
    pacer: Pacer,
    pausing: Option<BoxFuture<'static, ()>>,
}

impl Stream for Paced {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.pausing.is_none() && self.pacer.due() {
            self.pausing = Some(pause().boxed());
        }
        if let Some(pausing) = self.pausing.as_mut() {
            std::task::ready!(pausing.poll_unpin(context));
            self.pausing = None;
            self.pacer.rested();
        }
        self.input.poll_next_unpin(context)
    }
}

impl RecordBatchStream for Paced {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}
