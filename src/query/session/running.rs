//! [`Running`]: a statement that was started.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;

use crate::protocol;
use crate::query::operators::operators;
use crate::query::scope::ScanCounts;

/// A statement that gives rows.
pub struct Running {
    /// Their columns.
    pub schema: SchemaRef,
    /// The rows. Dropping it stops the statement, down to the network.
    pub batches: SendableRecordBatchStream,
    /// How far its scans are.
    pub counts: ScanCounts,
    /// The versions of the tables that are read, by name.
    pub versions: BTreeMap<String, u64>,
    /// What runs; a command of scratch sessions has none.
    pub(super) plan: Option<Arc<dyn ExecutionPlan>>,
}

impl Running {
    /// What each operator did so far, each before what feeds it.
    #[must_use]
    pub fn operators(&self) -> Vec<protocol::Operator> {
        self.plan.as_ref().map(operators).unwrap_or_default()
    }
}
