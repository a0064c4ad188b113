//! [`ShareExec`]: an aggregate whose parts hands make, each of the row groups that it decodes.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::metrics::MetricsSet;

use super::around::{Around, Running};
use crate::query::fragment::{Divided, Passed, divided, rows_of, whole};
use crate::query::scope::Scope;

/// Around an aggregate that can be divided, which it stands for: without hands it is that and nothing else.
pub(in crate::query) type ShareExec = Around<Share>;

/// How it runs, and what it did once it has begun.
#[derive(Debug, Default)]
pub(in crate::query) struct Share(Mutex<Option<Ran>>);

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
fn among_hands(aggregate: &AggregateExec, context: &TaskContext) -> Option<Divided> {
    let scope = context.session_config().get_extension::<Scope>()?;
    let crew = scope.crew.as_ref()?;
    let divided = divided(aggregate)?;
    // No hand is started for less, and alone this engine is as quick at once.
    divided.source.may_read(crew.worth().scan_bytes).then_some(divided)
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
        let divided = aggregate.and_then(|aggregate| Some((aggregate, among_hands(aggregate, &context)?)));
        let Some((aggregate, divided)) = divided else {
            return input.execute(partition, context);
        };
        let passed = Arc::clone(&divided.fragment.passed);
        let parts = divided.source.made(&Arc::new(divided.fragment));
        let whole = Arc::new(whole(aggregate, rows_of(parts)?)?);
        let rows = whole.execute(partition, context);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Ran { whole, passed });
        rows
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.ran()?.metrics()
    }
}
